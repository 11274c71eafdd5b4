"""Training the denoiser (Ho et al. 2020, algorithm 1, with the v target)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tutor.labs.data import Digits
from tutor.labs.diffusion.network import NO_DIGIT, Denoiser
from tutor.labs.diffusion.schedule import add_noise, alpha_bar, log_snr
from tutor.labs.layers import (
    Average,
    batches,
    mixed_precision,
    seeded,
    torch_generator,
    warm_then_cosine,
)

UNTOLD = 0.1
"""How often the digit is withheld in training (Ho and Salimans 2022, algorithm 1)."""


@dataclass(frozen=True, slots=True)
class State:
    """Where training stands after `step` steps; `denoiser` holds the averaged weights."""

    step: int
    loss: float
    denoiser: Denoiser


def target(x: Tensor, noise: Tensor, share: Tensor) -> Tensor:
    """v = sqrt(alpha_bar) eps - sqrt(1 - alpha_bar) x, for alpha_bar [n]."""
    share = share.reshape(-1, *[1] * (x.dim() - 1))
    return share.sqrt() * noise - (1 - share).sqrt() * x


def spread_times(n: int, generator: torch.Generator) -> Tensor:
    """n times in [0, 1), one in each n-th part: less noise than independent draws.

    Kingma et al. 2021, appendix I.
    """
    return (torch.rand(1, generator=generator) + torch.arange(n) / n) % 1


def train(
    digits: Digits,
    steps: int,
    rng: np.random.Generator,
    *,
    width: int = 48,
    batch: int = 128,
    rate: float = 1.5e-3,
    decay: float = 0.999,
) -> Iterator[State]:
    """Train from nothing; yields after every step."""
    with seeded(rng):
        denoiser = Denoiser(width)
    chance = torch_generator(rng)
    average = Average(denoiser, decay)
    optimiser = torch.optim.AdamW(denoiser.parameters(), rate, betas=(0.9, 0.99), weight_decay=0.01)
    schedule = warm_then_cosine(optimiser, steps)
    source = batches(digits, batch, rng)
    for step in range(1, steps + 1):
        images, labels = next(source)
        x = images * 2 - 1
        share = alpha_bar(spread_times(len(x), chance), "cosine")
        noise = torch.randn(x.shape, generator=chance)
        untold = torch.rand(len(x), generator=chance) < UNTOLD
        with mixed_precision():
            told = labels.masked_fill(untold, NO_DIGIT)
            guess = denoiser(add_noise(x, noise, share), log_snr(share), told)
        loss = (guess.float() - target(x, noise, share)).square().mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(denoiser.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        average.update(denoiser)
        yield State(step, loss.item(), average.model)  # type: ignore[arg-type]
