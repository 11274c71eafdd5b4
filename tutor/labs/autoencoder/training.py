"""Training the autoencoder: squared error, from clean or noisy images, through codes cut short."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from tutor.labs.autoencoder.network import Autoencoder, cut, squared_error
from tutor.labs.data import Digits
from tutor.labs.layers import (
    Average,
    batches,
    mixed_precision,
    seeded,
    torch_generator,
    warm_then_cosine,
)

NOISE = 1.0
"""The greatest standard deviation of the noise that training adds."""


@dataclass(frozen=True, slots=True)
class State:
    """After `step` steps: the mean squared error per pixel, and the averaged network."""

    step: int
    error: float
    network: Autoencoder


def train(
    digits: Digits,
    steps: int,
    rng: np.random.Generator,
    *,
    size: int,
    nested: bool = True,
    noisy: float = 0.5,
    width: int = 24,
    batch: int = 128,
    rate: float = 2e-3,
) -> Iterator[State]:
    """Train from nothing; yields after every step.

    With `nested`, every code is cut to a random length, evenly on a logarithmic
    scale. A share `noisy` of the images comes with noise and is to be rebuilt
    without (denoising autoencoder: Vincent et al. 2008).
    """
    with seeded(rng):
        network = Autoencoder(size, width)
    average = Average(network, 0.998)
    chance = torch_generator(rng)
    optimiser = torch.optim.Adam(network.parameters(), rate)
    schedule = warm_then_cosine(optimiser, steps)
    source = batches(digits, batch, rng)
    for step in range(1, steps + 1):
        images, _ = next(source)
        n = len(images)
        given = with_noise(images, levels(n, noisy, chance), chance)
        # From 1 to size + 1 before rounding down, evenly in the logarithm.
        lengths = torch.exp(torch.rand(n, generator=chance) * np.log(size + 1)).long()
        with mixed_precision():
            codes = network.encode(given)
            logits = network.decode(cut(codes, lengths) if nested else codes).float()
        error = squared_error(logits.sigmoid(), images)
        optimiser.zero_grad()
        (error * 784).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 20.0)
        optimiser.step()
        schedule.step()
        average.update(network)
        yield State(step, error.item(), average.model)  # type: ignore[arg-type]


def levels(n: int, noisy: float, chance: torch.Generator) -> torch.Tensor:
    """Standard deviations of the noise [n]: 0 for most, up to NOISE for a share `noisy`."""
    some = torch.rand(n, generator=chance) < noisy
    return some * NOISE * torch.rand(n, generator=chance)


def with_noise(
    images: torch.Tensor, deviation: torch.Tensor, chance: torch.Generator
) -> torch.Tensor:
    """Images [n, 1, 28, 28] with normal noise of each one's deviation [n]."""
    noise = torch.randn(images.shape, generator=chance)
    return images + deviation[:, None, None, None] * noise
