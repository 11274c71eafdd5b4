"""The pictures of the text-to-image lab."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from tutor.labs.pictures import charts, on_paper, picture, show_image
from tutor.labs.records import Picture
from tutor.labs.text_to_image.sampling import Stage

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 6


def stages(
    words: Sequence[str],
    looks: NDArray[np.float32],
    chosen: Sequence[Stage],
    decoded: Tensor,
    guessed: Tensor,
) -> Picture:
    """The pipeline from above: who looks at which word, latents, and what they decode to.

    Takes the first COLUMNS words with their maps [t, 7, 7], and as many stages
    of one picture with the images [s, 1, 28, 28] of their latents and guesses.
    """
    with charts(4, COLUMNS, height=4.9) as (figure, axes):
        for axis in axes.flat:
            axis.set_axis_off()
        top = float(looks.max()) or 1.0
        for axis, word, look in zip(axes[0], words, looks, strict=False):
            axis.imshow(look, vmin=0, vmax=top)
            title(axis, word)
        shown = zip(chosen, decoded, guessed, strict=True)
        for column, (stage, image, guess) in enumerate(shown):
            below = axes[1:, column]
            below[0].imshow(channels(stage.latents[0]), vmin=-2.5, vmax=2.5)
            title(below[0], f"{'base' if stage.by == 'base model' else stage.by} {stage.step}")
            show_image(below[1], image[0].numpy())
            show_image(below[2], guess[0].numpy())
        for row, label in enumerate(("words", "latents", "decoded", "guess")):
            axes[row, 0].text(
                -0.12, 0.5, label, transform=axes[row, 0].transAxes,
                rotation=90, ha="right", va="center", fontsize=12, fontweight="bold",
            )  # fmt: skip
    alt = (
        "Four rows: where each word of the prompt is looked at, the four channels of the latents "
        f"at {len(chosen)} steps, what they decode to, and the picture guessed from them."
    )
    return picture("text-to-image-stages", alt, figure)


def title(axes: Axes, text: str) -> None:
    """A small title in the middle."""
    axes.set_title(text, fontsize=12, loc="center", fontweight="normal", pad=5)


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
