"""Training the digit GAN: the hinge game of two players."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from tutor.labs.data import Digits
from tutor.labs.gan.network import LATENT, Discriminator, Generator
from tutor.labs.layers import CLASSES, Average, batches, mixed_precision, seeded, torch_generator


@dataclass(frozen=True, slots=True)
class State:
    """Where training stands after `step` steps: both players' losses, and the generator.

    `generator` holds the weights averaged over the last steps.
    """

    step: int
    generator_loss: float
    discriminator_loss: float
    generator: Generator


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Hinge loss (Lim and Ye 2017): real scores above 1 and fake ones below -1 cost nothing."""
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def generator_loss(fake: Tensor) -> Tensor:
    """The generator wants its images scored as real."""
    return -fake.mean()


def shifted(images: Tensor, generator: torch.Generator, reach: int = 2) -> Tensor:
    """Images moved by up to `reach` pixels, the same way for real and fake ones.

    With few images the discriminator would learn them by heart; augmenting what
    it sees, and letting the gradient through, prevents that (Zhao et al. 2020).
    """
    n, _, height, width = images.shape
    padded = F.pad(images, (reach,) * 4)
    moves = torch.randint(0, 2 * reach + 1, (2, n, 1), generator=generator)
    rows = (torch.arange(height) + moves[0])[:, None, :, None]
    columns = (torch.arange(width) + moves[1])[:, None, None, :]
    return padded[torch.arange(n)[:, None, None, None], 0, rows, columns]


def train(
    digits: Digits,
    steps: int,
    rng: np.random.Generator,
    *,
    width: int = 64,
    batch: int = 64,
    rate: float = 4e-4,
) -> Iterator[State]:
    """Train from nothing; yields after every step.

    The discriminator learns twice as fast as the generator (Heusel et al. 2017,
    two time scales), with Adam's first moment off.
    """
    with seeded(rng):
        generator, discriminator = Generator(width), Discriminator(width)
    noise = torch_generator(rng)
    average = Average(generator)
    g_optimiser = torch.optim.Adam(generator.parameters(), rate / 2, betas=(0.0, 0.99))
    d_optimiser = torch.optim.Adam(discriminator.parameters(), rate, betas=(0.0, 0.99))
    source = batches(digits, batch, rng)
    for step in range(1, steps + 1):
        slower = min(1.0, 2 * (1 - (step - 1) / steps))  # the second half slows to a stop
        for optimiser, share in ((g_optimiser, 0.5), (d_optimiser, 1.0)):
            optimiser.param_groups[0]["lr"] = rate * share * slower
        images, labels = next(source)
        # 1. The discriminator: maximise its score of real images, minimise that of fake ones.
        with mixed_precision():
            z = torch.randn(len(labels), LATENT, generator=noise)
            fake = generator(z, F.one_hot(labels, CLASSES).float())
            seen = shifted(torch.cat([images, fake.detach().float()]), noise)
            scores = discriminator(seen, labels.repeat(2)).float()
            d_loss = discriminator_loss(*scores.chunk(2))
        d_optimiser.zero_grad()
        d_loss.backward()
        d_optimiser.step()
        # 2. The generator: maximise the discriminator's score of its images.
        with mixed_precision():
            scores = discriminator(shifted(fake.float(), noise), labels).float()
            g_loss = generator_loss(scores)
        g_optimiser.zero_grad()
        g_loss.backward()
        g_optimiser.step()
        average.update(generator)
        yield State(step, g_loss.item(), d_loss.item(), average.model)  # type: ignore[arg-type]
