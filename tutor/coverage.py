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

BIAS = -9.0
WEIGHTS = (8.0, 3.0, 4.0)
"""For the features, in their order."""

THRESHOLD = 0.5


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
