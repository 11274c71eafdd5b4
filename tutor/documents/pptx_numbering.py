"""The numbers that PowerPoint gives to paragraphs (ISO/IEC 29500-1, 20.1.10.61)."""

from __future__ import annotations

from tutor.documents.numerals import numeral
from tutor.documents.ooxml import Element, attribute

_FORMATS = {
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
}
_AROUND = {"Plain": "{}", "ParenR": "{})", "ParenBoth": "({})"}  # any other: "{}."


class ItemNumbers:
    """Counts the paragraphs of one shape; to be asked for each of them in turn."""

    def __init__(self) -> None:
        self._counted: dict[int, tuple[str, str, int]] = {}  # by depth: kind, start and number

    def next(self, numbering: Element | None, depth: int) -> str:
        """The number of the next paragraph, "" for one without.

        A count goes on past what stands deeper, and ends with any other paragraph.
        """
        for inner in [each for each in self._counted if each > depth]:
            del self._counted[inner]
        if numbering is None:
            self._counted.pop(depth, None)
            return ""
        kind, start = attribute(numbering, "type"), attribute(numbering, "startAt")
        known = self._counted.get(depth)
        first = int(start) if start.isdecimal() and len(start) < 6 else 1
        number = known[2] + 1 if known and known[:2] == (kind, start) else first
        self._counted[depth] = kind, start, number
        shown = numeral(number, next((f for k, f in _FORMATS.items() if kind.startswith(k)), ""))
        around = (form for end, form in _AROUND.items() if kind.endswith(end))
        return next(around, "{}.").format(shown)
