"""Sets the handout as a PDF with reportlab.

The file carries no time stamp, so that the same source always gives the same bytes.
"""

from collections.abc import Sequence
from pathlib import Path

import palette
from blocks import Block, read_blocks, split_bold
from fonts import register_fonts, text_width
from plots import PLOTS
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

_MARGIN = 22 * mm
_WIDTH = A4[0] - 2 * _MARGIN
_BLUE = HexColor(f"#{palette.DEEP_BLUE}")
_TEAL = HexColor(f"#{palette.TEAL}")
_PAPER = HexColor(f"#{palette.OFF_WHITE}")
_LINE = HexColor(f"#{palette.LINE}")

_BODY = ParagraphStyle(
    "body",
    fontName="Body",
    fontSize=9.2,
    leading=13.6,
    spaceAfter=5,
    allowWidows=0,
    allowOrphans=0,
    textColor=HexColor(f"#{palette.INK}"),
)
_STYLES = {
    "paragraph": _BODY,
    "lead-in": ParagraphStyle("lead-in", _BODY, keepWithNext=1),
    "item": ParagraphStyle(
        "item",
        _BODY,
        spaceAfter=2.5,
        leftIndent=16,
        bulletIndent=3,
        bulletFontName="Body",
        bulletFontSize=9.2,
        bulletColor=_TEAL,
    ),
    "section": ParagraphStyle(
        "section",
        _BODY,
        fontName="Bold",
        fontSize=13,
        leading=17,
        spaceBefore=11,
        spaceAfter=4,
        textColor=_BLUE,
        keepWithNext=1,
    ),
    "subsection": ParagraphStyle(
        "subsection",
        _BODY,
        fontName="Bold",
        fontSize=10,
        leading=14,
        spaceBefore=6,
        spaceAfter=2,
        textColor=_TEAL,
        keepWithNext=1,
    ),
    "title": ParagraphStyle(
        "title", _BODY, fontName="Bold", fontSize=19, leading=25, textColor=HexColor("#ffffff")
    ),
    "subtitle": ParagraphStyle("subtitle", _BODY, textColor=HexColor(f"#{palette.AMBER}")),
    "formula": ParagraphStyle("formula", _BODY, fontSize=9.6, spaceAfter=0, textColor=_BLUE),
    "cell": ParagraphStyle("cell", _BODY, fontSize=8.2, leading=11, spaceAfter=0),
    "head": ParagraphStyle(
        "head",
        _BODY,
        fontName="Bold",
        fontSize=8.2,
        leading=11,
        spaceAfter=0,
        textColor=HexColor("#ffffff"),
    ),
    "caption": ParagraphStyle(
        "caption", _BODY, fontName="Slanted", fontSize=8, leading=11, alignment=TA_CENTER
    ),
}


def build_handout(source: Path, target: Path) -> None:
    """Read the handout's source and write the PDF.

    Raises ``FileNotFoundError`` where the fonts are missing.
    """
    register_fonts()
    blocks = read_blocks(source)
    title = next(block.text for block in blocks if block.kind == "title")
    document = _Document(str(target), title)
    document.build(_story(blocks))


class _Document(BaseDocTemplate):  # type: ignore[misc]
    """A4 pages with a footer, an outline of the sections and fixed metadata."""

    def __init__(self, target: str, title: str) -> None:
        super().__init__(
            target,
            pagesize=A4,
            title=title,
            author="The course tutor's authors",
            subject="Handout of the Generative AI course, CC BY 4.0",
            lang="en-GB",
            invariant=1,
        )
        self._title = title
        frame = Frame(_MARGIN, 22 * mm, _WIDTH, A4[1] - 40 * mm, 0, 0, 0, 0)
        self.addPageTemplates(PageTemplate("page", [frame], onPageEnd=self._footer))

    def _footer(self, canvas: Canvas, _document: BaseDocTemplate) -> None:
        canvas.saveState()
        canvas.setStrokeColor(_LINE)
        canvas.line(_MARGIN, 16 * mm, A4[0] - _MARGIN, 16 * mm)
        canvas.setFont("Body", 7.5)
        canvas.setFillColor(HexColor(f"#{palette.INK}"))
        canvas.drawString(_MARGIN, 11.5 * mm, f"Generative AI course · {self._title}")
        canvas.drawRightString(A4[0] - _MARGIN, 11.5 * mm, f"Page {canvas.getPageNumber()}")
        canvas.restoreState()

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 - reportlab's name
        """Add each section heading to the PDF outline."""
        if isinstance(flowable, Paragraph) and flowable.style.name == "section":
            text = flowable.getPlainText()
            self.canv.bookmarkPage(text)
            self.canv.addOutlineEntry(text, text, level=0)


def _story(blocks: list[Block]) -> list[Flowable]:
    """Turn the blocks into flowables; the title and the subtitle share one coloured band."""
    story: list[Flowable] = [_title_band(blocks), Spacer(1, 10)]
    for block in blocks:
        if block.kind in {"title", "subtitle"}:
            continue
        story.extend(_flowables(block))
    return story


def _flowables(block: Block) -> list[Flowable]:
    match block.kind:
        case "bullets" | "numbered":
            return [*_list(block), Spacer(1, 3)]
        case "table":
            return [_table(block.rows)]
        case "formula":
            return [_formula(block.items), Spacer(1, 6)]
        case "figure":
            name, caption = block.text.split(" ", 1)
            picture = PLOTS[name](_WIDTH)
            caption_line = Paragraph(caption, _STYLES["caption"])
            return [KeepTogether([Spacer(1, 3), picture, caption_line, Spacer(1, 4)])]
        case "paragraph" if block.text.endswith(":"):
            return [Paragraph(_markup(block.text), _STYLES["lead-in"])]
        case _:
            return [Paragraph(_markup(block.text), _STYLES[block.kind])]


def _title_band(blocks: list[Block]) -> Table:
    parts = [b for b in blocks if b.kind in {"title", "subtitle"}]
    rows = [[Paragraph(_markup(part.text), _STYLES[part.kind])] for part in parts]
    band = Table(rows, colWidths=[_WIDTH])
    band.setStyle(
        [
            ("BACKGROUND", (0, 0), (-1, -1), _BLUE),
            ("LEFTPADDING", (0, 0), (-1, -1), 14),
            ("TOPPADDING", (0, 0), (0, 0), 14),
            ("BOTTOMPADDING", (0, -1), (-1, -1), 10),
            ("LINEBELOW", (0, -1), (-1, -1), 3, _TEAL),
        ]
    )
    return band


def _list(block: Block) -> list[Flowable]:
    marks = ["•"] * len(block.items)
    texts = list(block.items)
    if block.kind == "numbered":
        marks = [item.split(" ", 1)[0] for item in block.items]
        texts = [item.split(" ", 1)[1] for item in block.items]
    return [
        Paragraph(_markup(text), _STYLES["item"], bulletText=mark)
        for mark, text in zip(marks, texts, strict=True)
    ]


def _table(rows: list[list[str]]) -> Table:
    cells = [
        [Paragraph(_markup(cell), _STYLES["head" if number == 0 else "cell"]) for cell in row]
        for number, row in enumerate(rows)
    ]
    table = Table(cells, colWidths=_column_widths(rows), hAlign="LEFT", spaceBefore=3, spaceAfter=8)
    table.setStyle(
        [
            ("BACKGROUND", (0, 0), (-1, 0), _BLUE),
            ("ROWBACKGROUNDS", (0, 1), (-1, -1), [_PAPER, HexColor("#ffffff")]),
            ("LINEBELOW", (0, 1), (-1, -1), 0.4, _LINE),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("NOSPLIT", (0, 0), (-1, -1)),
            ("TOPPADDING", (0, 0), (-1, -1), 3.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4.5),
        ]
    )
    return table


def _column_widths(rows: list[list[str]]) -> list[float]:
    """Give each column room for its short cells and long words, then share the rest."""
    columns = list(zip(*rows, strict=True))
    padding = 14.0
    whole = [max(_cell_width(cell) for cell in column) + padding for column in columns]
    if sum(whole) <= _WIDTH:
        return whole
    pieces = [[p for cell in column for p in _unbreakable(cell)] for column in columns]
    least = [max(map(_cell_width, column)) + padding for column in pieces]
    wish = [
        max(min(full, 0.42 * _WIDTH) - low, 1.0) for full, low in zip(whole, least, strict=True)
    ]
    spare = _WIDTH - sum(least)
    return [low + spare * more / sum(wish) for low, more in zip(least, wish, strict=True)]


def _unbreakable(cell: str) -> list[str]:
    return [cell] if len(cell) <= 14 else cell.split()


def _cell_width(text: str) -> float:
    return text_width(text, _STYLES["cell"].fontSize, bold=True)


def _formula(lines: Sequence[str]) -> Table:
    text = "<br/>".join(_markup(line) for line in lines)
    box = Table([[Paragraph(text, _STYLES["formula"])]], colWidths=[_WIDTH])
    box.setStyle(
        [
            ("BACKGROUND", (0, 0), (-1, -1), _PAPER),
            ("LINEBEFORE", (0, 0), (0, -1), 2.5, _TEAL),
            ("LEFTPADDING", (0, 0), (-1, -1), 12),
            ("TOPPADDING", (0, 0), (-1, -1), 4),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
        ]
    )
    return box


def _markup(text: str) -> str:
    """Turn a text with ``**bold**`` marks into reportlab's own markup."""
    escape = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
    return "".join(
        f"<b>{piece.translate(escape)}</b>" if bold else piece.translate(escape)
        for piece, bold in split_bold(text)
    )
