"""The words of HTML elements, on one line or as a browser breaks them."""

from __future__ import annotations

import re
from typing import TypeAlias

from lxml import etree  # type: ignore[import-untyped]

from tutor.documents.encoding import clean
from tutor.documents.html_visible import visible
from tutor.documents.mathml import formula
from tutor.documents.scripts import lowered, note_mark, raised, struck, written

Element: TypeAlias = etree._Element

HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
BLOCKS = frozenset(
    {"p", "div", "section", "article", "main", "body", "html", "header", "figure", "figcaption"}
    | {"address", "center", "details", "summary", "form", "fieldset", "hr", "dl", "dt", "dd"}
    | {"ul", "ol", "li", "table", "pre", "blockquote", "caption", "tbody", "thead", "tfoot", "tr"}
    | {"td", "th", "aside", "footer", *HEADINGS}
)
_PLACE = re.compile(r"vertical-align\s*:\s*(sub|sup)", re.IGNORECASE)
_PLACES = {"sub": lowered, **dict.fromkeys(("del", "s", "strike"), struck)}
# References such as &#146; mean the letters of cp1252, so HTML says and old pages need.
_REFERENCES = {n: bytes([n]).decode("cp1252", "ignore") for n in range(0x80, 0xA0)}
_WHITE_SPACE = re.compile(r"[ \t\n\r\f]+")
MAX_DEPTH = 200


def words(element: Element, depth: int) -> str:
    """The words of an element and all below it."""
    return written(inline(element, depth))


def inline(element: Element, depth: int) -> str:
    """The same with what is raised or lowered marked as such."""
    if depth > MAX_DEPTH:
        return ""
    tag = element.tag
    if tag == "br":
        return "\n"
    if tag == "img":
        alternative = cleaned(element.get("alt"))
        is_formula = "math" in element.get("class", "") or "\\" in alternative
        return f"${alternative}$" if is_formula and alternative else ""
    if tag == "script":
        return f"${cleaned(element.text)}$"
    if tag == "math":
        return formula(element)
    parts = [folded(element.text)]
    for child in visible(element):
        space = " " if child.tag in BLOCKS else ""
        parts += [space, inline(child, depth + 1), space, folded(child.tail)]
    text = "".join(parts)
    if tag == "span" and (place := _PLACE.search(element.get("style", ""))):
        tag = place[1].lower()
    if tag == "sup":
        return note_mark(text) if _points_to_note(element, text) else raised(text)
    if tag in _PLACES:
        return _PLACES[tag](text)
    if tag == "q":
        return f"“{text.strip()}”"
    if tag == "code" and text.strip():
        return f"`` {text.strip()} ``" if "`" in text else f"`{text.strip()}`"
    return text


def _points_to_note(element: Element, text: str) -> bool:
    """Whether raised words are a link, or all that a link around them holds."""
    if next(element.iter("a"), None) is not None:
        return True
    around = next(element.iterancestors("a"), None)
    return around is not None and "".join(around.itertext()).split() == text.split()


def folded(text: str | None) -> str:
    """White space as a browser shows it; a newline is left to stand for `br`."""
    return _WHITE_SPACE.sub(" ", cleaned(text))


def paragraph(text: str) -> str:
    """Inline words as the lines of a paragraph."""
    lines = (" ".join(line.split()) for line in written(text).split("\n"))
    return "\n".join(filter(None, lines))


def code(element: Element, depth: int) -> str:
    """The words of an element with its white space as it is."""
    if depth > MAX_DEPTH:
        return ""
    text = cleaned(element.text)
    for child in visible(element):
        if child.tag == "br" or (child.tag in BLOCKS and text and not text.endswith("\n")):
            text += "\n"
        text += code(child, depth + 1) + cleaned(child.tail)
    return text


def has_blocks(element: Element) -> bool:
    """Whether an element stands on lines of its own, or something in it does."""
    if element.tag in BLOCKS:
        return True
    return any(child.tag in BLOCKS for child in element.iterdescendants(tag=etree.Element))


def cleaned(text: str | None) -> str:
    """`text` cleaned once more: what was written as references has been decoded since."""
    return clean((text or "").translate(_REFERENCES))
