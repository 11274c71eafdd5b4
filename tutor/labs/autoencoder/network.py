"""The autoencoder whose code can be cut to any length, and principal components beside it."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

CODE = 64
"""Numbers in a whole code."""
PIXELS = 28 * 28


class Autoencoder(nn.Module):
    """Images [n, 1, 28, 28] in [0, 1] to codes [n, size], and back."""

    def __init__(self, size: int = CODE, width: int = 24) -> None:
        super().__init__()
        self.size, self.width = size, width
        w, hidden = width, 8 * width
        self.encoder = nn.Sequential(
            nn.PixelUnshuffle(2), nn.Conv2d(4, w, 3, padding=1), nn.SiLU(),  # 14 x 14
            nn.Conv2d(w, 2 * w, 4, 2, 1), nn.SiLU(),  # 7 x 7
            nn.Flatten(), nn.Linear(49 * 2 * w, hidden), nn.SiLU(), nn.Linear(hidden, size),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.Linear(size, hidden), nn.SiLU(), nn.Linear(hidden, 49 * 2 * w), nn.SiLU(),
            nn.Unflatten(1, (2 * w, 7, 7)), nn.Upsample(scale_factor=2),
            nn.Conv2d(2 * w, 2 * w, 3, padding=1), nn.SiLU(),
            nn.Conv2d(2 * w, 32, 3, padding=1), nn.SiLU(),
            nn.PixelShuffle(2), nn.Conv2d(8, 1, 3, padding=1),  # 28 x 28
        )  # fmt: skip

    def encode(self, images: Tensor) -> Tensor:
        return self.encoder(images)  # type: ignore[no-any-return]

    def decode(self, codes: Tensor) -> Tensor:
        """Codes to logits [n, 1, 28, 28]; their sigmoid is the image."""
        return self.decoder(codes)  # type: ignore[no-any-return]

    def rebuild(self, images: Tensor, size: int) -> Tensor:
        """Images after a code of `size` numbers."""
        return self.decode(cut(self.encode(images), size)).sigmoid()


def cut(codes: Tensor, sizes: int | Tensor) -> Tensor:
    """Codes [n, d] with all but their first numbers put to 0; `sizes` is one for all or each [n].

    Trained so with a random size each time, the first numbers learn to say most
    (nested dropout: Rippel, Gelbart and Adams 2014).
    """
    sizes = torch.as_tensor(sizes).reshape(-1, 1)
    return codes * (torch.arange(codes.shape[1]) < sizes)


class PrincipalComponents(nn.Module):
    """PCA: the best straight-line compression (Pearson 1901). Images are [n, 1, 28, 28]."""

    mean: Tensor
    axes: Tensor

    def __init__(self, size: int = CODE) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(PIXELS))
        self.register_buffer("axes", torch.zeros(size, PIXELS))

    def fit(self, images: NDArray[np.float32]) -> None:
        """The directions of greatest variance of images [n, 28, 28], greatest first."""
        rows = images.reshape(len(images), PIXELS).astype(np.float64)
        mean = rows.mean(0)
        _, vectors = np.linalg.eigh(np.cov(rows - mean, rowvar=False))  # ascending
        axes = vectors[:, ::-1][:, : len(self.axes)].T
        self.mean.copy_(torch.from_numpy(mean))
        self.axes.copy_(torch.from_numpy(axes.copy()))

    def rebuild(self, images: Tensor, size: int) -> Tensor:
        """Images from their coordinates along the first `size` axes, within [0, 1]."""
        rows = images.flatten(1) - self.mean
        axes = self.axes[:size]
        return (self.mean + rows @ axes.T @ axes).clamp(0, 1).reshape_as(images)


def squared_error(first: Tensor, second: Tensor) -> Tensor:
    """The mean squared error per pixel."""
    return F.mse_loss(first, second)
