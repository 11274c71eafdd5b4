"""The way of a prompt through the pipeline: both encoders, base model, refiner, decoder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from tutor.labs import shipped
from tutor.labs.diffusion.sampling import Predict, sample
from tutor.labs.text_to_image import language
from tutor.labs.text_to_image.network import LATENT_SHAPE, Codec, LatentDenoiser

LIMIT = 4.0
"""Latents have unit variance; scarcely one lies farther out than this."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The three networks of the pipeline; the text encoders are in `language` and the denoisers."""

    codec: Codec
    base: LatentDenoiser
    refiner: LatentDenoiser


@dataclass(frozen=True, slots=True)
class Stage:
    """After one denoising step: who made it, the latents left [n, 4, 7, 7] and the clean guess."""

    step: int
    by: str
    latents: Tensor
    guess: Tensor


def load() -> Pipeline:
    """The shipped pipeline."""
    parts = Codec(), LatentDenoiser(), LatentDenoiser(depth=3, refiner=True)
    for name, network in zip(("codec", "base", "refiner"), parts, strict=True):
        shipped.read(network, "text_to_image", name)
    return Pipeline(*parts)


def start(n: int, generator: torch.Generator) -> Tensor:
    """Noise to begin from, [n, 4, 7, 7]."""
    return torch.randn(n, *LATENT_SHAPE, generator=generator)


def paint(
    pipeline: Pipeline,
    prompt: str,
    negative: str,
    noise: Tensor,
    *,
    steps: int,
    guidance: float,
    refiner: float,
) -> Iterator[Stage]:
    """Denoise `noise` as the prompt says; yields after each of `steps` steps.

    The refiner takes over for the last share `refiner` of the steps (Podell et
    al. 2023, section 2.5: an ensemble of two experts). Steps are DDIM's, so
    that the same noise and prompt give the same picture.
    """
    told, kept_away = language.read([prompt, negative or ""]).split()
    # Never one step more than its share: it was not trained on earlier times. 0.145 * 200 is
    # 28.999..., hence the little that is added.
    for_refiner = int(steps * refiner + 1e-9)
    for_base = steps - for_refiner
    turn = for_refiner / steps
    unused = torch.Generator()
    x, done = noise, 0
    for name, network, count, begin, end in (
        ("base model", pipeline.base, for_base, 1.0, turn),
        ("refiner", pipeline.refiner, for_refiner, turn, 0.0),
    ):
        predict = guided(network, told, kept_away, guidance)
        moments = sample(predict, x, count, unused, start=begin, stop=end, limit=LIMIT)
        for moment in moments:
            x, done = moment.noisy, done + 1
            yield Stage(done, name, moment.noisy, moment.clean)


def guided(
    network: LatentDenoiser, told: language.Prompts, kept_away: language.Prompts, scale: float
) -> Predict:
    """The denoiser led by one prompt and pushed away from another.

    Guidance without a classifier (Ho and Salimans 2022) towards the prompt, and
    once away from the negative one (Liu et al. 2022, section 3.2, negation).
    SDXL's programs put the negative prompt in the place of the empty one
    instead; that pushes `scale` times as hard, and thin strokes vanish.
    """
    empty = language.read([""])
    parts = [told, empty]
    if not torch.equal(kept_away.ids, empty.ids):
        parts.append(kept_away)
    many = len(parts)

    @torch.no_grad()
    def predict(x: Tensor, level: Tensor) -> Tensor:
        prompts = [part.repeat(len(x)) for part in parts]
        states, ids = (torch.cat(rows) for rows in zip(*map(_tensors, prompts), strict=True))
        found = network(x.repeat(many, 1, 1, 1), level.repeat(many), states, ids)
        led, free, *away = found.chunk(many)
        pushed = free + scale * (led - free)
        return pushed - (away[0] - free) if away else pushed  # type: ignore[no-any-return]

    return predict


def _tensors(prompts: language.Prompts) -> tuple[Tensor, Tensor]:
    return prompts.states, prompts.ids


@torch.no_grad()
def decode(pipeline: Pipeline, latents: Tensor) -> Tensor:
    """Latents [n, 4, 7, 7] to images [n, 1, 28, 28] in [0, 1]."""
    return pipeline.codec.decode(latents).sigmoid()
