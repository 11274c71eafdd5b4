"""How likelihoods are drawn: the curve and its logarithm, its narrowing, two parameters at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tutor.labs.likelihood.peaks import Floats, Peak, normal_log_likelihood
from tutor.labs.pictures import FAINT, PALETTE, PAPER, charts, moving_picture, picture
from tutor.labs.records import Picture

_CURVE, _BEST, _OTHER, _DATA = PALETTE[0], PALETTE[1], PALETTE[2], PALETTE[4]
_DEPTH = 12.0  # how far below its maximum the log-likelihood is drawn
_POINTS = 801


def two_charts(peak: Peak, formula: str, data: str) -> Picture:
    """The likelihood, and beside it its logarithm near the maximum, with the values marked."""
    # exp of less than -600 is too near 0 to be drawn: such a curve is divided by its maximum.
    scale = 0.0 if abs(peak.at_best) < 600 else peak.at_best
    with charts(1, 2, height=4.6) as (figure, (left, right)):
        figure.suptitle(formula, x=0.02, ha="left", fontsize=17)
        low, high = peak.whole
        if peak.symbol != "p":
            low, high = peak.where_above(_DEPTH)
            low, high = min(low, peak.other), max(high, peak.other)
        x = _grid(peak, low, high)
        left.plot(x, np.exp(peak.log_likelihood(x) - scale), color=_CURVE)
        left.set(title="Likelihood ÷ best" if scale else "Likelihood", xlabel=peak.symbol)
        left.set_ylim(bottom=0)
        x = _grid(peak, *peak.where_above(_DEPTH))
        logs = peak.log_likelihood(x)
        right.plot(x, logs, color=_CURVE)
        right.set(title="Its logarithm", xlabel=peak.symbol)
        right.set_ylim(peak.at_best - _DEPTH, peak.at_best + 1)
        for axes, at in ((left, lambda log: math.exp(log - scale)), (right, lambda log: log)):
            axes.axvspan(*peak.interval, color=FAINT, alpha=0.6, linewidth=0)
            axes.plot(peak.best, at(peak.at_best), "o", color=_BEST, markersize=11, zorder=3)
            limits = axes.get_xlim()
            if limits[0] <= peak.other <= limits[1] and peak.log_ratio < math.inf:
                other = at(peak.at_best - peak.log_ratio)
                axes.plot(peak.other, other, "D", color=_OTHER, markersize=9, zorder=3)
            axes.locator_params(axis="x", nbins=5)
            axes.ticklabel_format(useMathText=True)
        _legend_below(figure, peak)
    alt = (
        f"Left: the likelihood of {data} as a curve over {peak.symbol}; right: its logarithm. In "
        f"both {peak.described()} (shaded). A disc marks the maximum, a diamond the value "
        f"{peak.said(peak.other)}."
    )
    return picture(f"likelihood-{_model(peak)}", alt, figure)


def _model(peak: Peak) -> str:
    return "bernoulli" if peak.symbol == "p" else "normal"


def _grid(peak: Peak, low: float, high: float) -> Floats:
    """Points to draw at, dense near the maximum, which may be a needle."""
    near = np.linspace(*peak.where_above(_DEPTH), _POINTS // 2)
    return np.unique(np.concatenate([np.linspace(low, high, _POINTS), near, [peak.best]]))


def _legend_below(figure: Any, peak: Peak) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    def mark(shape: str, color: str) -> Line2D:
        return Line2D([], [], linestyle="", marker=shape, color=color, markersize=10)

    names = [
        f"best, {peak.said(peak.best)}",
        f"other, {peak.said(peak.other)}",
        "at least ⅛ of the best",
    ]
    marks = [mark("o", _BEST), mark("D", _OTHER), Patch(color=FAINT, alpha=0.6)]
    figure.legend(
        marks, names, loc="outside lower left", ncols=3, handlelength=1.2, columnspacing=1.2
    )


def narrowing(peak: Peak, said: str, whole: tuple[float, float]) -> Picture:
    """The likelihood of the data so far, its maximum scaled to 1."""
    x = _grid(peak, *whole)
    x = x[(x >= whole[0]) & (x <= whole[1])]
    with charts(height=3.8) as (figure, axes):
        axes.axvspan(*peak.interval, color=FAINT, alpha=0.6, linewidth=0)
        axes.plot(x, np.exp(peak.log_likelihood(x) - peak.at_best), color=_CURVE)
        axes.axvline(peak.best, color=_BEST, linewidth=2)
        axes.set(title=said, xlabel=peak.symbol, ylabel="likelihood ÷ its maximum")
        axes.set(xlim=whole, ylim=(0, 1.05))
    alt = f"The likelihood after {said}: {peak.described()}."
    return picture("likelihood-growing", alt, figure)


def as_data_come_in(frames: Sequence[Picture], what: str) -> Picture:
    """The frames as a moving picture."""
    alt = (
        f"The likelihood of {what}: at first a wide hill, or one that leans against an edge, then "
        "an ever narrower one around the best value."
    )
    return moving_picture("likelihood-growing", alt, frames, 600)


def normals_over_data(data: Floats, peak: Peak, std: float) -> Picture:
    """The data with the best normal over them, and one whose mean is the other value."""
    low, high = min(data.min(), peak.other - 2 * std), max(data.max(), peak.other + 2 * std)
    margin = 0.1 * (high - low)
    x = np.linspace(low - margin, high + margin, 400)
    with charts(height=4.0) as (figure, axes):
        for mean, color, name in ((peak.best, _BEST, "best"), (peak.other, _OTHER, "other")):
            heights = np.exp([normal_log_likelihood(mean, std, np.array([v])) for v in x])
            axes.plot(x, heights, color=color, label=f"{name}, μ = {peak.said(mean)}")
        if len(data) <= 200:
            at_data = np.exp([normal_log_likelihood(peak.best, std, np.array([v])) for v in data])
            axes.vlines(data, 0, at_data, color=_DATA, linewidth=1.5)
            axes.plot(data, np.zeros(len(data)), "o", color=_DATA, clip_on=False, label="data")
        else:
            axes.hist(data, 40, density=True, color=_DATA, label="data", zorder=1)
        axes.set(title="Each value's density is a factor of the likelihood", xlabel="x")
        axes.set_ylim(0, 1.25 * axes.get_ylim()[1])
        axes.legend(ncols=3, loc="upper center", handlelength=1.2, columnspacing=1.2)
    alt = (
        f"{len(data)} values on a line under two normal curves of the same width: the best one, "
        f"with mean {peak.said(peak.best)}, and one with mean {peak.said(peak.other)}."
    )
    return picture("likelihood-normal-data", alt, figure)


def both_parameters(
    data: Floats, peak: Peak, std: float, truth: tuple[float, float] | None
) -> Picture:
    """The likelihood over mean and standard deviation, with its maximum and the truth."""
    from matplotlib.colors import LinearSegmentedColormap

    mean, n = peak.best, len(data)
    # Three to five standard errors either way (Bishop 2006, section 2.3.4, large n).
    wide, tall = 3.5 * std / np.sqrt(n), std / np.sqrt(2 * n)
    mu = np.linspace(mean - wide, mean + wide, 161)
    sigma = np.linspace(max(0.2 * std, std - 3 * tall), std + 5 * tall, 161)
    if truth:
        mu = np.linspace(min(mu[0], truth[0] - wide / 9), max(mu[-1], truth[0] + wide / 9), 161)
        sigma = np.linspace(min(sigma[0], truth[1] * 0.97), max(sigma[-1], truth[1] * 1.03), 161)
    logs = normal_log_likelihood(mu[None, :], sigma[:, None], data)  # [sigma, mu]
    share = np.exp(logs - float(normal_log_likelihood(mean, std, data)))
    paper_to_ink = LinearSegmentedColormap.from_list("paper to blue", [PAPER, _CURVE])
    with charts(height=4.8) as (figure, axes):
        filled = axes.contourf(mu, sigma, share, np.linspace(0, 1, 11), cmap=paper_to_ink)
        axes.plot(mean, std, "o", color=_BEST, markersize=11, label="best")
        if truth:
            axes.plot(*truth, "X", color=PALETTE[7], markersize=11, label="truth")
        axes.set(title="Mean and deviation together", xlabel="mean μ", ylabel="σ")
        axes.legend(loc="upper right")
        axes.locator_params(axis="x", nbins=6)
        figure.colorbar(filled, ax=axes, label="likelihood ÷ its maximum")
    alt = (
        f"Contours of the likelihood over mean and standard deviation: one hill with its top at "
        f"mean {peak.said(mean)} and deviation {peak.said(std)}"
        + ("; a cross marks the truth." if truth else ".")
    )
    return picture("likelihood-normal-both", alt, figure)
