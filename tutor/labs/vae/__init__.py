"""Variational autoencoder: sample, reconstruct, interpolate, look into latent space, train.

`network` holds the model and the two terms of its loss, `training` the loop,
`drawing` the pictures. Two models ship: one that is told the digit, with 16
latent dimensions, and one that is not, with two, for the map.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tutor.labs import shipped
from tutor.labs.data import Digits, bundled_digits, unseen_digits
from tutor.labs.digits import (
    called,
    evenly,
    grid,
    one_hot,
    pixels,
    read_share,
    shown_of,
    some,
    wanted,
)
from tutor.labs.layers import torch_generator
from tutor.labs.options import Vae as Options
from tutor.labs.pictures import moving_picture, picture
from tutor.labs.records import Progress, Result, Step
from tutor.labs.vae import drawing
from tutor.labs.vae.network import Vae, kl_divergence
from tutor.labs.vae.training import State, train

LATENT = 16
LIVE_STEPS = 500
"""About 30 seconds on two cores."""
BETAS = (0.25, 1.0, 4.0, 16.0)
COLLAPSED_BETA = 40.0
SHORT_STEPS = 250
FRAMES = 14
SHORT_FRAMES = 5
WALK = 12


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
            yield from _sample(options, rng)
        case "reconstruct":
            yield from _reconstruct(options, rng)
        case "interpolate":
            yield from _interpolate(options, rng)
        case "latent_map":
            yield from _latent_map()
        case "train":
            yield from _train(options, rng)
        case "beta":
            yield from _betas(options, rng)
        case "collapse":
            yield from _collapse(options, rng)


@torch.no_grad()
def draw_samples(n: int, digit: int | None, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Images [n, 1, 28, 28] in [0, 1] and their digits [n] from the shipped decoder."""
    digits = wanted(n, digit)
    z = torch.randn(n, LATENT, generator=torch_generator(rng))
    return load().decode(z, one_hot(digits)).sigmoid(), digits


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
        f"The code carries {kl / np.log(2):.0f} bits, where the image has 784 pixels."
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
    for state in _live(digits, steps, rng, options.latent_dim, options.beta):
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


def _betas(options: Options, rng: np.random.Generator) -> Iterator[Step]:
    steps = options.steps or SHORT_STEPS
    digits = bundled_digits()
    images = torch.from_numpy(some(digits, 8, options.digit, rng).images)[:, None]
    rows: list[tuple[float, float, float, Tensor]] = []
    seed = int(rng.integers(2**32))
    due = evenly(steps, SHORT_FRAMES)
    for number, beta in enumerate(BETAS):
        done = number / len(BETAS)
        for state in _live(digits, steps, np.random.default_rng(seed), options.latent_dim, beta):
            drawn = None
            if due(state.step) or state.step == steps:
                kls, again = _seen(state, digits, images)
                row = (beta, state.reconstruction, float(kls.sum()), again)
                drawn = drawing.betas(images, [*rows, row])
            share = done + state.step / steps / len(BETAS)
            yield Progress(share, f"beta {beta:g}: step {state.step} of {steps}", drawn)
        rows.append(row)
    caption = (
        "The same VAE trained with four weights of the KL term. A small beta copies faithfully "
        "but leaves a ragged latent space; a large one makes the code so dear that the images "
        "lose what tells them apart. Beta 1 is the ELBO."
    )
    values = {
        "beta": [row[0] for row in rows],
        "reconstruction_nats": [row[1] for row in rows],
        "kl_nats": [row[2] for row in rows],
        "steps": steps,
    }
    yield Result(caption, (drawing.betas(images, rows),), values)


def _collapse(options: Options, rng: np.random.Generator) -> Iterator[Step]:
    steps = options.steps or SHORT_STEPS
    digits = bundled_digits()
    images = torch.from_numpy(some(digits, 8, options.digit, rng).images)[:, None]
    rows: list[tuple[float, NDArray[np.float32], Tensor]] = []
    seed = int(rng.integers(2**32))
    due = evenly(steps, SHORT_FRAMES)
    for number, beta in enumerate((1.0, COLLAPSED_BETA)):
        for state in _live(digits, steps, np.random.default_rng(seed), options.latent_dim, beta):
            drawn = None
            if due(state.step) or state.step == steps:
                row = (beta, *_seen(state, digits, images))
                drawn = drawing.collapse(images, [*rows, row])
            share = (number + state.step / steps) / 2
            yield Progress(share, f"beta {beta:g}: step {state.step} of {steps}", drawn)
        rows.append(row)
    active = [int((kl > 0.05).sum()) for _, kl, _ in rows]
    caption = (
        f"Posterior collapse on purpose. With beta 1 {active[0]} of {options.latent_dim} latent "
        f"dimensions carry information, with beta {COLLAPSED_BETA:g} {active[1]}. A code without "
        "any does not depend on the image, and the decoder answers every digit with the same "
        "average. How to see it: the KL of each dimension near zero."
    )
    values = {
        "beta": [row[0] for row in rows],
        "kl_by_dimension": [row[1].round(4).tolist() for row in rows],
        "active_dimensions": active,
        "steps": steps,
    }
    yield Result(caption, (drawing.collapse(images, rows),), values)


@torch.no_grad()
def _seen(state: State, digits: Digits, images: Tensor) -> tuple[NDArray[np.float32], Tensor]:
    """The KL of each latent dimension over 500 digits, and `images` rebuilt."""
    mean, log_variance = state.vae.encode(torch.from_numpy(digits.images[:500])[:, None])
    again = state.vae.decode(state.vae.encode(images)[0]).sigmoid()
    return kl_divergence(mean, log_variance).numpy(), again


def _live(
    digits: Digits, steps: int, rng: np.random.Generator, latent: int, beta: float
) -> Iterator[State]:
    return train(digits, steps, rng, latent=latent, beta=beta, conditional=False, width=16)
