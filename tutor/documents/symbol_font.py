"""The signs of fonts that have letters of their own at the places of others.

A Word file names such a sign by its font and its place there.
"""

from __future__ import annotations

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
_WINGDINGS = {0xDF: "←", 0xE0: "→", 0xE8: "→", 0xF3: "⇔", 0xFC: "✓"}
_FONTS = {"symbol": _SYMBOL, "wingdings": _WINGDINGS}


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
