"""How mixtures are drawn: points in the colours of their components, ellipses, likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutor.labs.mixture.em import Floats, Gaussians
from tutor.labs.pictures import INK, PALETTE, PAPER, charts, moving_picture, picture
from tutor.labs.records import Picture

_MOST_POINTS = 600
_GREY = "#9A9A94"


def step_picture(
    x: Floats,
    title: str,
    mixture: Gaussians,
    responsibilities: Floats | None,
    likelihoods: Sequence[float],
    paths: Sequence[Floats],
    name: str = "mixture-step",
) -> Picture:
    """Points and ellipses above, the log-likelihood so far below.

    Each point has its components' colours mixed by responsibility, or is grey before the first
    E step. `paths` are the means [k, 2] of every step so far.
    """
    with charts(2, 1, height=6.4, height_ratios=[3.4, 1]) as (figure, (above, below)):
        _points(above, x, responsibilities)
        _ellipses(above, mixture)
        trail = np.stack(paths)  # [steps, k, 2]
        for k in range(trail.shape[1]):
            above.plot(*trail[:, k].T, color=INK, linewidth=1.4, zorder=4)
            above.plot(*trail[-1, k], "X", color=PALETTE[k], markersize=13, zorder=5, mec=PAPER)
        across, up = _limits(x, 1.5)
        above.set(title=title, xlim=across, ylim=up)
        below.plot(range(len(likelihoods)), likelihoods, "o-", color=PALETTE[0], markersize=5)
        end = max(8, len(likelihoods) - 1)
        below.set(xlabel="step", title="Log-likelihood", xlim=(-0.03 * end, 1.03 * end))
        below.xaxis.get_major_locator().set_params(integer=True)
        below.locator_params(axis="y", nbins=4)
    alt = (
        f"{title}. {len(x)} points in the plane and an ellipse for each of the mixture's "
        f"{len(mixture.weights)} components; points have the colour of the responsible component. "
        f"Below, the log-likelihood of each step so far: it stands at {likelihoods[-1]:.1f}."
    )
    return picture(name, alt, figure)


def _limits(x: Floats, ratio: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Ends of both axes around the points: one scale in a chart `ratio` times as wide as high."""
    low, high = x.min(axis=0), x.max(axis=0)
    middle, half = (low + high) / 2, 0.56 * (high - low)
    tall = max(half[1], half[0] / ratio)
    across, up = middle[0] + ratio * tall * np.array([-1, 1]), middle[1] + tall * np.array([-1, 1])
    return (float(across[0]), float(across[1])), (float(up[0]), float(up[1]))


def _colors(responsibilities: Floats) -> Floats:
    """The palette's colours mixed by responsibility [n, 3]."""
    from matplotlib.colors import to_rgb

    palette = np.array([to_rgb(color) for color in PALETTE[: responsibilities.shape[1]]])
    mixed: Floats = np.clip(responsibilities @ palette, 0, 1)
    return mixed


def _points(axes: Any, x: Floats, responsibilities: Floats | None) -> None:
    shown = slice(_MOST_POINTS)
    size = 30 if len(x) <= 150 else 16
    color = _GREY if responsibilities is None else _colors(responsibilities[shown])
    axes.scatter(*x[shown].T, size, color, linewidths=0, zorder=3, alpha=0.85)


def _ellipses(axes: Any, mixture: Gaussians) -> None:
    """One and two standard deviations of each component."""
    from matplotlib.patches import Ellipse

    for k, (mean, covariance) in enumerate(zip(mixture.means, mixture.covariances, strict=True)):
        variances, directions = np.linalg.eigh(covariance)
        angle = np.degrees(np.arctan2(directions[1, 1], directions[0, 1]))
        for times in (1, 2):
            long, short = 2 * times * np.sqrt(variances[::-1])
            shape = {"facecolor": PALETTE[k], "alpha": 0.13, "linewidth": 0}
            axes.add_patch(Ellipse(mean, long, short, angle=angle, **shape))
            edge = {"fill": False, "edgecolor": PALETTE[k], "linewidth": 2.2}
            axes.add_patch(Ellipse(mean, long, short, angle=angle, **edge))


def em_at_work(frames: Sequence[Picture], steps: int) -> Picture:
    """The steps as a moving picture."""
    alt = (
        f"EM over {steps} steps: ellipses that start round and alike move to the clusters of "
        "points, turn and take their shape, while the log-likelihood below rises and never falls."
    )
    return moving_picture("mixture-em", alt, frames, 500)


def new_points(x: Floats, made: Floats, component: NDArray[np.int64]) -> Picture:
    """The data, and beside them points drawn from the fitted mixture."""
    with charts(1, 2, height=3.9, sharey=True) as (figure, (left, right)):
        _points(left, x, None)
        left.set_title("The data")
        _points(right, made, np.eye(component.max() + 1)[component])
        right.set_title("Drawn from the mixture")
        across, up = _limits(np.vstack([x, made]), 1.0)
        for axes in (left, right):
            axes.set(xlim=across, ylim=up)
            axes.locator_params(nbins=5)
    alt = (
        f"Left: the {len(x)} points that the mixture was fitted to. Right: {len(made)} new points "
        "drawn from it, in the colours of their components; the clusters lie in the same places."
    )
    return picture("mixture-samples", alt, figure)


def how_many(scores: Sequence[float], chosen: int) -> Picture:
    """The BIC for one component, two, and so on."""
    with charts(height=3.4) as (figure, axes):
        numbers = np.arange(1, len(scores) + 1)
        best = int(np.argmin(scores))
        axes.plot(numbers, scores, "o-", color=PALETTE[0])
        axes.plot(numbers[best], scores[best], "o", color=PALETTE[1], markersize=13, label="best")
        axes.plot(
            *(chosen, scores[chosen - 1]), "s", mfc="none", mec=INK, mew=2, ms=17, label="this fit"
        )
        axes.set(title="How many components? BIC, lower is better", xlabel="components")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(loc="upper right")
    alt = (
        f"The Bayesian information criterion of mixtures of 1 to {len(scores)} Gaussians: it is "
        f"lowest with {best + 1}."
    )
    return picture("mixture-components", alt, figure)
