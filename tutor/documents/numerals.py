"""The numbers of list items, as the office formats and HTML write them."""

from __future__ import annotations

import re

_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_MAX_NUMBER = 4000  # Roman numbers and letters end somewhere; a file may ask for any start
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
_NUMBER = re.compile(r"\d{1,9}[.)]")


def item_mark(number: str) -> str:
    """What stands before a list's item: a dash, too, where Markdown sees no item otherwise."""
    return number if _NUMBER.fullmatch(number) else f"- {number}".rstrip()


def numeral(number: int, kind: str) -> str:
    """`number` as the format `kind` writes it; a format not known here writes digits."""
    if 0 < number < _MAX_NUMBER:
        match kind:
            case "lowerLetter" | "upperLetter":  # after z comes aa, then bb
                times, letter = divmod(number - 1, 26)
                letters = chr(ord("a") + letter) * (times + 1)
                return letters if kind == "lowerLetter" else letters.upper()
            case "lowerRoman" | "upperRoman":
                roman = _roman(number)
                return roman if kind == "lowerRoman" else roman.upper()
            case "decimalZero":
                return f"{number:02}"
            case "ordinal":
                teens = number // 10 % 10 == 1
                return f"{number}{'th' if teens else _ENDINGS.get(number % 10, 'th')}"
    return "" if kind == "none" else str(number)


def _roman(number: int) -> str:
    letters = ""
    for value, sign in _ROMAN:
        times, number = divmod(number, value)
        letters += sign * times
    return letters
