"""How the next token is chosen from logits, as the course teaches it.

The order is: repetition penalty on the logits, division by the temperature,
softmax, truncation by the strategy (top-k or top-p), truncation by min-p, one
draw. Greedy decoding is the argmax after the penalty. All randomness comes from
the generator passed in.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from tutor.config import Sampling

Logits = NDArray[np.floating]
Probabilities = NDArray[np.float64]

_QUICK = 1024
"""The nucleus is nearly always within the likeliest thousand: sort only those first."""


def penalised(logits: Logits, seen: Collection[int], penalty: float) -> Logits:
    """Logits [vocabulary] with those of `seen` tokens made smaller.

    Keskar et al. 2019, "CTRL", section 4.1: a positive logit is divided by the
    penalty, a negative one multiplied.
    """
    if penalty == 1.0 or not seen:
        return logits
    changed = logits.copy()
    tokens = np.fromiter(seen, dtype=np.int64)
    values = changed[tokens]
    changed[tokens] = np.where(values > 0, values / penalty, values * penalty)
    return changed


def softmax(logits: Logits, temperature: float) -> Probabilities:
    """softmax(logits / temperature) [vocabulary]; temperature above 0."""
    below = np.asarray(logits, dtype=np.float64)
    below = below - below.max()  # before the division: a tiny temperature must not overflow
    with np.errstate(over="ignore"):  # -inf is right: such a token is never drawn
        weights = np.exp(below / temperature)
    result: Probabilities = weights / weights.sum()
    return result


def keep_top_k(probabilities: Probabilities, k: int) -> Probabilities:
    """The k likeliest tokens, made to sum to 1 again (Fan et al. 2018, section 5.4)."""
    if k >= len(probabilities):
        return probabilities
    kept = np.argpartition(-probabilities, k - 1)[:k]
    return _only(probabilities, kept)


def keep_top_p(probabilities: Probabilities, p: float) -> Probabilities:
    """The nucleus: the smallest set of likeliest tokens whose probability reaches p.

    Holtzman et al. 2020, "The Curious Case of Neural Text Degeneration", section 3.1.
    """
    if p >= 1.0:
        return probabilities
    count = min(_QUICK, len(probabilities))
    likeliest = np.argpartition(-probabilities, count - 1)[:count]
    if probabilities[likeliest].sum() < p:
        likeliest = np.arange(len(probabilities))
    order = likeliest[np.argsort(-probabilities[likeliest], kind="stable")]
    reached = np.cumsum(probabilities[order])
    # Rounding: 0.4 + 0.3 + 0.1 must count as having reached 0.8.
    size = int(np.searchsorted(reached, p - 1e-12)) + 1
    return _only(probabilities, order[:size])


def keep_min_p(probabilities: Probabilities, share: float) -> Probabilities:
    """The tokens that have at least `share` of the likeliest one's probability.

    Nguyen et al. 2024, "Turning Up the Heat: Min-p Sampling for Creative and
    Coherent LLM Outputs", section 3. Truncation leaves the proportions as they
    were, so it does not matter whether top-k comes before it or after; with
    top-p, the nucleus is that of all tokens.
    """
    if share <= 0.0:
        return probabilities
    return _only(probabilities, np.flatnonzero(probabilities >= share * probabilities.max()))


def _only(probabilities: Probabilities, kept: NDArray[np.int64]) -> Probabilities:
    result = np.zeros_like(probabilities)
    result[kept] = probabilities[kept]
    total: float = result.sum()
    return result / total


def is_greedy(sampling: Sampling) -> bool:
    return sampling.strategy == "greedy" or sampling.temperature == 0


def distribution(logits: Logits, seen: Collection[int], sampling: Sampling) -> Probabilities:
    """The probabilities [vocabulary] that the next token is drawn from."""
    logits = penalised(logits, seen, sampling.repetition_penalty)
    if is_greedy(sampling):
        certain = np.zeros(len(logits), dtype=np.float64)
        certain[int(np.argmax(logits))] = 1.0
        return certain
    probabilities = softmax(logits, sampling.temperature)
    if sampling.strategy == "top-k":
        probabilities = keep_top_k(probabilities, sampling.top_k)
    elif sampling.strategy == "top-p":
        probabilities = keep_top_p(probabilities, sampling.top_p)
    return keep_min_p(probabilities, sampling.min_p)


def next_token(
    logits: Logits, seen: Collection[int], sampling: Sampling, random: np.random.Generator
) -> int:
    """One token. Greedy decoding draws nothing from `random`."""
    if is_greedy(sampling):
        return int(np.argmax(penalised(logits, seen, sampling.repetition_penalty)))
    probabilities = distribution(logits, seen, sampling)
    kept = np.flatnonzero(probabilities)
    reached = np.cumsum(probabilities[kept])
    position = np.searchsorted(reached, random.random() * reached[-1], side="right")
    return int(kept[min(int(position), len(kept) - 1)])
