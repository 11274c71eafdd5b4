"""HTML files: the main content by sections. Nothing is ever loaded from elsewhere.

What a reader of the page would not see (hidden elements, menus, scripts) is
left out; it is no part of the course, and a place to hide instructions.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from lxml import etree  # type: ignore[import-untyped]

from tutor.documents.encoding import clean, decode
from tutor.documents.html_visible import is_dropped, visible
from tutor.documents.html_words import (
    BLOCKS,
    HEADINGS,
    MAX_DEPTH,
    cleaned,
    code,
    folded,
    has_blocks,
    inline,
    paragraph,
    words,
)
from tutor.documents.numerals import item_mark, numeral
from tutor.documents.scripts import written
from tutor.documents.sections import SectionWriter, fenced, has_words, pipe_table
from tutor.errors import DocumentError
from tutor.records import Document

Element: TypeAlias = etree._Element

_TALL = ".//h1|.//h2|.//h3|.//table"  # what has a place of its own on the page
_SHORT = 200  # characters of a table's cell at most, from which a column of text is longer
_NUMERALS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_CHARSET = re.compile(rb"<meta[^>]{1,200}charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_READ_AS = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
"""What browsers take these names for, as the pages mean it (WHATWG Encoding Standard, 4.2)."""
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")


def read(path: Path, source: str) -> Document:
    """Read an HTML file. Raises DocumentError when it is none."""
    return parse(clean(_decode(path.read_bytes())), source)


def parse(text: str, source: str) -> Document:
    """The sections of an HTML page's main content."""
    # Without an encoding of its own, lxml would guess one for the text it is given.
    parser = etree.HTMLParser(
        no_network=True, remove_comments=True, remove_pis=True, huge_tree=True
    )
    root = etree.fromstring(_DECLARATION.sub("", text), parser) if text.strip() else None
    if root is None:
        raise DocumentError("no text in it")
    writer = SectionWriter()
    main = _main(root)
    _write(main, writer, 0)
    if not _titles(main) and (title := _title(root)):
        writer.root(title)
    return Document(source, writer.pages(source))


def _decode(data: bytes) -> str:
    """The text in `data`; a charset named in it counts when it is neither marked nor UTF-8.

    What a page says of itself in ASCII is not in UTF-16, nor in UTF-8 where that does not fit.
    """
    named = _CHARSET.search(data[:4096])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        if named is None or b"\x00" in data[:64]:
            return decode(data)
    try:
        name = codecs.lookup(named[1].decode()).name
        if not name.startswith("utf"):
            return data.decode(_READ_AS.get(name, name), "replace")
    except LookupError:
        pass
    return decode(data)


def _title(root: Element) -> str:
    """The page's only first heading, which may stand outside of its main part, or its title."""
    headings = _titles(root)
    title = words(headings[0], 0) if len(headings) == 1 else ""
    if not has_words(title):
        title = cleaned("".join(root.xpath("//head/title//text()")))
    return " ".join(title.split())


def _titles(element: Element) -> list[Element]:
    """The first headings in `element` that a reader sees."""
    return [
        each
        for each in element.iter("h1")
        if not any(map(is_dropped, (each, *each.iterancestors())))
    ]


def _main(root: Element) -> Element:
    """The element with the page's own content."""
    for path in ("//main", "//*[@role='main']"):
        found = root.xpath(path)
        if len(found) == 1 and has_words(words(found[0], 0)):
            return found[0]
    return root


def _write(element: Element, writer: SectionWriter, depth: int) -> None:
    """Write an element's blocks; words that stand between blocks are paragraphs."""
    if depth > MAX_DEPTH:
        return
    parts = [folded(element.text)]
    for child in visible(element):
        if has_blocks(child):
            writer.block(paragraph("".join(parts)))
            parts = []
            _write_block(child, writer, depth + 1)
        else:
            parts.append(inline(child, depth + 1))
        parts.append(folded(child.tail))
    writer.block(paragraph("".join(parts)))


def _write_block(element: Element, writer: SectionWriter, depth: int) -> None:
    tag = element.tag
    if tag in HEADINGS:
        writer.heading(HEADINGS[tag], words(element, depth))
    elif tag in ("ul", "ol") and not element.xpath(f"{_TALL}|.//pre"):
        writer.block("\n".join(_items(element, 0)))
    elif tag in ("ul", "ol") and not element.xpath(_TALL):
        for item, mark in _marked_items(element):
            if item.tag in ("ul", "ol"):  # nested without an item around it
                _write_block(item, writer, depth + 1)
            elif lines := _own_lines(item, depth):
                more = (f"  {line}".rstrip() for line in lines[1:])
                writer.block("\n".join([f"{mark} {lines[0]}", *more]))
    elif tag == "table" and _is_data(element):
        for caption in (each for each in visible(element) if each.tag == "caption"):
            writer.block(paragraph(inline(caption, depth)))
        writer.block(pipe_table(_rows(element, depth)))
    elif tag == "pre":
        writer.block(fenced(code(element, depth)))
    elif tag == "blockquote" and not element.xpath(f"{_TALL}|.//pre"):
        writer.block("\n".join(f"> {line}".rstrip() for line in _own_lines(element, depth)))
    elif tag == "header" and not _in_content(element):
        for title in element.xpath(".//h1"):
            writer.heading(1, words(title, depth))
    elif tag == "dd" and not element.xpath(f"{_TALL}|.//pre|.//ul|.//ol"):
        writer.block("- " + paragraph(inline(element, depth)))
    else:
        _write(element, writer, depth)


def _own_lines(element: Element, depth: int) -> list[str]:
    """The lines of what is written of an element by itself, which holds no headings."""
    own = SectionWriter()
    _write(element, own, depth)
    return "\n\n".join(page.text for page in own.pages("")).splitlines()


def _in_content(element: Element) -> bool:
    return any(each.tag in ("main", "article", "section") for each in element.iterancestors())


def _items(element: Element, depth: int) -> list[str]:
    """The lines of a list, nested lists indented."""
    lines: list[str] = []
    for item, mark in _marked_items(element):
        if item.tag in ("ul", "ol"):  # nested without an item around it
            lines += _items(item, depth + 1)
            continue
        parts = [folded(item.text)]
        nested: list[str] = []
        for child in visible(item):
            if child.tag in ("ul", "ol"):
                nested += _items(child, depth + 1) if depth < MAX_DEPTH else []
            else:
                space = " " if child.tag in BLOCKS else ""
                parts += [space, inline(child, depth), space]
            parts.append(folded(child.tail))
        if text := " ".join(written("".join(parts)).split()):
            lines.append(f"{'  ' * depth}{mark} {text}")
        lines += nested
    return lines


def _marked_items(element: Element) -> Iterator[tuple[Element, str]]:
    """The items of a list, each with the dash or number that a browser shows."""
    items = list(visible(element))
    is_down = element.get("reversed") is not None
    last = sum(item.tag == "li" for item in items)
    number = _integer(element.get("start"), last if is_down else 1)
    for item in items:
        if item.tag != "li":
            if item.tag in ("ul", "ol") or item.text or len(item):
                yield item, "-"
            continue
        number = _integer(item.get("value"), number)
        shown = numeral(number, _NUMERALS.get(element.get("type", ""), "decimal"))
        yield item, item_mark(f"{shown}.") if element.tag == "ol" else "-"
        number += -1 if is_down else 1


def _integer(text: str | None, otherwise: int) -> int:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else otherwise


def _is_data(table: Element) -> bool:
    """Whether a table holds data; others only place blocks beside each other.

    One with lists in its cells, as a schedule, holds data if it names its columns or has rows
    of short cells; a menu beside the text has neither.
    """
    if table.xpath(".//table|.//h1|.//h2|.//h3|.//pre"):
        return False
    rows = [cells for row in table.iter("tr") if len(cells := row.xpath("./td|./th")) > 1]
    if not rows or not table.xpath(".//ul|.//ol"):
        return bool(rows)
    short = [all(len("".join(each.itertext())) <= _SHORT for each in cells) for cells in rows]
    return bool(table.xpath(".//th")) or sum(short) > 1


def _cell(cell: Element, depth: int) -> str:
    """The words of a cell on one line, the items of a list in it parted by semicolons."""
    if not cell.xpath(".//ul|.//ol"):
        return words(cell, depth)
    lines = [line.strip() for line in _own_lines(cell, depth + 1)]
    text = "".join(f"; {line[2:]}" if line.startswith("- ") else f" {line}" for line in lines)
    return re.sub(r"(^|:)\s*;", r"\1", text).strip()


def _rows(table: Element, depth: int) -> list[list[str]]:
    """The cells of each row; a cell over several columns or rows leaves empty ones beside it."""
    rows = []
    taken: dict[int, int] = {}  # columns into which a cell above reaches, for how many rows more
    for row in table.iter("tr"):
        if is_dropped(row):
            continue
        cells: list[str] = []
        below = {column: more - 1 for column, more in taken.items() if more > 1}
        for cell in visible(row):
            if cell.tag in ("td", "th"):
                while len(cells) in taken:
                    cells.append("")
                width, height = _span(cell, "colspan"), _span(cell, "rowspan")
                if height > 1:
                    columns = range(len(cells), len(cells) + width)
                    below.update(dict.fromkeys(columns, height - 1))
                cells += [_cell(cell, depth), *[""] * (width - 1)]
        rows.append(cells)
        taken = below
    return rows


def _span(cell: Element, name: str) -> int:
    span = cell.get(name, "1").strip()
    return max(1, min(int(span), 100)) if span.isdecimal() and len(span) < 5 else 1
