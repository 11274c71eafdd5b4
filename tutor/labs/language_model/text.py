"""The course's text as the small language models read it: plain prose, a character a token."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tutor.errors import LabError

LEAST = 20_000
"""Characters: with fewer there is nothing to learn from."""

LEAST_LETTERS = 3
"""Of a word that counts as known or not: chance makes shorter ones."""

SECTION = 600
"""Characters, about: the text is held out by sections, so that none is known in part."""

_BLOCKS = re.compile(r"^(```|~~~).*?^\1[ \t]*$|\$\$.*?\$\$", re.DOTALL | re.MULTILINE)
_MARKS = re.compile(r"^\s*#+\s*|[*`$]+|(?<=\s)_+|_+(?=\s)", re.MULTILINE)
_PLAIN = str.maketrans(
    {"−": "-", "–": "-", "—": "-", "‐": "-", "×": "x", "≈": "~", "…": "...", "·": "*"}
    | dict.fromkeys("“”„«»", '"')
    | dict.fromkeys("‘’‚", "'")
)


def plain(text: str) -> str:
    """Text in printable ASCII and newlines: accents are dropped, and signs that ASCII lacks."""
    folded = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return "".join(c for c in folded if c == "\n" or " " <= c <= "~")


def prose(passages: Iterable[str]) -> str:
    """The prose of light Markdown: without tables, formulas, code and markup.

    Models of this size learn to write words and sentences; of tables they would
    learn the bars alone.
    """
    kept = []
    for passage in passages:
        for line in _BLOCKS.sub("\n", passage).splitlines():
            line = " ".join(_MARKS.sub("", plain(line)).split())
            if len(line) > 1 and not line.startswith("|"):
                kept.append(line)
    return "\n".join(kept) + "\n"


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A text in characters, each a number; a tenth of it is held out.

    `train`, `tuning` and `held_out` are numbers [n] of characters of
    `alphabet`. The networks stop training when `tuning` says so; `held_out`
    judges them, and nothing is chosen by it.
    """

    alphabet: str
    train: NDArray[np.int64]
    tuning: NDArray[np.int64]
    held_out: NDArray[np.int64]

    @classmethod
    def of(cls, text: str, alphabet: str = "") -> Text:
        """Split `text`: of twenty sections two are held out and one is for tuning.

        Raises:
            LabError: it is too short.
        """
        if len(text) < LEAST:
            raise LabError(
                f"the course has {len(text):,} characters of prose; to learn from, "
                f"{LEAST:,} are needed"
            )
        alphabet = alphabet or "".join(sorted(set(text)))
        parts: tuple[list[str], list[str], list[str]] = ([], [], [])
        for number, section in enumerate(_sections(text)):
            parts[{4: 2, 9: 1, 14: 2}.get(number % 20, 0)].append(section)
        return cls(alphabet, *(encode("".join(part), alphabet) for part in parts))


def _sections(text: str) -> Iterable[str]:
    """Runs of whole lines of about SECTION characters."""
    run = ""
    for line in text.splitlines(keepends=True):
        run += line
        if len(run) >= SECTION:
            yield run
            run = ""
    if run:
        yield run


def encode(text: str, alphabet: str) -> NDArray[np.int64]:
    """Characters as numbers [n]; those that the alphabet lacks are left out."""
    number = {character: i for i, character in enumerate(alphabet)}
    return np.array([number[c] for c in text if c in number], dtype=np.int64)


def decode(numbers: Iterable[int], alphabet: str) -> str:
    return "".join(alphabet[i] for i in numbers)


def known_words(text: str, known: str) -> float:
    """The share of the text's words that `known` has; the last may be cut off and is left out."""
    vocabulary = set(_words(known))
    found = _words(text.rpartition(" ")[0])
    return sum(word in vocabulary for word in found) / len(found) if found else 0.0


def _words(text: str) -> list[str]:
    letters = "".join(c.lower() if c.isalpha() else " " for c in text)
    return [word for word in letters.split() if len(word) >= LEAST_LETTERS]
