"""The n-gram model: counts of what followed the last few characters, smoothed.

Interpolated Kneser-Ney smoothing (Kneser and Ney 1995; Chen and Goodman 1999,
section 3). With a context h, its last characters h', and a discount D:

P(w | h) = max(c(h w) - D, 0) / c(h) + D N(h) / c(h) P(w | h')

N(h) is the number of different characters seen after h. Below the highest
order the counts are not of occurrences but of different characters before:
what stands after many contexts is likely after a new one. Under the unigrams
lies the uniform distribution. D = n1 / (n1 + 2 n2) for each order, from the
numbers of n-grams counted once and twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Counts = dict[tuple[int, ...], dict[int, int]]
"""What follows a context, and how often."""


class NGram:
    """Reads the last `order` - 1 characters; numbers are below `size`."""

    def __init__(self, tokens: Sequence[int] | NDArray[np.int64], size: int, order: int) -> None:
        self.size, self.order = size, order
        self._counts = _counted([int(token) for token in tokens], order)
        self._discounts = [_discount(self._counts[n]) for n in range(order)]
        self._known: dict[tuple[int, ...], NDArray[np.float64]] = {}

    @property
    def entries(self) -> int:
        """How many counts it keeps: what parameters are to a network."""
        return sum(len(after) for counts in self._counts for after in counts.values())

    def probabilities(self, context: Sequence[int]) -> NDArray[np.float64]:
        """P(next | context) [size]; sums to 1."""
        h = tuple(int(token) for token in context[max(0, len(context) - self.order + 1) :])
        while h and h not in self._counts[len(h)]:
            h = h[1:]
        found = self._known.get(h)
        if found is None:
            found = self._known[h] = self._smoothed(h)
        return found

    def _smoothed(self, h: tuple[int, ...]) -> NDArray[np.float64]:
        below = self.probabilities(h[1:]) if h else np.full(self.size, 1 / self.size)
        after = self._counts[len(h)].get(h)
        if not after:
            return below
        discount = self._discounts[len(h)]
        total = sum(after.values())
        result = below * (discount * len(after) / total)
        places = np.fromiter(after.keys(), np.int64)
        result[places] += (np.fromiter(after.values(), np.float64) - discount) / total
        return result

    def log_likelihoods(self, tokens: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float64]:
        """ln P of each token [n] after those before it."""
        given = [int(token) for token in tokens]
        back = self.order - 1
        return np.log(
            [self.probabilities(given[max(0, i - back) : i])[w] for i, w in enumerate(given)]
        )


def _counted(tokens: list[int], order: int) -> list[Counts]:
    """Counts by the context's length: of occurrences at the top, of contexts further down."""
    counts: list[Counts] = [defaultdict(lambda: defaultdict(int)) for _ in range(order)]
    top = order - 1
    for i in range(top, len(tokens)):
        counts[top][tuple(tokens[i - top : i])][tokens[i]] += 1
    for length in range(top, 0, -1):
        for context, after in counts[length].items():
            for token in after:
                counts[length - 1][context[1:]][token] += 1
    return counts


def _discount(counts: Counts) -> float:
    values = [count for after in counts.values() for count in after.values()]
    once, twice = values.count(1), values.count(2)
    return once / (once + 2 * twice) if once and twice else 0.5
