"""The two players of the digit GAN: a conditional generator and a projection discriminator."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from tutor.labs.layers import CLASSES

LATENT = 64
"""Size of the latent code z."""


class ConditionalNorm(nn.Module):
    """Batch normalisation whose scale and shift the digit chooses (de Vries et al. 2017)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.scale = nn.Embedding(CLASSES, channels)
        self.shift = nn.Embedding(CLASSES, channels)
        nn.init.ones_(self.scale.weight)
        nn.init.zeros_(self.shift.weight)

    def forward(self, x: Tensor, digits: Tensor) -> Tensor:
        scale, shift = digits @ self.scale.weight, digits @ self.shift.weight  # [n, channels]
        return self.norm(x) * scale[:, :, None, None] + shift[:, :, None, None]  # type: ignore[no-any-return]


class Generator(nn.Module):
    """Latent codes [n, LATENT] and digit weights [n, 10] to images [n, 1, 28, 28] in [0, 1].

    Digits come as weights that sum to one, so that a walk can pass from one to another.
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.width = width
        self.start = nn.Linear(LATENT + CLASSES, 7 * 7 * 2 * width)
        self.norms = nn.ModuleList(ConditionalNorm(c) for c in (2 * width, width, width))
        self.convs = nn.ModuleList(
            nn.Conv2d(c, width, 3, padding=1, bias=False) for c in (2 * width, width)
        )
        # Sub-pixel convolution (Shi et al. 2016): four channels become two by two pixels.
        self.enlarge = nn.Conv2d(width, 4 * 8, 3, padding=1)
        self.last = nn.Conv2d(8, 1, 3, padding=1)

    def forward(self, z: Tensor, digits: Tensor) -> Tensor:
        h = self.start(torch.cat([z, digits], 1)).reshape(len(z), 2 * self.width, 7, 7)
        h = self._normal(0, h, digits)
        h = self.convs[0](F.interpolate(h, scale_factor=2))  # [n, width, 14, 14]
        h = self.convs[1](self._normal(1, h, digits))
        h = self.enlarge(self._normal(2, h, digits))
        h = F.relu(F.pixel_shuffle(h, 2))  # [n, 8, 28, 28]
        return torch.sigmoid(self.last(h))

    def _normal(self, stage: int, h: Tensor, digits: Tensor) -> Tensor:
        return F.relu(self.norms[stage](h, digits))


class Discriminator(nn.Module):
    """Images [n, 1, 28, 28] and digits [n] to scores [n]: how real, and how much that digit.

    The digit enters as an inner product with the features (Miyato and Koyama
    2018); spectral normalisation bounds the slope (Miyato et al. 2018).
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        w = width
        # Two by two pixels come as four channels: a quarter of the work of full size.
        self.convs = nn.ModuleList(
            [
                spectral_norm(nn.Conv2d(4, w, 3, padding=1)),  # 14 x 14
                spectral_norm(nn.Conv2d(w, 2 * w, 4, 2, 1)),  # 7 x 7
                spectral_norm(nn.Conv2d(2 * w, 2 * w, 3, 1, 1)),
            ]
        )
        self.real = spectral_norm(nn.Linear(2 * w, 1))
        self.digit = spectral_norm(nn.Embedding(CLASSES, 2 * w))

    def forward(self, images: Tensor, digits: Tensor) -> Tensor:
        h = F.pixel_unshuffle(images * 2 - 1, 2)
        for conv in self.convs:
            h = F.leaky_relu(conv(h), 0.1)
        features = h.sum((2, 3))  # [n, 2w]
        return self.real(features)[:, 0] + (features * self.digit(digits)).sum(1)  # type: ignore[no-any-return]
