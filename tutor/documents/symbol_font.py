"""The signs of fonts that have letters of their own at the places of others.

A Word file names such a sign by its font and its place there. In PowerPoint, and in
older Word files, it is the letter of another font that has the same place.
"""

from __future__ import annotations

import re

_SYMBOL = {
    **dict(enumerate("ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ", 0x41)),
    **dict(enumerate("αβχδεφγηιϕκλμνοπθρστυϖωξψζ", 0x61)),
    **{0x22: "∀", 0x24: "∃", 0x27: "∋", 0x2A: "∗", 0x2D: "−", 0x40: "≅"},
    **{0x5C: "∴", 0x5E: "⊥", 0x7E: "∼"},
    **dict(enumerate("′≤⁄∞ƒ", 0xA2)),
    **dict(enumerate("↔←↑→↓°±″≥×∝∂•÷≠≡≈…", 0xAB)),
    **dict(enumerate("⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇", 0xC4)),
    **dict(enumerate("∏√⋅¬∧∨⇔⇐⇑⇒⇓", 0xD5)),
    **{0xE5: "∑", 0xF2: "∫"},
}
_WINGDINGS = {
    **dict(enumerate("←→↑↓↖↗↙↘←→↑↓", 0xDF)),
    **dict(enumerate("⇦⇨⇧⇩⇔", 0xEF)),
    **dict(enumerate("✗✓☒☑", 0xFB)),
    **{0x4A: "☺", 0x4C: "☹"},
}
_FONTS = {"symbol": _SYMBOL, "wingdings": _WINGDINGS}


# No letter of a word: an accent in text that goes on after an arrow is one.
_ALONE = re.compile(r"(?<![^\W\d_])[^\x00-\x7f](?![^\W\d_])")


def character(font: str, code: str) -> str:
    """The sign at the hexadecimal `code` of `font`, as it is where the font is not known."""
    try:
        place = int(code, 16)
        plain = chr(place)
    except (ValueError, OverflowError):
        return ""
    signs = _FONTS.get(font.strip().casefold())
    if signs is None or not (place < 0x100 or 0xF000 <= place < 0xF100):
        return plain
    place &= 0xFF
    return signs.get(place, chr(place) if signs is _SYMBOL and 0x20 <= place < 0x7F else plain)


def text(font: str, words: str) -> str:
    """`words` as they look when all are set in `font`."""
    if font.strip().casefold() not in _FONTS:
        return words
    return "".join(character(font, f"{ord(each):x}") for each in words)


def signs(font: str, words: str) -> str:
    """`words` of which only the signs are set in `font`, and the letters in another."""
    return _ALONE.sub(lambda found: text(font, found[0]), words)
