"""The networks of the text-to-image lab: those of SDXL, each a thousandth of its size.

Podell et al. 2023: a VAE compresses images to latents, two text encoders read
the prompt, a base model denoises latents led by the text, a refiner trained on
the last noise levels finishes them.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tutor.labs.layers import ResidualBlock, sinusoidal

LATENT_SHAPE = (4, 7, 7)
"""Channels, height and width of a latent: a quarter of the numbers of an image."""
TOKENS = 16
"""So many tokens of a prompt are read."""
LANGUAGE_WIDTH = 384
"""Width of the language model's token states."""
OWN_WIDTH = 64
OWN_VOCABULARY = 4096
TEXT_WIDTH = 128


class Codec(nn.Module):
    """The VAE: images [n, 1, 28, 28] to latents [n, 4, 7, 7] of unit size, and back."""

    scale: Tensor

    def __init__(self, width: int = 48) -> None:
        super().__init__()
        w = width
        self.encoder = nn.Sequential(
            nn.PixelUnshuffle(2), nn.Conv2d(4, w, 3, padding=1), nn.SiLU(),  # 14 x 14
            nn.Conv2d(w, w, 4, 2, 1), nn.SiLU(),  # 7 x 7
            nn.Conv2d(w, w, 3, padding=1), nn.SiLU(), nn.Conv2d(w, 2 * LATENT_SHAPE[0], 1),
        )  # fmt: skip
        self.decoder = nn.Sequential(
            nn.Conv2d(LATENT_SHAPE[0], 2 * w, 3, padding=1), nn.SiLU(),
            nn.Conv2d(2 * w, 4 * w, 3, padding=1), nn.SiLU(), nn.PixelShuffle(2),  # 14 x 14
            nn.Conv2d(w, w, 3, padding=1), nn.SiLU(),
            nn.Conv2d(w, 32, 3, padding=1), nn.SiLU(), nn.PixelShuffle(2),  # 28 x 28
            nn.Conv2d(8, 1, 3, padding=1),
        )  # fmt: skip
        self.register_buffer("scale", torch.ones(1))

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance, each [n, 4, 7, 7], before scaling."""
        mean, log_variance = self.encoder(images).chunk(2, 1)
        return mean, log_variance.clamp(-12, 4)

    def decode(self, latents: Tensor) -> Tensor:
        """Scaled latents to image logits [n, 1, 28, 28]."""
        return self.decoder(latents * self.scale)  # type: ignore[no-any-return]


class OwnEncoder(nn.Module):
    """The second text encoder, trained with the base model: token ids [n, TOKENS] to states.

    The ids are those of the language model's tokenizer, folded into a small
    vocabulary; 0 is padding. One layer of attention mixes them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(OWN_VOCABULARY, OWN_WIDTH)
        self.place = nn.Parameter(torch.randn(TOKENS, OWN_WIDTH) * 0.02)
        self.layer = nn.TransformerEncoderLayer(
            OWN_WIDTH, 4, 2 * OWN_WIDTH, dropout=0.0, batch_first=True, norm_first=True
        )

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """States [n, TOKENS, OWN_WIDTH], and their mean over the real tokens [n, OWN_WIDTH]."""
        padding = ids == 0
        states = self.embed(ids % OWN_VOCABULARY) + self.place
        states = self.layer(states, src_key_padding_mask=padding)
        real = (~padding).float()[:, :, None]
        return states, (states * real).sum(1) / real.sum(1).clamp(min=1)


class CrossAttention(nn.Module):
    """Each place of a map [n, c, h, w] asks the tokens [n, t, d] (Rombach et al. 2022, 3.3)."""

    def __init__(self, channels: int, text: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(8, channels)
        self.to_q = nn.Linear(channels, channels, bias=False)
        self.to_kv = nn.Linear(text, 2 * channels, bias=False)
        self.out = nn.Linear(channels, channels)
        nn.init.zeros_(self.out.weight)

    def forward(self, x: Tensor, text: Tensor, padding: Tensor) -> Tensor:
        n, c, h, w = x.shape
        # Written out: of so few tokens, the fused kernel's backward pass takes ten times as long.
        mixed = self.shares(x, text, padding) @ self._by_head(self.to_kv(text).chunk(2, -1)[1])
        mixed = self.out(mixed.transpose(1, 2).reshape(n, h * w, c))
        return x + mixed.transpose(1, 2).reshape(n, c, h, w)  # type: ignore[no-any-return]

    def shares(self, x: Tensor, text: Tensor, padding: Tensor) -> Tensor:
        """How much each place looks at each token, [n, heads, h*w, t]; sums to 1 over tokens."""
        q = self._by_head(self.to_q(self.norm(x).flatten(2).transpose(1, 2)))
        k = self._by_head(self.to_kv(text).chunk(2, -1)[0])
        scores = (q @ k.transpose(-1, -2)) / q.shape[-1] ** 0.5
        return scores.masked_fill(padding[:, None, None], float("-inf")).softmax(-1)  # type: ignore[no-any-return]

    def _by_head(self, rows: Tensor) -> Tensor:
        """[n, t, c] to [n, heads, t, c / heads]"""
        return rows.unflatten(-1, (self.heads, -1)).transpose(1, 2)  # type: ignore[no-any-return]


class LatentDenoiser(nn.Module):
    """Noisy latents [n, 4, 7, 7], log-SNR [n] and a prompt to v [n, 4, 7, 7].

    The prompt comes as the language model's states [n, TOKENS, 384] and as
    token ids [n, TOKENS] for the own encoder. The states of both stand side by
    side as one context, and the own encoder's mean joins the noise level, as
    in SDXL. The refiner reads the own encoder alone, as SDXL's does.
    """

    def __init__(self, width: int = 96, depth: int = 6, *, refiner: bool = False) -> None:
        super().__init__()
        w, c = width, 2 * width
        self.width, self.refiner = width, refiner
        self.own = OwnEncoder()
        self.text = nn.Linear(OWN_WIDTH + (0 if refiner else LANGUAGE_WIDTH), TEXT_WIDTH)
        self.level = nn.Sequential(nn.Linear(w, c), nn.SiLU(), nn.Linear(c, c))
        self.pooled = nn.Linear(OWN_WIDTH, c)
        self.first = nn.Conv2d(LATENT_SHAPE[0], w, 3, padding=1)
        self.place = nn.Parameter(torch.randn(1, w, 7, 7) * 0.02)
        self.blocks = nn.ModuleList(ResidualBlock(w, w, c) for _ in range(depth))
        self.asks = nn.ModuleList(CrossAttention(w, TEXT_WIDTH) for _ in range(depth))
        self.norm = nn.GroupNorm(8, w)
        self.last = nn.Conv2d(w, LATENT_SHAPE[0], 3, padding=1)
        nn.init.zeros_(self.last.weight)

    def forward(self, noisy: Tensor, log_snr: Tensor, states: Tensor, ids: Tensor) -> Tensor:
        own, mean = self.own(ids)
        text = self.text(own if self.refiner else torch.cat([own, states], -1))
        condition = self.level(sinusoidal(log_snr / 20 + 0.5, self.width)) + self.pooled(mean)
        condition, padding = F.silu(condition), ids == 0
        h = self.first(noisy) + self.place
        for block, ask in zip(self.blocks, self.asks, strict=True):
            h = ask(block(h, condition), text, padding)
        return self.last(F.silu(self.norm(h)))  # type: ignore[no-any-return]
