"""Pieces of TeX that formulas of every format are written with."""

from __future__ import annotations

_SUMS = {"∑": r"\sum", "∏": r"\prod", "∫": r"\int", "∬": r"\iint", "⋃": r"\bigcup", "⋂": r"\bigcap"}
_ACCENTS = {
    **dict.fromkeys("\u0302^ˆ", r"\hat"),
    **dict.fromkeys("\u0303~˜", r"\tilde"),
    **dict.fromkeys("\u0304\u0305¯‾", r"\bar"),
    **dict.fromkeys("\u20d7→", r"\vec"),
    **dict.fromkeys("\u0307˙", r"\dot"),
    **dict.fromkeys("\u0308¨", r"\ddot"),
    **dict.fromkeys("\u030cˇ", r"\check"),
    **dict.fromkeys("\u0306˘", r"\breve"),
}


def operator(sign: str) -> str:
    """A sum, product or integral by its name; any other sign as it is."""
    return _SUMS.get(sign, sign)


def accented(sign: str, base: str) -> str:
    """`base` under an accent; an accent without a name in TeX stands behind it."""
    name = _ACCENTS.get(sign)
    return f"{name}{{{base}}}" if name else base + sign


def is_accent(sign: str) -> bool:
    """Whether a sign has a name in TeX when it stands over a letter."""
    return sign in _ACCENTS


def script(sign: str, text: str) -> str:
    """`text` raised (`^`) or lowered (`_`); nothing where there is none."""
    return f"{sign}{{{text}}}" if text else ""


def group(base: str) -> str:
    """`base` as one thing for a script to stand at; one letter or number is that already."""
    return base if len(base.strip()) < 2 or base.isdigit() else f"{{{base}}}"
