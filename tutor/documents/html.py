"""HTML files: the main content by sections. Nothing is ever loaded from elsewhere.

What a reader of the page would not see (hidden elements, menus, scripts) is
left out; it is no part of the course, and a place to hide instructions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from lxml import etree  # type: ignore[import-untyped]

from tutor.documents.encoding import clean, decode
from tutor.documents.sections import SectionWriter, fenced, has_words, pipe_table
from tutor.errors import DocumentError
from tutor.records import Document

Element: TypeAlias = etree._Element

_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_DROPPED = frozenset(
    {"script", "style", "noscript", "template", "nav", "footer", "aside", "svg", "iframe"}
    | {"object", "button", "select", "input", "textarea", "head", "dialog", "canvas", "audio"}
    | {"video", "map", "menu"}
)
_DROPPED_ROLES = frozenset({"navigation", "banner", "contentinfo", "complementary", "search"})
_BLOCKS = frozenset(
    {"p", "div", "section", "article", "main", "body", "html", "header", "figure", "figcaption"}
    | {"address", "center", "details", "summary", "form", "fieldset", "hr", "dl", "dt", "dd"}
    | {"ul", "ol", "li", "table", "pre", "blockquote", "caption", "tbody", "thead", "tfoot", "tr"}
    | {"td", "th", *_HEADINGS}
)
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?![.\d])"
    r"|opacity\s*:\s*0(?![.\d])",
    re.IGNORECASE,
)
_CHARSET = re.compile(rb"<meta[^>]{1,200}charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_ANCHORS = frozenset({"headerlink", "anchor-link"})  # the pilcrow that links to a heading
# References such as &#146; mean the letters of cp1252, so HTML says and old pages need.
_REFERENCES = {n: bytes([n]).decode("cp1252", "ignore") for n in range(0x80, 0xA0)}
_WHITE_SPACE = re.compile(r"[ \t\n\r\f]+")
_MAX_DEPTH = 200


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
    """The text in `data`; a charset named in it counts when it is neither marked nor UTF-8."""
    named = _CHARSET.search(data[:4096])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        if named is None or b"\x00" in data[:64]:
            return decode(data)
    try:
        return data.decode(named[1].decode(), "replace")
    except LookupError:
        return decode(data)


def _clean(text: str | None) -> str:
    """`text` cleaned once more: what was written as references has been decoded since."""
    return clean((text or "").translate(_REFERENCES))


def _title(root: Element) -> str:
    """The page's only first heading, which may stand outside of its main part, or its title."""
    headings = _titles(root)
    words = _inline(headings[0], 0) if len(headings) == 1 else ""
    if not has_words(words):
        words = _clean("".join(root.xpath("//head/title//text()")))
    return " ".join(words.split())


def _titles(element: Element) -> list[Element]:
    """The first headings in `element` that a reader sees."""
    return [
        each
        for each in element.iter("h1")
        if not any(map(_is_dropped, (each, *each.iterancestors())))
    ]


def _main(root: Element) -> Element:
    """The element with the page's own content."""
    for path in ("//main", "//*[@role='main']"):
        found = root.xpath(path)
        if len(found) == 1 and has_words(_inline(found[0], 0)):
            return found[0]
    return root


def _write(element: Element, writer: SectionWriter, depth: int) -> None:
    """Write an element's blocks; words that stand between blocks are paragraphs."""
    if depth > _MAX_DEPTH:
        return
    words = [_folded(element.text)]
    for child in _visible(element):
        if _has_blocks(child):
            writer.block(_paragraph("".join(words)))
            words = []
            _write_block(child, writer, depth + 1)
        else:
            words.append(_inline(child, depth + 1))
        words.append(_folded(child.tail))
    writer.block(_paragraph("".join(words)))


def _write_block(element: Element, writer: SectionWriter, depth: int) -> None:
    tag = element.tag
    if tag in _HEADINGS:
        writer.heading(_HEADINGS[tag], _inline(element, depth))
    elif tag in ("ul", "ol") and not element.xpath(".//h1|.//h2|.//h3|.//table|.//pre"):
        writer.block("\n".join(_items(element, 0)))
    elif tag == "table" and _is_data(element):
        writer.block(pipe_table(_rows(element, depth)))
    elif tag == "pre":
        writer.block(fenced(_clean("".join(element.itertext()))))
    elif tag == "blockquote" and not element.xpath(".//h1|.//h2|.//h3|.//table|.//pre"):
        quoted = SectionWriter()
        _write(element, quoted, depth)
        lines = "\n\n".join(page.text for page in quoted.pages("")).splitlines()
        writer.block("\n".join(f"> {line}".rstrip() for line in lines))
    elif tag == "header" and not _in_content(element):
        for title in element.xpath(".//h1"):
            writer.heading(1, _inline(title, depth))
    elif tag == "dd":
        writer.block("- " + _paragraph(_inline(element, depth)))
    else:
        _write(element, writer, depth)


def _visible(element: Element) -> Iterator[Element]:
    """The child elements that a reader of the page sees. A dropped one keeps its tail."""
    for child in element:
        if _is_dropped(child):
            kept = etree.Element("span")
            kept.tail = child.tail
            yield kept
        else:
            yield child


def _is_dropped(element: Element) -> bool:
    if not isinstance(element.tag, str):  # a comment, an entity
        return True
    if element.tag in _DROPPED:
        return not (element.tag == "script" and "math/tex" in element.get("type", ""))
    if element.tag == "a" and not _ANCHORS.isdisjoint(element.get("class", "").split()):
        return True
    hidden = element.get("hidden") is not None or element.get("aria-hidden") == "true"
    return (
        hidden
        or element.get("role", "") in _DROPPED_ROLES
        or bool(_HIDDEN_STYLE.search(element.get("style", "")))
    )


def _has_blocks(element: Element) -> bool:
    if element.tag in _BLOCKS:
        return True
    return any(child.tag in _BLOCKS for child in element.iterdescendants(tag=etree.Element))


def _in_content(element: Element) -> bool:
    return any(each.tag in ("main", "article", "section") for each in element.iterancestors())


def _inline(element: Element, depth: int) -> str:
    """The words of an element and all below it."""
    if depth > _MAX_DEPTH:
        return ""
    tag = element.tag
    if tag == "br":
        return "\n"
    if tag == "img":
        alternative = _clean(element.get("alt"))
        is_formula = "math" in element.get("class", "") or "\\" in alternative
        return f"${alternative}$" if is_formula and alternative else ""
    if tag == "script":
        return f"${element.text or ''}$"
    if tag == "math":
        return _formula(element)
    words = [_folded(element.text)]
    for child in _visible(element):
        space = " " if child.tag in _BLOCKS else ""
        words += [space, _inline(child, depth + 1), space, _folded(child.tail)]
    text = "".join(words)
    return f"`{text.strip()}`" if tag == "code" and text.strip() else text


def _formula(element: Element) -> str:
    """MathML as the TeX it was made from, where that is kept, else its signs."""
    for annotation in element.iter("annotation"):
        if "tex" in (annotation.get("encoding") or "") and annotation.text:
            return f"${_clean(annotation.text).strip()}$"
    signs = " ".join("".join(element.itertext()).split())
    return _clean(element.get("alttext") or signs)


def _folded(text: str | None) -> str:
    """White space as a browser shows it; a newline is left to stand for `br`."""
    return _WHITE_SPACE.sub(" ", _clean(text))


def _paragraph(text: str) -> str:
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.split("\n"))))


def _items(element: Element, depth: int) -> list[str]:
    """The lines of a list, nested lists indented."""
    lines: list[str] = []
    number = 0
    for item in _visible(element):
        if item.tag in ("ul", "ol"):  # nested without an item around it
            lines += _items(item, depth + 1)
            continue
        number += 1
        words = [_folded(item.text)]
        nested: list[str] = []
        for child in _visible(item):
            if child.tag in ("ul", "ol"):
                nested += _items(child, depth + 1) if depth < _MAX_DEPTH else []
            else:
                space = " " if child.tag in _BLOCKS else ""
                words += [space, _inline(child, depth), space]
            words.append(_folded(child.tail))
        if text := " ".join("".join(words).split()):
            mark = f"{number}." if element.tag == "ol" else "-"
            lines.append(f"{'  ' * depth}{mark} {text}")
        lines += nested
    return lines


def _is_data(table: Element) -> bool:
    """Whether a table holds data; others only place blocks beside each other."""
    if table.xpath(".//table|.//h1|.//h2|.//h3|.//pre|.//ul|.//ol"):
        return False
    return any(len(row.xpath("./td|./th")) > 1 for row in table.iter("tr"))


def _rows(table: Element, depth: int) -> list[list[str]]:
    """The cells of each row; a cell over several columns or rows leaves empty ones beside it."""
    rows = []
    taken: dict[int, int] = {}  # columns into which a cell above reaches, for how many rows more
    for row in table.iter("tr"):
        if _is_dropped(row):
            continue
        cells: list[str] = []
        below = {column: more - 1 for column, more in taken.items() if more > 1}
        for cell in _visible(row):
            if cell.tag in ("td", "th"):
                while len(cells) in taken:
                    cells.append("")
                width, height = _span(cell, "colspan"), _span(cell, "rowspan")
                if height > 1:
                    columns = range(len(cells), len(cells) + width)
                    below.update(dict.fromkeys(columns, height - 1))
                cells += [_inline(cell, depth), *[""] * (width - 1)]
        rows.append(cells)
        taken = below
    return rows


def _span(cell: Element, name: str) -> int:
    span = cell.get(name, "1").strip()
    return max(1, min(int(span), 100)) if span.isdecimal() and len(span) < 5 else 1
