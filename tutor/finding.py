"""Finds what answers a question: the passages, whether they cover it, and what to quote.

What is covered does not depend on the form of study. A form may quote other
windows of the passages, look through more of them, or add quotes that help.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tutor import coverage
from tutor.citations import verbatim
from tutor.definitions import Definitions
from tutor.evidence import Selection, Selector, plain, titled
from tutor.judge import Judge
from tutor.leanings import pictures
from tutor.mentions import Unmentioned, unmentioned
from tutor.records import Chunk, Evidence, Hit
from tutor.retrieve import Retriever
from tutor.study import NORMAL, REPLY_WORDS, Form
from tutor.terms import CourseTerms
from tutor.windows import windows_of

Encode = Callable[[Sequence[str]], NDArray[np.float32]]

Second = Callable[[str, Sequence[Evidence]], float | None]
"""A second reader: a question and its quotes to the log-odds that they do not answer it; None
where it cannot say."""

RETRIEVED = 8
EXPLAINING = 40
"""Words of a reply that quotes which help leave to the explanation."""
BESIDE = 2
"""How far from the best passage a comparison may stand."""
PICTURE_WORDS, PICTURE_UNITS = 60, 3
BEST = 3
"""So many of the passages found say where the subject is treated."""
CLOSE = 3
"""How many passages away from one of them an example of it may stand."""
NEAR = 0.5
"""Score, without its leaning, from which a window that leans is about the question at all."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the course gave for a question and its unit vector, best first.

    `lacking`: what the question speaks of and the course never mentions.
    """

    question: str
    vector: NDArray[np.float32]
    hits: tuple[Hit, ...]
    selection: Selection
    covered: bool
    lacking: Unmentioned


@dataclass(frozen=True, slots=True)
class Quotes:
    """Quotes in a form of study, and the line that stands above them, if any."""

    evidence: tuple[Evidence, ...]
    lead: str = ""


class Finder:
    """Finds evidence for questions. `limit_words` is that of the normal form.

    `second` is asked where the judge is in doubt whether the course covers a question.
    """

    def __init__(
        self,
        retriever: Retriever,
        encode: Encode,
        judge: Judge,
        limit_words: int,
        second: Second | None = None,
    ) -> None:
        self._retriever = retriever
        self._judge = judge
        self._second = second
        self.selector = Selector(encode, limit_words)
        self.definitions = Definitions(retriever.index.chunks)
        self._terms = CourseTerms(retriever.index.chunks)

    def prepare(self) -> None:
        """Do now what the first question would wait for."""
        self._terms.prepare()

    def look(self, question: str) -> Look:
        """The passages that come nearest to a question, and whether one answers it."""
        vector = self._retriever.embed(question)
        hits = self._retriever.search(question, RETRIEVED, vector)
        selection = self.selector.select(vector, hits)
        knows = self._retriever.index.words.knows
        lacking = unmentioned(question, knows, hits, self._terms.lacking)
        asks = self._second if selection.evidence else None
        second = partial(asks, question, selection.evidence) if asks else None
        covered = coverage.covers(
            question, hits, selection.candidates, self._judge.score, lacking, second
        )
        return Look(question, vector, tuple(hits), selection, covered, lacking)

    def quotes(self, look: Look, form: Form) -> Quotes:
        """What to quote of a covered question, in a form of study."""
        if form is NORMAL:
            return Quotes(verbatim(look.selection.evidence))
        evidence, lead = self._selected(look, form), form.lead
        if form.enough and not (evidence and _leaning_apart(evidence[0], look, form) >= NEAR):
            evidence = self._selected(look, replace(form, leaning=None, enough=0.0))
            lead = form.without
        if form.reply_words > REPLY_WORDS:  # who asks for more gets no less
            evidence = max(evidence, look.selection.evidence, key=_words)
        evidence = evidence or look.selection.evidence  # terse slides have no other windows
        if form.eases:
            evidence = self._eased(look, form, evidence)
        return Quotes(verbatim(evidence), lead)

    def _selected(self, look: Look, form: Form) -> tuple[Evidence, ...]:
        hits: Sequence[Hit] = look.hits
        if form.enough and form.searched > RETRIEVED:
            wide = self._retriever.search(look.question, form.searched, look.vector)
            hits = [hit for hit in wide if _close(hit.chunk, look.hits)]
        answers = partial(self._judge.score, look.question)
        return self.selector.select(look.vector, hits, form, look.question, answers).evidence

    def _eased(
        self, look: Look, form: Form, evidence: tuple[Evidence, ...]
    ) -> tuple[Evidence, ...]:
        """The quotes, a comparison that stands beside them, and what their hard words mean."""
        room = form.reply_words - EXPLAINING - _words(evidence)
        quoted = " ".join(piece.quote for piece in evidence)
        best = look.hits[0].chunk
        for chunk in (best, *self._retriever.beside(best, BESIDE)):
            quote = _picture(chunk, room)
            if quote and quote not in quoted:
                room -= len(quote.split())
                evidence = (*evidence, _piece(len(evidence) + 1, chunk, quote))
                break
        added = self.definitions.of(evidence, look.question, room)
        pieces = [_piece(len(evidence) + n, *found) for n, found in enumerate(added, start=1)]
        return (*evidence, *pieces)


def _words(evidence: Sequence[Evidence]) -> int:
    return sum(len(piece.quote.split()) for piece in evidence)


def _close(chunk: Chunk, hits: Sequence[Hit]) -> bool:
    """Whether a passage is one of the best, or stands near one or in one's section."""
    return any(
        chunk.source == best.source
        and (
            abs(chunk.ordinal - best.ordinal) <= CLOSE
            or (len(best.headings) > 2 and chunk.headings[:2] == best.headings[:2])
        )
        for best in (hit.chunk for hit in hits[:BEST])
    )


def _leaning_apart(piece: Evidence, look: Look, form: Form) -> float:
    """The score of a piece without what its leaning added."""
    assert form.leaning is not None
    text = titled(piece.headings, piece.quote)
    return piece.score - form.weight * form.leaning(text, look.question)


def _picture(chunk: Chunk, room: int) -> str:
    """The longest window of a passage that begins with a comparison; empty if none does."""
    limit = min(PICTURE_WORDS, room)
    windows = windows_of(chunk.text, 0, PICTURE_UNITS, limit)
    able = [w for w in windows if w.words <= limit and pictures(plain(w.text))]
    return max(able, key=lambda window: window.words).text if able else ""


def _piece(marker: int, chunk: Chunk, quote: str) -> Evidence:
    return Evidence(marker, chunk.source, chunk.place, quote, 0.0, chunk.text, chunk.headings)
