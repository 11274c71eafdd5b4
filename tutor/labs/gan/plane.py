"""The GAN in two dimensions, where everything can be seen: points instead of images.

After GAN Lab (Kahng et al. 2019). The real points form a ring of clusters
(Metz et al. 2017 use it to show mode collapse); both players are small
networks with two hidden layers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tutor.labs.layers import seeded, torch_generator

MODES = 8
"""Clusters on the ring."""
RADIUS, SPREAD = 2.0, 0.12
"""The ring's radius and each cluster's standard deviation."""
BATCH = 256


@dataclass(frozen=True, slots=True)
class Game:
    """The rules of training.

    `penalty` weighs the R1 term, the squared slope of the discriminator at real
    points (Mescheder et al. 2018), which keeps the game stable; 0 leaves it
    out. `generator_turns` are the generator's steps for each of the
    discriminator's.
    """

    penalty: float = 0.5
    generator_turns: int = 1
    rate: float = 2e-3


FAIR = Game()
COLLAPSING = Game(penalty=0.0, generator_turns=5)
"""The generator runs ahead of a discriminator that cannot keep up, nor is it kept smooth."""


@dataclass(frozen=True, slots=True)
class State:
    """Where the game stands after `step` steps."""

    step: int
    generator_loss: float
    discriminator_loss: float
    generator: nn.Module
    discriminator: nn.Module


def network(inputs: int, outputs: int, width: int = 96) -> nn.Module:
    """Two hidden layers."""
    return nn.Sequential(
        nn.Linear(inputs, width), nn.LeakyReLU(0.2),
        nn.Linear(width, width), nn.LeakyReLU(0.2),
        nn.Linear(width, outputs),
    )  # fmt: skip


def centres() -> Tensor:
    """The middle of each cluster [MODES, 2]."""
    angles = torch.arange(MODES) * 2 * torch.pi / MODES
    return RADIUS * torch.stack([angles.cos(), angles.sin()], 1)


def real_points(n: int, generator: torch.Generator) -> Tensor:
    """Points [n, 2] of the ring."""
    which = torch.randint(MODES, (n,), generator=generator)
    return centres()[which] + SPREAD * torch.randn(n, 2, generator=generator)


def covered(points: Tensor) -> int:
    """How many clusters the points [n, 2] reach: each by at least a quarter of its fair share."""
    distances = torch.cdist(points, centres())
    nearest = distances.argmin(1)[distances.min(1).values < 4 * SPREAD]
    counts = torch.bincount(nearest, minlength=MODES)
    return int((counts >= 0.25 * len(points) / MODES).sum())


def play(steps: int, rng: np.random.Generator, game: Game) -> Iterator[State]:
    """Train both players with the losses of Goodfellow et al. 2014; yields after every step.

    The generator's loss is the non-saturating one (section 3 there).
    """
    with seeded(rng):
        generator, discriminator = network(2, 2), network(2, 1)
    chance = torch_generator(rng)
    g_optimiser = torch.optim.Adam(generator.parameters(), game.rate, betas=(0.5, 0.9))
    d_optimiser = torch.optim.Adam(discriminator.parameters(), game.rate, betas=(0.5, 0.9))
    for step in range(1, steps + 1):
        # 1. The discriminator: maximise log D(x) + log(1 - D(G(z))).
        real = real_points(BATCH, chance).requires_grad_(game.penalty > 0)
        with torch.no_grad():
            fake = generator(torch.randn(BATCH, 2, generator=chance))
        real_scores = discriminator(real)
        d_loss = F.softplus(-real_scores).mean() + F.softplus(discriminator(fake)).mean()
        penalty = torch.zeros(())
        if game.penalty:
            (slope,) = torch.autograd.grad(real_scores.sum(), real, create_graph=True)
            penalty = 0.5 * game.penalty * slope.square().sum(1).mean()
        d_optimiser.zero_grad()
        (d_loss + penalty).backward()
        d_optimiser.step()
        # 2. The generator: maximise log D(G(z)).
        for _ in range(game.generator_turns):
            made = generator(torch.randn(BATCH, 2, generator=chance))
            g_loss = F.softplus(-discriminator(made)).mean()
            g_optimiser.zero_grad()
            g_loss.backward()
            g_optimiser.step()
        yield State(step, g_loss.item(), d_loss.item(), generator, discriminator)
