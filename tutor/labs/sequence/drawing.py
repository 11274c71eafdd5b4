"""How sequences are drawn: the model as a diagram, days as strips of colour, probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tutor.labs.pictures import FAINT, INK, PALETTE, PAPER, charts, moving_picture, percent, picture
from tutor.labs.records import Picture
from tutor.labs.sequence.markov import RAIN, SUN, UMBRELLA, Floats, Markov, Numbers

WEATHER = (PALETTE[4], PALETTE[0])
"""Sun, rain."""

SIGHT = ("#EFE6CF", PALETTE[5])
"""No umbrella, umbrella."""

_SMOOTHED, _FILTERED = PALETTE[3], PALETTE[2]
_MOST_MARKED = 120  # days; crosses on more would hide the strip

Strip = tuple[str, Numbers, tuple[str, str], Numbers | None]
"""A strip's name, its values [n], the colours of 0 and 1, and the truth to mark errors by."""


def strips(axes: Any, rows: Sequence[Strip], n: int) -> None:
    """Rows of coloured cells, one a day, over an axis of n days; wrong cells bear a cross."""
    from matplotlib.colors import to_rgb

    for place, (_, values, colors, truth) in enumerate(rows):
        cells = np.array([to_rgb(color) for color in colors])[values][None]  # [1, days, 3]
        ends = (0.5, len(values) + 0.5, place + 0.38, place - 0.38)
        axes.imshow(cells, extent=ends, aspect="auto", interpolation="nearest")
        if truth is not None and n <= _MOST_MARKED:
            wrong = np.flatnonzero(values != truth) + 1
            size = 70 if n <= 30 else 34
            for color, width in ((PAPER, 5), (INK, 2)):  # ink with a light edge shows on both
                cross = {"marker": "x", "color": color, "linewidths": width, "zorder": 3}
                axes.scatter(wrong, np.full(len(wrong), place), size, **cross)
    axes.set_yticks(range(len(rows)), [row[0] for row in rows])
    axes.set(xlim=(0.5, n + 0.5), ylim=(len(rows) - 0.5, -0.5))
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)


def _whole_days(axes: Any) -> None:
    axes.set_xlabel("day")
    axes.xaxis.get_major_locator().set_params(integer=True)


def _legend_below(figure: Any, extra: Sequence[Any] = (), names: Sequence[str] = ()) -> None:
    from matplotlib.patches import Patch

    colors = (*WEATHER, *SIGHT[::-1])
    patches = [Patch(facecolor=color, edgecolor=FAINT) for color in colors]
    labels = ["sun", "rain", "umbrella", "none", *names]
    marks = [*patches, *extra]
    figure.legend(
        marks,
        labels,
        loc="outside lower center",
        ncols=len(labels) if len(labels) <= 4 else 4,
        handlelength=1.2,
        columnspacing=1.2,
    )


# The model, and a walk through it


def walk(model: Markov, states: Numbers, seen: Numbers, n: int) -> Picture:
    """The model's diagram with the newest day's state lit up, and the days so far as strips."""
    with charts(2, 1, height=5.6, height_ratios=[1.5, 1]) as (figure, (above, below)):
        _diagram(above, model, int(states[-1]))
        today = "rain" if states[-1] == RAIN else "sun"
        above.set_title(f"Day {len(states)}: {today}")
        rows: list[Strip] = [("weather", states, WEATHER, None), ("seen", seen, SIGHT, None)]
        strips(below, rows, n)
        _whole_days(below)
        _legend_below(figure)
    stay, clarity = model.transition[0, 0], model.emission[0, 0]
    alt = (
        f"Two states, sun and rain, joined by arrows: each stays with probability {stay:.2g}. "
        f"Rain shows an umbrella with probability {clarity:.2g}, sun with {1 - clarity:.2g}. "
        f"Below, {len(states)} days in two strips: the hidden weather and what was seen."
    )
    return picture("sequence-walk", alt, figure)


def _diagram(axes: Any, model: Markov, lit: int) -> None:
    """Two circles with their arrows and probabilities, in a space of 10 by 4."""
    axes.set(xlim=(0, 10), ylim=(0.35, 4.05), aspect="equal")
    axes.set_axis_off()
    places = {SUN: (3.2, 2.75), RAIN: (6.8, 2.75)}
    for state, (x, y) in places.items():
        outward = -1 if state == SUN else 1
        _node(axes, x, y, ("sun", "rain")[state], WEATHER[state], lit=state == lit)
        _arrow(axes, (x + 0.62 * outward, y + 0.5), (x + 0.62 * outward, y - 0.5), 1.5 * -outward)
        axes.text(
            x + 1.5 * outward,
            y,
            f"{model.transition[state, state]:.2g}",
            ha="right" if state == SUN else "left",
            va="center",
        )
        _arrow(axes, (x, y - 0.85), (x, y - 1.5), 0)
        shown = f"umbrella {model.emission[state, UMBRELLA]:.2g}"
        box = {"boxstyle": "round,pad=0.35", "facecolor": SIGHT[1], "edgecolor": "none"}
        axes.text(x, y - 1.95, shown, ha="center", va="center", bbox=box)
    for start, end, height in ((SUN, RAIN, 0.28), (RAIN, SUN, -0.28)):
        (x, y), (to, _) = places[start], places[end]
        side = np.sign(to - x)
        _arrow(axes, (x + 0.85 * side, y + height), (to - 0.85 * side, y + height), 0)
        raised = 0.32 if height > 0 else -0.38
        share = f"{model.transition[start, end]:.2g}"
        axes.text((x + to) / 2, y + height + raised, share, ha="center", va="center")


def _node(axes: Any, x: float, y: float, name: str, color: str, *, lit: bool) -> None:
    from matplotlib.patches import Circle

    edge = {"edgecolor": INK if lit else color, "linewidth": 5 if lit else 2}
    fill = color if lit else PAPER
    axes.add_patch(Circle((x, y), 0.75, facecolor=fill, **edge))
    axes.text(x, y, name, ha="center", va="center", weight="bold", color=PAPER if lit else INK)


def _arrow(axes: Any, start: tuple[float, float], end: tuple[float, float], bend: float) -> None:
    look = {"arrowstyle": "-|>", "color": INK, "linewidth": 2, "shrinkA": 0, "shrinkB": 0}
    look["connectionstyle"] = f"arc3,rad={bend}"
    axes.annotate("", xy=end, xytext=start, arrowprops=look)


def walking(frames: Sequence[Picture], days: int) -> Picture:
    """The frames of a walk as a moving picture."""
    alt = (
        f"Day by day up to day {days}: the state lit in the diagram changes now and then, and two "
        "strips grow below, the hidden weather and the umbrellas seen."
    )
    return moving_picture("sequence-walk", alt, frames, 400)


# Decoding


def decoded(rows: Sequence[Strip], filtered: Floats, smoothed: Floats, truth: Numbers) -> Picture:
    """What was seen, the truth and the guesses as strips; below, the probability of rain."""
    n = len(truth)
    with charts(2, 1, height=6.2, height_ratios=[1.5, 1], sharex=True) as (figure, (above, below)):
        strips(above, rows, n)
        above.tick_params(axis="x", labelbottom=False, length=0)
        above.set_title("Hidden weather, and three guesses (× wrong)" if n <= _MOST_MARKED else
                        "Hidden weather, and three guesses")  # fmt: skip
        marks = _probabilities(below, filtered, smoothed, truth)
        _whole_days(below)
        _legend_below(figure, marks, ["so far", "all days"])
    guesses = "; ".join(row[0].replace("\n", " ") for row in rows[2:])
    alt = (
        f"Strips over {n} days: umbrellas seen, the true weather, and guesses of it with their "
        f"shares of right days: {guesses}. Below, the probability of rain of each day, from the "
        "days so far and from all days; the latter is smoother and follows the truth better."
    )
    return picture("sequence-decode", alt, figure)


def _probabilities(axes: Any, filtered: Floats, smoothed: Floats, truth: Numbers) -> list[Any]:
    """Both probabilities of rain, as far as they are known (not nan); true rain shaded."""
    day = np.arange(1, len(truth) + 1)
    for start, end in _runs(truth):
        axes.axvspan(start + 0.5, end + 0.5, color=WEATHER[RAIN], alpha=0.14, linewidth=0)
    lines = [
        *axes.plot(day, filtered, color=_FILTERED, linewidth=1.8, linestyle="--"),
        *axes.plot(day, smoothed, color=_SMOOTHED, linewidth=2.8),
    ]
    axes.set(ylim=(-0.04, 1.04), title="P(rain), shaded where it rained")
    axes.set_xlim(0.5, len(truth) + 0.5)
    return lines


def _runs(truth: Numbers) -> list[tuple[int, int]]:
    """Where it rained: the first day and the day after the last, of each spell."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], truth == RAIN, [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def sweep(title: str, seen: Numbers, truth: Numbers, filtered: Floats, smoothed: Floats) -> Picture:
    """A frame of forward-backward at work; what is not yet known is nan."""
    n = len(truth)
    with charts(2, 1, height=4.6, height_ratios=[0.7, 1.6], sharex=True) as (figure, axes):
        strips(axes[0], [("seen", seen, SIGHT, None), ("weather", truth, WEATHER, None)], n)
        axes[0].tick_params(axis="x", labelbottom=False, length=0)
        axes[0].set_title(title)
        marks = _probabilities(axes[1], filtered, smoothed, truth)
        _whole_days(axes[1])
        figure.legend(marks, ["so far", "all days"], loc="outside lower center", ncols=2)
    return picture("sequence-sweep", f"{title}. The probability of rain day by day.", figure)


def sweeping(frames: Sequence[Picture]) -> Picture:
    """Both passes as a moving picture."""
    alt = (
        "First a dashed curve runs from left to right, the probability of rain given the days so "
        "far; then a firm curve runs back from right to left, given all days: later days correct "
        "what the first one got wrong."
    )
    return moving_picture("sequence-sweep", alt, frames, 300)


def share_right(name: str, guess: Numbers, truth: Numbers) -> str:
    """A strip's name with the share of days it has right."""
    return f"{name}\n{percent(float((guess == truth).mean()), 0)} right"
