"""The shipped weights: the networks trained on the course, and those for the test of memory."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy as np
from torch import nn

from tutor.labs.language_model import recall
from tutor.labs.language_model.course import KINDS, NAMES, Prose
from tutor.labs.language_model.text import Text
from tutor.labs.language_model.training import SHIPPED, log_likelihoods, perplexity, train

SHARES = {"rnn": 0.24286, "lstm": 0.37857, "transformer": 0.37857}
"""Of all steps: the RNN is done sooner."""
OFTEN = 100
"""Steps after which a network is judged by the text for tuning; the best one is kept."""


Stages = Iterator[tuple[str, dict[str, nn.Module]]]
"""A line for each step, and the parts of the file as they are then."""


def train_on_course(prose: str, steps: int, rng: np.random.Generator) -> Stages:
    """Train the networks in `steps` altogether, and put the text beside them.

    Raises:
        LabError: the prose is too short to learn from.
    """
    text = Text.of(prose)
    parts: dict[str, nn.Module] = {"course": Prose(prose)}
    left = steps
    for kind in KINDS:
        best, own = float("inf"), max(1, round(SHARES[kind] * steps) if kind != KINDS[-1] else left)
        left -= own
        for state in train(kind, text.train, len(text.alphabet), SHIPPED[kind], own, rng):
            if state.step % OFTEN == 0 or state.step == own:
                found = perplexity(log_likelihoods(state.network, text.tuning))
                if found < best:
                    best, parts[kind] = found, copy.deepcopy(state.network)
            yield f"{NAMES[kind]}: loss {state.loss:.2f}, perplexity {best:.3f}", parts


def train_memory(steps: int, rng: np.random.Generator) -> Stages:
    """Train the networks for the test of memory in `steps` altogether, the same for each."""
    parts: dict[str, nn.Module] = {}
    for number, kind in enumerate(KINDS):
        own = max(1, (steps + number) // len(KINDS))
        for state in recall.train(kind, own, rng):
            parts[kind] = state.network
            yield f"{NAMES[kind]}: loss {state.loss:.3f}", parts
