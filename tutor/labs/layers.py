"""What the image models share: randomness, precision, averaged weights, residual blocks."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tutor.labs.data import Digits
from tutor.precision import native_bfloat16

CLASSES = 10
"""The digits 0 to 9."""


def torch_generator(rng: np.random.Generator) -> torch.Generator:
    """A torch generator seeded from `rng`."""
    return torch.Generator().manual_seed(int(rng.integers(2**63)))


@contextmanager
def seeded(rng: np.random.Generator) -> Iterator[None]:
    """Layers made inside get their first weights from `rng`; torch's own generator is left as is.

    torch initialises layers from its global generator alone.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**63)))
        yield


def mixed_precision() -> AbstractContextManager[None]:
    """bfloat16 for matrix products where the processor has it: twice the speed in training."""
    return torch.autocast("cpu", torch.bfloat16, enabled=native_bfloat16())


def batches(digits: Digits, size: int, rng: np.random.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Endless shuffled batches: images [size, 1, 28, 28] in [0, 1] and labels [size]."""
    images = torch.from_numpy(digits.images).unsqueeze(1)
    labels = torch.from_numpy(digits.labels)
    size = min(size, len(digits))
    while True:
        order = torch.from_numpy(rng.permutation(len(digits)))
        for start in range(0, len(order) - size + 1, size):
            rows = order[start : start + size]
            yield images[rows], labels[rows]


def warm_then_cosine(
    optimiser: torch.optim.Optimizer, steps: int, warm: float = 0.05
) -> torch.optim.lr_scheduler.LRScheduler:
    """A learning rate that rises over the first share of `steps`, then falls to nothing.

    The fall is half a cosine (Loshchilov and Hutter 2017).
    """
    rising = max(1.0, warm * steps)

    def share(step: int) -> float:
        if step < rising:
            return (step + 1) / (rising + 1)
        return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - rising) / max(steps - rising, 1))))

    return torch.optim.lr_scheduler.LambdaLR(optimiser, share)


class Average:
    """An exponential moving average of a model's weights: its samples are steadier.

    The decay grows from 0 towards `decay` over the first steps (Karras et al. 2024 discuss
    why early weights should be forgotten).
    """

    def __init__(self, model: nn.Module, decay: float = 0.999) -> None:
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self._decay = decay
        self._steps = 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        self._steps += 1
        decay = min(self._decay, (1 + self._steps) / (10 + self._steps))
        for kept, new in zip(self.model.parameters(), model.parameters(), strict=True):
            kept.lerp_(new, 1 - decay)
        for buffer, now in zip(self.model.buffers(), model.buffers(), strict=True):
            buffer.copy_(now)


def sinusoidal(values: Tensor, width: int, highest: float = 1000.0) -> Tensor:
    """Numbers [n] as sines and cosines [n, width] of geometric frequencies.

    After the position encoding of Vaswani et al. 2017, section 3.5.
    """
    half = width // 2
    frequencies = torch.exp(torch.linspace(0, math.log(highest), half, device=values.device))
    angles = values[:, None].float() * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class ResidualBlock(nn.Module):
    """Two convolutions around a condition that scales and shifts, plus the input.

    The condition [n, width] acts by feature-wise scale and shift (Perez et al.
    2018; used so by Dhariwal and Nichol 2021, section 3.1). The last
    convolution begins at zero, so that the block begins as the identity.
    """

    def __init__(self, channels: int, out: int, condition: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(8, channels)
        self.conv1 = nn.Conv2d(channels, out, 3, padding=1)
        self.affine = nn.Linear(condition, 2 * out)
        self.norm2 = nn.GroupNorm(8, out, affine=False)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1)
        self.skip = nn.Conv2d(channels, out, 1) if channels != out else nn.Identity()
        for last in self.conv2.parameters():
            nn.init.zeros_(last)
        nn.init.zeros_(self.affine.weight)
        nn.init.zeros_(self.affine.bias)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.affine(condition)[:, :, None, None].chunk(2, dim=1)
        h = self.norm2(h) * (1 + scale) + shift
        return self.skip(x) + self.conv2(F.silu(h))  # type: ignore[no-any-return]


class SelfAttention(nn.Module):
    """Attention among the pixels of a small map [n, c, h, w] (Vaswani et al. 2017), plus input."""

    def __init__(self, channels: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(8, channels)
        self.to_qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)
        for last in self.out.parameters():
            nn.init.zeros_(last)

    def forward(self, x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        qkv = self.to_qkv(self.norm(x)).reshape(n, 3, self.heads, c // self.heads, h * w)
        q, k, v = qkv.transpose(-1, -2).unbind(1)  # each [n, heads, h*w, c/heads]
        mixed = F.scaled_dot_product_attention(q, k, v)
        return x + self.out(mixed.transpose(-1, -2).reshape(n, c, h, w))  # type: ignore[no-any-return]
