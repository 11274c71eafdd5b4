"""From hits to evidence: the pieces to quote, and whether a sentence is supported.

A passage is cut into units: a sentence, a list item, a table row, a formula.
What a person would quote is a window of a few units in a row, under the
heading they stand under; windows are scored against the question by meaning
and by words, and the best that do not overlap are quoted as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tutor.records import Chunk, Evidence, Hit

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]
"""Texts to unit vectors [n, dimension]."""

_ALL_BOLD = re.compile(r"^\W*(\*\*|__)(?!\s)(?:(?!\1).)+\1\W*$", re.DOTALL)
_BARE_TITLE = re.compile(r"(?![-*+•|])(?:[^\s|:.!?]+ ?){1,5}(?<![,;)\]])$")
"""A line of few words that is no list item, row or sentence: a title without its mark."""
_FENCE = re.compile(r"^\s{0,3}(?:```|~~~)")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s")
_SENTENCE = re.compile(r"(?<=[.!?])[\"'”’)\]*_]*\s+(?=[\"'“‘(\[*_]*(?:[^\W_a-zß-öø-ÿ]|[$\\]))")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|fig|eq|al|dr|mr|ms|no|ex)\.|\b[A-Z]\.|^\W*\d+\.)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch [start, end) of a passage that is quoted whole or not at all.

    One that `opens` (a question, a line that ends in a colon, a run-in heading)
    says nothing without what follows it.
    """

    start: int
    end: int
    heading: bool = False
    opens: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch [start, end) of the passage of hit number `hit`."""

    hit: int
    start: int
    end: int
    text: str
    words: int


def units_of(text: str) -> list[Unit]:
    """The units of a passage, in order; blank lines belong to none, a code block is one."""
    return list(_units(text))


def _units(text: str) -> Iterator[Unit]:
    position = 0
    formula: int | None = None
    fence: int | None = None
    for line in text.splitlines(keepends=True):
        start, position = position, position + len(line)
        stripped = line.strip()
        begin = start + len(line) - len(line.lstrip())
        end = start + len(line.rstrip())
        if fence is None and (formula is not None or stripped.startswith("$$")):
            opened = formula is None
            formula = begin if formula is None else formula
            if stripped.count("$$") >= 2 if opened else "$$" in stripped:
                yield Unit(formula, end)
                formula = None
            continue
        if fence is not None or _FENCE.match(line):
            if fence is None:
                fence = begin
            elif _FENCE.match(line):
                yield Unit(fence, end)
                fence = None
            continue
        if not stripped or set(stripped) <= set("|-: "):
            continue
        if _HEADING.match(line):
            yield Unit(begin, end, heading=True)
            continue
        if _BARE_TITLE.match(stripped):
            yield Unit(begin, end, opens=True)
            continue
        yield from _sentences(text, begin, end)
    open_block = formula if formula is not None else fence
    if open_block is not None:
        yield Unit(open_block, len(text.rstrip()))


def _sentences(text: str, begin: int, end: int) -> Iterator[Unit]:
    """The sentences of one line, not cut after an abbreviation or a number of a list."""
    start = begin
    for gap in _SENTENCE.finditer(text, begin, end):
        if _ABBREVIATION.search(text[start : gap.start()]):
            continue
        stop = gap.start() + len(gap.group().rstrip())
        yield Unit(start, stop, opens=_opens(text[start:stop]))
        start = gap.end()
    if start < end:
        yield Unit(start, end, opens=_opens(text[start:end]))


def _opens(text: str) -> bool:
    """Whether a unit asks, announces, is a scrap, or is bold all through as run-in headings are."""
    scrap = sum(map(str.isalnum, text)) < 3
    asks = text.rstrip("*_\"') ").endswith(("?", ":"))
    return scrap or asks or bool(_ALL_BOLD.match(text))


def windows_of(text: str, hit: int, longest: int, limit_words: int) -> list[Window]:
    """All runs of one to `longest` units, none longer than `limit_words`.

    A heading or a unit that opens may begin a window, never end it: alone it answers nothing.
    """
    units = units_of(text)
    windows = []
    for first in range(len(units)):
        count = 0
        for last in range(first, len(units)):
            if units[last].heading and last > first:
                break
            count += not units[last].heading
            if units[last].heading or units[last].opens:
                continue
            start, end = units[first].start, units[last].end
            words = len(text[start:end].split())
            if count > longest or (words > limit_words and count > 1):
                break
            windows.append(Window(hit, start, end, text[start:end], words))
    return windows


LONGEST_WINDOW = 4
PASSAGES = 2
PIECES = 3
"""Three windows of at most four units from the two best passages measured best of two to six
passages and three to five units: they hold every keyword of the answer for 88 % of the questions
to lecture slides and for 68 % of those to course notes, half of which share no word with them."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What to quote, best first, and the texts among which an answer would be, likeliest first."""

    evidence: tuple[Evidence, ...]
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selector:
    """Chooses what to quote, together within the word limit."""

    encode: Encode
    limit_words: int = 90

    def select(self, vector: Vectors, hits: Sequence[Hit]) -> Selection:
        """The best windows of the best hits for a question's unit vector."""
        windows: list[Window] = []
        passages = 0
        for number, hit in enumerate(hits):
            found = windows_of(hit.chunk.text, number, LONGEST_WINDOW, self.limit_words)
            windows += found
            passages += bool(found)  # a list of review questions has none
            if passages == PASSAGES:
                break
        short = [window for window in windows if window.words <= self.limit_words]
        windows = short or windows[:1]
        if not windows:
            return Selection((), ())
        texts = [plain(in_context(hits[w.hit].chunk, w.text)) for w in windows]
        scores = self._scores(vector, hits, windows, texts)
        order = np.argsort(-scores, kind="stable")
        evidence = self._quotes(hits, [(windows[i], float(scores[i])) for i in order])
        read = [plain(under_headings(hits[w.hit].chunk, w.text)) for w in windows]
        return Selection(tuple(evidence), tuple(read[i] for i in order))

    def _quotes(
        self, hits: Sequence[Hit], scored: Sequence[tuple[Window, float]]
    ) -> list[Evidence]:
        """The first windows that do not overlap, as long as there is room."""
        chosen: list[tuple[Window, float]] = []
        room = self.limit_words
        for window, score in scored:
            if len(chosen) == PIECES or (chosen and window.words > room):
                continue
            if any(_overlap(window, other) for other, _ in chosen):
                continue
            chosen.append((window, score))
            room -= window.words
        return [
            _evidence(number, hits[window.hit].chunk, window, score)
            for number, (window, score) in enumerate(_joined(hits, chosen), start=1)
        ]

    def _scores(
        self,
        vector: Vectors,
        hits: Sequence[Hit],
        windows: Sequence[Window],
        texts: Sequence[str],
    ) -> NDArray[np.float32]:
        """Cosine to the question, plus the passage's own score, plus a little for length.

        The weights were chosen on slides and course notes together.
        """
        cosines = self.encode(texts) @ vector
        passage = np.array([hits[w.hit].score for w in windows])
        length = np.log([max(w.words, 4) for w in windows])
        return np.asarray(cosines + passage + 0.15 * length, dtype=np.float32)


def _overlap(one: Window, other: Window) -> bool:
    return one.hit == other.hit and one.start < other.end and other.start < one.end


def _joined(
    hits: Sequence[Hit], chosen: Sequence[tuple[Window, float]]
) -> list[tuple[Window, float]]:
    """The windows with those that follow one another in a passage made one."""
    joined: list[tuple[Window, float]] = []
    for window, score in sorted(chosen, key=lambda pair: (pair[0].hit, pair[0].start)):
        if joined and joined[-1][0].hit == window.hit:
            before, best = joined[-1]
            text = hits[window.hit].chunk.text
            if not text[before.end : window.start].strip():
                whole = text[before.start : window.end]
                merged = Window(window.hit, before.start, window.end, whole, len(whole.split()))
                joined[-1] = (merged, max(best, score))
                continue
        joined.append((window, score))
    return sorted(joined, key=lambda pair: -pair[1])


def _evidence(marker: int, chunk: Chunk, window: Window, score: float) -> Evidence:
    return Evidence(
        marker, chunk.source, chunk.place, window.text, score, chunk.text, chunk.headings
    )


def in_context(chunk: Chunk, text: str) -> str:
    """A piece of a chunk under the heading it stands under."""
    return f"{chunk.headings[-1]}\n{text}" if chunk.headings else text


def under_headings(chunk: Chunk, text: str) -> str:
    """A piece of a chunk under the document's title and the last headings it stands under.

    What is said of "it" or "this method" is often named there alone.
    """
    path = dict.fromkeys([*chunk.headings[:1], *chunk.headings[-2:]])
    return f"{' / '.join(path)}\n{text}" if path else text


_MARKUP = re.compile(r"\*\*|__|~~|`|^\s{0,3}#{1,6}\s+|<[^>\n]{1,40}>", re.MULTILINE)


def plain(text: str) -> str:
    """A text without the marks of emphasis, headings and code."""
    return _MARKUP.sub("", text)
