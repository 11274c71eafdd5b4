"""Training a VAE: the negative ELBO, its KL term weighted by beta."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

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
from tutor.labs.vae.network import Vae, kl_divergence, reconstruction_loss, sample_latent


@dataclass(frozen=True, slots=True)
class State:
    """Where training stands after `step` steps; both terms in nats per image.

    `vae` holds the weights averaged over the last steps.
    """

    step: int
    reconstruction: float
    kl: float
    vae: Vae


def train(
    digits: Digits,
    steps: int,
    rng: np.random.Generator,
    *,
    latent: int = 16,
    beta: float = 1.0,
    conditional: bool = True,
    width: int = 32,
    batch: int = 100,
    rate: float = 2e-3,
) -> Iterator[State]:
    """Train from nothing; yields after every step.

    The loss is reconstruction + beta * KL (Higgins et al. 2017); with beta 1 it
    is the negative ELBO. The learning rate falls to nothing along a cosine.
    """
    with seeded(rng):
        vae = Vae(latent, conditional=conditional, width=width)
    noise = torch_generator(rng)
    average = Average(vae, 0.998)
    optimiser = torch.optim.Adam(vae.parameters(), rate)
    schedule = warm_then_cosine(optimiser, steps)
    source = batches(digits, batch, rng)
    for step in range(1, steps + 1):
        images, labels = next(source)
        told = F.one_hot(labels, CLASSES).float()
        with mixed_precision():
            mean, log_variance = (part.float() for part in vae.encode(images, told))
            logits = vae.decode(sample_latent(mean, log_variance, noise), told).float()
        reconstruction = reconstruction_loss(logits, images)
        kl = kl_divergence(mean, log_variance).sum()
        optimiser.zero_grad()
        (reconstruction + beta * kl).backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 50.0)
        optimiser.step()
        schedule.step()
        average.update(vae)
        yield State(step, reconstruction.item(), kl.item(), average.model)  # type: ignore[arg-type]
