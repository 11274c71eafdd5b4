"""Probability distributions: mass or density, cumulative distribution, samples against theory.

Bernoulli, binomial and Poisson are discrete and have a probability mass
function (pmf); uniform, normal and exponential are continuous and have a
probability density function (pdf).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutor.errors import LabError
from tutor.labs.catalogue import Distribution
from tutor.labs.pictures import PALETTE, charts, picture
from tutor.labs.records import Progress, Result, Step


@dataclass(frozen=True, slots=True)
class Law:
    """A distribution from scipy.stats, frozen, with its formula and parameters in words."""

    frozen: Any
    discrete: bool
    formula: str
    parameters: dict[str, float]

    def at(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mass or density at x."""
        values: NDArray[np.float64] = self.frozen.pmf(x) if self.discrete else self.frozen.pdf(x)
        return values

    def support(self) -> NDArray[np.float64]:
        """Where to draw it: whole numbers, or 400 points, of all but a thousandth of its mass."""
        low, high = self.frozen.ppf([0.0005, 0.9995])
        if self.discrete:
            least, most = self.frozen.support()
            return np.arange(max(least, low - 1), min(most, high + 1) + 1)
        margin = 0.15 * (high - low)
        return np.linspace(low - margin, high + margin, 400)


def law(options: Distribution) -> Law:
    """The distribution that the options name.

    Raises:
        LabError: a uniform distribution's ends are the wrong way round.
    """
    from scipy import stats

    o = options
    match o.name:
        case "bernoulli":
            return Law(stats.bernoulli(o.p), True, "P(X = 1) = p", {"p": o.p})
        case "binomial":
            given = {"trials": o.trials, "p": o.p}
            return Law(stats.binom(o.trials, o.p), True, "C(n, k) pᵏ (1 − p)ⁿ⁻ᵏ", given)
        case "poisson":
            return Law(stats.poisson(o.rate), True, "λᵏ e⁻λ / k!", {"rate": o.rate})
        case "uniform":
            if o.low >= o.high:
                raise LabError(f"lab distribution: low ({o.low:g}) is not below high ({o.high:g})")
            ends = {"low": o.low, "high": o.high}
            return Law(stats.uniform(o.low, o.high - o.low), False, "1 / (b − a)", ends)
        case "normal":
            shape = {"mean": o.mean, "std": o.std}
            return Law(stats.norm(o.mean, o.std), False, "exp(−(x − μ)² / 2σ²) / √(2πσ²)", shape)
        case "exponential":
            return Law(stats.expon(scale=1 / o.rate), False, "λ e⁻λˣ", {"rate": o.rate})


def run(options: Distribution, rng: np.random.Generator) -> Iterator[Step]:
    """Draw `n` samples and show them against theory."""
    theory = law(options)
    yield Progress(0.2, f"drawing {options.n} samples")
    samples: NDArray[np.float64] = theory.frozen.rvs(size=options.n, random_state=rng)
    drawn = picture(
        f"distribution-{options.name}",
        f"Left: {'bars' if theory.discrete else 'a histogram'} of {options.n} samples of the "
        f"{options.name} distribution under its theoretical curve. Right: both cumulative curves.",
        _draw(options, theory, samples),
    )
    mean, variance = (float(value) for value in theory.frozen.stats("mv"))
    values = {
        "name": options.name,
        **theory.parameters,
        "mean": mean,
        "variance": variance,
        "sample_mean": float(samples.mean()),
        "sample_variance": float(samples.var(ddof=1)) if options.n > 1 else None,
        "n": options.n,
    }
    given = ", ".join(f"{name} {value:g}" for name, value in theory.parameters.items())
    caption = (
        f"The {options.name} distribution with {given}: theory in blue, {options.n} samples in "
        f"orange. Their mean is {samples.mean():.3g} where theory says {mean:.3g}; with more "
        "samples the two come closer."
    )
    yield Result(caption, (drawn,), values)


def _draw(options: Distribution, theory: Law, samples: NDArray[np.float64]) -> Any:
    x = theory.support()
    with charts(1, 2, height=3.6) as (figure, (left, right)):
        if theory.discrete:
            counts = np.array([(samples == value).mean() for value in x])
            left.bar(x, counts, width=0.8, color=PALETTE[4], alpha=0.75, label="samples")
            left.plot(x, theory.at(x), "o", color=PALETTE[0], markersize=7, label="theory")
            right.step(x, theory.frozen.cdf(x), where="post", color=PALETTE[0])
            left.xaxis.get_major_locator().set_params(integer=True)
            left.set(title="Probability mass", xlabel="k")
        else:
            bins = min(60, max(8, int(np.sqrt(options.n))))
            left.hist(samples, bins, density=True, color=PALETTE[4], alpha=0.75, label="samples")
            left.plot(x, theory.at(x), color=PALETTE[0], label="theory")
            right.plot(x, theory.frozen.cdf(x), color=PALETTE[0])
            left.set(title="Probability density", xlabel="x")
        ordered = np.sort(samples)
        share = np.arange(1, len(ordered) + 1) / len(ordered)
        right.step(ordered, share, where="post", color=PALETTE[4], linewidth=1.6)
        right.set(title="Cumulative, P(X ≤ x)", xlabel="k" if theory.discrete else "x")
        left.legend()
    return figure
