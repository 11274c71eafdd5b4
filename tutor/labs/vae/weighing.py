"""What the weight of the KL term does: several beside each other, and posterior collapse."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tutor.labs.data import Digits, bundled_digits
from tutor.labs.digits import evenly, some
from tutor.labs.options import Vae as Options
from tutor.labs.records import Progress, Result, Step
from tutor.labs.usual import STEPS
from tutor.labs.vae import drawing
from tutor.labs.vae.network import kl_divergence
from tutor.labs.vae.training import State, train

BETAS = (0.25, 1.0, 4.0, 16.0)
COLLAPSED_BETA = 40.0
SHORT_FRAMES = 5


def betas(options: Options, rng: np.random.Generator) -> Iterator[Step]:
    steps = options.steps or STEPS["vae"][options.action]
    digits = bundled_digits()
    images = torch.from_numpy(some(digits, 8, options.digit, rng).images)[:, None]
    rows: list[tuple[float, float, float, Tensor]] = []
    seed = int(rng.integers(2**32))
    due = evenly(steps, SHORT_FRAMES)
    for number, beta in enumerate(BETAS):
        done = number / len(BETAS)
        for state in live(digits, steps, np.random.default_rng(seed), options.latent_dim, beta):
            drawn = None
            if due(state.step) or state.step == steps:
                kls, again = _seen(state, digits, images)
                row = (beta, state.reconstruction, float(kls.sum()), again)
                drawn = drawing.betas(images, [*rows, row])
            share = done + state.step / steps / len(BETAS)
            yield Progress(share, f"beta {beta:g}: step {state.step} of {steps}", drawn)
        rows.append(row)
    caption = (
        "The same VAE trained with four weights of the KL term. A small beta copies faithfully "
        "but leaves a ragged latent space; a large one makes the code so dear that the images "
        "lose what tells them apart. Beta 1 is the ELBO."
    )
    values = {
        "beta": [row[0] for row in rows],
        "reconstruction_nats": [row[1] for row in rows],
        "kl_nats": [row[2] for row in rows],
        "steps": steps,
    }
    yield Result(caption, (drawing.betas(images, rows),), values)


def collapse(options: Options, rng: np.random.Generator) -> Iterator[Step]:
    steps = options.steps or STEPS["vae"][options.action]
    digits = bundled_digits()
    images = torch.from_numpy(some(digits, 8, options.digit, rng).images)[:, None]
    rows: list[tuple[float, NDArray[np.float32], Tensor]] = []
    seed = int(rng.integers(2**32))
    due = evenly(steps, SHORT_FRAMES)
    for number, beta in enumerate((1.0, COLLAPSED_BETA)):
        for state in live(digits, steps, np.random.default_rng(seed), options.latent_dim, beta):
            drawn = None
            if due(state.step) or state.step == steps:
                row = (beta, *_seen(state, digits, images))
                drawn = drawing.collapse(images, [*rows, row])
            share = (number + state.step / steps) / 2
            yield Progress(share, f"beta {beta:g}: step {state.step} of {steps}", drawn)
        rows.append(row)
    active = [int((kl > 0.05).sum()) for _, kl, _ in rows]
    caption = (
        f"Posterior collapse on purpose. With beta 1 {active[0]} of {options.latent_dim} latent "
        f"dimensions carry information, with beta {COLLAPSED_BETA:g} {active[1]}. A code without "
        "any does not depend on the image, and the decoder answers every digit with the same "
        "average. How to see it: the KL of each dimension near zero."
    )
    values = {
        "beta": [row[0] for row in rows],
        "kl_by_dimension": [row[1].round(4).tolist() for row in rows],
        "active_dimensions": active,
        "steps": steps,
    }
    yield Result(caption, (drawing.collapse(images, rows),), values)


@torch.no_grad()
def _seen(state: State, digits: Digits, images: Tensor) -> tuple[NDArray[np.float32], Tensor]:
    """The KL of each latent dimension over 500 digits, and `images` rebuilt."""
    mean, log_variance = state.vae.encode(torch.from_numpy(digits.images[:500])[:, None])
    again = state.vae.decode(state.vae.encode(images)[0]).sigmoid()
    return kl_divergence(mean, log_variance).numpy(), again


def live(
    digits: Digits, steps: int, rng: np.random.Generator, latent: int, beta: float
) -> Iterator[State]:
    """Training small enough to be watched, of a model that is not told the digit."""
    return train(digits, steps, rng, latent=latent, beta=beta, conditional=False, width=16)
