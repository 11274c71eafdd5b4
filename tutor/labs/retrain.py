"""Making the shipped weights anew: `tutor lab train NAME`.

The digits are divided once, by a fixed seed: seven tenths train the image
models, two tenths the reader that judges them, and one tenth, seen by none,
stands for real digits in comparisons.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import nn

from tutor.errors import LabError
from tutor.labs import reader, shipped, vae
from tutor.labs.autoencoder.network import CODE, PrincipalComponents
from tutor.labs.autoencoder.training import train as train_autoencoder
from tutor.labs.data import Digits, load_digits
from tutor.labs.diffusion.training import train as train_diffusion
from tutor.labs.gan.training import train as train_gan
from tutor.labs.language_model.shipping import train_memory, train_on_course
from tutor.labs.language_model.text import prose
from tutor.labs.layers import CLASSES
from tutor.labs.models import LabModels
from tutor.labs.records import Progress
from tutor.labs.text_to_image import training as text_to_image
from tutor.labs.vae.training import train as train_vae

STEPS = {
    "reader": 500,
    "gan": 6000,
    "vae": 5000,
    "diffusion": 5000,
    "autoencoder": 4000,
    "text_to_image": 5000,
    "digits": 1,
    "language_model": 2940,
    "memory": 3750,
}
"""Those of the shipped weights: 1, 20, 20, 50, 8 and 35 minutes on two cores; digits at once; the
language models 8 minutes, and 4 for their test of memory."""
UNSEEN = 50
"""So many of each digit are shipped as examples."""


def divided(digits: Digits) -> tuple[Digits, Digits, Digits]:
    """For the image models, for the reader, and for neither."""
    models, held = digits.split(0.7)
    return models, *held.split(2 / 3, seed=1)


def retrain(
    name: str,
    folder: Path | None,
    file: Path,
    steps: int | None,
    seed: int,
    models: LabModels | None = None,
) -> Iterator[Progress]:
    """Train the network `name` on MNIST in `folder`, or else on scikit-learn's digits.

    The language models learn the course of `models` instead. The weights are
    written to `file` at the end.

    Raises:
        LabError: there are no weights of this name, no digits in the folder, no course or too
            little of it, or the file cannot be written.
        TutorError: the course's index is missing or damaged.
    """
    if name not in STEPS:
        raise LabError(f"there are no weights '{name}' to train; there are {', '.join(STEPS)}")
    shipped.can_write(file)
    total = steps or STEPS[name]
    rounds = {"vae": 2 * total, "text_to_image": text_to_image.rounds(total)}.get(name, total)
    if name == "language_model":
        origin, stages = _language_models(models, total, seed)
    elif name == "memory":
        origin = "streams of facts and questions, drawn anew at each step"
        stages = train_memory(total, np.random.default_rng(seed))
    else:
        digits = load_digits(folder)
        origin, stages = digits.origin, _trained(name, digits, total, seed)
    trained: dict[str, nn.Module] = {}
    for done, (text, networks) in enumerate(stages, 1):
        trained = networks
        yield Progress(min(1.0, done / rounds), text)
    command = f"tutor lab train {name} --steps {total} --seed {seed}"
    shipped.write(file, trained, {"data": origin, "command": command})


Stages = Iterator[tuple[str, dict[str, nn.Module]]]
"""A line about each step, and the networks as they are then."""


def _language_models(models: LabModels | None, steps: int, seed: int) -> tuple[str, Stages]:
    """What they learn from, in words, and their training."""
    if models is None:
        raise LabError("the language models learn the course's text, and there is no course")
    passages = models.passages()
    text = prose(passage.text for passage in passages)
    documents = ", ".join(dict.fromkeys(passage.source for passage in passages))
    origin = f"{len(text):,} characters of the course's prose: {documents}"
    return origin, train_on_course(text, steps, np.random.default_rng(seed))


def _trained(name: str, digits: Digits, steps: int, seed: int) -> Stages:
    rng = np.random.default_rng(seed)
    for_models, for_reader, unseen = divided(digits)
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
        case "autoencoder":
            axes = PrincipalComponents()
            axes.fit(for_models.images)
            for now in train_autoencoder(for_models, steps, rng, size=CODE):
                line = f"squared error {now.error:.4f}"
                yield line, {"autoencoder": now.network, "axes": axes}
        case "text_to_image":
            yield from text_to_image.train(for_models, steps, rng)
        case "digits":
            yield "chosen", {"digits": _Examples(unseen)}
        case "diffusion":
            for stage in train_diffusion(for_models, steps, rng):
                yield f"loss {stage.loss:.3f}", {"denoiser": stage.denoiser}


class _Examples(nn.Module):
    """Real digits as bytes, in the form that weights are written in."""

    def __init__(self, digits: Digits) -> None:
        super().__init__()
        rows = [np.flatnonzero(digits.labels == kind)[:UNSEEN] for kind in range(CLASSES)]
        few = digits.take(np.concatenate(rows))
        images = np.round(few.images * 255).astype(np.uint8)
        self.register_buffer("images", torch.from_numpy(images))
        self.register_buffer("labels", torch.from_numpy(few.labels.astype(np.uint8)))
