"""Sets the slide deck with python-pptx: one slide per section of the source, 16:9.

The blocks of a section are stacked below the title. Their heights are measured first, in a font
wider than the one that is asked for, and a slide that would overflow raises ``ValueError`` with
its title, so no text can be cut off unnoticed. Time stamps are fixed and the ZIP is written anew,
so that the same source always gives the same bytes.
"""

import datetime
import io
import zipfile
from pathlib import Path
from typing import Any

import palette
from blocks import Block, read_blocks, split_bold
from diagrams import FIGURES, remove_style, rgb
from fonts import text_width
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

_FONT = "Arial"
_LEFT, _WIDTH = 0.7, 11.93  # inches; the slide is 13.333 by 7.5
_TOP, _BOTTOM, _GAP = 1.62, 6.85, 0.18
_BODY_SIZES = (21, 18)  # points; the larger size is used where the slide has room for it
_FORMULA_POINTS, _TABLE_POINTS = 19, 15
_FIXED_TIME = datetime.datetime(2025, 1, 1)
_ZIP_TIME = (2025, 1, 1, 0, 0, 0)


def build_deck(source: Path, target: Path) -> None:
    """Read the deck's source and write the presentation.

    Raises ``ValueError`` where the content of a slide does not fit.
    """
    presentation = Presentation()
    presentation.slide_width, presentation.slide_height = Inches(13.333), Inches(7.5)
    slides = _split_slides(read_blocks(source))
    for number, blocks in enumerate(slides, start=1):
        if blocks[0].kind == "title":
            slide = _title_slide(presentation, blocks)
        else:
            slide = _content_slide(presentation, blocks, number)
        notes = next((block for block in blocks if block.kind == "notes"), None)
        if notes is not None:
            slide.notes_slide.notes_text_frame.text = notes.text
    _set_properties(presentation, slides[0][0].text)
    _write(presentation, target)


def _split_slides(blocks: list[Block]) -> list[list[Block]]:
    slides: list[list[Block]] = []
    for block in blocks:
        if block.kind in {"title", "section"}:
            slides.append([])
        slides[-1].append(block)
    return slides


def _title_slide(presentation: Any, blocks: list[Block]) -> Any:
    slide = presentation.slides.add_slide(presentation.slide_layouts[0])
    _fill_background(slide, palette.DEEP_BLUE)
    title, subtitle = slide.shapes.title, slide.placeholders[1]
    _place(title, _LEFT, 2.35, _WIDTH, 1.3)
    title.text_frame.vertical_anchor = MSO_ANCHOR.BOTTOM
    _write_line(title.text_frame.paragraphs[0], blocks[0].text, 40, palette.WHITE, bold=True)
    _bar(slide, _LEFT + 0.1, 3.85, 2.2, palette.TEAL)
    _place(subtitle, _LEFT, 4.05, _WIDTH, 0.7)
    _write_line(subtitle.text_frame.paragraphs[0], blocks[1].text, 22, palette.AMBER)
    for shape in (title, subtitle):
        shape.text_frame.paragraphs[0].alignment = 1
    return slide


def _content_slide(presentation: Any, blocks: list[Block], number: int) -> Any:
    slide = presentation.slides.add_slide(presentation.slide_layouts[5])
    _fill_background(slide, palette.OFF_WHITE)
    title = slide.shapes.title
    _place(title, _LEFT, 0.5, _WIDTH, 0.75)
    title.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    _write_line(title.text_frame.paragraphs[0], blocks[0].text, 30, palette.DEEP_BLUE, bold=True)
    title.text_frame.paragraphs[0].alignment = 1
    _bar(slide, _LEFT + 0.1, 1.3, 1.4, palette.TEAL)
    body = [block for block in blocks[1:] if block.kind != "notes"]
    sizes = [size for size in _BODY_SIZES if _needed(body, size) <= _BOTTOM - _TOP]
    if not sizes:
        raise ValueError(f"slide {number}, {blocks[0].text!r}: the text does not fit")
    top = _TOP
    for block in body:
        _draw(slide, block, top, sizes[0])
        top += _height(block, sizes[0]) + _GAP
    _footer(slide, number)
    return slide


def _needed(body: list[Block], size: int) -> float:
    return sum(_height(block, size) for block in body) + _GAP * (len(body) - 1)


def _height(block: Block, size: int) -> float:
    """Measure the height in inches that a block takes, with lists in the given size."""
    match block.kind:
        case "bullets" | "numbered":
            lines = sum(_lines(item, _WIDTH - 0.55, size) for item in block.items)
            return 0.0169 * size * lines + 0.11 * len(block.items)
        case "formula":
            return _formula_height(block)
        case "table":
            return sum(_row_heights(block.rows))
        case _:
            return FIGURES[block.text.split(" ", 1)[0]].height


def _formula_height(block: Block) -> float:
    return 0.42 * len(block.items) + 0.2


def _lines(text: str, width: float, size: float, bold: bool = False) -> int:
    """Count the lines that a text needs in a column of the given width in inches."""
    lines, used = 1, 0.0
    for word in text.replace("**", "").split():
        length = text_width(word + " ", size, bold) / 72
        if used and used + length > width:
            lines, used = lines + 1, 0.0
        used += length
    return lines


def _row_heights(rows: list[list[str]]) -> list[float]:
    widths = _column_widths(rows)
    heights = []
    for number, row in enumerate(rows):
        bold = [number == 0 or column == 0 for column in range(len(row))]
        cells = zip(row, widths, bold, strict=True)
        lines = max(_lines(text, width - 0.25, _TABLE_POINTS, b) for text, width, b in cells)
        heights.append(0.16 + 0.25 * lines)
    return heights


def _draw(slide: Any, block: Block, top: float, size: int) -> None:
    match block.kind:
        case "bullets" | "numbered":
            _draw_list(slide, block, top, size)
        case "formula":
            _draw_formula(slide, block, top)
        case "table":
            _draw_table(slide, block.rows, top)
        case _:
            name, caption = block.text.split(" ", 1)
            FIGURES[name].draw(slide, top, caption)


def _draw_list(slide: Any, block: Block, top: float, size: int) -> None:
    frame = _text_box(slide, _LEFT, top, _WIDTH, _height(block, size)).text_frame
    for index, item in enumerate(block.items):
        paragraph = frame.paragraphs[0] if index == 0 else frame.add_paragraph()
        paragraph.space_after = Pt(8)
        properties = paragraph._p.get_or_add_pPr()
        properties.set("marL", str(Inches(0.34)))
        properties.set("indent", str(-Inches(0.34)))
        colour = properties.makeelement(qn("a:buClr"), {})
        colour.append(colour.makeelement(qn("a:srgbClr"), {"val": palette.TEAL}))
        properties.append(colour)
        text = item
        if block.kind == "numbered":
            start, text = item.split(". ", 1)
            mark = {"type": "arabicPeriod", "startAt": start}
            properties.append(properties.makeelement(qn("a:buAutoNum"), mark))
        else:
            properties.append(properties.makeelement(qn("a:buChar"), {"char": "•"}))
        _write_line(paragraph, text, size, palette.INK)


def _draw_formula(slide: Any, block: Block, top: float) -> None:
    shape = slide.shapes.add_shape(
        MSO_SHAPE.RECTANGLE, *_area(1.05, top, 11.58, _formula_height(block))
    )
    _paint(shape, palette.WHITE, palette.LINE)
    frame = shape.text_frame
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    frame.margin_left = Inches(0.25)
    for index, line in enumerate(block.items):
        paragraph = frame.paragraphs[0] if index == 0 else frame.add_paragraph()
        paragraph.alignment = 1
        _write_line(paragraph, line, _FORMULA_POINTS, palette.DEEP_BLUE)
    edge = slide.shapes.add_shape(
        MSO_SHAPE.RECTANGLE, *_area(1.0, top, 0.07, _formula_height(block))
    )
    _paint(edge, palette.TEAL, palette.TEAL)


def _draw_table(slide: Any, rows: list[list[str]], top: float) -> None:
    heights = _row_heights(rows)
    frame = slide.shapes.add_table(
        len(rows), len(rows[0]), *_area(_LEFT + 0.1, top, _WIDTH - 0.2, sum(heights))
    )
    table = frame.table
    for column, width in enumerate(_column_widths(rows)):
        table.columns[column].width = Inches(width)
    for r, row in enumerate(rows):
        table.rows[r].height = Inches(heights[r])
        for c, text in enumerate(row):
            cell = table.cell(r, c)
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE
            cell.margin_top = cell.margin_bottom = Inches(0.03)
            cell.fill.solid()
            fill = palette.DEEP_BLUE if r == 0 else (palette.WHITE, palette.OFF_WHITE)[r % 2]
            cell.fill.fore_color.rgb = rgb(fill)
            ink = palette.WHITE if r == 0 else palette.INK
            _write_line(
                cell.text_frame.paragraphs[0], text, _TABLE_POINTS, ink, bold=r == 0 or c == 0
            )


def _column_widths(rows: list[list[str]]) -> list[float]:
    """Share the width of the slide by the widest cell of each column, in inches."""
    columns = zip(*rows, strict=True)
    widest = [max(text_width(cell, _TABLE_POINTS, bold=True) for cell in c) for c in columns]
    wish = [min(width / 72, 5.0) + 0.3 for width in widest]
    return [(_WIDTH - 0.2) * width / sum(wish) for width in wish]


def _footer(slide: Any, number: int) -> None:
    """Add the course line and the slide number, marked as such for readers of the file."""
    course = "Generative AI course · Diffusion models and Stable Diffusion XL"
    parts = ((course, _LEFT, 9.0, 1, "ftr", "11"), (str(number), 11.63, 1.0, 3, "sldNum", "12"))
    for text, left, width, alignment, role, index in parts:
        box = _text_box(slide, left, 7.0, width, 0.3)
        marks = box._element.nvSpPr.nvPr
        marks.append(marks.makeelement(qn("p:ph"), {"type": role, "sz": "quarter", "idx": index}))
        box.text_frame.paragraphs[0].alignment = alignment
        _write_line(box.text_frame.paragraphs[0], text, 11, "6b7785")


def _text_box(slide: Any, left: float, top: float, width: float, height: float) -> Any:
    box = slide.shapes.add_textbox(*_area(left, top, width, height))
    box.text_frame.word_wrap = True
    box.text_frame.margin_top = box.text_frame.margin_bottom = Emu(0)
    return box


def _write_line(paragraph: Any, text: str, size: int, colour: str, bold: bool = False) -> None:
    for piece, marked in split_bold(text):
        run = paragraph.add_run()
        run.text = piece
        run.font.name = _FONT
        run.font.size = Pt(size)
        run.font.bold = bold or marked
        run.font.color.rgb = rgb(colour)


def _bar(slide: Any, left: float, top: float, width: float, colour: str) -> None:
    bar = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *_area(left, top, width, 0.06))
    _paint(bar, colour, colour)


def _paint(shape: Any, fill: str, line: str) -> None:
    shape.fill.solid()
    shape.fill.fore_color.rgb = rgb(fill)
    shape.line.color.rgb = rgb(line)
    shape.line.width = Pt(0.75)
    remove_style(shape)


def _place(shape: Any, left: float, top: float, width: float, height: float) -> None:
    shape.left, shape.top, shape.width, shape.height = _area(left, top, width, height)


def _area(left: float, top: float, width: float, height: float) -> tuple[Any, ...]:
    return tuple(Inches(measure) for measure in (left, top, width, height))


def _fill_background(slide: Any, colour: str) -> None:
    slide.background.fill.solid()
    slide.background.fill.fore_color.rgb = rgb(colour)


def _set_properties(presentation: Any, title: str) -> None:
    properties = presentation.core_properties
    properties.title = title
    properties.author = properties.last_modified_by = "The course tutor's authors"
    properties.subject = "Deck of the Generative AI course, CC BY 4.0"
    properties.created = properties.modified = _FIXED_TIME
    properties.revision = 1


def _write(presentation: Any, target: Path) -> None:
    """Save with a fixed time stamp on every part of the ZIP."""
    buffer = io.BytesIO()
    presentation.save(buffer)
    with zipfile.ZipFile(buffer) as parts, zipfile.ZipFile(target, "w") as out:
        for name in parts.namelist():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(entry, parts.read(name))
