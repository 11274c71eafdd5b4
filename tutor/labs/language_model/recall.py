"""A test of memory: facts are told, and asked for after ever more others.

In a stream such as `d4 k1 a7 d? 4 m2 ...` a letter is given a number; `d?`
asks for d's, and the next token is the answer. Which fact will be asked for is
not known beforehand, so a model that keeps a state of fixed size must have room
in it for all of them; attention looks the fact up in the text itself. The task
is associative recall as Arora et al. 2024 ("Zoology", section 3) pose it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tutor.labs.language_model.networks import Kind
from tutor.labs.language_model.ngram import NGram
from tutor.labs.language_model.training import Numbers, Size, State, make
from tutor.labs.layers import Average, seeded, warm_then_cosine

KEYS, VALUES = 16, 8
QUESTIONS = KEYS * VALUES
"""The first question's number: below it stand the facts."""
ANSWERS = QUESTIONS + KEYS
TOKENS = ANSWERS + VALUES
LENGTH = 3 * KEYS
"""Tokens of a stream: each key is told once, and as many questions are asked and answered."""

SIZES: dict[Kind, Size] = {
    "rnn": Size(64, 1, 0.0),
    "lstm": Size(64, 1, 0.0),
    "transformer": Size(64, 2, 0.0, heads=4),
}
RATE = 5e-3
BATCH = 32
_TOLD = 0.6
"""How often a fact comes next rather than a question, while there are facts."""
BINS = (1, 2, 4, 8, 16, 32, LENGTH)
"""Distances are counted in these steps: 1, 2 to 3, 4 to 7, and so on."""
ORDER = 3
"""Of the n-gram model: it reads the question and the token before it."""


class Streams(NamedTuple):
    """Tokens [n, LENGTH], and for each that answers how far back its fact stands, else 0."""

    tokens: Numbers
    distance: Numbers


def streams(n: int, rng: np.random.Generator) -> Streams:
    """Streams in which each fact is told once, and asked for once at some time after."""
    tokens = np.zeros((n, LENGTH), np.int64)
    distance = np.zeros((n, LENGTH), np.int64)
    for row in range(n):
        facts = (rng.permutation(KEYS) * VALUES + rng.integers(VALUES, size=KEYS)).tolist()
        waiting: list[tuple[int, int]] = []  # facts told and not asked for, and their places
        place = 0
        while place < LENGTH:
            if facts and (not waiting or rng.random() < _TOLD):
                waiting.append((facts.pop(), place))
                tokens[row, place] = waiting[-1][0]
                place += 1
                continue
            fact, told = waiting.pop(int(rng.integers(len(waiting))))
            key, value = divmod(fact, VALUES)
            tokens[row, place : place + 2] = QUESTIONS + key, ANSWERS + value
            distance[row, place + 1] = place - told
            place += 2
    return Streams(tokens, distance)


def spelled(tokens: Numbers) -> str:
    """Tokens [n] as they can be read: `d4 k1 d? 4`."""
    return " ".join(_spelled(int(token)) for token in tokens)


def _spelled(token: int) -> str:
    if token < QUESTIONS:
        key, value = divmod(token, VALUES)
        return f"{chr(97 + key)}{value + 1}"
    return f"{chr(97 + token - QUESTIONS)}?" if token < ANSWERS else str(token - ANSWERS + 1)


# The networks


def train(kind: Kind, steps: int, rng: np.random.Generator) -> Iterator[State]:
    """Teach a network to answer, on ever new streams; the loss is of the answers alone."""
    with seeded(rng):
        network = make(kind, TOKENS, SIZES[kind])
    average = Average(network, 0.99)
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, betas=(0.9, 0.99))
    schedule = warm_then_cosine(optimiser, steps)
    for step in range(1, steps + 1):
        tokens, distance = (torch.from_numpy(part) for part in streams(BATCH, rng))
        logits, _ = network(tokens[:, :-1])
        asked = distance[:, 1:] > 0
        loss = F.cross_entropy(logits[asked], tokens[:, 1:][asked])
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        average.update(network)
        yield State(step, loss.item(), average.model)


@torch.no_grad()
def answers(network: nn.Module, tested: Streams) -> Numbers:
    """What the network takes for the likeliest answer at each place [n, LENGTH]."""
    network.eval()
    logits, _ = network(torch.from_numpy(tested.tokens[:, :-1]))
    likeliest = logits[..., ANSWERS:].argmax(-1).numpy() + ANSWERS
    return np.pad(likeliest, ((0, 0), (1, 0)))


# The n-gram model


def counted(n: int, rng: np.random.Generator) -> NGram:
    """The n-gram model of n streams."""
    return NGram(streams(n, rng).tokens.ravel(), TOKENS, ORDER)


def answers_by_counts(ngram: NGram, tested: Streams) -> Numbers:
    """What the n-gram model takes for the likeliest answer at each place [n, LENGTH]."""
    found = np.zeros_like(tested.tokens)
    for row, place in zip(*np.nonzero(tested.distance), strict=True):
        context = tested.tokens[row, max(0, place - ORDER + 1) : place]
        found[row, place] = ANSWERS + ngram.probabilities(context.tolist())[ANSWERS:].argmax()
    return found


def accuracy(found: Numbers, tested: Streams) -> list[float]:
    """The share of right answers for the distances of each of BINS but the last, its end."""
    right = found == tested.tokens
    return [
        float(right[(tested.distance >= low) & (tested.distance < high)].mean())
        for low, high in itertools.pairwise(BINS)
    ]
