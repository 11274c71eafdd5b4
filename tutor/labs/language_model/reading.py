"""What the lab asks of every model, counted or trained: judge a text, and go on with one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from tutor.labs.language_model.networks import State
from tutor.labs.language_model.ngram import NGram
from tutor.labs.language_model.training import Numbers, log_likelihoods

Probabilities = NDArray[np.float64]
Follow = Callable[[Sequence[int]], Probabilities]
"""Takes the characters that come next and gives the probabilities of the one after them."""


class Reading(Protocol):
    """A model that predicts characters."""

    @property
    def parameters(self) -> int:
        """How many numbers it has learned."""
        ...

    def log_likelihoods(self, tokens: Numbers) -> Probabilities:
        """ln P [n - 1] of each character after the first, given those before it."""
        ...

    def follow(self) -> Follow:
        """Begin a text."""
        ...


class ByCounts:
    """The n-gram model."""

    def __init__(self, ngram: NGram) -> None:
        self.ngram = ngram

    @property
    def parameters(self) -> int:
        return self.ngram.entries

    def log_likelihoods(self, tokens: Numbers) -> Probabilities:
        return self.ngram.log_likelihoods(tokens)[1:]

    def follow(self) -> Follow:
        known: list[int] = []

        def after(tokens: Sequence[int]) -> Probabilities:
            known.extend(tokens)
            return self.ngram.probabilities(known[-self.ngram.order :])

        return after


class ByNetwork:
    """A trained network."""

    def __init__(self, network: nn.Module) -> None:
        self.network = network.eval()

    @property
    def parameters(self) -> int:
        return sum(weights.numel() for weights in self.network.parameters())

    def log_likelihoods(self, tokens: Numbers) -> Probabilities:
        return log_likelihoods(self.network, tokens)

    def follow(self) -> Follow:
        state: State | None = None

        def after(tokens: Sequence[int]) -> Probabilities:
            nonlocal state
            with torch.no_grad():
                logits, state = self.network(torch.tensor([tokens]), state)
            found: Probabilities = logits[0, -1].double().softmax(-1).numpy()
            return found

        return after


def tempered(probabilities: Probabilities, temperature: float) -> Probabilities:
    """softmax(log p / T); with T = 0 all goes to the likeliest."""
    if temperature == 0:
        return np.where(np.arange(len(probabilities)) == probabilities.argmax(), 1.0, 0.0)
    with np.errstate(divide="ignore"):
        scaled = np.log(probabilities) / temperature
    raised = np.exp(scaled - scaled.max())
    result: Probabilities = raised / raised.sum()
    return result


def write(
    reading: Reading, prompt: Sequence[int], n: int, temperature: float, rng: np.random.Generator
) -> Iterator[tuple[int, float]]:
    """Go on with `prompt` by n characters: each with the probability that the model gave it."""
    follow = reading.follow()
    given = list(prompt)
    for _ in range(n):
        probabilities = follow(given)
        drawn = int(rng.choice(len(probabilities), p=tempered(probabilities, temperature)))
        yield drawn, float(probabilities[drawn])
        given = [drawn]
