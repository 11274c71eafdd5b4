"""The same digit from GAN, VAE and diffusion model: quality, diversity and time.

All three were trained on the same images. Quality is the share that the reader
of digits reads as meant, diversity the mean distance between the reader's
features of two samples of one digit, as a share of that between real ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from tutor.labs import diffusion, gan, vae
from tutor.labs.data import unseen_digits
from tutor.labs.digits import called, pixels, wanted
from tutor.labs.options import Compare, Diffusion
from tutor.labs.pictures import picture, tiles
from tutor.labs.reader import Reader, load_reader, look, spread
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
    real_spread = _real_spread(reader, options.digit)
    seed = int(rng.integers(2**32))
    rows, samples = {}, []
    for number, (name, draw) in enumerate(MODELS.items()):
        yield Progress(number / len(MODELS), f"sampling from the {name}")
        draw(2, options.digit, np.random.default_rng(seed))  # what is slow the first time alone
        start = time.perf_counter()
        images, digits = draw(options.n, options.digit, np.random.default_rng(seed))
        seconds = time.perf_counter() - start
        read, features = look(reader, images)
        rows[name] = {
            "read_right": float((read == digits.numpy()).mean()),
            "diversity": _share(spread(features, digits.numpy()), real_spread),
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


def _real_spread(reader: Reader, digit: int | None) -> float:
    """The diversity of real digits of the wanted kind, or of all."""
    real = unseen_digits()
    if digit is not None:
        real = real.take(np.flatnonzero(real.labels == digit))
    _, features = look(reader, torch.from_numpy(real.images)[:, None])
    return spread(features, real.labels)


def _share(distance: float, real: float) -> float | None:
    """The diversity as a share of real digits'; None where no digit was drawn twice."""
    return round(distance / real, 3) if distance else None


def _diversity(share: float | None) -> str:
    return "" if share is None else f"diversity {share:.0%} of real digits', "
