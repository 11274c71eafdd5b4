"""How the tutor's own language model splits a text into tokens, and their numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tutor.labs.lettering import font, visible
from tutor.labs.models import LabModels, Token
from tutor.labs.options import Tokens
from tutor.labs.pictures import INK, PAPER, WIDTH, picture
from tutor.labs.records import Progress, Result, Step

ROWS = 24
"""Rows of boxes that a picture has at most."""
LISTED = 1000
"""Tokens that the values list at most."""

TINTS = ("#CFE3F1", "#FBE0C8", "#CDEBDF", "#F3DCE9", "#FAEBC4")
"""Pale blue, orange, green, purple, yellow: ink reads well on each."""
_PART, _MARK = "#E4E1DA", "#3B4A61"
_MARGIN, _GAP, _PAD = 24, 6, 10
_TALL, _ROW = 92, 102
_HEXADECIMAL = re.compile(r"(⟨[0-9A-F ]+⟩)")
"""How a token's text shows a part of a character."""


def run(options: Tokens, rng: np.random.Generator, models: LabModels) -> Iterator[Step]:
    """Split `options.text` and draw its tokens as boxes; nothing is random here."""
    yield Progress(0.2, "loading the tokenizer")
    text = options.text
    tokens = models.tokens(text)
    yield Progress(0.7, f"drawing {len(tokens)} tokens")
    sheet, drawn = draw(tokens)
    words = len(text.split())
    values = {
        "model": models.name,
        "tokens": len(tokens),
        "characters": len(text),
        "words": words,
        "bytes": len(text.encode()),
        "characters_per_token": round(len(text) / max(len(tokens), 1), 3),
        "tokens_per_word": round(len(tokens) / words, 3) if words else None,
        "parts_of_characters": sum(is_part(token) for token in tokens),
        "ids": [token.id for token in tokens[:LISTED]],
        "pieces": [str(token) for token in tokens[:LISTED]],
    }
    rest = f" The first {drawn} are drawn." if drawn < len(tokens) else ""
    parts = (
        " Grey boxes hold some bytes of a character that the vocabulary lacks as a whole."
        if values["parts_of_characters"]
        else ""
    )
    caption = (
        f"{models.name} reads these {len(text)} characters as {_count(len(tokens), 'token')}, "
        f"{len(text) / max(len(tokens), 1):.1f} characters each; below each stands its number in "
        f"the vocabulary. A dot is a space: it belongs to the word after it, and common words "
        f"are one token where rare ones fall apart.{parts}{rest}"
    )
    alt = f"The text in coloured boxes, one for each of {_count(len(tokens), 'token')}, with ids."
    yield Result(caption, (picture("tokens", alt, sheet),), values)


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def is_part(token: Token) -> bool:
    """Whether a token holds a part of a character only."""
    try:
        token.data.decode()
    except UnicodeDecodeError:
        return True
    return False


def draw(tokens: Sequence[Token]) -> tuple[Image.Image, int]:
    """The tokens as boxes in rows, and how many of them there was room for."""
    boxes: list[tuple[int, int, int, str]] = []  # x, row, width and label of each
    x, row = _MARGIN, 0
    for token in tokens:
        label = _label(token)
        wide = max(_length(label, font(36)), _length(str(token.id), font(24))) + 2 * _PAD
        if x > _MARGIN and x + wide > WIDTH - _MARGIN:
            x, row = _MARGIN, row + 1
        if row >= ROWS:
            break
        boxes.append((x, row, wide, label))
        x += wide + _GAP
        if "\n" in str(token):
            x, row = _MARGIN, row + 1
    height = 2 * _MARGIN + (boxes[-1][1] + 1 if boxes else 1) * _ROW
    sheet = Image.new("RGB", (WIDTH, height), PAPER)
    canvas = ImageDraw.Draw(sheet)
    for number, (x, row, wide, label) in enumerate(boxes):
        token = tokens[number]
        ink, colour = INK, TINTS[number % len(TINTS)]
        if token.special:
            ink, colour = PAPER, _MARK
        elif is_part(token):
            colour = _PART
        y = _MARGIN + row * _ROW
        canvas.rounded_rectangle((x, y, x + wide, y + _TALL), 10, colour)
        canvas.text((x + wide / 2, y + 46), label, ink, font(36), anchor="ms")
        canvas.text((x + wide / 2, y + 80), str(token.id), ink, font(24), anchor="ms")
    return sheet, len(boxes)


def _label(token: Token) -> str:
    """A token as it can be drawn: white space made visible, the undrawable as its code point."""
    parts = _HEXADECIMAL.split(str(token))
    label = "".join(part if n % 2 else visible(part) for n, part in enumerate(parts))
    room = WIDTH - 2 * (_MARGIN + _PAD)
    while _length(label, font(36)) > room:
        label = f"{label[: len(label) * 9 // 10 - 1]}…"
    return label


def _length(text: str, letters: ImageFont.FreeTypeFont) -> int:
    return round(letters.getlength(text))
