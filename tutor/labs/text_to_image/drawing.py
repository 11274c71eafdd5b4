"""The pictures of the text-to-image lab."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from tutor.labs.pictures import charts, on_paper, picture, show_image
from tutor.labs.records import Picture
from tutor.labs.text_to_image.sampling import Stage

COLUMNS = 6


def stages(
    words: Sequence[str],
    looks: NDArray[np.float32],
    chosen: Sequence[Stage],
    decoded: Tensor,
) -> Picture:
    """The pipeline from above: who looks at which word, latents, and what they decode to.

    Takes the first COLUMNS words with their maps [t, 7, 7], and as many stages of one picture.
    """
    with charts(3, COLUMNS, height=5.6) as (figure, axes):
        for column in range(COLUMNS):
            for row in range(3):
                axes[row, column].set_axis_off()
        top = float(looks.max()) or 1.0
        for axis, word, look in zip(axes[0], words, looks, strict=False):
            axis.imshow(look, vmin=0, vmax=top)
            axis.set_title(word, fontsize=13, loc="center", fontweight="normal")
        for column, (stage, image) in enumerate(zip(chosen, decoded, strict=True)):
            axes[1, column].imshow(channels(stage.latents[0]), vmin=-2.5, vmax=2.5)
            mark = f"step {stage.step}"
            axes[1, column].set_title(mark, fontsize=13, loc="center", fontweight="normal")
            show_image(axes[2, column], image[0].numpy())
            axes[2, column].set_title(stage.by, fontsize=11, loc="center", fontweight="normal")
        for row, label in enumerate(("words looked at", "latents", "decoded")):
            axes[row, 0].text(
                -0.12, 0.5, label, transform=axes[row, 0].transAxes,
                rotation=90, ha="right", va="center", fontsize=13, fontweight="bold",
            )  # fmt: skip
    alt = (
        f"Three rows: where each word of the prompt is looked at, the four channels of the latents "
        f"at {len(chosen)} steps, and the picture that each would decode to."
    )
    return picture("text-to-image-stages", alt, figure)


def channels(latents: Tensor) -> NDArray[np.float32]:
    """The four channels [4, 7, 7] side by side in a square [15, 15], a gap between."""
    square = np.full((15, 15), np.nan, np.float32)
    for number, channel in enumerate(latents.numpy()):
        y, x = 8 * (number // 2), 8 * (number % 2)
        square[y : y + 7, x : x + 7] = channel
    return square


def film(frames: Tensor) -> list[Image.Image]:
    """Large frames of one picture [t, 1, 28, 28] coming clear."""
    return [on_paper(frame[0].numpy()).resize((448, 448)) for frame in frames]
