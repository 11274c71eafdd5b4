"""The denoiser of the digit diffusion model: a small U-Net."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tutor.labs.layers import CLASSES, ResidualBlock, SelfAttention, sinusoidal

NO_DIGIT = CLASSES
"""The label that tells the network nothing, for guidance without a classifier."""


class Denoiser(nn.Module):
    """Noisy images [n, 1, 28, 28] in [-1, 1], log-SNR [n] and digits [n] to v [n, 1, 28, 28].

    v = sqrt(alpha_bar) eps - sqrt(1 - alpha_bar) x (Salimans and Ho 2022,
    section 4), from which both the image and the noise follow. Being told the
    noise level itself, not a step's number, it serves any schedule. Two by two
    pixels come as four channels, which makes a quarter of the work.
    """

    def __init__(self, width: int = 48) -> None:
        super().__init__()
        w, c = width, 4 * width
        self.level = nn.Sequential(nn.Linear(w, c), nn.SiLU(), nn.Linear(c, c))
        self.digit = nn.Embedding(CLASSES + 1, c)
        self.first = nn.Conv2d(4, w, 3, padding=1)
        self.down = nn.ModuleList([ResidualBlock(w, w, c), ResidualBlock(w, w, c)])  # 14 x 14
        self.shrink = nn.Conv2d(w, 2 * w, 3, 2, 1)
        self.low = nn.ModuleList(ResidualBlock(2 * w, 2 * w, c) for _ in range(3))  # 7 x 7
        self.attention = SelfAttention(2 * w)
        self.join = ResidualBlock(4 * w, 2 * w, c)
        self.enlarge = nn.Conv2d(2 * w, 4 * w, 3, padding=1)
        self.up = nn.ModuleList([ResidualBlock(2 * w, w, c), ResidualBlock(2 * w, w, c)])
        self.norm = nn.GroupNorm(8, w)
        self.last = nn.Conv2d(w, 4, 3, padding=1)
        self.width = w
        nn.init.zeros_(self.last.weight)
        nn.init.normal_(self.digit.weight, std=0.5)

    def forward(self, noisy: Tensor, log_snr: Tensor, digits: Tensor) -> Tensor:
        condition = self.level(sinusoidal(log_snr / 20 + 0.5, self.width)) + self.digit(digits)
        condition = F.silu(condition)
        h1 = self.down[0](self.first(F.pixel_unshuffle(noisy, 2)), condition)
        h2 = self.down[1](h1, condition)
        l1 = self.low[0](self.shrink(h2), condition)
        low = self.low[2](self.attention(self.low[1](l1, condition)), condition)
        low = self.join(torch.cat([low, l1], 1), condition)
        h = F.pixel_shuffle(self.enlarge(low), 2)  # [n, width, 14, 14]
        h = self.up[0](torch.cat([h, h2], 1), condition)
        h = self.up[1](torch.cat([h, h1], 1), condition)
        return F.pixel_shuffle(self.last(F.silu(self.norm(h))), 2)
