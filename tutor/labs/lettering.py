"""Text in pictures: fonts that have many scripts, what they can draw, and lines that fit."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from PIL import ImageFont

Face = Literal["DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono"]


@cache
def _file(face: Face) -> Path:
    """DejaVu comes with matplotlib and has more scripts than Pillow's own font."""
    from matplotlib import get_data_path

    return Path(get_data_path()) / "fonts" / "ttf" / f"{face}.ttf"


@cache
def font(size: int, face: Face = "DejaVuSans") -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_file(face)), size)


@cache
def _glyphs() -> frozenset[int]:
    """The code points that the font can draw."""
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(_file("DejaVuSans"))).get_charmap())


def drawable(text: str) -> str:
    """`text` with each character that cannot be drawn as its code point: ⟨U+65E5⟩."""
    known = _glyphs()
    return "".join(c if ord(c) in known or c.isspace() else f"⟨U+{ord(c):04X}⟩" for c in text)


def visible(text: str) -> str:
    """A token or a character as it can be drawn, its white space made visible."""
    for blank, sign in ((" ", "·"), ("\n", "↵"), ("\t", "⇥"), ("\r", "⇤")):
        text = text.replace(blank, sign)
    return drawable(text)


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters of `text` in one line."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def wrapped(text: str, letters: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """`text` in lines of at most `width` pixels, broken between words where there are any."""
    lines: list[str] = []
    for paragraph in drawable(text).splitlines() or [""]:
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if letters.getlength(longer) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            while letters.getlength(word) > width:
                fits = next(n for n in range(len(word), 0, -1)
                            if n == 1 or letters.getlength(word[:n]) <= width)  # fmt: skip
                lines.append(word[:fits])
                word = word[fits:]
            line = word
        lines.append(line)
    return lines
