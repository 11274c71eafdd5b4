"""What a Word file's styles say of a paragraph, and a run says of itself."""

from __future__ import annotations

import re

from tutor.documents import symbol_font
from tutor.documents.ooxml import Element, attribute, child, local

_HEADING = re.compile(r"(?:heading|überschrift|titre|título|titolo|kop)\s*(\d)\b", re.IGNORECASE)
_CODE = re.compile(r"\b(?:code|source|preformatted|verbatim|listing|macro text)\b", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:toc|verzeichnis|table of figures)\b", re.IGNORECASE)
_LIST = re.compile(r"List (?:Bullet|Number)(?: ([2-5]))?$")
_MAX_CHAIN = 20  # styles that a style may be based on, one on the other


class Styles:
    """The styles of one file; their part may be missing."""

    def __init__(self, styles: Element | None) -> None:
        self._styles = {
            attribute(style, "styleId"): style
            for style in (styles if styles is not None else ())
            if local(style) == "style"
        }

    def heading_level(self, paragraph: Element) -> str:
        """ "1" to "9" for a heading, "title" for the document's title, otherwise ""."""
        level = _value(paragraph, "pPr", "outlineLvl")
        if level.isdigit() and int(level) < 9:
            return str(int(level) + 1)
        for style in self._chain(paragraph):
            name = _value(style, "name")
            if found := _HEADING.match(name):
                return found[1]
            if name.lower() in ("title", "titel"):
                return "title"
            level = _value(style, "pPr", "outlineLvl")
            if level.isdigit() and int(level) < 9:
                return str(int(level) + 1)
        return ""

    def is_code(self, paragraph: Element) -> bool:
        return any(_CODE.search(_value(style, "name")) for style in self._chain(paragraph))

    def is_contents(self, paragraph: Element) -> bool:
        """Whether it is a line of the generated table of contents."""
        return any(_CONTENTS.match(_value(style, "name")) for style in self._chain(paragraph))

    def list_place(self, paragraph: Element) -> tuple[str, int, int] | None:
        """The list's id, the level in it and the depth to show, both from 0; None if in no list.

        A paragraph may name the level alone, its style the list.
        """
        level = ""
        for element in (paragraph, *self._chain(paragraph)):
            number_id = _value(element, "pPr", "numPr", "numId")
            level = level or _value(element, "pPr", "numPr", "ilvl")
            if number_id == "0":  # taken out of the list of its style
                return None
            inner = min(int(level), 8) if level.isdigit() else 0
            named = _LIST.match(_value(element, "name"))
            if number_id or named:
                further = int(named[1] or 1) - 1 if named else 0
                return number_id or (named[0] if named else ""), inner, max(inner, further)
        return None

    def _chain(self, paragraph: Element) -> list[Element]:
        """The paragraph's style and those it is based on."""
        chain: list[Element] = []
        name = _value(paragraph, "pPr", "pStyle")
        while name in self._styles and len(chain) < _MAX_CHAIN:
            chain.append(self._styles[name])
            name = _value(chain[-1], "basedOn")
        return chain


def is_set(run: Element, name: str) -> bool:
    """Whether a property of a run that is on or off is on."""
    found = child(run, "rPr", name)
    return found is not None and attribute(found, "val") not in ("0", "false", "off")


def shown(run: Element, words: str) -> str:
    """The words of a run as its font shows them, which may have signs for letters."""
    fonts = child(run, "rPr", "rFonts")
    return symbol_font.text(attribute(fonts, "ascii"), words) if fonts is not None else words


def _value(element: Element, *path: str) -> str:
    found = child(element, *path)
    return attribute(found, "val") if found is not None else ""
