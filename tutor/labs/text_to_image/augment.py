"""Digits in more thicknesses, slants and sizes than MNIST has."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def varied(images: Tensor, generator: torch.Generator) -> Tensor:
    """Images [n, 1, 28, 28] sheared, scaled, and their strokes thickened or thinned, at random."""
    n = len(images)
    shear = (torch.rand(n, generator=generator) * 2 - 1) * 0.45
    scale = 0.62 + 0.5 * torch.rand(n, generator=generator)
    zero = torch.zeros(n)
    # grid_sample asks where each output pixel comes from, so the scale stands inverted.
    theta = torch.stack(
        [torch.stack([1 / scale, shear / scale, zero], 1), torch.stack([zero, 1 / scale, zero], 1)],
        1,
    )
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    moved = F.grid_sample(images, grid, align_corners=False)
    strength = (torch.rand(n, 1, 1, 1, generator=generator) * 2 - 1).clamp(-0.8, 1)
    thick = F.max_pool2d(moved, 3, 1, 1)
    thin = -F.max_pool2d(-moved, (1, 2), 1, (0, 1))[..., :28]
    edge = torch.where(strength > 0, thick, thin)
    return torch.lerp(moved, edge, strength.abs()).clamp(0, 1)
