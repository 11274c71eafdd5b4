"""An utterance in pieces: words, numbers and signs, each with its place; quotes are set aside."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

QUOTE = "\N{BULLET}"
"""Stands in the English for a text that the student quoted."""

_QUOTED = re.compile(
    r"“([^”“]+)[”“]|„([^“”\"„]+)[“”\"]|«\s*([^»]+?)\s*»|‹([^›]+)›|\"([^\"]+)\"|`([^`]+)`|"
    r"(?<![^\W_])[‘'’]((?:[^‘'’]|(?<=\w)['’](?=\w))+?)['’](?![^\W_])|[\"“„«](.+)$",
    re.DOTALL,
)
_AFTER_COLON = re.compile(
    r"\b(?:sentences?|text|phrase|words?|message|mail|tokeni[sz]e|tokens|spam|ham|attention|this|"
    r"these|following|continue|neighbou?rs|satz|frase|zin|bericht|nachricht|mensaje|messaggio|"
    r"mensagem|texte|texto|testo|tekst|wort|mot|palabra|parola|palavra|woord|classifier|filter|"
    r"for|of|on|in|für|para|pour|per|voor|von|de|di|mit)\s*:\s*(\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
_PIECE = re.compile(
    r"(?P<number>(?<![\w)])[-−]?(?:\d+(?:[.,]\d+)*|\.\d+)(?:e[+-]?\d+)?(?:\s?%)?(?![^\W\d_])|"
    r"(?<![^\W\d_])\d+(?:[.,]\d+)*(?:\s?%)?(?![^\W\d_])|"
    r"(?<=[^\W\d_])\d+(?:[.,]\d+)*(?![^\W\d_]))|"
    r"(?P<word>\d+[^\W\d_]+\d[^\W_]*|\d+[^\W\d_]+|[^\W\d_]+(?:2[^\W\d_]+)?)|"
    r"(?P<arrow>-{1,2}>|=>|→|⇒)|(?P<sign>\S)"
)
_RAISED = {"\x02": "2", "\x03": "3"}
_LOWERED = str.maketrans("²³", "".join(_RAISED))
"""A small 2 or 3 is no letter of the word before it: "σ²" is "σ ^ 2"."""
_SUFFIXED = re.compile(r"(\d+)(k|m|mio)?(?:([a-z]{3,})|(s))?$")

_MOST = 1e300
"""A larger number is read as this one."""
_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, number or sign: as English, and where it stands in the original."""

    text: str
    start: int
    end: int
    glued: bool = False
    """Whether it follows the piece before without a space."""


def fold(text: str) -> str:
    """Lower case without accents: "Fünf" is "funf", "straße" is "strasse", "𝒩" is "n"."""
    parts = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss")).lower()
    return "".join(c for c in parts if not unicodedata.combining(c))


def set_quotes_aside(raw: str) -> tuple[str, tuple[str, ...]]:
    """The text with each quoted stretch blanked to a bullet and spaces, and those stretches."""
    quotes: list[str] = []

    def blank(match: re.Match[str]) -> str:
        inside = next(group for group in match.groups() if group is not None)
        quotes.append(inside.strip())
        return QUOTE + " " * (len(match.group()) - 1)

    masked = _QUOTED.sub(blank, raw)
    if not quotes and (found := _AFTER_COLON.search(masked)) and len(found.group(1).strip()) > 1:
        quotes.append(found.group(1).strip())
        start = found.start(1)
        masked = masked[:start] + QUOTE + " " * (len(masked) - start - 1)
    return masked, tuple(quotes)


def pieces_of(masked: str) -> Iterator[Piece]:
    """Words folded, numbers as Python reads them, signs as they are."""
    last = 0
    masked = masked.translate(_LOWERED)
    for match in _PIECE.finditer(masked):
        start, end = match.span()
        glued = "'" in masked[max(last - 1, 0) : end].replace("’", "'") and start == last > 0
        last = end
        text = match.group()
        if match["number"]:
            listed = start > 0 and masked[start - 1] in "(["
            yield from _number_pieces(text, start, listed)
        elif match["arrow"]:
            yield Piece("to", start, end)
        elif match["word"]:
            yield from _word_pieces(fold(text), start, end, glued)
        elif text in _RAISED:
            yield Piece("^", start, start)
            yield Piece(_RAISED[text], start, end)
        elif text in "'’" or text == QUOTE:
            yield Piece(text.replace("’", "'"), start, end, glued)
        elif text not in "-−–—_":
            yield Piece(text, start, end)


def _number_pieces(text: str, start: int, listed: bool) -> Iterator[Piece]:
    """One number, or those of a list without spaces such as "(20,0.3"."""
    body = text.rstrip("% \u202f\xa0").replace("−", "-")
    percent = "%" in text
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", body) and not listed:
        body = body.replace(",", "")
    elif re.fullmatch(r"-?\d{1,3}(\.\d{3})+", body) and not body.startswith("0"):
        body = body.replace(".", "") if body.count(".") > 1 or body.endswith("000") else body
    elif body.count(",") == 1 and "." not in body and not listed:
        body = body.replace(",", ".")
    if "," in body:
        at = start
        for part in body.split(","):
            yield Piece(_plain(part), at, at + len(part))
            at += len(part) + 1
        return
    if body.count(".") > 1:  # a version or a date
        yield Piece(body, start, start + len(text))
        return
    value = _plain(str(float(body) / 100)) if percent else _plain(body)
    yield Piece(value, start, start + len(text))


def _plain(number: str) -> str:
    """A number as Python writes it: no zeros in front, no "+"."""
    value = max(-_MOST, min(float(number), _MOST))
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else f"{value:.10g}"


def _word_pieces(word: str, start: int, end: int, glued: bool) -> Iterator[Piece]:
    found = _SUFFIXED.fullmatch(word)
    if not found or not (found[2] or found[3] or found[4]):
        yield Piece(word, start, end, glued)
        return
    number, scale, unit, plural = found.groups()
    value = int(number[:_DIGITS]) * {"k": 1000, "m": 10**6, "mio": 10**6, None: 1}[scale]
    if unit and scale:  # "10ms": what looked like a scale began the word
        unit, value = scale + unit, int(number[:_DIGITS])
    yield Piece(f"{value}s" if plural else str(value), start, end if not unit else start)
    if unit:
        yield Piece(unit, start + len(number), end)
