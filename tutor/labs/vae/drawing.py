"""The pictures of the VAE lab."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from tutor.labs.digits import sheet
from tutor.labs.pictures import PALETTE, charts, on_paper, picture, tiles
from tutor.labs.records import Picture

MARKS = ("real", "rebuilt")


def pairs(images: Tensor, again: Tensor) -> Image.Image:
    """Rows of originals, each with the row of their reconstructions below."""
    columns = min(10, len(images))
    rows = []
    for start in range(0, len(images), columns):
        for part in (images, again):
            row = part[start : start + columns]
            blank = torch.zeros(columns - len(row), *row.shape[1:])
            rows.append(torch.cat([row, blank]))
    titles = [MARKS[number % 2] for number in range(len(rows))]
    return tiles(torch.cat(rows)[:, 0].numpy(), columns, row_titles=titles)


def walks(walk: Tensor, blend: Tensor) -> Image.Image:
    """A walk through latent space above the same through pixels, at most 12 steps of each."""
    chosen = np.linspace(0, len(walk) - 1, min(12, len(walk))).round().astype(int)
    both = torch.cat([walk[chosen], blend[chosen]])[:, 0].numpy()
    return tiles(both, len(chosen), row_titles=("codes", "pixels"))


def film(images: Tensor) -> list[Image.Image]:
    """Large frames there and back."""
    there = [on_paper(image[0].numpy()).resize((448, 448)) for image in images]
    return [*there, *there[::-1]]


def latent_map(codes: NDArray[Any], labels: NDArray[np.int64], decoded: Tensor) -> Picture:
    """Where digits are encoded, and what is decoded where."""
    with charts(2, 1, height=11.2) as (figure, (above, below)):
        for digit in range(10):
            color = PALETTE[digit % 8]
            for x, y in codes[labels == digit]:
                above.text(x, y, str(digit), color=color, fontsize=11, ha="center", va="center")
        reach = float(np.quantile(np.abs(codes), 0.99)) * 1.1
        above.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        above.set(title="Where digits are encoded", xlabel="z₁", ylabel="z₂")
        below.imshow(sheet(decoded, 15))
        below.set(title="What is decoded at each place", xticks=[], yticks=[])
        below.grid(False)
    alt = (
        "Above: digits written at the places of their codes in the plane, the same digits in "
        "groups. Below: a grid of decoded images that pass smoothly from digit to digit."
    )
    return picture("vae-latent-map", alt, figure)


def training(
    curves: Sequence[tuple[float, float]], rows: tuple[Tensor, Tensor, Tensor], steps: int
) -> Picture:
    """Both terms of the loss above; real, rebuilt and sampled digits below."""
    values = np.array(curves)
    with charts(2, 1, height=5.4, height_ratios=[1.1, 1]) as (figure, (above, below)):
        x = np.arange(1, len(values) + 1)
        above.plot(x, values[:, 0], color=PALETTE[0], label="reconstruction")
        above.plot(x, values[:, 1], color=PALETTE[1], label="KL")
        above.set(title="The two terms, nats per image", xlim=(0, steps), xlabel="step")
        above.set_ylim(0, min(400.0, float(values[:, 0].max()) * 1.05))
        above.legend(ncols=2, loc="upper right")
        below.imshow(sheet(torch.cat(rows), 10))
        below.set(xticks=[], yticks=[14, 42, 70], yticklabels=["real", "rebuilt", "sampled"])
        below.grid(False)
    alt = (
        f"Reconstruction error and KL over {len(curves)} steps; below them rows of real, "
        "reconstructed and sampled digits."
    )
    return picture("vae-train", alt, figure)


def betas(images: Tensor, rows: Sequence[tuple[float, float, float, Tensor]]) -> Picture:
    """Reconstruction against KL for each beta, and what each makes of the same digits."""
    with charts(2, 1, height=6.4, height_ratios=[1, 1.1]) as (figure, (above, below)):
        kl, error = [row[2] for row in rows], [row[1] for row in rows]
        above.plot(kl, error, color="#9AA3AF", linewidth=1.5, zorder=1)
        for number, (beta, reconstruction, price, _) in enumerate(rows):
            above.scatter(price, reconstruction, s=90, color=PALETTE[number], zorder=2)
            above.annotate(
                f"β = {beta:g}", (price, reconstruction), (9, 7), textcoords="offset points"
            )
        above.set(title="Error against the price of the code", xlabel="KL, nats")
        above.set_ylabel("error, nats")
        above.margins(0.18)
        below.imshow(sheet(torch.cat([images, *(row[3] for row in rows)]), len(images)))
        marks = ["real", *(f"β = {row[0]:g}" for row in rows)]
        below.set(xticks=[], yticks=[14 + 28 * n for n in range(len(marks))], yticklabels=marks)
        below.grid(False)
    alt = "Reconstruction error against KL for several betas; the larger beta, the blurrier."
    return picture("vae-beta", alt, figure)


def collapse(images: Tensor, rows: Sequence[tuple[float, NDArray[Any], Tensor]]) -> Picture:
    """The KL of every latent dimension, healthy and collapsed, and both reconstructions."""
    with charts(2, 1, height=6.0, height_ratios=[1.1, 1]) as (figure, (above, below)):
        for number, (beta, kl, _) in enumerate(rows):
            place = np.arange(len(kl)) + 1 + 0.4 * (number - 0.5)
            above.bar(place, np.sort(kl)[::-1], 0.4, color=PALETTE[number], label=f"β = {beta:g}")
        above.set(title="Information in each latent dimension", xlabel="dimension, largest first")
        above.set_ylabel("KL, nats")
        above.legend()
        below.imshow(sheet(torch.cat([images, *(row[2] for row in rows)]), len(images)))
        marks = ["real", *(f"β = {row[0]:g}" for row in rows)]
        below.set(xticks=[], yticks=[14 + 28 * n for n in range(len(marks))], yticklabels=marks)
        below.grid(False)
    alt = "With a large beta the KL of every dimension is near zero and all images look the same."
    return picture("vae-collapse", alt, figure)
