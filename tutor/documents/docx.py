"""Word files: one page per section between headings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path

from tutor.documents import symbol_font
from tutor.documents.bare_headings import looks_like_heading
from tutor.documents.docx_embedded import Section, embedded
from tutor.documents.docx_numbering import Numbering
from tutor.documents.docx_styles import Styles, is_set, shown
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
from tutor.documents.progress import tick
from tutor.documents.scripts import lowered, note_mark, raised, struck, written
from tutor.documents.sections import SectionWriter, fenced, pipe_table
from tutor.errors import DocumentError
from tutor.records import Document

_CONTAINERS = ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo", "AlternateContent")
_WRAPPERS = ("r", "hyperlink", "fldSimple", "ruby", "rubyBase", "bdo", "dir", *_CONTAINERS)
_REFERENCES = ("footnoteReference", "endnoteReference")
_MAX_DEPTH = 60
_BLOCKS_PER_TICK = 1000


@dataclass
class _Reading:
    """What one reading of a document carries along."""

    styles: Styles
    numbering: Numbering
    notes: dict[str, str]
    embedded: dict[str, list[Section]]
    guess_headings: bool
    fonts_tell: bool  # whether a font for code is an exception in it, and so means code
    writer: SectionWriter = field(default_factory=SectionWriter)
    items: list[str] = field(default_factory=list)  # the list being collected
    code: list[str] = field(default_factory=list)  # the same for lines of code


def read(path: Path, source: str) -> Document:
    """Read a Word file. Raises DocumentError when nothing of it can be read."""
    problems: list[str] = []
    with Package(path) as package:
        name = package.main_part()
        root = package.part(name)
        body = child(root, "body") if root is not None else None
        if body is None:
            raise DocumentError("no document in it")
        relations = spared(
            lambda: package.relations(name), Relations(), "styles and notes", problems
        )
        related = {
            kind: spared(partial(package.part, part), None, kind, problems)
            for kind, part in relations.values()
            if kind in ("styles", "numbering", "footnotes", "endnotes")
        }
        core = spared(lambda: package.part("docProps/core.xml"), None, "title", problems)
        within = embedded(package, body, relations, problems)
    styles = Styles(related.get("styles"))
    notes = {
        **_notes(related.get("footnotes"), "footnote"),
        **_notes(related.get("endnotes"), "endnote"),
    }
    paragraphs = list(descendants(body, "p"))
    guess = not any(styles.heading_level(paragraph) for paragraph in paragraphs)
    fonts_tell = 2 * sum(map(_is_monospaced, paragraphs)) < len(paragraphs)
    numbering = Numbering(related.get("numbering"))
    reading = _Reading(styles, numbering, notes, within, guess, fonts_tell)
    for number, block in enumerate(_blocks(body)):
        _write(block, reading)
        if number % _BLOCKS_PER_TICK == 0:
            tick()
    _flush(reading)
    title = _core_title(core)
    if title and not reading.writer.has_headings:
        reading.writer.root(title)
    pages = reading.writer.pages(source)
    if not pages and problems:
        raise DocumentError(problems[0])
    return Document(source, pages, tuple(problems))


def _blocks(element: Element) -> Iterator[Element]:
    """The paragraphs, tables and embedded documents in order, through whatever wraps them."""
    for each in element:
        if local(each) in ("p", "tbl", "altChunk"):
            yield each
        elif local(each) in _CONTAINERS:
            yield from _blocks(each)


def _write(block: Element, reading: _Reading) -> None:
    if local(block) == "tbl":
        _flush(reading)
        if (frame := _framed(block)) is not None:
            guess, reading.guess_headings = reading.guess_headings, False
            for inner in _blocks(frame):
                _write(inner, reading)
            _flush(reading)
            reading.guess_headings = guess  # the words after the frame are no part of it
            return
        reading.writer.block(_table(block, reading, 0))
        _write_beside(block, reading)
        return
    if local(block) == "altChunk":
        _flush(reading)
        for section in reading.embedded.get(attribute(block, "id"), ()):
            if section.level:
                reading.writer.heading(section.level, section.name)
            reading.writer.block(section.text)
        return
    if reading.styles.is_contents(block):
        return
    text = _words(block).strip()
    place = reading.styles.list_place(block)
    is_gone = not text and child(block, "pPr", "rPr", "del") is not None
    # Word counts headings and empty items, too.
    mark = reading.numbering.mark(*place[:2]) if place and not is_gone else ""
    level = reading.styles.heading_level(block)
    guessed = reading.guess_headings and not level and _is_bold_line(block, text)
    in_font = reading.fonts_tell and not (level or place) and _is_monospaced(block)
    if reading.styles.is_code(block) or in_font:
        _flush_items(reading)
        reading.code.append(_words(block).rstrip())
    elif text and (level or guessed):
        _flush(reading)
        reading.writer.heading(0 if level == "title" else int(level or 1), text)
    elif text and place:
        _flush_code(reading)
        words = " ".join(text.split())
        reading.items.append(f"{'  ' * place[2]}{item_mark(mark)} {words}")
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
    for note in descendants(block, *_REFERENCES):
        _flush(reading)
        reading.writer.block(reading.notes.get(local(note)[:-9] + attribute(note, "id"), ""))


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
    return clean(written(_marked(element)))


def _marked(element: Element) -> str:
    """The same with what is raised or lowered marked as such."""
    parts: list[str] = []
    for each in element:
        name = local(each)
        if name == "t":
            parts.append(shown(element, each.text or ""))
        elif name in ("tab", "ptab"):
            parts.append("\t")
        elif name in ("br", "cr"):
            parts.append("\n")
        elif name == "sym":
            parts.append(symbol_font.character(attribute(each, "font"), attribute(each, "char")))
        elif name == "noBreakHyphen":
            parts.append("-")
        elif name in ("oMath", "oMathPara"):
            parts.append(formula(each))
        elif name == "AlternateContent":
            parts.append(_marked(each[0]) if len(each) else "")
        elif name in _WRAPPERS and not is_set(each, "vanish"):
            parts.append(_placed(each, _marked(each)))
    return "".join(parts)


def _placed(run: Element, words: str) -> str:
    """The words of a run, marked when they stand above or below the line, or are struck out."""
    if any(is_set(run, name) for name in ("strike", "dstrike")):
        words = struck(words)
    place = child(run, "rPr", "vertAlign")
    match attribute(place, "val") if place is not None else "":
        case "superscript":
            is_note = any(child(run, name) is not None for name in _REFERENCES)
            return note_mark(words) if is_note else raised(words)
        case "subscript":
            return lowered(words)
    return words


def _is_bold_line(paragraph: Element, text: str) -> bool:
    """Whether a whole paragraph is bold and reads like a heading."""
    if "\n" in text or not looks_like_heading(text):
        return False
    runs = [run for run in descendants(paragraph, "r") if _words(run).strip()]
    bold = (child(run, "rPr", "b") for run in runs)
    return all(each is not None and attribute(each, "val") not in ("0", "false") for each in bold)


def _is_monospaced(paragraph: Element) -> bool:
    """Whether all words of a paragraph are set in a font for code, and no sentence."""
    parts = []
    for run in descendants(paragraph, "r"):
        fonts = child(run, "rPr", "rFonts")
        words = _words(run)
        if fonts is not None and is_monospaced(attribute(fonts, "ascii")):
            parts.append(words)
        elif words.strip():
            return False
    return looks_like_code("".join(parts))


def _table(table: Element, reading: _Reading, depth: int) -> str:
    rows = []
    for row in descendants(table, "tr"):
        if child(row, "trPr", "del") is not None:
            continue
        cells: list[str] = []
        for cell in descendants(row, "tc"):
            merged = child(cell, "tcPr", "vMerge")
            goes_on = merged is not None and attribute(merged, "val") != "restart"
            cells.append("" if goes_on else clean(_cell(cell, reading, depth)))
            span = child(cell, "tcPr", "gridSpan")
            width = attribute(span, "val") if span is not None else ""
            cells += [""] * (min(int(width), 100) - 1 if width.isdigit() else 0)
        rows.append(cells)
    return pipe_table(rows)


def _framed(table: Element) -> Element | None:
    """The only cell of a table that is no more than a frame around text."""
    cells = list(islice(descendants(table, "tc"), 2))
    return cells[0] if len(cells) == 1 else None


def _cell(cell: Element, reading: _Reading, depth: int) -> str:
    """The words of a cell; a table within is told cell by cell."""
    if depth > _MAX_DEPTH:
        return ""
    texts = []
    for block in _blocks(cell):
        if local(block) == "tbl":
            inner = (_cell(each, reading, depth + 1) for each in descendants(block, "tc"))
            texts.append(" ".join(inner))
        else:
            place = reading.styles.list_place(block)
            mark = reading.numbering.mark(*place[:2]) if place else ""
            texts.append(f"{mark} {_words(block)}".lstrip())
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
