"""What a Word file's styles and lists say of a paragraph."""

from __future__ import annotations

import re

from tutor.documents.ooxml import Element, attribute, child, local

_HEADING = re.compile(r"(?:heading|überschrift|titre|título|titolo|kop)\s*(\d)\b", re.IGNORECASE)
_CODE = re.compile(r"\b(?:code|source|preformatted|verbatim|listing|macro text)\b", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:toc|verzeichnis|table of figures)\b", re.IGNORECASE)
_MAX_CHAIN = 20  # styles that a style may be based on, one on the other


class Styles:
    """The styles and the numbering of one file; both parts may be missing."""

    def __init__(self, styles: Element | None, numbering: Element | None) -> None:
        self._styles = {
            attribute(style, "styleId"): style
            for style in (styles if styles is not None else ())
            if local(style) == "style"
        }
        self._numbered = _numbered_levels(numbering)

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

    def list_place(self, paragraph: Element) -> tuple[str, int, bool] | None:
        """The list's id, the level in it from 0 and whether it counts; None if in no list."""
        for element in (paragraph, *self._chain(paragraph)):
            number_id = _value(element, "pPr", "numPr", "numId")
            if number_id == "0":  # taken out of the list of its style
                return None
            if number_id:
                level = _value(element, "pPr", "numPr", "ilvl")
                depth = min(int(level), 8) if level.isdigit() else 0
                return number_id, depth, (number_id, depth) in self._numbered
            name = _value(element, "name")
            if name.startswith("List Bullet") or name.startswith("List Number"):
                return name, 0, name.startswith("List Number")
        return None

    def _chain(self, paragraph: Element) -> list[Element]:
        """The paragraph's style and those it is based on."""
        chain: list[Element] = []
        name = _value(paragraph, "pPr", "pStyle")
        while name in self._styles and len(chain) < _MAX_CHAIN:
            chain.append(self._styles[name])
            name = _value(chain[-1], "basedOn")
        return chain


def _numbered_levels(numbering: Element | None) -> frozenset[tuple[str, int]]:
    """The (list id, level) pairs that have numbers or letters, not bullets."""
    numbered_kinds: dict[str, set[int]] = {}
    found = set()
    for each in numbering if numbering is not None else ():
        if local(each) == "abstractNum":
            numbered_kinds[attribute(each, "abstractNumId")] = {
                int(attribute(level, "ilvl") or 0)
                for level in each
                if local(level) == "lvl" and _value(level, "numFmt") not in ("bullet", "none")
            }
        elif local(each) == "num":
            kind = _value(each, "abstractNumId")
            found |= {(attribute(each, "numId"), level) for level in numbered_kinds.get(kind, ())}
    return frozenset(found)


def _value(element: Element, *path: str) -> str:
    found = child(element, *path)
    return attribute(found, "val") if found is not None else ""
