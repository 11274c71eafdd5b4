"""Making the shipped weights anew: `tutor lab train NAME`.

The digits are divided once, by a fixed seed: seven tenths train the image
models, two tenths the reader that judges them, and one tenth, seen by none,
stands for real digits in comparisons.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from torch import nn

from tutor.errors import LabError
from tutor.labs import reader, shipped, vae
from tutor.labs.data import Digits, load_digits
from tutor.labs.diffusion.training import train as train_diffusion
from tutor.labs.gan.training import train as train_gan
from tutor.labs.records import Progress
from tutor.labs.vae.training import train as train_vae

STEPS = {"reader": 500, "gan": 6000, "vae": 2500, "diffusion": 5000}
"""Those of the shipped weights: 1, 20, 15 and 50 minutes on two cores."""


def divided(digits: Digits) -> tuple[Digits, Digits, Digits]:
    """For the image models, for the reader, and for neither."""
    models, held = digits.split(0.7)
    return models, *held.split(2 / 3, seed=1)


def retrain(
    name: str, folder: Path | None, file: Path, steps: int | None, seed: int
) -> Iterator[Progress]:
    """Train the network `name` on MNIST in `folder`, or else on scikit-learn's digits.

    Its weights are written to `file` at the end.

    Raises:
        LabError: there are no weights of this name, no digits in the folder, or the file
            cannot be written.
    """
    if name not in STEPS:
        raise LabError(f"there are no weights '{name}' to train; there are {', '.join(STEPS)}")
    digits = load_digits(folder)
    total = steps or STEPS[name]
    trained: dict[str, nn.Module] = {}
    for done, (text, networks) in enumerate(_trained(name, digits, total, seed), 1):
        trained = networks
        yield Progress(min(1.0, done / total), text)
    command = f"tutor lab train {name} --steps {total} --seed {seed}"
    shipped.write(file, trained, {"data": digits.origin, "command": command})


def _trained(
    name: str, digits: Digits, steps: int, seed: int
) -> Iterator[tuple[str, dict[str, nn.Module]]]:
    """A line about each step, and the networks as they are then."""
    rng = np.random.default_rng(seed)
    for_models, for_reader, _ = divided(digits)
    match name:
        case "reader":
            for loss, judge in reader.train(for_reader, steps, rng):
                yield f"loss {loss:.3f}", {"reader": judge}
        case "gan":
            for game in train_gan(for_models, steps, rng):
                losses = f"losses {game.generator_loss:.2f}, {game.discriminator_loss:.2f}"
                yield losses, {"generator": game.generator}
        case "vae":
            plane = nn.Module()
            for state in train_vae(for_models, steps, rng, latent=2, conditional=False):
                plane = state.vae
                yield f"two dimensions: {state.reconstruction:.0f} nats", {"plane": plane}
            for state in train_vae(for_models, steps, rng, latent=vae.LATENT):
                yield f"{state.reconstruction:.0f} nats", {"vae": state.vae, "plane": plane}
        case "diffusion":
            for stage in train_diffusion(for_models, steps, rng):
                yield f"loss {stage.loss:.3f}", {"denoiser": stage.denoiser}
