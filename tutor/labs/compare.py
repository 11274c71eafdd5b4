"""The same digit from GAN, VAE and diffusion model: quality, diversity and time.

All three were trained on the same images. Quality is the share that the reader
of digits reads as meant, diversity the mean distance between the reader's
features of two samples of one digit, as a share of that between real ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tutor.labs import diffusion, gan, vae
from tutor.labs.data import unseen_digits
from tutor.labs.diffusion.network import Denoiser
from tutor.labs.digits import called, pixels, wanted
from tutor.labs.options import Compare, Diffusion
from tutor.labs.pictures import picture, tiles
from tutor.labs.reader import load_reader, look, spread
from tutor.labs.records import Progress, Result, Step

SHOWN = 10

Draw = Callable[[int, int | None, np.random.Generator], tuple[Tensor, ...]]


def _diffuse(
    n: int, digit: int | None, rng: np.random.Generator, denoiser: Denoiser
) -> tuple[Tensor, ...]:
    digits = wanted(n, digit)
    moments = diffusion.denoising(Diffusion(), digits, rng, denoiser=denoiser)
    moment = diffusion.sampling.last(moments)
    return diffusion.visible(moment.clean), digits


MODELS: dict[str, Callable[[], Draw]] = {
    "GAN": lambda: partial(gan.draw_samples, generator=gan.load()),
    "VAE": lambda: partial(vae.draw_samples, vae=vae.load()),
    "diffusion": lambda: partial(_diffuse, denoiser=diffusion.load()),
}
"""Each reads its network, so that only what it then gives, drawing, is timed."""


def run(options: Compare, rng: np.random.Generator) -> Iterator[Step]:
    """Samples of each model side by side, with their figures."""
    reader = load_reader()
    real = unseen_digits()
    _, features = look(reader, torch.from_numpy(real.images)[:, None])
    aim = real_spread(features, real.labels, options.n, options.digit)
    seed = int(rng.integers(2**32))
    rows, samples = {}, []
    for number, (name, ready) in enumerate(MODELS.items()):
        yield Progress(number / len(MODELS), f"sampling from the {name}")
        draw = ready()
        draw(2, options.digit, np.random.default_rng(seed))  # what is slow the first time alone
        start = time.perf_counter()
        images, digits = draw(options.n, options.digit, np.random.default_rng(seed))
        seconds = time.perf_counter() - start
        read, features = look(reader, images)
        rows[name] = {
            "read_right": float((read == digits.numpy()).mean()),
            "diversity": _share(spread(features, digits.numpy()), aim),
            "seconds": round(seconds, 3),
        }
        samples.append(images)
        shown = [part[:SHOWN] for part in samples]
        titles = [f"{name}, {row['read_right']:.0%} right" for name, row in rows.items()]
        sheet = picture(
            "compare",
            f"Rows of {called(options.digit)}, one each from: {', '.join(rows)}.",
            tiles(torch.cat(shown)[:, 0].numpy(), len(shown[0]), row_titles=titles),
        )
        yield Progress((number + 1) / len(MODELS), f"samples of the {name}", sheet)
    figures = "; ".join(
        f"{name}: {row['read_right']:.0%} read as meant, {_diversity(row['diversity'])}"
        f"{row['seconds']:.2f} s"
        for name, row in rows.items()
    )
    caption = (
        f"{options.n} {called(options.digit)} from each, of models trained on the same images. "
        f"{figures}. Look for soft edges in the VAE's, odd strokes in the GAN's, and the time "
        "diffusion takes for its many steps."
    )
    values = {"models": rows, "n": options.n}
    labels = np.tile(wanted(options.n, options.digit).numpy(), len(MODELS))
    yield Result(caption, (sheet,), values, pixels(torch.cat(samples)), labels)


def real_spread(
    features: NDArray[np.floating], labels: NDArray[np.int64], n: int, digit: int | None
) -> float:
    """The diversity of real digits of those kinds that `n` samples hold two or more of."""
    kinds, counts = np.unique(wanted(n, digit).numpy(), return_counts=True)
    alike = np.isin(labels, kinds[counts > 1])
    return spread(features[alike], labels[alike])


def _share(distance: float, real: float) -> float | None:
    """The diversity as a share of real digits'; None where no digit was drawn twice."""
    return round(distance / real, 3) if distance else None


def _diversity(share: float | None) -> str:
    return "" if share is None else f"diversity {share:.0%} of real digits', "
