"""Sampling from the denoiser: DDPM and DDIM, any number of steps, with guidance."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from tutor.labs.diffusion.network import NO_DIGIT, Denoiser
from tutor.labs.diffusion.schedule import Schedule, alpha_bar, log_snr

Predict = Callable[[Tensor, Tensor], Tensor]
"""Noisy input [n, ...] and log-SNR [n] to v of the same shape."""


@dataclass(frozen=True, slots=True)
class Moment:
    """After one denoising step: the noisy input that is left, and the clean one guessed from it.

    `share` is the signal's share of the variance, alpha_bar.
    """

    step: int
    share: float
    noisy: Tensor
    clean: Tensor


def sample(
    predict: Predict,
    noise: Tensor,
    steps: int,
    generator: torch.Generator,
    *,
    eta: float = 0.0,
    schedule: Schedule = "cosine",
    start: float = 1.0,
    stop: float = 0.0,
    limit: float = 1.0,
) -> Iterator[Moment]:
    """Denoise from time `start` to `stop` in `steps` steps; yields after each.

    Song et al. 2021 (DDIM), equations 12 and 16: eta 0 is DDIM, the same noise
    always giving the same image; eta 1 is DDPM, drawing fresh noise at every step.
    The clean input is known to lie within +-`limit`, and every guess of it is held there.
    """
    shares = alpha_bar(torch.linspace(start, stop, steps + 1), schedule)
    x = noise
    for step in range(steps):
        now, then = shares[step], shares[step + 1]
        v = predict(x, log_snr(now).expand(len(x)))
        clean = (now.sqrt() * x - (1 - now).sqrt() * v).clamp(-limit, limit)
        # The noise that goes with the clipped guess.
        eps = (x - now.sqrt() * clean) / (1 - now).sqrt()
        sigma = eta * ((1 - then) / (1 - now) * (1 - now / then)).clamp(min=0).sqrt()
        x = then.sqrt() * clean + (1 - then - sigma**2).clamp(min=0).sqrt() * eps
        if eta > 0 and step < steps - 1:
            x = x + sigma * torch.randn(x.shape, generator=generator)
        yield Moment(step + 1, float(then), x, clean)


def last(moments: Iterator[Moment]) -> Moment:
    """The finished one."""
    return deque(moments, maxlen=1).pop()


def guided(denoiser: Denoiser, digits: Tensor, scale: float) -> Predict:
    """The denoiser told `digits` [n], pushed away from what it says untold.

    Classifier-free guidance (Ho and Salimans 2022) with the scale as most
    programs count it: 1 is no guidance, 0 ignores the digit.
    """

    @torch.no_grad()
    def predict(x: Tensor, level: Tensor) -> Tensor:
        if scale == 1:
            return denoiser(x, level, digits)  # type: ignore[no-any-return]
        untold = torch.full_like(digits, NO_DIGIT)
        both = denoiser(x.repeat(2, 1, 1, 1), level.repeat(2), torch.cat([digits, untold]))
        told, free = both.chunk(2)
        return free + scale * (told - free)  # type: ignore[no-any-return]

    return predict
