"""From hits to evidence: the pieces to quote.

What a person would quote is a window of a few units in a row, under the
heading they stand under; windows are scored against the question by meaning
and by words, and the best that do not overlap are quoted as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tutor.blocks import TAG
from tutor.records import Chunk, Evidence, Hit
from tutor.study import NORMAL, Form
from tutor.windows import Window, windows_of

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]
"""Texts to unit vectors [n, dimension]."""

Answers = Callable[[Sequence[str]], Vectors]
"""Texts to the log-odds [n] that each answers the question."""

READ_FOR_ONE, READ_FOR_MANY = 12, 8
"""Windows that the judge reads for a form of study."""
JUDGES_SAY = 0.1
"""What a unit of log-odds weighs beside a unit of cosine."""
FEWEST = 12
"""Words of a piece beside others in a form of study: less says little."""
LEAST = 6
"""Words of any piece beside the best: of 150 answers from slides 60 had one like "Follow me."
Of the gold quotes of 591 questions to five sets of documents two are lost by it."""
WEIGHED = 48
"""Windows that are embedded where a form reads many passages: those that promise most."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What to quote, best first, and the texts among which an answer would be, likeliest first."""

    evidence: tuple[Evidence, ...]
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selector:
    """Chooses what to quote, together within the word limit, in a form of study.

    Three windows of at most four units from the two best passages, the normal form, measured best
    of two to six passages and three to five units: they hold every keyword of the answer for 88 %
    of the questions to lecture slides and for 68 % of those to course notes, half of which share
    no word with them.
    """

    encode: Encode
    limit_words: int = 90

    def select(
        self,
        vector: Vectors,
        hits: Sequence[Hit],
        form: Form = NORMAL,
        question: str = "",
        answers: Answers | None = None,
    ) -> Selection:
        """The best windows of the best hits for a question's unit vector.

        `question` tells a form which words are the student's own. `answers`, the log-odds that
        texts answer, is asked about a few windows that a form would quote, and has a say.
        """
        limit = form.evidence_words or self.limit_words
        windows: list[Window] = []
        passages = 0

        def lean(window: Window, hit: Hit) -> float:
            text = titled(hit.chunk.headings, window.text)
            return form.leaning(text, question) if form.leaning else 0.0

        for number, hit in enumerate(hits):
            found = windows_of(hit.chunk.text, number, form.longest, limit)
            if form is not NORMAL:
                found = [w for w in found if not w.scrappy]
            if form.leaning and form.enough:
                found = [w for w in found if lean(w, hit) >= form.enough]
            windows += found
            passages += bool(found)  # a list of review questions has none
            if passages == form.passages:
                break
        short = [window for window in windows if window.words <= limit]
        if form is not NORMAL and form.pieces > 1:
            short = [window for window in short if window.words >= FEWEST] or short
        windows = short or windows[:1]
        if not windows:
            return Selection((), ())
        texts = [plain(in_context(hits[w.hit].chunk, w.text)) for w in windows]
        leans = [lean(window, hits[window.hit]) for window in windows]
        if len(windows) > WEIGHED and form.leaning:
            promise = [hits[w.hit].score + form.weight * lean
                       for w, lean in zip(windows, leans, strict=True)]  # fmt: skip
            kept = sorted(np.argsort(promise, kind="stable")[-WEIGHED:])
            windows, texts, leans = ([items[i] for i in kept] for items in (windows, texts, leans))
        scores = self._scores(vector, hits, windows, texts, form.length)
        scores = scores + form.weight * np.array(leans, dtype=np.float32)
        order = [int(i) for i in np.argsort(-scores, kind="stable")]
        read = [plain(under_headings(hits[w.hit].chunk, w.text)) for w in windows]
        ranked = [(windows[i], float(scores[i])) for i in order]
        if answers is not None:
            ranked = _judged(ranked, [read[i] for i in order], form, answers)
        chosen = _chosen(ranked, limit, form.pieces)
        evidence = [
            _evidence(number, hits[window.hit].chunk, window, score)
            for number, (window, score) in enumerate(_joined(hits, chosen), start=1)
        ]
        return Selection(tuple(evidence), tuple(read[i] for i in order))

    def _scores(
        self,
        vector: Vectors,
        hits: Sequence[Hit],
        windows: Sequence[Window],
        texts: Sequence[str],
        weight: float,
    ) -> NDArray[np.float32]:
        """Cosine to the question, plus the passage's own score, plus a little for length.

        The weights were chosen on slides and course notes together.
        """
        cosines = self.encode(texts) @ vector
        passage = np.array([hits[w.hit].score for w in windows])
        length = np.log([max(w.words, 4) for w in windows])
        return np.asarray(cosines + passage + weight * length, dtype=np.float32)


def _judged(
    ranked: Sequence[tuple[Window, float]], read: Sequence[str], form: Form, answers: Answers
) -> list[tuple[Window, float]]:
    """The first windows, in the order of their scores with the judge's say, the unfit left out.

    Where several pieces are quoted, only windows beside one another are read.
    """
    tried: list[int] = []
    for number, (window, _) in enumerate(ranked):
        apart = form.pieces == 1 or not any(window.overlaps(ranked[i][0]) for i in tried)
        if apart and len(tried) < (READ_FOR_ONE if form.pieces == 1 else READ_FOR_MANY):
            tried.append(number)
    odds = answers([read[i] for i in tried])
    scored = [
        (ranked[i][0], ranked[i][1] + JUDGES_SAY * float(say), float(say))
        for i, say in zip(tried, odds, strict=True)
    ]
    scored.sort(key=lambda row: -row[1])
    return [(w, score) for n, (w, score, say) in enumerate(scored) if n == 0 or say >= form.least]


def _chosen(
    scored: Sequence[tuple[Window, float]], room: int, pieces: int
) -> list[tuple[Window, float]]:
    """The first windows that do not overlap, as long as there is room."""
    chosen: list[tuple[Window, float]] = []
    for window, score in scored:
        if len(chosen) == pieces or (chosen and not LEAST <= window.words <= room):
            continue
        if any(window.overlaps(other) for other, _ in chosen):
            continue
        chosen.append((window, score))
        room -= window.words
    return chosen


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


def titled(headings: Sequence[str], text: str) -> str:
    """A piece as `tutor.leanings` reads it: below its heading's line, which may be empty."""
    return f"{plain(headings[-1]) if headings else ''}\n{plain(text)}"


def under_headings(chunk: Chunk, text: str) -> str:
    """A piece of a chunk under the document's title and the last headings it stands under.

    What is said of "it" or "this method" is often named there alone.
    """
    path = dict.fromkeys([*chunk.headings[:1], *chunk.headings[-2:]])
    return f"{' / '.join(path)}\n{text}" if path else text


_BOLD = re.compile(r"(?<![\w*])\*\*([^\s*][^*\n]*)\*\*")
_MARKUP = re.compile(
    r"`+(?P<code>[^`\n]+)`+|`+"
    r"|(?<![\w*])\*\*(?=[^\s*])|(?<=[^\s*])\*\*(?![\w*])"  # not of 2**10
    r"|(?<!\w)(?P<name>__[a-z]+(?:_[a-z]+)*__)(?!\w)"  # Python's names
    r"|(?<!\w)__(?=\S)|(?<=\S)__(?!\w)|~~"
    rf"|^\s{{0,3}}#{{1,6}}\s+|{TAG}",
    re.MULTILINE,
)


def plain(text: str) -> str:
    """A text without the marks of emphasis, headings and code; what looks like them stays.

    >>> plain("**Bold** and `x`, 2**10 <b>of</b> <eos> where n < 5 and p > 1")
    'Bold and x, 2**10 of <eos> where n < 5 and p > 1'
    """
    text = _BOLD.sub(r"\1", text)  # as in "**VAE**s"; what was cut apart is in no pair
    return _MARKUP.sub(lambda found: found["code"] or found["name"] or "", text)
