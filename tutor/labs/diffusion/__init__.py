"""Diffusion model: noise a digit, denoise step by step, sample with guidance, train live.

`schedule` holds the forward process, `network` the denoiser, `training` and
`sampling` the loops, `drawing` the pictures.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from tutor.labs import shipped
from tutor.labs.data import bundled_digits, unseen_digits
from tutor.labs.diffusion import drawing
from tutor.labs.diffusion.network import Denoiser
from tutor.labs.diffusion.sampling import Moment, guided, last, sample
from tutor.labs.diffusion.schedule import Schedule, add_noise, alpha_bar
from tutor.labs.diffusion.training import train
from tutor.labs.digits import called, evenly, grid, pixels, read_share, shown_of, some, wanted
from tutor.labs.layers import torch_generator
from tutor.labs.options import Diffusion
from tutor.labs.pictures import moving_picture, picture
from tutor.labs.records import Progress, Result, Step
from tutor.labs.usual import STEPS

SAMPLING_STEPS = STEPS["diffusion"]["sample"]
LIVE_STEPS = STEPS["diffusion"]["train"]
"""About a minute on two cores."""
SCALES = (0.0, 1.0, 2.0, 5.0, 10.0)
SCHEDULES: tuple[Schedule, ...] = ("cosine", "linear")
SHOWN_MOMENTS = 8
FRAMES = 8


def load() -> Denoiser:
    """The shipped denoiser."""
    denoiser = Denoiser()
    shipped.read(denoiser, "diffusion", "denoiser")
    return denoiser


def run(options: Diffusion, rng: np.random.Generator) -> Iterator[Step]:
    """Do what `options.action` names."""
    match options.action:
        case "sample":
            yield from _sample(options, rng)
        case "noise":
            yield from _noise(options, rng)
        case "denoise":
            yield from _denoise(options, rng)
        case "guidance":
            yield from _guidance(options, rng)
        case "schedules":
            yield from _schedules(options, rng)
        case "train":
            yield from _train(options, rng)


def denoising(
    options: Diffusion,
    digits: Tensor,
    rng: np.random.Generator,
    scale: float | None = None,
    denoiser: Denoiser | None = None,
) -> Iterator[Moment]:
    """The moments of sampling `digits` [n] as the options say, by default with what ships."""
    chance = torch_generator(rng)
    noise = torch.randn(len(digits), 1, 28, 28, generator=chance)
    return sample(
        guided(denoiser or load(), digits, options.guidance if scale is None else scale),
        noise,
        options.steps or SAMPLING_STEPS,
        chance,
        eta=1.0 if options.sampler == "ddpm" else 0.0,
        schedule=options.schedule,
    )


def visible(images: Tensor) -> Tensor:
    """From [-1, 1] to [0, 1]."""
    return ((images + 1) / 2).clamp(0, 1)


def _sample(options: Diffusion, rng: np.random.Generator) -> Iterator[Step]:
    digits = wanted(options.n, options.digit)
    steps = options.steps or SAMPLING_STEPS
    due = evenly(steps, 5)
    for moment in denoising(options, digits, rng):
        drawn = None
        if due(moment.step):
            alt = f"Samples after {moment.step} of {steps} denoising steps."
            drawn = picture("diffusion-sample", alt, grid(visible(moment.noisy)))
        yield Progress(moment.step / steps, f"denoising step {moment.step} of {steps}", drawn)
    images = visible(moment.clean)
    right = read_share(images, digits)
    alt = f"A grid of {called(options.digit)} made from noise."
    sheet = picture("diffusion-sample", alt, grid(images))
    caption = (
        f"{options.n} {called(options.digit)} made from pure noise in {steps} "
        f"{options.sampler.upper()} steps with guidance {options.guidance:g}. A reader trained on "
        f"real digits reads {right:.0%} of them as meant. Look at the clean, even strokes; "
        f"with 3 steps, or guidance 0, they fray.{shown_of(options.n)}"
    )
    values = {
        "n": options.n,
        "digit": options.digit,
        "steps": steps,
        "guidance": options.guidance,
        "sampler": options.sampler,
        "read_right": right,
    }
    yield Result(caption, (sheet,), values, pixels(images), digits.numpy())


def _noise(options: Diffusion, rng: np.random.Generator) -> Iterator[Step]:
    """The forward process on one real digit."""
    digits = some(unseen_digits(), 1, 3 if options.digit is None else options.digit, rng)
    image = torch.from_numpy(digits.images)[:, None] * 2 - 1
    times = torch.linspace(0, 1, 8)
    noise = torch.randn(1, 1, 28, 28, generator=torch_generator(rng)).expand(8, -1, -1, -1)
    yield Progress(0.4, "adding noise")
    shares = alpha_bar(times, options.schedule)
    noisy = add_noise(image.expand(8, -1, -1, -1), noise, shares)
    drawn = drawing.forward(visible(noisy), times, shares, options.schedule)
    caption = (
        f"The forward process with the {options.schedule} schedule: each image is "
        "√ᾱ times the digit plus √(1 − ᾱ) times noise. The share of the digit, ᾱ, falls from 1 "
        "to 0; nothing is learned here, the network learns the way back."
    )
    values = {"digit": int(digits.labels[0]), "alpha_bar": [round(float(s), 5) for s in shares]}
    yield Result(caption, (drawn,), values, pixels(visible(noisy)))


def _denoise(options: Diffusion, rng: np.random.Generator) -> Iterator[Step]:
    """The reverse process on one sample: what is left of the noise, and the guess so far."""
    digit = 3 if options.digit is None else options.digit
    steps = options.steps or SAMPLING_STEPS
    moments: list[Moment] = []
    for moment in denoising(options, torch.tensor([digit]), rng):
        moments.append(moment)
        yield Progress(moment.step / steps, f"denoising step {moment.step} of {steps}")
    chosen = np.linspace(0, len(moments) - 1, min(SHOWN_MOMENTS, len(moments))).round().astype(int)
    kept = [moments[number] for number in dict.fromkeys(chosen.tolist())]
    noisy = visible(torch.cat([moment.noisy for moment in kept]))
    clean = visible(torch.cat([moment.clean for moment in kept]))
    titles = [f"step {moment.step}" for moment in kept]
    sheet = picture(
        "diffusion-denoise",
        f"Above: noise turning into a {digit}. Below: what the network takes the image to be.",
        drawing.moments(noisy, clean, titles),
    )
    film = moving_picture(
        "diffusion-film", f"Noise turning into a {digit}.", drawing.film(moments), 100
    )
    caption = (
        f"Noise becomes a {digit} in {steps} steps. Above is the image so far; below, what the "
        "network believes the finished image to be: first a blurred average, then ever more sure."
    )
    values = {"digit": digit, "steps": steps, "alpha_bar": [round(m.share, 5) for m in moments]}
    yield Result(caption, (sheet, film), values, pixels(visible(moments[-1].clean)))


def _guidance(options: Diffusion, rng: np.random.Generator) -> Iterator[Step]:
    """The same noise under several guidance scales."""
    digits = wanted(10, options.digit)
    seed, rows, rights = int(rng.integers(2**32)), [], []
    for number, scale in enumerate(SCALES):
        moment = last(denoising(options, digits, np.random.default_rng(seed), scale))
        rows.append(visible(moment.clean))
        rights.append(read_share(rows[-1], digits))
        images = torch.cat(rows)
        titles = [f"{scale:g}" for scale in SCALES[: len(rows)]]
        sheet = picture(
            "diffusion-guidance",
            "A row of samples for each guidance scale, from the same noise.",
            drawing.rows(images, 10, titles, "Guidance scale"),
        )
        yield Progress((number + 1) / len(SCALES), f"guidance {scale:g}", sheet)
    caption = (
        "The same noise, the same digits asked for, five guidance scales. At 0 the digit asked "
        "for is ignored, at 1 it is followed as trained; beyond that samples become surer and "
        "more alike, and in the end overdrawn."
    )
    values = {"guidance": list(SCALES), "read_right": rights}
    yield Result(caption, (sheet,), values, pixels(images))


def _schedules(options: Diffusion, rng: np.random.Generator) -> Iterator[Step]:
    """Both noise schedules: how the signal falls, the forward process, and samples in few steps."""
    digits = wanted(8, options.digit)
    image = torch.from_numpy(some(unseen_digits(), 1, 5, rng).images)[:, None] * 2 - 1
    seed, rights, samples = int(rng.integers(2**32)), [], []
    noise = torch.randn(1, 1, 28, 28, generator=torch_generator(rng)).expand(8, -1, -1, -1)
    forward = []
    steps = options.steps or STEPS["diffusion"]["schedules"]
    for number, schedule in enumerate(SCHEDULES):
        changed = options.model_copy(update={"schedule": schedule, "steps": steps})
        moment = last(denoising(changed, digits, np.random.default_rng(seed)))
        samples.append(visible(moment.clean))
        rights.append(read_share(samples[-1], digits))
        shares = alpha_bar(torch.linspace(0, 1, 8), schedule)
        forward.append(visible(add_noise(image.expand(8, -1, -1, -1), noise, shares)))
        yield Progress((number + 1) / 2, f"{schedule} schedule")
    drawn = drawing.schedules(SCHEDULES, forward, samples)
    caption = (
        "Two noise schedules. The linear one destroys the digit early and spends its later steps "
        "on noise alone; the cosine one falls evenly, so that each step has something to do. "
        f"Below, samples in {steps} steps with each."
    )
    yield Result(caption, (drawn,), {"schedules": list(SCHEDULES), "read_right": rights})


def _train(options: Diffusion, rng: np.random.Generator) -> Iterator[Step]:
    """A narrow denoiser from nothing, on scikit-learn's digits."""
    steps = options.steps or LIVE_STEPS
    digits = wanted(10, options.digit)
    noise = torch.randn(10, 1, 28, 28, generator=torch_generator(rng))
    losses: list[float] = []
    frames = []
    due = evenly(steps, FRAMES)
    for state in train(bundled_digits(), steps, rng, width=32, batch=64, rate=3e-3, decay=0.98):
        losses.append(state.loss)
        drawn = None
        if due(state.step) or state.step == steps:
            predict = guided(state.denoiser, digits, 1)
            images = visible(last(sample(predict, noise, 12, torch.Generator())).clean)
            drawn = drawing.training(losses, images, steps)
            frames.append(drawn)
        yield Progress(state.step / steps, f"step {state.step} of {steps}", drawn)
    film = moving_picture("diffusion-train-film", "Samples growing clearer in training.", frames)
    right = read_share(images, digits)
    caption = (
        f"{steps} steps from nothing. The loss is the squared error of the guessed noise and "
        "image (v); it falls fast at first, then slowly, while the samples, made from the same "
        f"noise each time, still get better: {right:.0%} are read as meant."
    )
    values = {"steps": steps, "loss": [round(loss, 4) for loss in losses], "read_right": right}
    yield Result(caption, (frames[-1], film), values, pixels(images))
