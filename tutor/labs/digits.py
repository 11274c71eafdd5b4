"""What the image labs' runs share: which digits are wanted, samples as bytes, judging them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from tutor.labs.data import Digits
from tutor.labs.layers import CLASSES
from tutor.labs.pictures import on_paper, tiles
from tutor.labs.reader import load_reader, look

SHOWN = 60
"""So many samples at most are drawn; all of them are judged and kept."""


def wanted(n: int, digit: int | None) -> Tensor:
    """The digits [n] to sample: one of them, or 0 to 9 in turn."""
    if digit is not None:
        return torch.full((n,), digit)
    return torch.arange(n) % CLASSES


def one_hot(digits: Tensor) -> Tensor:
    """Digits [n] as weights [n, 10]."""
    return F.one_hot(digits, CLASSES).float()


def pixels(images: Tensor) -> NDArray[np.uint8]:
    """Images [n, 1, 28, 28] in [0, 1] as bytes [n, 28, 28]."""
    return (images[:, 0].clamp(0, 1) * 255).round().to(torch.uint8).numpy()


def columns_for(n: int) -> int:
    """How many samples stand in a row."""
    return min(10, n) if n != 16 else 8


def grid(images: Tensor, heading: str = "", columns: int = 0, **titles: Any) -> Any:
    """The first images [n, 1, 28, 28] in [0, 1] as a sheet."""
    shown = images[:SHOWN, 0].numpy()
    return tiles(shown, columns or columns_for(len(shown)), heading=heading, **titles)


def shown_of(n: int) -> str:
    """A word for the caption where a sheet shows fewer than were made; else nothing."""
    return f" The first {SHOWN} of them are shown." if n > SHOWN else ""


def told_too(network: str, start: int, end: int) -> str:
    """A word for the caption of a walk between digits: not the latent code alone makes it."""
    if start == end:
        return f" The {network} is also told the digit, the same all the way."
    return (
        f" The {network} is also told the digit, and that label is blended from {start} to {end}."
    )


def read_share(images: Tensor, digits: Tensor) -> float:
    """The share of images [n, 1, 28, 28] that the reader of digits takes for `digits` [n]."""
    read, _ = look(load_reader(), images)
    return float((read == digits.numpy()).mean())


def called(digit: int | None) -> str:
    """What is sampled, in words: "7s", or "digits" for all."""
    return "digits" if digit is None else f"{digit}s"


def evenly(total: int, frames: int) -> Callable[[int], bool]:
    """Whether step 1..total is one of about `frames` to be drawn; closer together at first.

    Training changes most at its beginning, so the steps grow like a square.
    """
    chosen = {max(1, -(-total * i * i // frames**2)) for i in range(1, frames + 1)}
    return chosen.__contains__


def some(digits: Digits, n: int, digit: int | None, rng: np.random.Generator) -> Digits:
    """n digits at random: of one kind, or 0 to 9 in turn."""
    kinds = wanted(n, digit).numpy()
    rows = [rng.choice(np.flatnonzero(digits.labels == kind)) for kind in kinds]
    return digits.take(np.array(rows))


def sheet(images: Tensor, columns: int) -> NDArray[np.uint8]:
    """Images [n, 1, 28, 28] side by side without frames, as an array for a chart."""
    rows = [
        torch.cat(list(images[start : start + columns, 0]), 1)
        for start in range(0, len(images), columns)
    ]
    return np.asarray(on_paper(torch.cat(rows).numpy()))
