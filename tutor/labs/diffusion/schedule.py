"""Noise schedules and the forward process.

Time u runs from 0 (data) to 1 (noise). A schedule gives alpha_bar(u), the
share of the signal's variance that is left:
x_u = sqrt(alpha_bar) x_0 + sqrt(1 - alpha_bar) eps (Ho et al. 2020, equation 4).
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

Schedule = Literal["cosine", "linear"]

_LEAST, _MOST = 1e-5, 1 - 1e-5


def alpha_bar(u: Tensor, schedule: Schedule) -> Tensor:
    """The signal's share of the variance at times u.

    cosine: Nichol and Dhariwal 2021, equation 17. linear: beta growing linearly
    from 1e-4 to 0.02 over 1,000 steps (Ho et al. 2020, section 4), in the limit
    of small steps (Song et al. 2021, appendix C).
    """
    if schedule == "cosine":
        start = math.cos(0.008 / 1.008 * math.pi / 2) ** 2
        share = torch.cos((u + 0.008) / 1.008 * math.pi / 2) ** 2 / start
    else:
        share = torch.exp(-0.1 * u - 0.5 * (20 - 0.1) * u**2)
    return share.clamp(_LEAST, _MOST)


def log_snr(share: Tensor) -> Tensor:
    """log(alpha_bar / (1 - alpha_bar)): how the network is told the noise level."""
    return torch.log(share) - torch.log1p(-share)


def add_noise(x: Tensor, noise: Tensor, share: Tensor) -> Tensor:
    """The forward process: images x [n, ...] and noise of that shape, mixed at shares [n]."""
    share = share.reshape(-1, *[1] * (x.dim() - 1))
    return share.sqrt() * x + (1 - share).sqrt() * noise
