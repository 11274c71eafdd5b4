"""The same digit from GAN, VAE and diffusion model: quality, diversity and time.

All three were trained on the same images. Quality is the share that the reader
of digits reads as meant, diversity the mean distance between the reader's
features of two samples of one digit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from tutor.labs import diffusion, gan, vae
from tutor.labs.digits import called, pixels, wanted
from tutor.labs.options import Compare, Diffusion
from tutor.labs.pictures import picture, tiles
from tutor.labs.reader import load_reader, look, spread
from tutor.labs.records import Progress, Result, Step

SHOWN = 10

Draw = Callable[[int, int | None, np.random.Generator], tuple[Tensor, ...]]


def _diffuse(n: int, digit: int | None, rng: np.random.Generator) -> tuple[Tensor, ...]:
    digits = wanted(n, digit)
    moment = diffusion.sampling.last(diffusion.denoising(Diffusion(), digits, rng))
    return diffusion.visible(moment.clean), digits


MODELS: dict[str, Draw] = {
    "GAN": gan.draw_samples,
    "VAE": vae.draw_samples,
    "diffusion": _diffuse,
}


def run(options: Compare, rng: np.random.Generator) -> Iterator[Step]:
    """Samples of each model side by side, with their figures."""
    reader = load_reader()
    seed = int(rng.integers(2**32))
    rows, samples = {}, []
    for number, (name, draw) in enumerate(MODELS.items()):
        yield Progress(number / len(MODELS), f"sampling from the {name}")
        start = time.perf_counter()
        images, digits = draw(options.n, options.digit, np.random.default_rng(seed))
        seconds = time.perf_counter() - start
        read, features = look(reader, images)
        rows[name] = {
            "read_right": float((read == digits.numpy()).mean()),
            "diversity": round(spread(features, digits.numpy()), 3),
            "seconds": round(seconds, 3),
        }
        samples.append(images)
    shown = [torch.cat([part, torch.zeros(SHOWN, 1, 28, 28)])[:SHOWN] for part in samples]
    sheet = picture(
        "compare",
        f"Three rows of {called(options.digit)}: from the GAN, the VAE and the diffusion model.",
        tiles(torch.cat(shown)[:, 0].numpy(), SHOWN, row_titles=list(MODELS)),
    )
    figures = "; ".join(
        f"{name}: {row['read_right']:.0%} read as meant, diversity {row['diversity']:g}, "
        f"{row['seconds']:.2f} s"
        for name, row in rows.items()
    )
    caption = (
        f"{options.n} {called(options.digit)} from each, of models trained on the same images. "
        f"{figures}. Look for soft edges in the VAE's, odd strokes in the GAN's, and the time "
        "diffusion takes for its many steps."
    )
    yield Result(caption, (sheet,), {"models": rows, "n": options.n}, pixels(torch.cat(samples)))
