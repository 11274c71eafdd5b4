"""The pictures of the GAN lab."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from tutor.labs.digits import grid
from tutor.labs.gan import plane as game
from tutor.labs.pictures import PALETTE, charts, on_paper, picture
from tutor.labs.records import Picture

REACH = 3.0
"""Half the side of the plane that is shown."""


def film(images: Sequence[Tensor]) -> list[Image.Image]:
    """Images [1, 28, 28] as large frames."""
    return [on_paper(image[0].numpy()).resize((448, 448)) for image in images]


def training(losses: Sequence[tuple[float, float]], images: Tensor, steps: int) -> Picture:
    """Losses so far above, samples below."""
    with charts(2, 1, height=5.6, height_ratios=[1, 1.15]) as (figure, (above, below)):
        _losses(above, losses, steps)
        _sheet(below, images)
    alt = f"Losses of both players after {len(losses)} steps, and 20 samples of the generator."
    return picture("gan-train", alt, figure)


def _losses(axes: Any, losses: Sequence[tuple[float, float]], steps: int) -> None:
    """Each player's loss at each step, pale, and their mean over some steps."""
    curves = np.array(losses)
    x = np.arange(1, len(curves) + 1)
    width = max(1, len(curves) // 40)
    for column, name, color in ((0, "generator", PALETTE[1]), (1, "discriminator", PALETTE[0])):
        axes.plot(x, curves[:, column], color=color, alpha=0.2, linewidth=1)
        smooth = np.convolve(curves[:, column], np.ones(width) / width, "valid")
        axes.plot(x[width - 1 :], smooth, color=color, label=name)
    axes.set(title="Losses of the two players", xlim=(0, steps), xlabel="step")
    axes.legend(loc="upper right", ncols=2)


def _sheet(axes: Any, images: Tensor) -> None:
    axes.imshow(np.asarray(grid(images)), aspect="equal")
    axes.set_axis_off()


def plane(
    name: str,
    state: game.State,
    real: Tensor,
    made: Tensor,
    history: Sequence[tuple[int, int]],
    losses: Sequence[tuple[float, float]],
    steps: int,
) -> Picture:
    """Points over the discriminator's opinion; clusters reached and losses over time."""
    line = torch.linspace(-REACH, REACH, 80)
    places = torch.stack(torch.meshgrid(line, line, indexing="xy"), -1).reshape(-1, 2)
    with torch.no_grad():
        opinion = state.discriminator(places).sigmoid().reshape(80, 80).numpy()
    edges = (-REACH, REACH, -REACH, REACH)
    shape = {"width_ratios": [1.25, 1], "height_ratios": [1.5, 1]}
    with charts(2, 2, height=6.0, **shape) as (figure, axes):
        left, right = axes[0]
        for part in axes[1]:
            part.remove()
        below = figure.add_subplot(left.get_gridspec()[1, :])
        left.imshow(opinion, extent=edges, origin="lower", cmap="PRGn", vmin=0, vmax=1, alpha=0.55)
        left.scatter(real[:, 0], real[:, 1], s=7, color=PALETTE[0], label="real", linewidths=0)
        left.scatter(made[:, 0], made[:, 1], s=9, color=PALETTE[1], label="generated", linewidths=0)
        left.set(xlim=edges[:2], ylim=edges[2:], xticks=[], yticks=[], title=f"Step {state.step}")
        left.grid(False)
        left.legend(
            loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=2, markerscale=3, handletextpad=0
        )
        taken, reached = zip(*history, strict=True)
        right.plot(taken, reached, "o-", color=PALETTE[1])
        right.axhline(game.MODES, color=PALETTE[0], linestyle="--", linewidth=1.5)
        right.set(title="Clusters reached", xlabel="step", xlim=(0, steps), ylim=(-0.3, 8.6))
        _losses(below, losses, steps)
    alt = (
        f"Above left: generated points and a ring of {game.MODES} clusters of real points after "
        f"{state.step} steps. Right: {history[-1][1]} clusters are reached so far. Below: "
        "the losses of both players."
    )
    return picture(name, alt, figure)
