"""The pictures of the diffusion lab."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from tutor.labs.diffusion.sampling import Moment
from tutor.labs.diffusion.schedule import Schedule, alpha_bar
from tutor.labs.digits import sheet
from tutor.labs.pictures import PALETTE, charts, on_paper, picture, tiles
from tutor.labs.records import Picture


def forward(noisy: Tensor, times: Tensor, shares: Tensor, schedule: Schedule) -> Picture:
    """A digit with more and more noise under the curve of what is left of it."""
    with charts(2, 1, height=4.4, height_ratios=[1.5, 1]) as (figure, (above, below)):
        line = torch.linspace(0, 1, 200)
        above.plot(line, alpha_bar(line, schedule), color=PALETTE[0])
        above.plot(times, shares, "o", color=PALETTE[1])
        above.set(title="What is left of the digit, ᾱ", xlabel="time", xlim=(-0.04, 1.04))
        below.imshow(sheet(noisy, len(noisy)))
        below.set_axis_off()
    alt = f"A digit under more and more noise, and the {schedule} schedule's falling curve."
    return picture("diffusion-noise", alt, figure)


def moments(noisy: Tensor, clean: Tensor, titles: Sequence[str]) -> Image.Image:
    """The image so far above, the guess of the finished one below."""
    both = torch.cat([noisy, clean])[:, 0].numpy()
    marks = [title.removeprefix("step ") for title in titles]
    return tiles(both, len(noisy), titles=marks, row_titles=("so far", "guess"), heading="Step")


def rows(images: Tensor, columns: int, marks: Sequence[str], heading: str) -> Image.Image:
    """Rows of images, each with its mark."""
    return tiles(images[:, 0].numpy(), columns, row_titles=marks, heading=heading)


def film(moments: Sequence[Moment]) -> list[Image.Image]:
    """Large frames of the image so far."""
    images = [((moment.noisy[0, 0] + 1) / 2).clamp(0, 1).numpy() for moment in moments]
    return [on_paper(image).resize((448, 448)) for image in images]


def schedules(
    names: Sequence[Schedule], forward: Sequence[Tensor], samples: Sequence[Tensor]
) -> Picture:
    """Both curves above; the forward process and samples of each below."""
    with charts(2, 1, height=6.4, height_ratios=[1, 1.15]) as (figure, (above, below)):
        line = torch.linspace(0, 1, 200)
        for number, name in enumerate(names):
            above.plot(line, alpha_bar(line, name), color=PALETTE[number], label=name)
        above.set(title="What is left of the digit, ᾱ", xlabel="time")
        above.legend()
        parts, marks = [], []
        for name, noisy, made in zip(names, forward, samples, strict=True):
            parts += [noisy, made]
            marks += [f"{name}:\nnoising", "samples"]
        below.imshow(sheet(torch.cat(parts), 8))
        below.set(xticks=[], yticks=[14 + 28 * n for n in range(len(marks))], yticklabels=marks)
        below.grid(False)
    alt = "The cosine and linear schedules' curves, a digit under their noise, and samples."
    return picture("diffusion-schedules", alt, figure)


def training(losses: Sequence[float], images: Tensor, steps: int) -> Picture:
    """The loss so far above, samples below."""
    with charts(2, 1, height=4.6, height_ratios=[1.7, 1]) as (figure, (above, below)):
        x = np.arange(1, len(losses) + 1)
        above.plot(x, losses, color=PALETTE[0], alpha=0.3, linewidth=1)
        width = max(1, len(losses) // 20)
        smooth = np.convolve(losses, np.ones(width) / width, "valid")
        above.plot(x[width - 1 :], smooth, color=PALETTE[0])
        above.set(title="Loss", xlabel="step", xlim=(0, steps), ylim=(0, None))
        below.imshow(sheet(images, 10))
        below.set_axis_off()
    return picture("diffusion-train", f"The loss over {len(losses)} steps, and samples.", figure)
