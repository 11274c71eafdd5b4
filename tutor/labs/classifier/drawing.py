"""How classifiers are drawn: boundaries, learning curves, new points, words as bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutor.labs.classifier.bayes import Floats, GaussianNaiveBayes, Labels, probability
from tutor.labs.pictures import INK, PALETTE, PAPER, charts, percent, picture
from tutor.labs.records import Picture

CLASS_COLORS = (PALETTE[0], PALETTE[1])
MODEL_COLORS = (PALETTE[2], PALETTE[3])
"""Naive Bayes, logistic regression."""

_MARKS = ("o", "^")
_MOST_POINTS = 600  # more would hide each other
_MOST_WORDS = 14

LogOdds = Callable[[Floats], Floats]


def boundaries(
    x: Floats,
    y: Labels,
    panels: Sequence[tuple[str, LogOdds]],
    bayes: GaussianNaiveBayes,
    name: str = "classifier-boundary",
) -> Picture:
    """The training points, each panel with a classifier's probabilities behind them."""
    with charts(1, len(panels), height=4.3, sharey=True) as (figure, axes):
        limits = _limits(x)
        for number, (panel, (title, log_odds)) in enumerate(zip(axes, panels, strict=True)):
            _shade(panel, log_odds, limits)
            if number == 0:
                _ellipses(panel, bayes)
            _scatter(panel, x, y)
            panel.set(title=title, xlim=limits[0], ylim=limits[1], xlabel="feature 1")
        axes[0].set_ylabel("feature 2")
        _legend_below(figure, [("p = ½", {"color": INK, "linestyle": "-"})])
    alt = (
        f"{len(x)} points of two classes in the plane, twice. Left, with naive Bayes' upright "
        "ellipses around the classes and its boundary; right, with the straight boundary of "
        f"logistic regression. {panels[0][0]}; {panels[1][0]}."
    )
    return picture(name, alt, figure)


def _limits(x: Floats) -> tuple[tuple[float, float], tuple[float, float]]:
    """The ends of both axes, some way outside the points."""
    low, high = x.min(axis=0), x.max(axis=0)
    margin = 0.08 * (high - low) + 0.1
    (a, c), (b, d) = low - margin, high + margin
    return (float(a), float(b)), (float(c), float(d))


def _shade(axes: Any, log_odds: LogOdds, limits: tuple[tuple[float, float], ...]) -> None:
    """The probability of class 1 as a tint, and the line where it is one half."""
    from matplotlib.colors import LinearSegmentedColormap

    across, up = (np.linspace(*ends, 121) for ends in limits)
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    share = probability(log_odds(grid)).reshape(len(up), len(across))
    tint = LinearSegmentedColormap.from_list("classes", [CLASS_COLORS[0], PAPER, CLASS_COLORS[1]])
    axes.contourf(across, up, share, np.linspace(0, 1, 11), cmap=tint, alpha=0.45)
    if share.min() < 0.5 < share.max():
        axes.contour(across, up, share, [0.5], colors=INK, linewidths=2.4)


def _ellipses(axes: Any, bayes: GaussianNaiveBayes) -> None:
    """Where each class's density stands: one and two standard deviations, axes upright."""
    from matplotlib.patches import Ellipse

    for mean, variance, color in zip(bayes.mean, bayes.variance, CLASS_COLORS, strict=True):
        for times in (1, 2):
            size = 2 * times * np.sqrt(variance)
            axes.add_patch(Ellipse(mean, *size, fill=False, edgecolor=color, linewidth=2.2))


def _scatter(axes: Any, x: Floats, y: Labels) -> None:
    x, y = x[:_MOST_POINTS], y[:_MOST_POINTS]
    size = 34 if len(x) <= 150 else 16
    for label in (0, 1):
        points = x[y == label]
        edge = {"edgecolors": PAPER, "linewidths": 0.6, "zorder": 3}
        axes.scatter(*points.T, size, CLASS_COLORS[label], marker=_MARKS[label], **edge)


def _legend_below(figure: Any, lines: Sequence[tuple[str, dict[str, Any]]] = ()) -> None:
    from matplotlib.lines import Line2D

    marks = [
        Line2D([], [], linestyle="", marker=_MARKS[label], color=CLASS_COLORS[label], markersize=9)
        for label in (0, 1)
    ]
    marks += [Line2D([], [], **look) for _, look in lines]
    names = ["class 0", "class 1", *(name for name, _ in lines)]
    figure.legend(marks, names, loc="outside lower center", ncols=len(names), handlelength=1.4)


def new_points(x: Floats, y: Labels, new_x: Floats, new_y: Labels) -> Picture:
    """The points that naive Bayes learned from, and beside them points that it made."""
    with charts(1, 2, height=4.3, sharey=True) as (figure, (left, right)):
        limits = _limits(np.vstack([x, new_x]))
        for axes, points, labels, title in (
            (left, x, y, "Learned from"),
            (right, new_x, new_y, "Made by naive Bayes"),
        ):
            _scatter(axes, points, labels)
            axes.set(title=title, xlim=limits[0], ylim=limits[1], xlabel="feature 1")
        left.set_ylabel("feature 2")
        _legend_below(figure)
    alt = (
        f"Left: the {len(x)} training points of two classes. Right: {len(new_x)} points drawn from "
        "naive Bayes: each class sits and spreads where it should, but as an upright cloud, "
        "whatever its shape was."
    )
    return picture("classifier-sample", alt, figure)


def learning_curve(sizes: Sequence[int], errors: NDArray[np.float64]) -> Picture:
    """Test error against training size; errors [sizes, repetitions, 2 models]."""
    with charts(height=4.4) as (figure, axes):
        for model, (name, mark) in enumerate((("naive Bayes", "o"), ("logistic regression", "s"))):
            runs = errors[:, :, model]
            mean, half = runs.mean(axis=1), 2 * runs.std(axis=1) / np.sqrt(runs.shape[1])
            color = MODEL_COLORS[model]
            axes.fill_between(sizes, mean - half, mean + half, color=color, alpha=0.25, linewidth=0)
            axes.plot(sizes, mean, marker=mark, color=color, label=name)
        if sizes[-1] >= 10 * sizes[0]:
            axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.yaxis.set_major_formatter(lambda x, _: percent(x, 0))
        axes.set(title="Error on new points", xlabel="training points")
        axes.set_ylim(bottom=0)
        axes.legend(loc="lower left")
    last = errors[-1].mean(axis=0)
    alt = (
        f"Error on new points against the number of training points, from {sizes[0]} to "
        f"{sizes[-1]:,}, of naive Bayes and of logistic regression, as falling curves. At the end "
        f"they stand at {percent(last[0])} and {percent(last[1])}."
    )
    return picture("classifier-curve", alt, figure)


Row = tuple[str, float, float]


def word_bars(
    rows: Sequence[Row], rest: tuple[float, float], total: tuple[float, float]
) -> Picture:
    """What each word adds to the log-odds of spam, in naive Bayes and in logistic regression.

    `rest` is what every message starts with: the prior, or the bias.
    """
    shown = sorted(rows, key=lambda row: -abs(row[1]))[:_MOST_WORDS]
    kept = [row for row in rows if row in shown]  # in the message's order
    others = [row for row in rows if row not in shown]
    bars: list[Row] = [*kept]
    if others:
        sums = (sum(row[1] for row in others), sum(row[2] for row in others))
        bars.append((f"{len(others)} more", *sums))
    bars += [("start", *rest), ("together", *total)]
    # Room for the figures beside the bars; the same scale in both charts.
    reach = 1.45 * max(1.0, *(abs(value) for _, *both in bars for value in both))
    with charts(1, 2, height=2.2 + 0.34 * len(bars), sharey=True, sharex=True) as (figure, axes):
        for panel, title, column in zip(
            axes, ("Naive Bayes", "Logistic regression"), (1, 2), strict=True
        ):
            values = [float(bar[column]) for bar in bars]
            _signed_bars(panel, [bar[0] for bar in bars], values)
            panel.set(title=f"{title}\n{percent(float(probability(np.array(values[-1]))))} spam")
            panel.set_xlabel("ham ← log-odds → spam")
            panel.set_xlim(-reach, reach)
    told = ", ".join(f"{word} {bayes:+.1f}" for word, bayes, _ in bars)
    alt = (
        "Bars to the right speak for spam, to the left against it, a row for each word; left chart "
        f"naive Bayes, right chart logistic regression. Naive Bayes: {told}."
    )
    return picture("classifier-spam", alt, figure)


def _signed_bars(axes: Any, names: Sequence[str], values: Sequence[float]) -> None:
    """Horizontal bars from the top, vermilion for spam and blue for ham, the last one in ink."""
    places = np.arange(len(names))
    colors = [CLASS_COLORS[int(value > 0)] for value in values]
    colors[-1] = INK
    axes.barh(places, values, color=colors, height=0.7)
    axes.axvline(0, color=INK, linewidth=1)
    axes.set_yticks(places, names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.locator_params(axis="x", nbins=5)
    for place, value in zip(places, values, strict=True):
        side = "left" if value >= 0 else "right"
        text = f" {value:+.1f} ".replace("-", "−")
        axes.text(value, place, text, ha=side, va="center", fontsize=11)


def strongest_words(spam: Sequence[tuple[str, float]], ham: Sequence[tuple[str, float]]) -> Picture:
    """The words that speak loudest for either class to naive Bayes."""
    with charts(1, 2, height=1.6 + 0.36 * len(spam)) as (figure, axes):
        for panel, words, title in zip(axes, (spam, ham), ("For spam", "For ham"), strict=True):
            places = np.arange(len(words))
            color = CLASS_COLORS[1] if panel is axes[0] else CLASS_COLORS[0]
            panel.barh(places, [abs(weight) for _, weight in words], color=color, height=0.7)
            panel.set_yticks(places, [word for word, _ in words])
            panel.set_ylim(len(words) - 0.5, -0.5)
            panel.grid(visible=False, axis="y")
            panel.set(title=title, xlabel="log-odds of the word")
    alt = (
        f"The words that speak loudest for spam: {', '.join(word for word, _ in spam)}; and for "
        f"ham: {', '.join(word for word, _ in ham)}."
    )
    return picture("classifier-words", alt, figure)
