"""Word files: one page per section between headings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tutor.documents.bare_headings import looks_like_heading
from tutor.documents.docx_styles import Styles
from tutor.documents.encoding import clean
from tutor.documents.omml import formula
from tutor.documents.ooxml import Element, Package, attribute, child, descendants, local
from tutor.documents.progress import tick
from tutor.documents.sections import SectionWriter, fenced, pipe_table
from tutor.documents.symbol_font import character
from tutor.errors import DocumentError
from tutor.records import Document

_CONTAINERS = ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo", "AlternateContent")
_WRAPPERS = ("r", "hyperlink", "fldSimple", "ruby", "rubyBase", "bdo", "dir", *_CONTAINERS)
_MAX_DEPTH = 60
_BLOCKS_PER_TICK = 1000


@dataclass
class _Reading:
    """What one reading of a document carries along."""

    styles: Styles
    notes: dict[str, str]
    guess_headings: bool
    writer: SectionWriter = field(default_factory=SectionWriter)
    items: list[str] = field(default_factory=list)  # the list being collected
    code: list[str] = field(default_factory=list)  # the same for lines of code
    counters: dict[tuple[str, int], int] = field(default_factory=dict)


def read(path: Path, source: str) -> Document:
    """Read a Word file. Raises DocumentError when nothing of it can be read."""
    with Package(path) as package:
        name = package.main_part()
        root = package.part(name)
        body = child(root, "body") if root is not None else None
        if body is None:
            raise DocumentError("no document in it")
        related = {
            kind: package.part(part)
            for kind, part in package.relations(name).values()
            if kind in ("styles", "numbering", "footnotes", "endnotes")
        }
        core = package.part("docProps/core.xml")
    styles = Styles(related.get("styles"), related.get("numbering"))
    notes = {
        **_notes(related.get("footnotes"), "footnote"),
        **_notes(related.get("endnotes"), "endnote"),
    }
    paragraphs = list(descendants(body, "p"))
    guess = not any(styles.heading_level(paragraph) for paragraph in paragraphs)
    reading = _Reading(styles, notes, guess)
    for number, block in enumerate(_blocks(body)):
        _write(block, reading)
        if number % _BLOCKS_PER_TICK == 0:
            tick()
    _flush(reading)
    title = _core_title(core)
    if title and not reading.writer.has_headings:
        reading.writer.root(title)
    return Document(source, reading.writer.pages(source))


def _blocks(element: Element) -> Iterator[Element]:
    """The paragraphs and tables in order, through whatever wraps them."""
    for each in element:
        if local(each) in ("p", "tbl"):
            yield each
        elif local(each) in _CONTAINERS:
            yield from _blocks(each)


def _write(block: Element, reading: _Reading) -> None:
    if local(block) == "tbl":
        _flush(reading)
        reading.writer.block(_table(block, 0))
        _write_beside(block, reading)
        return
    if reading.styles.is_contents(block):
        return
    text = clean(_words(block)).strip()
    level = reading.styles.heading_level(block)
    guessed = reading.guess_headings and not level and _is_bold_line(block, text)
    if reading.styles.is_code(block):
        _flush_items(reading)
        reading.code.append(clean(_words(block)).rstrip())
    elif text and (level or guessed):
        _flush(reading)
        reading.writer.heading(0 if level == "title" else int(level or 1), text)
    elif text and (place := reading.styles.list_place(block)):
        _flush_code(reading)
        reading.items.append(_item(text, place, reading))
    elif text:
        _flush(reading)
        reading.writer.block(text)
    _write_beside(block, reading)


def _write_beside(block: Element, reading: _Reading) -> None:
    """Write the boxes that hang on a paragraph or table, and its notes."""
    for box in descendants(block, "txbxContent"):
        _flush(reading)
        for inner in _blocks(box):
            _write(inner, reading)
    for note in descendants(block, "footnoteReference", "endnoteReference"):
        _flush(reading)
        reading.writer.block(reading.notes.get(local(note)[:-9] + attribute(note, "id"), ""))


def _item(text: str, place: tuple[str, int, bool], reading: _Reading) -> str:
    """A list item, with the next number of its list if the list has numbers."""
    number_id, level, is_numbered = place
    key = (number_id, level)
    for other in [each for each in reading.counters if each[0] == number_id and each[1] > level]:
        del reading.counters[other]  # an outer item begins the inner count anew
    reading.counters[key] = reading.counters.get(key, 0) + 1
    mark = f"{reading.counters[key]}." if is_numbered else "-"
    return f"{'  ' * level}{mark} {' '.join(text.split())}"


def _flush(reading: _Reading) -> None:
    _flush_items(reading)
    _flush_code(reading)


def _flush_items(reading: _Reading) -> None:
    reading.writer.block("\n".join(reading.items))
    reading.items.clear()


def _flush_code(reading: _Reading) -> None:
    reading.writer.block(fenced("\n".join(reading.code)))
    reading.code.clear()


def _words(element: Element) -> str:
    """The words of a paragraph, without what is deleted, hidden or in a box beside it."""
    parts: list[str] = []
    for each in element:
        name = local(each)
        if name == "t":
            parts.append(each.text or "")
        elif name in ("tab", "ptab"):
            parts.append("\t")
        elif name in ("br", "cr"):
            parts.append("\n")
        elif name == "sym":
            parts.append(character(attribute(each, "font"), attribute(each, "char")))
        elif name == "noBreakHyphen":
            parts.append("-")
        elif name in ("oMath", "oMathPara"):
            parts.append(formula(each))
        elif name == "AlternateContent":
            parts.append(_words(each[0]) if len(each) else "")
        elif name in _WRAPPERS and not _is_hidden(each):
            parts.append(_words(each))
    return "".join(parts)


def _is_hidden(run: Element) -> bool:
    vanish = child(run, "rPr", "vanish")
    return vanish is not None and attribute(vanish, "val") not in ("0", "false", "off")


def _is_bold_line(paragraph: Element, text: str) -> bool:
    """Whether a whole paragraph is bold and reads like a heading."""
    if "\n" in text or not looks_like_heading(text):
        return False
    runs = [run for run in descendants(paragraph, "r") if _words(run).strip()]
    bold = (child(run, "rPr", "b") for run in runs)
    return all(each is not None and attribute(each, "val") not in ("0", "false") for each in bold)


def _table(table: Element, depth: int) -> str:
    rows = []
    for row in descendants(table, "tr"):
        cells: list[str] = []
        for cell in descendants(row, "tc"):
            merged = child(cell, "tcPr", "vMerge")
            goes_on = merged is not None and attribute(merged, "val") != "restart"
            cells.append("" if goes_on else clean(_cell(cell, depth)))
            span = child(cell, "tcPr", "gridSpan")
            width = attribute(span, "val") if span is not None else ""
            cells += [""] * (min(int(width), 100) - 1 if width.isdigit() else 0)
        rows.append(cells)
    if len(rows) == 1 and len(rows[0]) == 1:
        return rows[0][0].strip()  # a frame around text
    return pipe_table(rows)


def _cell(cell: Element, depth: int) -> str:
    """The words of a cell; a table within is told cell by cell."""
    if depth > _MAX_DEPTH:
        return ""
    texts = []
    for block in _blocks(cell):
        if local(block) == "tbl":
            inner = (_cell(each, depth + 1) for each in descendants(block, "tc"))
            texts.append(" ".join(inner))
        else:
            texts.append(_words(block))
    return "\n".join(filter(str.strip, texts))


def _notes(root: Element | None, name: str) -> dict[str, str]:
    """The texts of foot- or endnotes by kind and id."""
    notes = {}
    for note in descendants(root, name) if root is not None else ():
        text = "\n".join(_words(paragraph).strip() for paragraph in descendants(note, "p"))
        notes[name + attribute(note, "id")] = clean(text).strip()
    return notes


def _core_title(core: Element | None) -> str:
    title = next(descendants(core, "title"), None) if core is not None else None
    return clean(title.text or "").strip() if title is not None else ""
