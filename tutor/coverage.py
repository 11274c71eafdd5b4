"""Whether the course covers a question at all.

The judge (`tutor.judge`) reads the question with each of the likeliest windows
of the best passages; the course covers it when one of them answers. Cosine and
BM25 alone tell near misses, real topics of the field that the course leaves
out, hardly better than chance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Score = Callable[[str, Sequence[str]], NDArray[np.float32]]
"""Question and passages to the log-odds that each passage answers."""

CANDIDATES = 16
"""Windows that are read: of 4 to 32, with 2 to 5 passages, measured best for their time."""

THRESHOLD = -0.25
"""Log-odds, a little below the judge's own even chance: denying a covered question does more
harm than quoting the nearest passage to an uncovered one."""


def log_odds(question: str, candidates: Sequence[str], score: Score) -> float:
    """The best log-odds that one of the first candidates answers; -inf without any."""
    read = candidates[:CANDIDATES]
    return float(score(question, read).max()) if read else float("-inf")


def covers(question: str, candidates: Sequence[str], score: Score) -> bool:
    """Whether one of the candidates answers the question."""
    return log_odds(question, candidates, score) >= THRESHOLD
