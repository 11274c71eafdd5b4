"""A reader of digits: the judge of the image labs.

A small convolutional classifier, trained on real digits that the image models
never saw. It says which digit a sample shows, and its features measure how far
a set of samples lies from real digits (Heusel et al. 2017, the Fréchet
distance, there on Inception's features).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from tutor.labs import shipped
from tutor.labs.data import Digits
from tutor.labs.layers import (
    CLASSES,
    Average,
    batches,
    mixed_precision,
    seeded,
    torch_generator,
    warm_then_cosine,
)

FEATURES = 64
"""Size of the feature vector in which distances are measured."""


class Reader(nn.Module):
    """Images [n, 1, 28, 28] to logits [n, 10]."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(),
            nn.Conv2d(64, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(64, 128, 3, padding=1), nn.BatchNorm2d(128), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(128 * 9, FEATURES), nn.BatchNorm1d(FEATURES), nn.ReLU(),
        )  # fmt: skip
        self.drop = nn.Dropout(0.3)
        self.head = nn.Linear(FEATURES, CLASSES)

    def features(self, images: Tensor) -> Tensor:
        """[n, FEATURES]"""
        return self.body(images)  # type: ignore[no-any-return]

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.drop(self.features(images)))  # type: ignore[no-any-return]


def warped(images: Tensor, generator: torch.Generator) -> Tensor:
    """Images [n, 1, h, w] slightly turned, sheared, scaled and moved at random."""
    n = len(images)
    turn, shear, grow_x, grow_y = (
        (torch.rand(n, generator=generator) * 2 - 1) * reach for reach in (0.2, 0.2, 0.12, 0.12)
    )
    move = (torch.rand(n, 2, generator=generator) * 2 - 1) * 0.12
    theta = torch.stack(
        [
            torch.stack([(1 + grow_x) * turn.cos(), -turn.sin() + shear, move[:, 0]], 1),
            torch.stack([turn.sin(), (1 + grow_y) * turn.cos(), move[:, 1]], 1),
        ],
        1,
    )
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


def train(digits: Digits, steps: int, rng: np.random.Generator) -> Iterator[tuple[float, Reader]]:
    """Train from nothing; yields the loss and the averaged reader after every step."""
    with seeded(rng):
        reader = Reader()
    chance = torch_generator(rng)
    average = Average(reader, 0.995)
    optimiser = torch.optim.AdamW(reader.parameters(), 4e-3, weight_decay=0.02)
    schedule = warm_then_cosine(optimiser, steps)
    source = batches(digits, 100, rng)
    for _ in range(steps):
        images, labels = next(source)
        with mixed_precision(), seeded(rng):  # seeded, for dropout
            logits = reader(warped(images, chance)).float()
        loss = F.cross_entropy(logits, labels, label_smoothing=0.05)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        average.update(reader)
        yield loss.item(), average.model  # type: ignore[misc]


def load_reader() -> Reader:
    """The shipped reader."""
    reader = Reader()
    shipped.read(reader, "reader", "reader")
    return reader


@torch.no_grad()
def look(reader: Reader, images: Tensor) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The digits read [n] and the features [n, FEATURES] of images [n, 1, 28, 28]."""
    parts = [(reader.features(part)) for part in images.split(256)]
    features = torch.cat(parts)
    return reader.head(features).argmax(1).numpy(), features.numpy()


def frechet(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """The squared Fréchet distance of two normal distributions fitted to features [n, d], [m, d].

    |mu1 - mu2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) (Dowson and Landau 1982).
    """
    means = first.mean(0) - second.mean(0)
    c1, c2 = (np.cov(rows.astype(np.float64), rowvar=False) for rows in (first, second))
    # The trace of the root of C1 C2 is the sum of the roots of its eigenvalues, which are real.
    roots = np.sqrt(np.clip(np.linalg.eigvals(c1 @ c2).real, 0, None)).sum()
    return float(means @ means + np.trace(c1) + np.trace(c2) - 2 * roots)


def spread(features: NDArray[np.floating], digits: NDArray[np.int64]) -> float:
    """The mean distance between the features of two samples of the same digit."""
    distances = []
    for digit in np.unique(digits):
        rows = features[digits == digit]
        if len(rows) > 1:
            gaps = np.linalg.norm(rows[:, None] - rows[None], axis=2)
            distances.append(gaps.sum() / (len(rows) * (len(rows) - 1)))
    return float(np.mean(distances)) if distances else 0.0
