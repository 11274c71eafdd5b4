"""The shipped weights: every network trained on the course, and for the test of memory."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy as np
from torch import nn

from tutor.labs.language_model import recall
from tutor.labs.language_model.course import KINDS, NAMES, Prose
from tutor.labs.language_model.text import Text
from tutor.labs.language_model.training import SHIPPED, log_likelihoods, perplexity, train

SHARES = {"rnn": 0.17, "lstm": 0.265, "transformer": 0.265}
"""Of all steps; the rest is divided among the networks for the test of memory."""
OFTEN = 100
"""Steps after which a network is judged by the text for tuning; the best one is kept."""


def train_all(
    prose: str, steps: int, rng: np.random.Generator
) -> Iterator[tuple[str, dict[str, nn.Module]]]:
    """A line for each of `steps`, and the parts of the file as they are then.

    Raises:
        LabError: the prose is too short to learn from.
    """
    text = Text.of(prose)
    parts: dict[str, nn.Module] = {"course": Prose(prose)}
    for kind in KINDS:
        best, own = float("inf"), max(1, round(SHARES[kind] * steps))
        for state in train(kind, text.train, len(text.alphabet), SHIPPED[kind], own, rng):
            if state.step % OFTEN == 0 or state.step == own:
                found = perplexity(log_likelihoods(state.network, text.tuning))
                if found < best:
                    best, parts[kind] = found, copy.deepcopy(state.network)
            yield f"{NAMES[kind]}: loss {state.loss:.2f}, perplexity {best:.3f}", parts
    own = max(1, round((1 - sum(SHARES.values())) / len(KINDS) * steps))
    for kind in KINDS:
        for state in recall.train(kind, own, rng):
            parts[f"recall_{kind}"] = state.network
            yield f"{NAMES[kind]} in the test of memory: loss {state.loss:.3f}", parts
