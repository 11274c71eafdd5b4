"""What the prompts speak of: a digit's thickness, slant and size, measured on the image.

Training takes its captions from these measurements, and the lab checks by them
whether a picture is what its prompt asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NUMERALS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

WORDS: dict[str, dict[int, tuple[str, ...]]] = {
    "thickness": {
        -1: ("thin", "fine", "slim", "light", "skinny"),
        1: ("thick", "bold", "heavy", "fat", "broad"),
    },
    "slant": {
        -1: ("leaning left", "leaning to the left", "tilted left", "slanted to the left"),
        0: ("upright", "straight", "vertical"),
        1: ("leaning right", "leaning to the right", "tilted right", "slanted to the right"),
    },
    "size": {
        -1: ("small", "tiny", "little"),
        1: ("large", "big", "huge"),
    },
}
"""How each class of each attribute is said; the middle of thickness and size goes unsaid."""

LIMITS: dict[str, tuple[float, float]] = {
    "thickness": (2.2, 3.3),
    "slant": (-0.12, 0.32),
    "size": (15.5, 19.5),
}
"""Between which measurements the middle class lies: about the outer thirds of training images."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Attributes of images, each [n]: stroke thickness and size in pixels, slant as a slope.

    A slant above 0 leans to the right.
    """

    thickness: NDArray[np.float64]
    slant: NDArray[np.float64]
    size: NDArray[np.float64]

    def classes(self) -> dict[str, NDArray[np.int64]]:
        """-1, 0 or 1 for each image: below, within or above the attribute's limits."""
        found = {}
        for name, (low, high) in LIMITS.items():
            values = getattr(self, name)
            found[name] = (values > high).astype(np.int64) - (values < low)
        return found


def measure(images: NDArray[np.floating]) -> Measured:
    """The attributes of images [n, 28, 28] with ink at 1.

    Thickness is twice the area over the outline's length, slant the ratio of
    second moments (as in deskewing), size the larger side of the box around
    all but the faintest ink.
    """
    images = images.astype(np.float64)
    total = images.sum((1, 2)) + 1e-9
    rows, columns = np.arange(images.shape[1]), np.arange(images.shape[2])
    y = (images.sum(2) @ rows) / total
    x = (images.sum(1) @ columns) / total
    dy = rows[None, :, None] - y[:, None, None]
    dx = columns[None, None, :] - x[:, None, None]
    slant = -(images * dy * dx).sum((1, 2)) / ((images * dy * dy).sum((1, 2)) + 1e-9)
    down, across = np.gradient(images, axis=(1, 2))
    outline = np.hypot(down, across).sum((1, 2)) + 1e-9
    ink: NDArray[np.bool_] = images > 0.35
    height, width = (_extent(np.asarray(ink.any(axis))) for axis in (2, 1))
    return Measured(2 * total / outline, slant, np.maximum(height, width))


def _extent(filled: NDArray[np.bool_]) -> NDArray[np.float64]:
    """From the first to the last filled place in each row [n, k]."""
    first = filled.argmax(1)
    last = filled.shape[1] - filled[:, ::-1].argmax(1)
    return np.where(filled.any(1), last - first, 0).astype(np.float64)


def caption(digit: int, classes: dict[str, int], rng: np.random.Generator) -> str:
    """A prompt for an image of `digit` with attributes of these classes; some go unsaid."""
    said = {
        name: str(rng.choice(WORDS[name][value]))
        for name, value in classes.items()
        if value in WORDS[name] and rng.random() < 0.7
    }
    noun = NUMERALS[digit] if rng.random() < 0.6 else str(digit)
    before = [said[name] for name in ("size", "thickness") if name in said]
    if rng.random() < 0.5:
        before.reverse()
    slant = said.get("slant", "")
    if slant and " " not in slant:  # "upright" stands before the noun, "leaning left" after
        before.append(slant)
        slant = ""
    article = str(rng.choice(("a", "the digit", "", "one picture of a", "a handwritten")))
    words = [article, *before, noun]
    if slant:
        words.append(f"{rng.choice(('', 'that is', 'which is'))} {slant}")
    return " ".join(" ".join(words).split())


def asked(prompt: str) -> tuple[int | None, dict[str, int]]:
    """The digit and the classes that a prompt speaks of in the words of training.

    The last digit counts: "one picture of a seven" is a seven.
    """
    words = re.findall(r"[a-z]+|\d+", prompt.lower())
    digits = [n for word in words for n in range(10) if word in (NUMERALS[n], str(n))]
    digit = digits[-1] if digits else None
    found = {}
    text = f" {' '.join(words)} "
    for name, ways in WORDS.items():
        for value, phrases in ways.items():
            if any(f" {phrase} " in text for phrase in phrases):
                found[name] = value
    return digit, found


def agreement(images: NDArray[np.floating], wanted: dict[str, int]) -> dict[str, float]:
    """For each attribute asked for, the share of images that have it."""
    classes = measure(images).classes()
    return {name: float((classes[name] == value).mean()) for name, value in wanted.items()}


def thirds(values: Sequence[float]) -> tuple[float, float]:
    """The limits that divide values into three equal parts."""
    low, high = np.quantile(np.asarray(values), (1 / 3, 2 / 3))
    return float(low), float(high)
