"""Generative adversarial network: sample, walk through latent space, train live, collapse.

`network` and `training` hold the digit GAN whose weights ship, `plane` the
GAN of points in two dimensions, `drawing` the pictures.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from tutor.labs import shipped
from tutor.labs.data import bundled_digits
from tutor.labs.digits import (
    called,
    evenly,
    grid,
    one_hot,
    pixels,
    read_share,
    shown_of,
    told_too,
    wanted,
)
from tutor.labs.gan import drawing, plane
from tutor.labs.gan.network import LATENT, Generator
from tutor.labs.gan.training import train
from tutor.labs.layers import torch_generator
from tutor.labs.options import Gan
from tutor.labs.pictures import moving_picture, picture
from tutor.labs.records import Progress, Result, Step
from tutor.labs.usual import STEPS

LIVE_STEPS = STEPS["gan"]["train"]
"""About 40 seconds on two cores."""
FRAMES = 16
WALK = STEPS["gan"]["interpolate"]


def load() -> Generator:
    """The shipped generator."""
    generator = Generator()
    shipped.read(generator, "gan", "generator")
    return generator


def run(options: Gan, rng: np.random.Generator) -> Iterator[Step]:
    """Do what `options.action` names."""
    match options.action:
        case "sample":
            yield from _sample(options, rng)
        case "interpolate":
            yield from _interpolate(options, rng)
        case "train":
            yield from _train(options, rng)
        case "train_2d":
            yield from _plane(options, rng, plane.FAIR)
        case "collapse":
            yield from _plane(options, rng, plane.COLLAPSING)


@torch.no_grad()
def draw_samples(
    n: int, digit: int | None, rng: np.random.Generator, generator: Generator | None = None
) -> tuple[torch.Tensor, ...]:
    """Images [n, 1, 28, 28] in [0, 1] and their digits [n], by default of the shipped generator."""
    digits = wanted(n, digit)
    z = torch.randn(n, LATENT, generator=torch_generator(rng))
    return (generator or load())(z, one_hot(digits)), digits


def _sample(options: Gan, rng: np.random.Generator) -> Iterator[Step]:
    yield Progress(0.3, "drawing latent codes")
    images, digits = draw_samples(options.n, options.digit, rng)
    right = read_share(images, digits)
    sheet = picture(
        "gan-sample", f"A grid of {called(options.digit)} drawn by the generator.", grid(images)
    )
    caption = (
        f"{options.n} {called(options.digit)} that no one wrote: each began as {LATENT} random "
        f"numbers, and one pass through the generator made the image. A reader trained on real "
        f"digits reads {right:.0%} of them as meant. Look for broken or doubled strokes, and for "
        f"samples that resemble each other.{shown_of(options.n)}"
    )
    values = {"n": options.n, "digit": options.digit, "read_right": right}
    yield Result(caption, (sheet,), values, pixels(images), digits.numpy())


@torch.no_grad()
def _interpolate(options: Gan, rng: np.random.Generator) -> Iterator[Step]:
    start = 3 if options.digit is None else options.digit
    end = start if options.to_digit is None else options.to_digit
    frames = min(options.steps or WALK, 60)
    ends = torch.randn(2, LATENT, generator=torch_generator(rng))
    share = torch.linspace(0, 1, max(frames, 2))[:, None]
    z = slerp(ends[0], ends[1], share)
    told = (1 - share) * one_hot(torch.tensor([start])) + share * one_hot(torch.tensor([end]))
    yield Progress(0.3, f"walking from a {start} to a {end}")
    images = load()(z, told)
    sheet = picture(
        "gan-interpolate",
        f"A row of images in which a {start} turns into a {end} step by step.",
        grid(images),
    )
    film = moving_picture(
        "gan-walk", f"A {start} turning into a {end}.", drawing.film([*images, *images.flip(0)])
    )
    caption = (
        f"A walk through latent space from one {start} to "
        f"{'another' if start == end else f'a {end}'}. Every image on the way is a plausible "
        "stroke and no blend of two pictures: the generator learned a space of shapes, not a list."
        f"{told_too('generator', start, end)}"
    )
    values = {"digit": start, "to_digit": end, "frames": len(images)}
    yield Result(caption, (sheet, film), values, pixels(images))


def slerp(start: torch.Tensor, end: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    """From `start` to `end` [d] along the sphere, at shares [n, 1].

    Normal codes lie near a sphere; a straight line would pass through its empty
    middle (White 2016, section 3.1).
    """
    cosine = (start @ end / (start.norm() * end.norm())).clamp(-0.9999, 0.9999)
    angle = cosine.arccos()
    first, second = ((1 - share) * angle).sin(), (share * angle).sin()
    walk: torch.Tensor = (first * start + second * end) / angle.sin()
    return walk


def _train(options: Gan, rng: np.random.Generator) -> Iterator[Step]:
    """Both players from nothing, on scikit-learn's digits, with a third of the shipped width."""
    digits = bundled_digits()
    steps = options.steps or LIVE_STEPS
    told = one_hot(wanted(20, options.digit))
    z = torch.randn(20, LATENT, generator=torch_generator(rng))
    losses: list[tuple[float, float]] = []
    frames = []
    due = evenly(steps, FRAMES)
    images = torch.zeros(20, 1, 28, 28)
    for state in train(digits, steps, rng, width=24, batch=64, rate=1e-3):
        losses.append((state.generator_loss, state.discriminator_loss))
        text = f"step {state.step} of {steps}"
        if due(state.step) or state.step == steps:
            with torch.no_grad():
                images = state.generator(z, told)
            frames.append(drawing.training(losses, images, steps))
            yield Progress(state.step / steps, text, frames[-1])
        else:
            yield Progress(state.step / steps, text)
    right = read_share(images, wanted(20, options.digit))
    film = moving_picture(
        "gan-train-film", "The samples growing clearer as training goes on.", frames
    )
    caption = (
        f"{steps} steps from nothing on {len(digits)} real digits: above the losses of both "
        "players, below what the generator draws from the same 20 codes. With this hinge loss a "
        "balanced game has the discriminator near 2, where it cannot tell, and the generator "
        "near 0, of either sign; a discriminator at 0 has won, and little is learned then. "
        f"{right:.0%} of the images are read as meant."
    )
    values = {
        "steps": steps,
        "generator_loss": [round(g, 4) for g, _ in losses[:: max(1, steps // 50)]],
        "discriminator_loss": [round(d, 4) for _, d in losses[:: max(1, steps // 50)]],
        "read_right": right,
    }
    yield Result(caption, (frames[-1], film), values, pixels(images))


def _plane(options: Gan, rng: np.random.Generator, game: plane.Game) -> Iterator[Step]:
    steps = options.steps or STEPS["gan"][options.action]
    noise = torch_generator(rng)
    real = plane.real_points(500, noise)
    z = torch.randn(500, 2, generator=noise)
    history: list[tuple[int, int]] = []
    losses: list[tuple[float, float]] = []
    frames = []
    due = evenly(steps, FRAMES)
    for state in plane.play(steps, rng, game):
        losses.append((state.generator_loss, state.discriminator_loss))
        if not due(state.step) and state.step != steps:
            yield Progress(state.step / steps, f"step {state.step} of {steps}")
            continue
        with torch.no_grad():
            made = state.generator(z)
        history.append((state.step, plane.covered(made)))
        frames.append(
            drawing.plane(f"gan-{options.action}", state, real, made, history, losses, steps)
        )
        yield Progress(state.step / steps, f"step {state.step} of {steps}", frames[-1])
    film = moving_picture(
        f"gan-{options.action}-film", "Generated points moving towards the real ones.", frames, 300
    )
    values = {
        "steps": steps,
        "modes": plane.MODES,
        "modes_covered": history[-1][1],
        "modes_over_time": [list(row) for row in history],
        "generator_loss": [round(g, 4) for g, _ in losses[:: max(1, steps // 50)]],
        "discriminator_loss": [round(d, 4) for _, d in losses[:: max(1, steps // 50)]],
    }
    yield Result(_plane_caption(options.action, history), (frames[-1], film), values)


def _plane_caption(action: str, history: list[tuple[int, int]]) -> str:
    reached = f"{history[-1][1]} of the {plane.MODES} clusters"
    if action == "collapse":
        return (
            "Mode collapse on purpose: the generator moves five times for each move of the "
            "discriminator, so all its points rush to wherever it gets by at the moment, and "
            f"run on when that is found out. At the end they reach {reached}. That is how to "
            "see it: what is made looks real, but most of what is real is never made."
            if 0 < history[-1][1] < plane.MODES / 2
            else "Mode collapse was to be shown: the generator moves five times for each move of "
            f"the discriminator. But at the end its points reach {reached}: try another seed, or "
            "more steps."
        )
    return (
        "Blue: real points. Orange: generated points. The shade is what the discriminator "
        f"thinks, green for real. At the end the generator reaches {reached}; the better it is, "
        "the less the discriminator can tell the two apart there."
    )
