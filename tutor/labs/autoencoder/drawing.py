"""The pictures of the autoencoder lab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from tutor.labs.digits import sheet
from tutor.labs.pictures import PALETTE, charts, picture, tiles
from tutor.labs.records import Picture

COLUMNS = 10


def compared(rows: Sequence[tuple[str, Tensor]]) -> Image.Image:
    """Named versions of the same images, COLUMNS in a row, the versions below each other."""
    n = len(rows[0][1])
    columns = min(COLUMNS, n)
    parts, marks = [], []
    for start in range(0, n, columns):
        for name, images in rows:
            part = images[start : start + columns]
            blank = torch.zeros(columns - len(part), *part.shape[1:])
            parts.append(torch.cat([part, blank]))
            marks.append(name)
    return tiles(torch.cat(parts)[:, 0].numpy(), columns, row_titles=marks)


def curve(
    sizes: Sequence[int], errors: Mapping[str, Sequence[float]], rows: Mapping[str, Tensor]
) -> Picture:
    """The error at each size for both methods; below, one digit rebuilt at each size by both."""
    with charts(2, 1, height=5.4, height_ratios=[1.6, 1]) as (figure, (above, below)):
        for number, (name, line) in enumerate(errors.items()):
            above.plot(sizes, line, "o-", color=PALETTE[number], label=name)
        above.set_xscale("log", base=2)
        above.set_xticks(sizes, [str(size) for size in sizes])
        above.set(title="Error of digits never seen", xlabel="numbers in the code")
        above.set(ylabel="squared error per pixel", ylim=(0, None))
        above.legend()
        below.imshow(sheet(torch.cat(list(rows.values())), len(sizes)))
        below.set_xticks([14 + 28 * n for n in range(len(sizes))], [str(size) for size in sizes])
        below.set_yticks([14 + 28 * n for n in range(len(rows))], list(rows))
        below.grid(False)
    alt = (
        "Error against the number of values in the code, for the autoencoder and for PCA, "
        "and one digit rebuilt at each size by both."
    )
    return picture("autoencoder-curve", alt, figure)


def training(errors: Sequence[float], images: Tensor, again: Tensor, steps: int) -> Picture:
    """The error so far above; originals and reconstructions below."""
    with charts(2, 1, height=5.0, height_ratios=[1.5, 1]) as (figure, (above, below)):
        above.plot(np.arange(1, len(errors) + 1), errors, color=PALETTE[0])
        above.set(title="Squared error per pixel", xlabel="step", xlim=(0, steps), ylim=(0, None))
        below.imshow(sheet(torch.cat([images, again]), len(images)))
        below.set(xticks=[], yticks=[14, 42], yticklabels=["real", "rebuilt"])
        below.grid(False)
    alt = f"The error over {len(errors)} steps, and digits with their reconstructions below."
    return picture("autoencoder-train", alt, figure)
