"""Encoder and decoder of the digit VAE, and the two terms of its loss."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tutor.labs.layers import CLASSES


class Vae(nn.Module):
    """A variational autoencoder (Kingma and Welling 2014) of images [n, 1, 28, 28] in [0, 1].

    A conditional one is told the digit (Sohn et al. 2015), as weights [n, 10]
    that sum to one; an unconditional one has to keep it in the latent code.
    """

    def __init__(self, latent: int, *, conditional: bool = True, width: int = 32) -> None:
        super().__init__()
        self.latent, self.width = latent, width
        self.classes = CLASSES if conditional else 0
        w = width
        self.encoder = nn.Sequential(
            nn.Conv2d(4 + self.classes, w, 3, padding=1), nn.SiLU(),  # 14 x 14
            nn.Conv2d(w, 2 * w, 4, 2, 1), nn.SiLU(),  # 7 x 7
            nn.Conv2d(2 * w, 2 * w, 3, padding=1), nn.SiLU(),
            nn.Flatten(), nn.Linear(49 * 2 * w, 256), nn.SiLU(),
        )  # fmt: skip
        self.mean = nn.Linear(256, latent)
        self.log_variance = nn.Linear(256, latent)
        self.start = nn.Sequential(
            nn.Linear(latent + self.classes, 256), nn.SiLU(), nn.Linear(256, 49 * 2 * w), nn.SiLU()
        )
        self.decoder = nn.Sequential(
            nn.Conv2d(2 * w, 2 * w, 3, padding=1), nn.SiLU(),
            nn.Upsample(scale_factor=2), nn.Conv2d(2 * w, 2 * w, 3, padding=1), nn.SiLU(),
            nn.Conv2d(2 * w, 32, 3, padding=1), nn.SiLU(),
            nn.PixelShuffle(2), nn.Conv2d(8, 1, 3, padding=1),  # 28 x 28
        )  # fmt: skip

    def encode(self, images: Tensor, digits: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Mean and log-variance [n, latent] of q(z | x), a normal with diagonal covariance."""
        h = F.pixel_unshuffle(images, 2)
        if self.classes and digits is not None:
            h = torch.cat([h, digits[:, :, None, None].expand(-1, -1, 14, 14)], 1)
        h = self.encoder(h)
        return self.mean(h), self.log_variance(h).clamp(-12, 4)

    def decode(self, z: Tensor, digits: Tensor | None = None) -> Tensor:
        """Logits [n, 1, 28, 28] of p(x | z); their sigmoid is the image."""
        if self.classes and digits is not None:
            z = torch.cat([z, digits], 1)
        return self.decoder(self.start(z).reshape(len(z), 2 * self.width, 7, 7))  # type: ignore[no-any-return]


def sample_latent(mean: Tensor, log_variance: Tensor, generator: torch.Generator) -> Tensor:
    """z = mu + sigma * eps: the reparameterisation trick (Kingma and Welling 2014, section 2.4)."""
    noise = torch.randn(mean.shape, generator=generator)
    return mean + (0.5 * log_variance).exp() * noise


def reconstruction_loss(logits: Tensor, images: Tensor) -> Tensor:
    """-log p(x | z) of Bernoulli pixels, in nats per image, mean over the batch."""
    total = F.binary_cross_entropy_with_logits(logits, images, reduction="sum")
    return total / len(images)


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(q(z | x) || N(0, I)) of each latent dimension [latent], in nats, mean over the batch.

    -1/2 (1 + log sigma^2 - mu^2 - sigma^2) (Kingma and Welling 2014, appendix B).
    """
    return -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).mean(0)
