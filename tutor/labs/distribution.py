"""Probability distributions: mass or density, cumulative distribution, samples against theory.

Bernoulli, binomial and Poisson are discrete and have a probability mass
function (pmf); uniform, normal and exponential are continuous and have a
probability density function (pdf). Formulas as in Bishop (2006), appendix B.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutor.errors import LabError
from tutor.labs.options import Distribution
from tutor.labs.pictures import FAINT, PALETTE, charts, picture
from tutor.labs.records import Picture, Progress, Result, Step

NARROWEST = 0.001
"""The least width of a uniform distribution; below it numbers near a million run together."""

_THEORY, _SAMPLES = PALETTE[0], PALETTE[4]


@dataclass(frozen=True, slots=True)
class Law:
    """A distribution from scipy.stats, frozen, with its formula and parameters in words.

    `formula` is plain text, `tex` the same for a picture (matplotlib's mathtext).
    """

    frozen: Any
    discrete: bool
    formula: str
    tex: str
    parameters: dict[str, float]

    def at(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mass or density at x."""
        values: NDArray[np.float64] = self.frozen.pmf(x) if self.discrete else self.frozen.pdf(x)
        return values

    def support(self, samples: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Where to draw it: all but a thousandth of its mass, and all the samples.

        Whole numbers for a discrete law, else 400 points.
        """
        low, high = self.frozen.ppf([0.0005, 0.9995])
        if samples is not None:
            low, high = min(low, samples.min()), max(high, samples.max())
        if self.discrete:
            least, most = self.frozen.support()
            return np.arange(max(least, low - 1), min(most, high + 1) + 1, dtype=np.float64)
        margin = 0.08 * (high - low)
        return np.linspace(low - margin, high + margin, 400)

    def gap(self, samples: NDArray[np.float64]) -> float:
        """The largest distance of the samples' cumulative curve from the law's.

        The statistic of Kolmogorov (1933): max |Fn(x) - F(x)|; about 1 / sqrt(n) or less for
        samples of this law.
        """
        values, counts = np.unique(samples, return_counts=True)
        reached = np.cumsum(counts) / len(samples)  # Fn at each value
        theory = self.frozen.cdf(values)
        before = self.frozen.cdf(values - 1) if self.discrete else theory
        lower = np.concatenate([[0.0], reached[:-1]])  # Fn just before each value
        return float(max(np.abs(reached - theory).max(), np.abs(lower - before).max()))


def law(options: Distribution) -> Law:
    """The distribution that the options name.

    Raises:
        LabError: a uniform distribution's ends are too close or the wrong way round.
    """
    from scipy import stats

    o = options
    match o.name:
        case "bernoulli":
            tex = r"$P(X=1) = p,\quad P(X=0) = 1 - p$"
            given: dict[str, float] = {"p": o.p}
            return Law(stats.bernoulli(o.p), True, "P(X = 1) = p, P(X = 0) = 1 − p", tex, given)
        case "binomial":
            tex = r"$P(X=k) = \binom{n}{k}\, p^k (1-p)^{n-k}$"
            given = {"trials": o.trials, "p": o.p}
            frozen = stats.binom(o.trials, o.p)
            return Law(frozen, True, "P(X = k) = C(n, k) pᵏ (1 − p)ⁿ⁻ᵏ", tex, given)
        case "poisson":
            tex = r"$P(X=k) = \lambda^k e^{-\lambda} \,/\, k!$"
            frozen = stats.poisson(o.rate)
            return Law(frozen, True, "P(X = k) = λᵏ e^(−λ) / k!", tex, {"rate": o.rate})
        case "uniform":
            if o.high - o.low < NARROWEST:
                raise LabError(
                    f"lab distribution: high ({o.high:.10g}) is a number from low + {NARROWEST}, "
                    f"and low is {o.low:.10g}"
                )
            tex = r"$f(x) = 1 \,/\, (b - a)\quad$ for $a \leq x \leq b$"
            frozen = stats.uniform(o.low, o.high - o.low)
            given = {"low": o.low, "high": o.high}
            return Law(frozen, False, "f(x) = 1 / (b − a) for a ≤ x ≤ b", tex, given)
        case "normal":
            text = "f(x) = exp(−(x − μ)² / 2σ²) / (σ √(2π))"
            tex = r"$f(x) = e^{-(x-\mu)^2 /\, 2\sigma^2} \;/\; \sigma\sqrt{2\pi}$"
            given = {"mean": o.mean, "std": o.std}
            return Law(stats.norm(o.mean, o.std), False, text, tex, given)
        case "exponential":
            tex = r"$f(x) = \lambda\, e^{-\lambda x}\quad$ for $x \geq 0$"
            frozen = stats.expon(scale=1 / o.rate)
            return Law(frozen, False, "f(x) = λ e^(−λx) for x ≥ 0", tex, {"rate": o.rate})


def run(options: Distribution, rng: np.random.Generator) -> Iterator[Step]:
    """Draw `n` samples and show them against theory, first a few of them and then all.

    Raises:
        LabError: a uniform distribution's ends are too close or the wrong way round.
    """
    theory = law(options)
    yield Progress(0.1, f"drawing {options.n} samples")
    samples: NDArray[np.float64] = np.asarray(
        theory.frozen.rvs(size=options.n, random_state=rng), np.float64
    )
    for part in (100, 10):
        if (few := options.n // part) >= 5:
            text = f"the first {few} of {options.n} samples"
            yield Progress(0.1 + 3 / part, text, _against_theory(options, theory, samples, few))
    pictures = [_against_theory(options, theory, samples, options.n)]
    if theory.frozen.var() > 0 and options.n > 1:
        yield Progress(0.7, "the mean as the samples come in", pictures[0])
        pictures.append(_mean_so_far(options, theory, samples))
    yield Result(
        _caption(options, theory, samples), tuple(pictures), figures(options.name, theory, samples)
    )


def figures(name: str, theory: Law, samples: NDArray[np.float64]) -> dict[str, Any]:
    """The law's figures and the samples', for JSON."""
    mean, variance = (float(value) for value in theory.frozen.stats("mv"))
    return {
        "name": name,
        "formula": theory.formula,
        **theory.parameters,
        "mean": mean,
        "variance": variance,
        "sample_mean": float(samples.mean()),
        "sample_variance": float(samples.var(ddof=1)) if len(samples) > 1 else None,
        "largest_gap": theory.gap(samples),
        "n": len(samples),
    }


def _caption(options: Distribution, theory: Law, samples: NDArray[np.float64]) -> str:
    mean, variance = (float(value) for value in theory.frozen.stats("mv"))
    given = ", ".join(f"{name} {value:.10g}" for name, value in theory.parameters.items())
    # As many digits as the standard deviation makes worth reading.
    error = np.sqrt(variance / len(samples)) or 1.0
    digits = int(np.clip(1 - np.floor(np.log10(error)), 0, 6))
    drawn = f"{len(samples):,} samples" if len(samples) > 1 else "1 sample"
    return (
        f"The {options.name} distribution with {given}: theory in blue, {drawn} in orange. "
        f"The mean of what was drawn is {samples.mean():,.{digits}f}, where theory says "
        f"{mean:,.{digits}f}; the more samples, the closer they come."
    )


# Pictures


def _against_theory(
    options: Distribution, theory: Law, samples: NDArray[np.float64], first: int
) -> Picture:
    """The first so many samples against theory: mass or density, and the cumulative curves."""
    x = theory.support(samples)
    with charts(1, 2, height=4.2) as (figure, (left, right)):
        figure.suptitle(theory.tex, x=0.02, ha="left", fontsize=17)
        some = samples[:first]
        if theory.discrete:
            _draw_mass(left, theory, some, x)
            left.set(title="Probability mass", xlabel="k")
            right.step(x, theory.frozen.cdf(x), where="post", color=_THEORY, linewidth=5)
            right.xaxis.get_major_locator().set_params(integer=True)
        else:
            bins = min(60, max(8, int(np.sqrt(first))))
            ends = (some.min(), some.max()) if first >= 10 else (x[0], x[-1])
            left.hist(some, bins, ends, density=True, color=_SAMPLES, label="samples")
            left.plot(x, theory.at(x), color=_THEORY, label="theory")
            left.set(title="Probability density", xlabel="x")
            right.plot(x, theory.frozen.cdf(x), color=_THEORY, linewidth=5)
        ordered = np.concatenate([[x[0]], np.sort(some), [x[-1]]])
        share = np.concatenate([[0], np.arange(1, first + 1), [first]]) / first
        right.step(ordered, share, where="post", color=_SAMPLES, linewidth=2)
        right.set(title="Cumulative, P(X ≤ x)", xlabel="k" if theory.discrete else "x")
        right.set_ylim(-0.03, 1.03)
        for axes in (left, right):
            axes.locator_params(axis="x", nbins=4)
            axes.ticklabel_format(useMathText=True)
        left.set_ylim(top=1.25 * left.get_ylim()[1])  # room for the legend
        left.legend(ncols=2, loc="upper left", handlelength=1.2, columnspacing=1.0)
    alt = (
        f"Left: {'bars' if theory.discrete else 'a histogram'} of {first} samples of the "
        f"{options.name} distribution with its theoretical {'mass' if theory.discrete else 'curve'}"
        " over them. Right: the cumulative curves of both. Above: the formula "
        f"{theory.formula}."
    )
    return picture(f"distribution-{options.name}", alt, figure)


def _draw_mass(
    axes: Any, theory: Law, samples: NDArray[np.float64], x: NDArray[np.float64]
) -> None:
    """Shares of the samples as bars, theory as dots; as a line where dots would touch."""
    shares = np.bincount((samples - x[0]).astype(np.int64), minlength=len(x)) / len(samples)
    few = len(x) <= 40
    axes.bar(x, shares, width=0.8 if few else 1.0, color=_SAMPLES, label="samples")
    dots = {"marker": "o", "linestyle": "", "markersize": 7 if len(x) <= 20 else 5}
    axes.plot(x, theory.at(x), color=_THEORY, label="theory", **(dots if few else {}))
    axes.xaxis.get_major_locator().set_params(integer=True)


def _mean_so_far(options: Distribution, theory: Law, samples: NDArray[np.float64]) -> Picture:
    """The mean of the first n samples, for every n: the law of large numbers at work."""
    mean, variance = (float(value) for value in theory.frozen.stats("mv"))
    n = np.arange(1, len(samples) + 1)
    means = np.cumsum(samples) / n
    # A line of a hundred thousand points is slow to draw; these stand evenly on the log axis.
    kept = np.unique(np.geomspace(1, len(samples), 800).round().astype(np.int64)) - 1
    spread = 2 * np.sqrt(variance / n[kept])
    with charts(height=3.4) as (figure, axes):
        axes.fill_between(n[kept], mean - spread, mean + spread, color=FAINT, label="± 2 σ / √n")
        axes.axhline(mean, color=_THEORY, label="theory")
        axes.plot(n[kept], means[kept], color=_SAMPLES, label="samples")
        if len(samples) >= 30:
            axes.set_xscale("log")
        else:
            axes.xaxis.get_major_locator().set_params(integer=True)
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.set(title="Mean of the first n samples", xlabel="n")
        axes.legend(ncols=3, loc="upper right", handlelength=1.2, columnspacing=1.0)
    alt = (
        f"The mean of the first n of {len(samples)} samples against n. It "
        f"nears the theoretical mean {mean:.6g}, inside a band that narrows as one over root n."
    )
    return picture(f"distribution-{options.name}-mean", alt, figure)
