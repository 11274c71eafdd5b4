"""Whether the course covers a question at all.

A logistic judge over what retrieval and evidence selection measured anyway.
Its weights were fitted on questions to lecture slides, encyclopedia articles
and course notes, each asked of the right documents and of others on
neighbouring subjects; no one set decides them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from tutor.records import Evidence, Hit

Words = Callable[[str], list[str]]
Weight = Callable[[str], float]

BIAS = -3.71
WEIGHTS = (3.41, 1.98, 2.54)
"""For the features, in their order."""

THRESHOLD = 0.1
"""Low on purpose: quoting the nearest passage to an uncovered question does less harm than
denying a covered one. At .1 one covered question in fifty is refused, and from a tenth (lecture
slides) to a half (encyclopedia) of the uncovered."""


def features(
    question: str,
    hits: Sequence[Hit],
    evidence: Sequence[Evidence],
    words: Words,
    weight: Weight,
) -> tuple[float, float, float]:
    """What the judge weighs, each in [0, 1].

    The best passage's cosine; the best BM25 share of any passage; and the
    share of the question's telling words (by idf) that the evidence, with its
    headings, holds.
    """
    cosine = max((hit.cosine for hit in hits), default=0.0)
    bm25 = max((hit.bm25 for hit in hits), default=0.0)
    asked = set(words(question))
    held = set(words(" ".join(" ".join([*e.headings, e.quote]) for e in evidence)))
    total = sum(weight(word) for word in asked)
    share = sum(weight(word) for word in asked & held) / total if total else 0.0
    return cosine, bm25, share


def probability(values: Sequence[float]) -> float:
    """The judge's probability that the question is covered."""
    score = BIAS + sum(w * v for w, v in zip(WEIGHTS, values, strict=True))
    return 1 / (1 + math.exp(-score))
