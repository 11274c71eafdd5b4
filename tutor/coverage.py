"""Whether the course covers a question at all.

The judge (`tutor.judge`) reads the question with each of the likeliest windows
of the best passages; the course covers it when one of them answers. Two things
that the judge cannot see raise what it has to be sure of: that no passage is
near the question, and that the course never mentions what it names. Cosine and
BM25 alone tell near misses, real topics of the field that the course leaves
out, hardly better than chance; but they know another subject altogether.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tutor.mentions import NOTHING, Unmentioned
from tutor.records import Hit

Score = Callable[[str, Sequence[str]], NDArray[np.float32]]
"""Question and passages to the log-odds that each passage answers."""

Second = Callable[[], float | None]
"""The log-odds by another reader that the quotes do not answer; None where it cannot say."""

CANDIDATES = 16
"""Windows that are read: of 4 to 32, with 2 to 5 passages, measured best for their time."""
FIRST = 4
"""Windows that are read before the others: of the covered questions on the course 91 % are
answered by one of these, and need no more."""

THRESHOLD = -0.25
"""Log-odds, a little below the judge's own even chance: denying a covered question does more
harm than quoting the nearest passage to an uncovered one."""

FAR_COSINE, FAR_WEIGHT = 0.28, 20.0
"""Below this cosine of the best passage each hundredth takes .2 from the log-odds. A logistic
regression on 520 covered questions and 300 on other subjects, asked of two sets of course
documents, gives a hundredth .29 (and the BM25 score nothing beside it); less, because denying a
covered question does more harm."""

NAME_LACKS, WORD_LACKS = 3.0, 1.5
"""Log-odds. By their shares among the questions that the judge learned from (`tutor.mentions`) a
name would weigh 4.5, a technical term, which counts as one, 3.8 and a word 2; the judge has
noticed some of it already."""

SURE = 2.0
"""Log-odds above or below the threshold from which the judge decides alone: of the covered
questions of four sets a fifth lie nearer, of the others a third. With 3 or 4 twice as many are
asked of the second reader, and no more of them are decided rightly."""
SECOND_WEIGHT = 1.5
"""What the second reader's log-odds weigh beside the judge's. On the 631 questions of eight sets 1
refuses 62.5 % of the others, 1.5 63.8 % and 2 64.3 %, and 1.5 to 2 % of the covered ones. Of 300
hard questions the second reader ranks .87 rightly, the judge .81."""

UNRELATED_COSINE = 0.22
UNRELATED_BM25 = 0.25
"""Below both no passage shares a topic, a word or two that name what a quiz or a search is for."""


def on_subject(hits: Sequence[Hit]) -> bool:
    """Whether any passage is about what a topic is about."""
    return any(hit.cosine >= UNRELATED_COSINE or hit.bm25 >= UNRELATED_BM25 for hit in hits)


def doubt(hits: Sequence[Hit], lacking: Unmentioned = NOTHING) -> float:
    """The log-odds by which what the judge cannot see speaks against an answer in the course."""
    best = max((hit.cosine for hit in hits), default=0.0)
    far = FAR_WEIGHT * max(0.0, FAR_COSINE - best)
    return far + NAME_LACKS * bool(lacking.names) + WORD_LACKS * bool(lacking.words)


def answered(
    question: str, candidates: Sequence[str], score: Score, threshold: float = THRESHOLD
) -> bool:
    """Whether one of the first candidates answers; reads no further than to the first that does."""
    parts = candidates[:FIRST], candidates[FIRST:CANDIDATES]
    return any(bool((score(question, part) >= threshold).any()) for part in parts if part)


def covers(
    question: str,
    hits: Sequence[Hit],
    candidates: Sequence[str],
    score: Score,
    lacking: Unmentioned = NOTHING,
    second: Second | None = None,
) -> bool:
    """Whether one of the candidates, windows of the hits, answers the question.

    The `second` reader is asked only where the judge is not sure.
    """
    threshold = THRESHOLD + doubt(hits, lacking)
    if second is None:
        return answered(question, candidates, score, threshold)
    margin = -np.inf
    for part in (candidates[:FIRST], candidates[FIRST:CANDIDATES]):
        if part:
            margin = max(margin, float(score(question, part).max()) - threshold)
        if margin >= SURE:
            return True
    declines = second() if margin > -SURE else None
    if declines is None:
        return bool(margin >= 0)
    return margin >= SECOND_WEIGHT * declines
