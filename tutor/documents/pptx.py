"""PowerPoint files: one page per slide, hidden slides and speaker notes too."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tutor.documents import symbol_font
from tutor.documents.encoding import clean
from tutor.documents.numerals import item_mark
from tutor.documents.omml import formula
from tutor.documents.ooxml import (
    Element,
    Package,
    Relations,
    attribute,
    child,
    descendants,
    is_monospaced,
    local,
    looks_like_code,
    spared,
)
from tutor.documents.pptx_numbering import ItemNumbers
from tutor.documents.progress import tick
from tutor.documents.scripts import lowered, raised, struck, written
from tutor.documents.sections import fenced, has_words, pipe_table, tidy
from tutor.errors import DocumentError
from tutor.records import Document, Page, Place

_TITLES = frozenset({"title", "ctrTitle"})
_FURNITURE = frozenset({"dt", "ftr", "hdr", "sldNum", "sldImg"})
_SHAPES = ("sp", "grpSp", "graphicFrame", "cxnSp", "pic")
_BULLETS = ("buChar", "buAutoNum", "buBlip")
_MAX_LEVEL = 8


def read(path: Path, source: str) -> Document:
    """Read a PowerPoint file. Raises DocumentError when nothing of it can be read."""
    pages: list[Page] = []
    problems: list[str] = []
    with Package(path) as package:
        for number, name in enumerate(_slides(package), start=1):
            damages: list[str] = []
            try:
                title, text = _slide(package, name, damages)
            except DocumentError as error:
                problems.append(f"slide {number}: {error}")
                continue
            tick()
            problems += [f"slide {number}: {damage}" for damage in damages]
            if has_words(text):
                headings = (title,) if title else ()
                pages.append(Page(source, Place("slide", number), text, headings))
            else:
                problems.append(f"slide {number}: no text (a picture only?)")
    if not pages:
        raise DocumentError("; ".join(problems[:1]) or "no slides in it")
    return Document(source, tuple(pages), tuple(problems))


def _slides(package: Package) -> Iterator[str]:
    """The names of the slides' parts in the order of the show."""
    main = package.main_part()
    root = package.part(main)
    relations = package.relations(main)
    slides = child(root, "sldIdLst") if root is not None else None
    for slide in slides if slides is not None else ():
        kind, name = relations.get(_relation_id(slide), ("", ""))
        if kind == "slide":
            yield name


def _relation_id(element: Element) -> str:
    """The attribute `r:id`; a slide also has an `id` of its own."""
    for key, value in element.attrib.items():
        if str(key).endswith("relationships}id"):
            return str(value)
    return ""


def _slide(package: Package, name: str, damages: list[str]) -> tuple[str, str]:
    """A slide's title and its text. Raises DocumentError when more is damaged than `damages`."""
    root = package.part(name)
    tree = child(root, "cSld", "spTree") if root is not None else None
    if tree is None:
        raise DocumentError("damaged")
    relations = spared(lambda: package.relations(name), Relations(), "notes and charts", damages)
    title = ""
    blocks: list[str] = []
    for shape in _shapes(tree):
        kind = _placeholder(shape)
        if kind in _FURNITURE:
            continue
        if kind in _TITLES and not title:
            title = " ".join(" ".join(_paragraph(each) for each in _paragraphs(shape)).split())
        else:
            blocks.append(_block(package, shape, relations, damages))
    parts = [part for kind, part in relations.values() if kind == "notesSlide"]
    notes = [_notes(spared(partial(package.part, part), None, "notes", damages)) for part in parts]
    heading = f"# {title}" if title else ""
    spoken = [f"Notes:\n\n{note}" for note in notes if has_words(note)]
    return title, tidy("\n\n".join(filter(has_words, [heading, *blocks, *spoken])))


def _shapes(tree: Element) -> Iterator[Element]:
    """The shapes of a slide that show, those in groups too."""
    for shape in descendants(tree, *_SHAPES):
        if _is_hidden(shape):
            continue
        if local(shape) == "grpSp":
            yield from _shapes(shape)
        else:
            yield shape


def _is_hidden(shape: Element) -> bool:
    names = (child(each, "cNvPr") for each in shape if local(each).startswith("nv"))
    return any(each is not None and attribute(each, "hidden") in ("1", "true") for each in names)


def _placeholder(shape: Element) -> str:
    """What a shape stands for in the layout ("title", "ftr", ...); "" for any other."""
    for properties in shape:
        if local(properties).startswith("nv"):
            holder = child(properties, "nvPr", "ph")
            if holder is not None:
                return attribute(holder, "type") or "body"
    return ""


def _block(package: Package, shape: Element, relations: Relations, damages: list[str]) -> str:
    """A shape's text: a list, a table, or the words in a diagram or chart."""
    if local(shape) != "graphicFrame":
        return _lines(shape, is_body=_placeholder(shape) in ("body", "obj"))
    tables = [pipe_table(_rows(table)) for table in descendants(shape, "tbl")]
    if tables:
        return "\n\n".join(tables)
    for reference in descendants(shape, "chart", "relIds"):
        name = relations.get(attribute(reference, "dm") or _relation_id(reference), ("", ""))[1]
        is_chart = local(reference) == "chart"
        called = "chart" if is_chart else "diagram"
        root = spared(partial(package.part, name), None, called, damages) if name else None
        if root is not None:
            return _chart(root) if is_chart else _diagram(root)
    return ""


def _rows(table: Element) -> list[list[str]]:
    return [
        [
            clean(" ".join(_paragraph(each) for each in _paragraphs(cell)))
            for cell in descendants(row, "tc")
        ]
        for row in descendants(table, "tr")
    ]


def _lines(shape: Element, is_body: bool) -> str:
    """The paragraphs of a shape, by their level as a nested list or one below the other.

    The body of a slide is a list unless it says otherwise; a text box is one
    only where bullets are set.
    """
    lines = []
    numbers = ItemNumbers()
    paragraphs = list(_paragraphs(shape))
    if code := _code(paragraphs):
        return code
    for paragraph in paragraphs:
        text = _paragraph(paragraph)
        if not text:
            continue
        properties = child(paragraph, "pPr")
        level = attribute(properties, "lvl") if properties is not None else ""
        depth = min(int(level), _MAX_LEVEL) if level.isdigit() else 0
        set_to = {local(each): each for each in (properties if properties is not None else ())}
        number = numbers.next(set_to.get("buAutoNum"), depth)
        bulleted = not set_to.keys().isdisjoint(_BULLETS) or depth > 0
        if bulleted or (is_body and "buNone" not in set_to):
            lines.append(f"{'  ' * depth}{item_mark(number)} {' '.join(text.split())}")
        else:
            lines.append(text)
    return "\n".join(lines)


def _code(paragraphs: list[Element]) -> str:
    """The lines of a shape whose words are all set in a font for code; "" for any other."""
    fonts = []
    for run in (run for each in paragraphs for run in descendants(each, "r")):
        font = child(run, "rPr", "latin")
        if "".join(each.text or "" for each in descendants(run, "t")).strip():
            fonts.append(font is not None and is_monospaced(attribute(font, "typeface")))
    text = "\n".join(map(_line, paragraphs))
    return fenced(text) if fonts and all(fonts) and looks_like_code(text) else ""


def _paragraphs(element: Element) -> Iterator[Element]:
    return descendants(element, "p")


def _paragraph(paragraph: Element) -> str:
    return _line(paragraph).strip()


def _line(paragraph: Element) -> str:
    """The words of a paragraph with the white space before them."""
    parts = []
    for each in descendants(paragraph, "t", "br", "oMath"):
        match local(each):
            case "t":
                parts.append(_placed(each))
            case "br":
                parts.append("\n")
            case _:
                parts.append(formula(each))
    return clean(written("".join(parts))).rstrip()


def _placed(text: Element) -> str:
    """The words of a run, marked when they stand above or below the line, or are struck out."""
    properties = child(text.getparent(), "rPr")
    words = text.text or ""
    if properties is None:
        return words
    for name, shown in (("latin", symbol_font.text), ("sym", symbol_font.signs)):
        if (font := child(properties, name)) is not None:
            words = shown(attribute(font, "typeface"), words)
    if attribute(properties, "strike") in ("sngStrike", "dblStrike"):
        words = struck(words)
    baseline = attribute(properties, "baseline")
    if not baseline.strip("-0%"):
        return words
    return lowered(words) if baseline.startswith("-") else raised(words)


def _notes(root: Element | None) -> str:
    """The speaker's notes, without the picture and number of the slide."""
    tree = child(root, "cSld", "spTree") if root is not None else None
    if tree is None:
        return ""
    shapes = (shape for shape in _shapes(tree) if _placeholder(shape) not in _FURNITURE)
    return "\n\n".join(filter(None, (_lines(shape, is_body=False) for shape in shapes)))


def _diagram(root: Element) -> str:
    """The words in a SmartArt diagram, one line for each of its points."""
    lines = (_paragraph(paragraph) for paragraph in _paragraphs(root))
    return "\n".join(f"- {' '.join(line.split())}" for line in lines if line)


def _chart(root: Element) -> str:
    """A chart's title, and its series as a table with a row for each category."""
    title = next(descendants(root, "title"), None)
    words = [_paragraph(each) for each in _paragraphs(title)] if title is not None else []
    series = list(descendants(root, "ser"))
    categories = _points(series[0], "cat", "xVal") if series else {}
    names = [" ".join(_points(each, "tx").values()) for each in series]
    columns = [categories, *(_points(each, "val", "yVal") for each in series)]
    rows = [["", *names]]
    for index in sorted({index for column in columns for index in column}):
        rows.append([column.get(index, "") for column in columns])
    return "\n\n".join(filter(None, [*words, pipe_table(rows)]))


def _points(series: Element, *names: str) -> dict[int, str]:
    """The cached values of a part of a series by their index, from which blank cells are missing.

    Of categories on several levels it is the first, that of the single points.
    """
    part = next((each for each in series if local(each) in names), None)
    if part is None:
        return {}
    points = {}
    for place, value in enumerate(descendants(next(descendants(part, "lvl"), part), "v")):
        index = attribute(value.getparent(), "idx")
        points[int(index) if index.isdecimal() and len(index) < 10 else place] = value.text or ""
    return {index: clean(text) for index, text in points.items()}
