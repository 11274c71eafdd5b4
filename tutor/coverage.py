"""Whether the course covers a question at all.

The judge (`tutor.judge`) reads the question with each of the likeliest windows
of the best passages; the course covers it when one of them answers. Cosine and
BM25 alone tell near misses, real topics of the field that the course leaves
out, hardly better than chance; but they know another subject altogether, on
which the judge was not trained. And the index knows what the course never
mentions, which raises what the judge has to be sure of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tutor.mentions import NOTHING, Unmentioned
from tutor.records import Hit

Score = Callable[[str, Sequence[str]], NDArray[np.float32]]
"""Question and passages to the log-odds that each passage answers."""

CANDIDATES = 16
"""Windows that are read: of 4 to 32, with 2 to 5 passages, measured best for their time."""
FIRST = 4
"""Windows that are read before the others: of the covered questions on the course 91 % are
answered by one of these, and need no more."""

THRESHOLD = -0.25
"""Log-odds, a little below the judge's own even chance: denying a covered question does more
harm than quoting the nearest passage to an uncovered one."""

NAME_LACKS, WORD_LACKS = 3.0, 1.5
"""Log-odds. By their shares among the questions that the judge learned from (`tutor.mentions`) a
name would weigh 4.5 and a word 2; the judge has noticed some of it already."""

UNRELATED_COSINE = 0.22
UNRELATED_BM25 = 0.25
"""Below both no passage shares the question's subject: the best cosine that questions on football
or baking reach in a course on models lies between .07 and .20."""


def on_subject(hits: Sequence[Hit]) -> bool:
    """Whether any passage is about what the question is about, be it the answer or not."""
    return any(hit.cosine >= UNRELATED_COSINE or hit.bm25 >= UNRELATED_BM25 for hit in hits)


def doubt(lacking: Unmentioned) -> float:
    """The log-odds by which what the course never mentions speaks against an answer in it."""
    return NAME_LACKS * bool(lacking.names) + WORD_LACKS * bool(lacking.words)


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
) -> bool:
    """Whether a passage is on the question's subject and one of the candidates answers it."""
    threshold = THRESHOLD + doubt(lacking)
    return on_subject(hits) and answered(question, candidates, score, threshold)
