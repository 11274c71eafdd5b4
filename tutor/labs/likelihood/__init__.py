"""Likelihood: the data are fixed, so how well does each value of a parameter explain them?

The likelihood of a coin's bias, and of a normal's mean and standard
deviation, with its maximum, and how many times worse another value explains
the same data.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from tutor.errors import LabError
from tutor.labs.likelihood.drawing import (
    as_data_come_in,
    both_parameters,
    narrowing,
    normals_over_data,
    two_charts,
)
from tutor.labs.likelihood.peaks import Floats, bernoulli_log_likelihood, coin_peak, normal_peak
from tutor.labs.options import Likelihood
from tutor.labs.records import Progress, Result, Step
from tutor.labs.usual import DEVIATION

LARGEST = 1e9
"""The largest of one's own data, either side of 0."""


def run(options: Likelihood, rng: np.random.Generator) -> Iterator[Step]:
    """The likelihood with its maximum, then how it narrows as the data come in.

    Raises:
        LabError: there are more successes than trials, the value to compare is no probability,
            or the data are no numbers or all alike.
    """
    if options.name == "bernoulli":
        yield from _coin(options, rng)
    else:
        yield from _normal(options, rng)


# A coin


def _coin(options: Likelihood, rng: np.random.Generator) -> Iterator[Step]:
    k, n = options.successes, options.trials
    if k > n:
        raise LabError(
            f"lab likelihood: successes is a whole number from 0 to {n} (trials), not {k}"
        )
    other = 0.5 if options.other is None else options.other
    if not 0 <= other <= 1:
        raise LabError(f"lab likelihood: other is a number from 0 to 1 for a coin, not {other:g}")
    peak = coin_peak(k, n, other)
    shown = two_charts(
        peak,
        rf"$L(p) = p^{{{k}}}\,(1-p)^{{{n - k}}}$",
        f"{k} heads in {_tosses(n)}",
    )
    yield Progress(0.2, "the tosses come in", shown)
    tosses = rng.permutation(np.arange(n) < k)
    frames = []
    for number, size in enumerate(sizes := _growing(n)):
        heads = int(tosses[:size].sum())
        order = " ".join("H" if toss else "T" for toss in tosses[:size])
        said = order if size <= 20 else f"{heads} heads in {size} tosses"
        frames.append(narrowing(coin_peak(heads, size, other), said, (0.0, 1.0)))
        yield Progress(0.2 + 0.7 * (number + 1) / len(sizes), f"after {_tosses(size)}", frames[-1])
    moving = as_data_come_in(frames, f"the bias of a coin, toss by toss, up to {_tosses(n)}")
    caption = (
        f"{k} heads in {_tosses(n)} are likeliest if heads have probability p = {peak.best:.4g}, "
        f"where both curves have their maximum; {peak.verdict()}. The shaded values explain the "
        "tosses at least an eighth as well as the best, and their range narrows as tosses come in."
    )
    values = {"name": "bernoulli", "successes": k, "trials": n, **peak.values()}
    grid = [number / 10 for number in range(11)]
    logs = [float(value) for value in bernoulli_log_likelihood(grid, k, n)]
    table = [[p, log if math.isfinite(log) else None] for p, log in zip(grid, logs, strict=True)]
    yield Result(caption, (shown, moving), {**values, "log_likelihood_of_p": table})


# A normal


def numbers_of(text: str) -> Floats:
    """One's own data: numbers between blanks, commas or semicolons.

    Raises:
        LabError: a word is no number or too large, or there are not two different ones.
    """
    found = []
    for word in text.replace(",", " ").replace(";", " ").split():
        try:
            found.append(float(word))
        except ValueError:
            found.append(math.nan)
        if not abs(found[-1]) <= LARGEST:
            raise LabError(
                f"lab likelihood: data are numbers from {-LARGEST:.0f} to {LARGEST:.0f}, "
                f"not '{word:.40}'"
            )
    data = np.array(found)
    if not found or data.std() <= 1e-9 * max(1.0, float(np.abs(data).max())):
        raise LabError(
            "lab likelihood: data are at least 2 different numbers: of equal ones the likelihood "
            "has no maximum, it grows without end as the standard deviation nears 0"
        )
    return data


def _normal(options: Likelihood, rng: np.random.Generator) -> Iterator[Step]:
    own = bool(options.data.strip())
    true_std = options.std or DEVIATION
    data = numbers_of(options.data) if own else rng.normal(options.mean, true_std, options.n)
    truth = None if own else (options.mean, true_std)
    best_std = float(data.std())  # the maximum of the likelihood: n below the sum, not n - 1
    other = options.mean if options.other is None else options.other
    likeliest = normal_peak(data, best_std, other)
    known = options.std if own else None
    std = known or best_std
    peak = normal_peak(data, known, other) if known else likeliest
    shown = two_charts(
        peak,
        r"$L(\mu) = \prod_i\; e^{-(x_i-\mu)^2 /\, 2\sigma^2} \;/\; \sigma\sqrt{2\pi}$",
        f"{len(data)} values",
    )
    yield Progress(0.2, "the values come in", shown)
    fit = normals_over_data(data, peak, std)
    yield Progress(0.3, "the best normal over the data", fit)
    both = both_parameters(data, likeliest, best_std, truth)
    yield Progress(0.4, "mean and standard deviation together", both)
    frames = []
    for number, size in enumerate(sizes := _growing(len(data))):
        part = normal_peak(data[:size], std, peak.other)
        frames.append(narrowing(part, f"{size} of {len(data)} values", peak.whole))
        yield Progress(0.4 + 0.5 * (number + 1) / len(sizes), f"after {size} values", frames[-1])
    moving = as_data_come_in(frames, f"a normal's mean, value by value, up to {len(data)} values")
    caption = (
        f"Of all normal distributions the one with mean {likeliest.said(likeliest.best)} and "
        f"standard deviation {likeliest.said(best_std)} makes these {len(data)} values likeliest: "
        "they are the values' own mean and deviation. "
    )
    log_other = peak.at_best - peak.log_ratio
    caption += (
        f"With the deviation {known:g} instead, as asked, the logarithm of their likelihood at "
        f"μ = {peak.said(other)} is {log_other:.4g}, and {peak.verdict()}."
        if known
        else f"With that deviation, {peak.verdict()}."
    )
    values = {
        "name": "normal",
        "n": len(data),
        **peak.values(),
        "std": std,
        "std_estimate": best_std,
        "std_unbiased": float(data.std(ddof=1)),
        "true_mean": truth[0] if truth else None,
        "true_std": truth[1] if truth else None,
    }
    yield Result(caption, (shown, fit, both, moving), values)


def _growing(n: int) -> list[int]:
    """After how many of n observations to look: after each of ten, ever more rarely of more."""
    if n <= 10:
        return list(range(1, n + 1))
    return sorted({round(size) for size in np.geomspace(1, n, 11)} | set(range(1, min(n, 4) + 1)))


def _tosses(n: int) -> str:
    return f"{n:,} tosses" if n != 1 else "1 toss"
