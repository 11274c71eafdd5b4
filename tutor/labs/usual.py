"""What a lab takes where nothing is said: one number for all its actions, or one for each.

Read by the labs themselves, and by whoever is to take twice or half of it. Nothing heavy is
imported here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tutor.labs.catalogue import LABS

STEPS: Mapping[str, Mapping[str, int]] = {
    "gan": {"train": 700, "train_2d": 600, "collapse": 600, "interpolate": 12},
    "vae": {"train": 500, "beta": 250, "collapse": 250, "interpolate": 12},
    "diffusion": {"sample": 25, "denoise": 25, "guidance": 25, "schedules": 10, "train": 150},
    "autoencoder": {"train": 250},
    "language_model": {"rnn": 600, "lstm": 450, "transformer": 600},
}
"""Of every action that goes in steps, live ones half a minute to a minute on two cores; a language
model's go by the network."""
POINTS: Mapping[str, int] = {"boundary": 100, "curve": 3000, "sample": 300}
"""Of the classifier's actions."""
DEVIATION = 1.0
"""Of the normal from which the lab of likelihood draws."""
_ALWAYS = {("likelihood", "std"): DEVIATION}
_OF_ACTIONS = {("classifier", "n"): POINTS} | {(lab, "steps"): of for lab, of in STEPS.items()}


def usual(lab: str, option: str, said: Mapping[str, Any]) -> float | None:
    """The number that `option` is where it is not among what is said; None where it is none."""
    fields = LABS[lab].model_fields
    value = _ALWAYS.get((lab, option), fields[option].default)
    if value is None and (of_actions := _OF_ACTIONS.get((lab, option))):
        chooser = "model" if lab == "language_model" else "action"
        value = of_actions.get(said.get(chooser, fields[chooser].default))
    return float(value) if isinstance(value, int | float) else None
