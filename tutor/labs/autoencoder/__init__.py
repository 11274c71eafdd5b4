"""Autoencoder: compress digits to a few numbers and back, beside PCA; denoise; train live.

One network serves every size of the code, for its codes can be cut short;
`network` says how, `training` made the weights, `drawing` draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from tutor.labs import shipped
from tutor.labs.autoencoder import drawing
from tutor.labs.autoencoder.network import (
    Autoencoder,
    PrincipalComponents,
    squared_error,
)
from tutor.labs.autoencoder.training import train, with_noise
from tutor.labs.data import Digits, bundled_digits, unseen_digits
from tutor.labs.digits import evenly, pixels, some
from tutor.labs.layers import torch_generator
from tutor.labs.options import Autoencoder as Options
from tutor.labs.pictures import moving_picture, picture
from tutor.labs.records import Progress, Result, Step
from tutor.labs.usual import STEPS

SIZES = (1, 2, 4, 8, 16, 32, 64)
LIVE_STEPS = STEPS["autoencoder"]["train"]
FRAMES = 8


def load() -> tuple[Autoencoder, PrincipalComponents]:
    """The shipped network, and the axes of the same training images."""
    network, axes = Autoencoder(), PrincipalComponents()
    shipped.read(network, "autoencoder", "autoencoder")
    shipped.read(axes, "autoencoder", "axes")
    return network, axes


def run(options: Options, rng: np.random.Generator) -> Iterator[Step]:
    """Do what `options.action` names."""
    match options.action:
        case "reconstruct":
            yield from _reconstruct(options, rng)
        case "curve":
            yield from _curve(options, rng)
        case "denoise":
            yield from _denoise(options, rng)
        case "train":
            yield from _train(options, rng)


def as_tensor(digits: Digits) -> Tensor:
    """Images [n, 1, 28, 28]."""
    return torch.from_numpy(digits.images)[:, None]


@torch.no_grad()
def _reconstruct(options: Options, rng: np.random.Generator) -> Iterator[Step]:
    digits = some(unseen_digits(), options.n, options.digit, rng)
    images, size = as_tensor(digits), options.latent_dim
    yield Progress(0.3, f"squeezing {len(digits)} digits into {size} numbers each")
    network, axes = load()
    again, flat = network.rebuild(images, size), axes.rebuild(images, size)
    errors = [float(squared_error(part, images)) for part in (again, flat)]
    sheet = picture(
        "autoencoder-reconstruct",
        "Rows of three: real digits, rebuilt by the autoencoder, rebuilt by PCA.",
        drawing.compared([("real", images), ("rebuilt", again), ("PCA", flat)]),
    )
    caption = (
        f"Each digit of 784 pixels is squeezed into {_numbers(size)} and rebuilt from them. "
        f"Squared error per pixel: {errors[0]:.4f} for the autoencoder, {errors[1]:.4f} for PCA "
        "with as many. Look for the ghosts around PCA's strokes: it can only add and subtract "
        "fixed images."
    )
    values = {
        "n": len(digits),
        "latent_dim": size,
        "mean_squared_error": errors[0],
        "pca_mean_squared_error": errors[1],
        "compression": round(784 / size, 1),
    }
    yield Result(caption, (sheet,), values, pixels(again), digits.labels)


@torch.no_grad()
def _curve(options: Options, rng: np.random.Generator) -> Iterator[Step]:
    digits = unseen_digits()
    images = as_tensor(digits)
    one = as_tensor(some(digits, 1, options.digit, rng))
    yield Progress(0.1, f"rebuilding {len(digits)} digits at {len(SIZES)} sizes")
    network, axes = load()
    methods: dict[str, Callable[[Tensor, int], Tensor]] = {
        "autoencoder": network.rebuild,
        "PCA": axes.rebuild,
    }
    errors: dict[str, list[float]] = {name: [] for name in methods}
    shown: dict[str, list[Tensor]] = {name: [] for name in methods}
    for number, size in enumerate(SIZES, 1):
        for name, rebuild in methods.items():
            errors[name].append(float(squared_error(rebuild(images, size), images)))
            shown[name].append(rebuild(one, size))
        yield Progress(number / len(SIZES), f"{_numbers(size)} done")
    rows = {name: torch.cat(part) for name, part in shown.items()}
    drawn = drawing.curve(SIZES, errors, rows)
    caption = (
        f"The more numbers, the smaller the error. Over {len(digits)} digits never seen in "
        f"training, the autoencoder with 8 numbers has an error of {errors['autoencoder'][3]:.4f}, "
        f"PCA {errors['PCA'][3]:.4f}: digits lie on a curved surface, which PCA's straight axes "
        f"cannot follow. With {SIZES[-1]} numbers it is {errors['autoencoder'][-1]:.4f} against "
        f"{errors['PCA'][-1]:.4f}: where there is room for everything, straight axes do as well."
    )
    values = {
        "latent_dim": list(SIZES),
        "mean_squared_error": errors["autoencoder"],
        "pca_mean_squared_error": errors["PCA"],
    }
    yield Result(caption, (drawn,), values, pixels(rows["autoencoder"]))


@torch.no_grad()
def _denoise(options: Options, rng: np.random.Generator) -> Iterator[Step]:
    digits = some(unseen_digits(), options.n, options.digit, rng)
    images, size = as_tensor(digits), options.latent_dim
    spoiled = with_noise(images, torch.full((len(digits),), options.noise), torch_generator(rng))
    yield Progress(0.3, f"cleaning {len(digits)} noisy digits")
    network, axes = load()
    clean, flat = network.rebuild(spoiled, size), axes.rebuild(spoiled, size)
    errors = [float(squared_error(part, images)) for part in (spoiled, clean, flat)]
    # Only what is drawn must lie within black and white.
    rows = [("noisy", spoiled.clamp(0, 1)), ("cleaned", clean), ("PCA", flat), ("real", images)]
    sheet = picture(
        "autoencoder-denoise",
        "Rows of four: noisy digits, cleaned by the autoencoder, by PCA, and the real ones.",
        drawing.compared(rows),
    )
    caption = (
        f"Noise of standard deviation {options.noise:g} is added, and the digit rebuilt through "
        f"{_numbers(size)}. A code so small has room for the digit but not for the noise. "
        f"Squared error per pixel: {errors[0]:.3f} before, {errors[1]:.3f} after, "
        f"{errors[2]:.3f} by PCA."
    )
    values = {
        "n": len(digits),
        "noise": options.noise,
        "latent_dim": size,
        "noisy_mean_squared_error": errors[0],
        "mean_squared_error": errors[1],
        "pca_mean_squared_error": errors[2],
    }
    yield Result(caption, (sheet,), values, pixels(clean), digits.labels)


def _train(options: Options, rng: np.random.Generator) -> Iterator[Step]:
    """A narrow network from nothing, on scikit-learn's digits."""
    steps, size = options.steps or LIVE_STEPS, options.latent_dim
    learned, judged = bundled_digits().split(0.9)
    images = as_tensor(some(judged, 10, options.digit, rng))
    errors: list[float] = []
    frames = []
    due = evenly(steps, FRAMES)
    for state in train(learned, steps, rng, size=size, nested=False, noisy=0, width=16, rate=4e-3):
        errors.append(state.error)
        drawn = None
        if due(state.step) or state.step == steps:
            with torch.no_grad():
                again = state.network.rebuild(images, size)
            drawn = drawing.training(errors, images, again, steps)
            frames.append(drawn)
        yield Progress(state.step / steps, f"step {state.step} of {steps}", drawn)
    film = moving_picture("autoencoder-train-film", "Reconstructions growing clearer.", frames)
    error = float(squared_error(again, images))
    caption = (
        f"{steps} steps from nothing, with {_numbers(size)} in the code. First every digit comes "
        "back as the same grey average, then as itself. Nothing but the image is needed: the "
        f"target is the input. Error on digits kept aside: {error:.4f}."
    )
    values = {
        "steps": steps,
        "latent_dim": size,
        "mean_squared_error": error,
        "loss": [round(error, 5) for error in errors],
    }
    yield Result(caption, (frames[-1], film), values, pixels(again))


def _numbers(size: int) -> str:
    return "one number" if size == 1 else f"{size} numbers"
