"""Variational autoencoder: sample, reconstruct, interpolate, look into latent space, train.

`network` holds the model and the two terms of its loss, `training` the loop,
`weighing` the runs that compare weights of the KL term, `drawing` the pictures.
Two models ship: one that is told the digit, with 16 latent dimensions, and one
that is not, with two, for the map.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from tutor.labs import shipped
from tutor.labs.data import bundled_digits, unseen_digits
from tutor.labs.digits import (
    called,
    evenly,
    grid,
    one_hot,
    pixels,
    read_share,
    shown_of,
    some,
    told_too,
    wanted,
)
from tutor.labs.layers import torch_generator
from tutor.labs.options import Vae as Options
from tutor.labs.pictures import moving_picture, picture
from tutor.labs.records import Progress, Result, Step
from tutor.labs.usual import STEPS
from tutor.labs.vae import drawing, weighing
from tutor.labs.vae.network import Vae, kl_divergence

LATENT = 16
LIVE_STEPS = STEPS["vae"]["train"]
"""About 30 seconds on two cores."""
FRAMES = 14
WALK = STEPS["vae"]["interpolate"]


def load() -> Vae:
    """The shipped model that is told the digit."""
    vae = Vae(LATENT)
    shipped.read(vae, "vae", "vae")
    return vae


def load_plane() -> Vae:
    """The shipped model with two latent dimensions, which is not told the digit."""
    vae = Vae(2, conditional=False)
    shipped.read(vae, "vae", "plane")
    return vae


def run(options: Options, rng: np.random.Generator) -> Iterator[Step]:
    """Do what `options.action` names."""
    match options.action:
        case "sample":
            yield from _said_unused(options, _sample(options, rng))
        case "reconstruct":
            yield from _said_unused(options, _reconstruct(options, rng))
        case "interpolate":
            yield from _said_unused(options, _interpolate(options, rng))
        case "latent_map":
            yield from _said_unused(options, _latent_map())
        case "train":
            yield from _train(options, rng)
        case "beta":
            yield from weighing.betas(options, rng)
        case "collapse":
            yield from weighing.collapse(options, rng)


def _said_unused(options: Options, steps: Iterator[Step]) -> Iterator[Step]:
    """The steps of a run with a shipped model; its caption names settings that only train."""
    names = {"beta": "beta", "latent_dim": "the size of the code"}
    unused = [
        said
        for name, said in names.items()
        if getattr(options, name) != Options.model_fields[name].default
    ]
    for step in steps:
        if isinstance(step, Result) and unused:
            note = f"Unused here, since this model is trained already: {' and '.join(unused)}."
            step = replace(step, caption=f"{step.caption} {note}")
        yield step


@torch.no_grad()
def draw_samples(
    n: int, digit: int | None, rng: np.random.Generator, vae: Vae | None = None
) -> tuple[Tensor, Tensor]:
    """Images [n, 1, 28, 28] in [0, 1] and their digits [n] from `vae`, or the shipped one."""
    digits = wanted(n, digit)
    z = torch.randn(n, LATENT, generator=torch_generator(rng))
    return (vae or load()).decode(z, one_hot(digits)).sigmoid(), digits


def _sample(options: Options, rng: np.random.Generator) -> Iterator[Step]:
    yield Progress(0.3, "drawing latent codes from the prior")
    images, digits = draw_samples(options.n, options.digit, rng)
    right = read_share(images, digits)
    sheet = picture(
        "vae-sample", f"A grid of {called(options.digit)} drawn by the decoder.", grid(images)
    )
    caption = (
        f"{options.n} {called(options.digit)} decoded from codes of {LATENT} numbers drawn from "
        "N(0, I). The edges are soft: the decoder gives the mean of all images that fit a code. "
        f"A reader trained on real digits reads {right:.0%} of them as meant.{shown_of(options.n)}"
    )
    values = {"n": options.n, "digit": options.digit, "read_right": right}
    yield Result(caption, (sheet,), values, pixels(images), digits.numpy())


@torch.no_grad()
def _reconstruct(options: Options, rng: np.random.Generator) -> Iterator[Step]:
    digits = some(unseen_digits(), min(options.n, 40), options.digit, rng)
    images, told = (
        torch.from_numpy(digits.images)[:, None],
        one_hot(torch.from_numpy(digits.labels)),
    )
    yield Progress(0.3, "encoding and decoding")
    vae = load()
    mean, log_variance = vae.encode(images, told)
    again = vae.decode(mean, told).sigmoid()
    error = float((again - images).square().mean())
    kl = float(kl_divergence(mean, log_variance).sum())
    sheet = picture(
        "vae-reconstruct",
        "Pairs of rows: real digits above, what the VAE makes of them below.",
        drawing.pairs(images, again),
    )
    caption = (
        f"Above digits the VAE has never seen, below what is left after squeezing each into "
        f"{LATENT} numbers and decoding them. Style and slant survive, fine detail does not. "
        f"The code carries {kl / np.log(2):.0f} bits, where the image has 784 pixels; which digit "
        "it is need not be among them, for the decoder is told."
    )
    values = {"n": len(digits), "mean_squared_error": error, "kl_nats": kl, "latent_dim": LATENT}
    yield Result(caption, (sheet,), values, pixels(again), digits.labels)


@torch.no_grad()
def _interpolate(options: Options, rng: np.random.Generator) -> Iterator[Step]:
    start = 3 if options.digit is None else options.digit
    end = 8 if options.to_digit is None else options.to_digit
    frames = max(2, min(options.steps or WALK, 60))
    pool = unseen_digits()
    ends = [some(pool, 1, digit, rng) for digit in (start, end)]
    yield Progress(0.3, f"walking from a {start} to a {end}")
    vae = load()
    told = one_hot(torch.tensor([start, end]))
    images = torch.from_numpy(np.concatenate([part.images for part in ends]))[:, None]
    codes, _ = vae.encode(images, told)
    share = torch.linspace(0, 1, frames)[:, None]
    walk = vae.decode(
        torch.lerp(codes[:1], codes[1:], share), torch.lerp(told[:1], told[1:], share)
    )
    walk = walk.sigmoid()
    blend = torch.lerp(images[:1], images[1:], share[:, :, None, None])
    sheet = picture(
        "vae-interpolate",
        f"Above: a {start} turns into a {end} through latent space. Below: the same two images "
        "faded into each other pixel by pixel.",
        drawing.walks(walk, blend),
    )
    film = moving_picture("vae-walk", f"A {start} turning into a {end}.", drawing.film(walk))
    caption = (
        f"From a real {start} to a real {end}. Above the straight line runs between their codes, "
        "and each step is a plausible digit; below it runs between their pixels, and the middle "
        "is two ghosts at once. That is what a good latent space is for."
        f"{told_too('decoder', start, end)}"
    )
    values = {"digit": start, "to_digit": end, "frames": frames}
    yield Result(caption, (sheet, film), values, pixels(walk))


@torch.no_grad()
def _latent_map() -> Iterator[Step]:
    digits = unseen_digits()
    yield Progress(0.3, f"encoding {len(digits)} digits")
    vae = load_plane()
    codes, _ = vae.encode(torch.from_numpy(digits.images)[:, None])
    # Even steps of probability, not of distance, so that the map is full where codes are.
    line = torch.distributions.Normal(0, 1).icdf(torch.linspace(0.03, 0.97, 15))
    rows, columns = torch.meshgrid(line.flip(0), line, indexing="ij")
    decoded = vae.decode(torch.stack([columns, rows], -1).reshape(-1, 2)).sigmoid()
    drawn = drawing.latent_map(codes.numpy(), digits.labels, decoded)
    caption = (
        "The latent space of a VAE with two dimensions that was never told a digit's name. Above: "
        f"where {len(digits)} digits are encoded; like digits gather by themselves. Below: what "
        "is decoded at each place; neighbours look alike, and there are no empty gaps."
    )
    middle = {str(d): codes[digits.labels == d].mean(0).tolist() for d in range(10)}
    yield Result(caption, (drawn,), {"n": len(digits), "mean_code_of_digit": middle})


def _train(options: Options, rng: np.random.Generator) -> Iterator[Step]:
    digits, steps = bundled_digits(), options.steps or LIVE_STEPS
    shown = some(digits, 10, options.digit, rng)
    images = torch.from_numpy(shown.images)[:, None]
    z = torch.randn(10, options.latent_dim, generator=torch_generator(rng))
    curves: list[tuple[float, float]] = []
    frames = []
    due = evenly(steps, FRAMES)
    for state in weighing.live(digits, steps, rng, options.latent_dim, options.beta):
        curves.append((state.reconstruction, state.kl))
        drawn = None
        if due(state.step) or state.step == steps:
            with torch.no_grad():
                again = state.vae.decode(state.vae.encode(images)[0]).sigmoid()
                made = state.vae.decode(z).sigmoid()
            drawn = drawing.training(curves, (images, again, made), steps)
            frames.append(drawn)
        yield Progress(state.step / steps, f"step {state.step} of {steps}", drawn)
    film = moving_picture("vae-train-film", "Reconstructions and samples growing clearer.", frames)
    caption = (
        f"{steps} steps from nothing. Reconstruction error falls as the code learns to carry "
        "information, and so the KL term, the price of that information, rises at first. The loss "
        f"is their sum with beta {options.beta:g}."
    )
    reconstruction, kl = np.array(curves[-20:]).mean(0)
    values = {
        "steps": steps,
        "beta": options.beta,
        "latent_dim": options.latent_dim,
        "reconstruction_nats": float(reconstruction),
        "kl_nats": float(kl),
        "loss": [round(r + options.beta * k, 2) for r, k in curves[:: max(1, steps // 50)]],
    }
    yield Result(caption, (frames[-1], film), values, pixels(made))
