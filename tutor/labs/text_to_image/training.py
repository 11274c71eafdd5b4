"""Training the text-to-image lab: first the codec, then the base model and the refiner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tutor.labs.data import Digits
from tutor.labs.diffusion.schedule import add_noise, alpha_bar, log_snr
from tutor.labs.diffusion.training import UNTOLD, spread_times, target
from tutor.labs.layers import (
    Average,
    batches,
    mixed_precision,
    seeded,
    torch_generator,
    warm_then_cosine,
)
from tutor.labs.text_to_image import attributes, language
from tutor.labs.text_to_image.augment import varied
from tutor.labs.text_to_image.network import Codec, LatentDenoiser

KL_WEIGHT = 0.1
"""Small, for the codec is to keep detail; the denoiser learns what the codes look like."""
REFINED = 0.25
"""The refiner learns the last quarter of the noise levels (SDXL: the last fifth)."""
VARIANTS = 4
PHRASES = 12


@dataclass(frozen=True, slots=True)
class Captioned:
    """Latents [n, 4, 7, 7], and for each a row of numbers of prompts that fit it [n, phrases]."""

    latents: Tensor
    fitting: Tensor
    prompts: language.Prompts
    nothing: language.Prompts


def train_codec(
    digits: Digits, steps: int, rng: np.random.Generator
) -> Iterator[tuple[float, Codec]]:
    """The VAE on varied digits; yields the reconstruction error in nats and the codec."""
    with seeded(rng):
        codec = Codec()
    chance = torch_generator(rng)
    average = Average(codec, 0.995)
    optimiser = torch.optim.Adam(codec.parameters(), 2e-3)
    schedule = warm_then_cosine(optimiser, steps)
    source = batches(digits, 96, rng)
    for _ in range(steps):
        images = varied(next(source)[0], chance)
        with mixed_precision():
            mean, log_variance = (part.float() for part in codec.encode(images))
            z = mean + (0.5 * log_variance).exp() * torch.randn(mean.shape, generator=chance)
            logits = codec.decode(z).float()
        error = F.binary_cross_entropy_with_logits(logits, images, reduction="sum") / len(images)
        kl = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum() / len(images)
        optimiser.zero_grad()
        (error + KL_WEIGHT * kl).backward()
        optimiser.step()
        schedule.step()
        average.update(codec)
        yield error.item(), average.model  # type: ignore[misc]


@torch.no_grad()
def caption_all(
    digits: Digits, codec: Codec, rng: np.random.Generator, phrases: int = PHRASES
) -> Captioned:
    """Vary, measure and encode the digits, and write prompts for each class of attributes."""
    chance = torch_generator(rng)
    images = torch.from_numpy(digits.images)[:, None].repeat(VARIANTS, 1, 1, 1)
    labels = np.tile(digits.labels, VARIANTS)
    images = varied(images, chance)
    latents = torch.cat([codec.encode(part)[0] for part in images.split(500)])
    codec.scale.fill_(float(latents.std()))
    classes = attributes.measure(images[:, 0].numpy()).classes()
    keys = labels * 27 + sum(
        (classes[name] + 1) * 3**place for place, name in enumerate(attributes.LIMITS)
    )
    texts = []
    for key in range(270):
        kind = {name: key % 27 // 3**p % 3 - 1 for p, name in enumerate(attributes.LIMITS)}
        texts += [attributes.caption(key // 27, kind, rng) for _ in range(phrases)]
    fitting = torch.from_numpy(keys)[:, None] * phrases + torch.arange(phrases)
    return Captioned(latents / codec.scale, fitting, language.read(texts), language.read([""]))


def train_denoiser(
    data: Captioned,
    steps: int,
    rng: np.random.Generator,
    *,
    refiner: bool = False,
    batch: int = 96,
    rate: float = 1.5e-3,
) -> Iterator[tuple[float, LatentDenoiser]]:
    """The base model, or the refiner; yields the loss and the averaged network."""
    with seeded(rng):
        network = LatentDenoiser(depth=3 if refiner else 6, refiner=refiner)
    chance = torch_generator(rng)
    average = Average(network)
    optimiser = torch.optim.AdamW(network.parameters(), rate, betas=(0.9, 0.99), weight_decay=0.01)
    schedule = warm_then_cosine(optimiser, steps)
    for _ in range(steps):
        rows = torch.randint(len(data.latents), (batch,), generator=chance)
        x = data.latents[rows]
        phrase = torch.randint(data.fitting.shape[1], (batch,), generator=chance)
        prompts = data.prompts.take(data.fitting[rows, phrase])
        states, ids = _forget_some(prompts, data.nothing, chance)
        times = spread_times(batch, chance) * (REFINED if refiner else 1)
        share = alpha_bar(times, "cosine")
        noise = torch.randn(x.shape, generator=chance)
        with mixed_precision():
            guess = network(add_noise(x, noise, share), log_snr(share), states, ids).float()
        loss = (guess - target(x, noise, share)).square().mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        average.update(network)
        yield loss.item(), average.model  # type: ignore[misc]


def _forget_some(
    prompts: language.Prompts, nothing: language.Prompts, chance: torch.Generator
) -> tuple[Tensor, Tensor]:
    """States and ids, a share of the prompts emptied, for guidance without a classifier."""
    n = len(prompts.ids)
    empty = torch.rand(n, generator=chance) < UNTOLD
    states = torch.where(empty[:, None, None], nothing.states, prompts.states)
    return states, torch.where(empty[:, None], nothing.ids, prompts.ids)


def train(
    digits: Digits, steps: int, rng: np.random.Generator
) -> Iterator[tuple[str, dict[str, nn.Module]]]:
    """The whole pipeline: three tenths of `steps` for the codec, all for the base model, and a
    quarter for the refiner; yields a line about each step, and the networks as they are."""
    parts: dict[str, nn.Module] = {}
    for error, parts["codec"] in train_codec(digits, _codec_steps(steps), rng):
        yield f"codec: {error:.0f} nats", parts
    codec = parts["codec"]
    assert isinstance(codec, Codec)
    data = caption_all(digits, codec, rng)
    for loss, parts["base"] in train_denoiser(data, steps, rng):
        yield f"base model: loss {loss:.3f}", parts
    for loss, parts["refiner"] in train_denoiser(data, _refiner_steps(steps), rng, refiner=True):
        yield f"refiner: loss {loss:.3f}", parts


def rounds(steps: int) -> int:
    """How many lines `train` yields for `steps`."""
    return _codec_steps(steps) + steps + _refiner_steps(steps)


def _codec_steps(steps: int) -> int:
    return max(1, steps * 3 // 10)


def _refiner_steps(steps: int) -> int:
    return max(1, steps // 4)
