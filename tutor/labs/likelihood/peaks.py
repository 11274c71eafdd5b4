"""The likelihood of one parameter: its maximum, its width, and how much worse another value does.

Formulas as in Bishop (2006), sections 2.1 and 2.3.4; the benchmarks 8 and 32 of
a likelihood ratio are Royall's (1997, Statistical Evidence, section 1.6).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

FAIRLY_STRONG, STRONG = 8.0, 32.0
"""How many times better the best value must explain the data for such evidence against another."""

_LOG_LARGEST = 700.0  # exp of more is infinite in double precision, exp of its negative 0


def bernoulli_log_likelihood(p: ArrayLike, successes: int, trials: int) -> Floats:
    """ln L(p) = k ln p + (n - k) ln(1 - p), with 0 ln 0 = 0, of the tosses in their order."""
    from scipy.special import xlog1py, xlogy

    share = np.asarray(p, np.float64)
    found: Floats = xlogy(successes, share) + xlog1py(trials - successes, -share)
    return found


def normal_log_likelihood(mean: ArrayLike, std: ArrayLike, data: Floats) -> Floats:
    """ln L(μ, σ) = -n/2 ln(2πσ²) - Σ(x - μ)² / 2σ², for arrays of means and deviations alike.

    The sum is n times the data's variance plus n (x̄ - μ)², so that no array grows with n.
    """
    mu, sigma = np.asarray(mean, np.float64), np.asarray(std, np.float64)
    squares = data.var() + (data.mean() - mu) ** 2
    found: Floats = -len(data) * (0.5 * np.log(2 * np.pi * sigma**2) + squares / (2 * sigma**2))
    return found


@dataclass(frozen=True, slots=True)
class Peak:
    """The log-likelihood of one parameter (`symbol`), its best value and one to compare.

    `interval` holds the values that explain the data at least an eighth as well as the best,
    `whole` the ends between which the parameter is looked at.
    """

    symbol: str
    log_likelihood: Callable[[ArrayLike], Floats]
    best: float
    other: float
    interval: tuple[float, float]
    whole: tuple[float, float]

    @property
    def at_best(self) -> float:
        return float(self.log_likelihood(self.best))

    @property
    def log_ratio(self) -> float:
        """ln of how many times better the best value explains the data; may be infinite."""
        return self.at_best - float(self.log_likelihood(self.other))

    def where_above(self, depth: float) -> tuple[float, float]:
        """Between which values the log-likelihood is less than `depth` below its maximum."""
        return tuple(self._edge(end, depth) for end in self.whole)  # type: ignore[return-value]

    def _edge(self, end: float, depth: float) -> float:
        """Where it crosses that level between its maximum and an end; the end if it does not."""
        inside, outside = self.best, end
        if self.at_best - float(self.log_likelihood(outside)) <= depth:
            return outside
        for _ in range(60):  # bisection: the log-likelihood falls on both sides
            middle = (inside + outside) / 2
            if self.at_best - float(self.log_likelihood(middle)) <= depth:
                inside = middle
            else:
                outside = middle
        return inside

    def values(self) -> dict[str, Any]:
        """Its figures for JSON, which has no infinity: None where one is."""
        ratio = self.log_ratio
        return {
            "estimate": self.best,
            "log_likelihood": self.at_best,
            "likelihood": math.exp(self.at_best) if abs(self.at_best) < _LOG_LARGEST else None,
            "other": self.other,
            "log_likelihood_other": self.at_best - ratio if math.isfinite(ratio) else None,
            "likelihood_ratio": math.exp(ratio) if ratio < _LOG_LARGEST else None,
            "log10_likelihood_ratio": ratio / math.log(10) if math.isfinite(ratio) else None,
            "at_least_an_eighth_as_likely": list(self.interval),
        }

    def said(self, value: float) -> str:
        """A value with as many digits as the data tell apart."""
        width = self.interval[1] - self.interval[0]
        digits = int(np.clip(2 - np.floor(np.log10(width)), 0, 9)) if width > 0 else 9
        return f"{round(value, digits):.15g}"

    def described(self) -> str:
        """Where its maximum and its interval lie, in words."""
        low, high = (self.said(end) for end in self.interval)
        return (
            f"the maximum lies at {self.symbol} = {self.said(self.best)}, and values from {low} to "
            f"{high} are at least an eighth as likely"
        )

    def verdict(self) -> str:
        """What the data say about the other value, in words."""
        value = f"{self.symbol} = {self.said(self.other)}"
        ratio = self.log_ratio
        if not math.isfinite(ratio):
            return f"{value} is impossible after these data"
        if ratio < math.log(1.05):
            return f"{value} explains the data as well, or nearly"
        times = f"{math.exp(ratio):,.3g}" if ratio < 13 else f"10^{ratio / math.log(10):.0f}"
        strength = (
            "which is little evidence against it"
            if ratio < math.log(FAIRLY_STRONG)
            else "which is fairly strong evidence against it"
            if ratio < math.log(STRONG)
            else "which is strong evidence against it"
        )
        return f"{value} explains the data {times} times less well, {strength}"


def coin_peak(successes: int, trials: int, other: float = 0.5) -> Peak:
    """The likelihood of a coin's bias, which is largest at successes / trials."""
    peak = Peak(
        "p",
        lambda p: bernoulli_log_likelihood(p, successes, trials),
        successes / trials,
        other,
        (0.0, 1.0),
        (0.0, 1.0),
    )
    return _with_interval(peak)


def _with_interval(peak: Peak) -> Peak:
    return replace(peak, interval=peak.where_above(math.log(FAIRLY_STRONG)))


def normal_peak(data: Floats, std: float, other: float) -> Peak:
    """The likelihood of a normal's mean when its deviation is `std`; largest at the data's mean."""
    reach = max(3.5 * std, 1.3 * abs(other - data.mean()))
    peak = Peak(
        "μ",
        lambda mean: normal_log_likelihood(mean, std, data),
        float(data.mean()),
        other,
        (0.0, 0.0),
        (float(data.mean() - reach), float(data.mean() + reach)),
    )
    return _with_interval(peak)
