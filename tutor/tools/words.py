"""An utterance as the router reads it: plain lower-case English, with a way back to the original.

Words of other languages become English by the glossary, numbers in words
become digits, typing errors are mended, and what stands in quotes is set
aside. Each piece keeps its place in the original, so that a text or topic is
handed on exactly as the student wrote it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tutor.tools import numbers
from tutor.tools.glossary import glossary, language_of, nearest_term, terms, translated
from tutor.tools.pieces import QUOTE, Piece, pieces_of, set_quotes_aside

_MENDED = 100
"""In so many pieces typing errors are mended: a wish is shorter, and it takes time."""

__all__ = ["QUOTE", "Piece", "Reader", "Utterance"]


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a student said.

    `english` is lower-case English, its pieces apart by one space, each
    quoted text a bullet; `quotes` are those texts. `original` gives back what
    a stretch of the English was.
    """

    raw: str
    pieces: tuple[Piece, ...]
    quotes: tuple[str, ...]
    language: str
    english: str
    _starts: tuple[int, ...]

    def original(self, start: int, end: int) -> str:
        """The student's own words for `english[start:end]`."""
        inside = [
            piece
            for piece, at in zip(self.pieces, self._starts, strict=True)
            if at < end and at + len(piece.text) > start
        ]
        return self.raw[inside[0].start : inside[-1].end] if inside else ""


class Reader:
    """Reads utterances. `known` are the words that are no typing errors."""

    def __init__(self, known: Collection[str]) -> None:
        self._known = known

    def read(self, raw: str, language: str | None = None) -> Utterance:
        """The utterance in English; `language`, if its own words do not tell."""
        raw = unicodedata.normalize("NFC", raw)
        masked, quotes = set_quotes_aside(raw)
        pieces = list(pieces_of(masked))
        chosen = language_of(pieces) or language or "en"
        pieces = [
            self._mended(piece, chosen) if at < _MENDED else piece
            for at, piece in enumerate(pieces)
        ]
        pieces = joined_numbers(translated(pieces, chosen), chosen)
        text, starts = "", []
        for piece in pieces:
            text += "" if not text or piece.glued else " "
            starts.append(len(text))
            text += piece.text
        return Utterance(raw, tuple(pieces), quotes, chosen, text, tuple(starts))

    def _mended(self, piece: Piece, language: str) -> Piece:
        word = piece.text
        if len(word) < 4 or not word.isalpha() or word in self._known or word in terms():
            return piece
        if (word,) in glossary()[language] or numbers.is_number_word(word, language):
            return piece
        better = nearest_term(word, len(word) >= 8 and language == "en")
        return Piece(better, piece.start, piece.end, piece.glued) if better else piece


def joined_numbers(pieces: Sequence[Piece], language: str) -> list[Piece]:
    """Numbers in words as digits; "sevens" as "7s"; "3 million" as 3000000."""
    languages = [language] if language == "en" else [language, "en"]
    words = [piece.text for piece in pieces]
    done: list[Piece] = []
    position = 0
    while position < len(pieces):
        piece = pieces[position]
        read = next(filter(None, (numbers.read(words, position, name) for name in languages)), None)
        plural = next(
            (d for name in languages if (d := numbers.plural_digit(piece.text, name)) is not None),
            None,
        )
        if read and not _is_pronoun(words, position):
            value, length = read
            done.append(Piece(str(value), piece.start, pieces[position + length - 1].end))
            position += length
            continue
        if plural is not None and not _is_pronoun(words, position):
            piece = Piece(f"{plural}s", piece.start, piece.end)
        scale = numbers.read(words, position + 1, language) if piece.text.isdigit() else None
        if scale and scale[0] >= 100 and words[position + 1] not in ("a", "un", "ein"):
            end = pieces[position + scale[1]].end
            value = min(int(piece.text[:18]) * scale[0], numbers.MOST)
            done.append(Piece(str(value), piece.start, end))
            position += 1 + scale[1]
            continue
        done.append(piece)
        position += 1
    return done


_BEFORE_PRONOUN = frozenset(
    "this that which another the each every any some no next last other first second third fourth "
    "fifth new different same "
    "bigger smaller better these those thick thin good larger which's".split()
)


def _is_pronoun(words: Sequence[str], position: int) -> bool:
    """Whether "one" stands for a noun: "this one", "one of them"."""
    if words[position] not in ("one", "ones"):
        return False
    before = words[position - 1] if position else ""
    after = words[position + 1] if position + 1 < len(words) else ""
    return before in _BEFORE_PRONOUN or after in ("of", "more", "by")
