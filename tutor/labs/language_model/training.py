"""Training the networks to predict the next character, and measuring how well they do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from tutor.labs.language_model.networks import LSTM, Elman, Kind, RecurrentModel, Transformer
from tutor.labs.layers import Average, mixed_precision, seeded, torch_generator, warm_then_cosine

BATCH, LENGTH = 16, 128
"""Stretches of text in a step, and their characters."""
WINDOW, WARM = 256, 64
"""Characters read at once when a text is judged; those at the start of a window only prepare."""
RATE = {"rnn": 2e-3, "lstm": 7e-3, "transformer": 5e-3}

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a network is, and the share of its signals that training drops.

    `heads` is of the Transformer alone.
    """

    width: int
    layers: int
    dropout: float
    heads: int = 8


SHIPPED: dict[Kind, Size] = {
    "rnn": Size(256, 1, 0.1),
    "lstm": Size(192, 1, 0.2),
    "transformer": Size(128, 2, 0.2),
}
LIVE: dict[Kind, Size] = {
    "rnn": Size(128, 1, 0.0),
    "lstm": Size(128, 1, 0.0),
    "transformer": Size(96, 2, 0.0),
}
"""Small enough to learn words within a minute on two cores."""


def make(kind: Kind, alphabet: int, size: Size) -> nn.Module:
    """A network for an alphabet of so many characters."""
    if kind == "transformer":
        width, heads = size.width, size.heads
        return Transformer(alphabet, width, size.layers, heads, WINDOW, size.dropout)
    layer = Elman if kind == "rnn" else LSTM
    return RecurrentModel(layer, alphabet, size.width, size.layers, size.dropout)


@dataclass(frozen=True, slots=True)
class State:
    """After `step` steps: the loss of the last one in nats per character, and the network.

    `network` has averaged weights: it is the one to be used.
    """

    step: int
    loss: float
    network: nn.Module


def train(
    kind: Kind,
    tokens: Numbers,
    alphabet: int,
    size: Size,
    steps: int,
    rng: np.random.Generator,
    noise: float = 0.0,
) -> Iterator[State]:
    """Teach a network the text `tokens`: the negative log-likelihood of each next character.

    AdamW (Loshchilov and Hutter 2019) with clipped gradients, without which a
    recurrent network's explode (Pascanu et al. 2013). A share `noise` of the
    characters read, not of those to be predicted, is replaced by random ones
    from the text: a network then cannot learn the text by heart (Xie et al. 2017).
    """
    with seeded(rng):
        network = make(kind, alphabet, size)
    average = Average(network, 0.99 if steps < 1000 else 0.998)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=RATE[kind], betas=(0.9, 0.99), weight_decay=0.1
    )
    schedule = warm_then_cosine(optimiser, steps)
    text, generator = torch.from_numpy(tokens), torch_generator(rng)
    with torch.random.fork_rng(devices=[]):  # dropout draws from torch's own generator
        torch.manual_seed(int(rng.integers(2**63)))
        held = torch.random.get_rng_state()
    for step in range(1, steps + 1):
        with torch.random.fork_rng(devices=[]):
            torch.random.set_rng_state(held)
            read, wanted = _batch(text, generator, noise)
            loss = _loss(network, read, wanted)
            optimiser.zero_grad()
            loss.backward()
            held = torch.random.get_rng_state()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        average.update(network)
        yield State(step, loss.item(), average.model)


def _batch(text: Tensor, generator: torch.Generator, noise: float) -> tuple[Tensor, Tensor]:
    """What is read and what is to be predicted, each [BATCH, LENGTH]."""
    starts = torch.randint(len(text) - LENGTH, (BATCH, 1), generator=generator)
    x = text[starts + torch.arange(LENGTH + 1)]
    read = x[:, :-1]
    if noise:
        other = text[torch.randint(len(text), read.shape, generator=generator)]
        read = torch.where(torch.rand(read.shape, generator=generator) < noise, other, read)
    return read, x[:, 1:]


def _loss(network: nn.Module, read: Tensor, wanted: Tensor) -> Tensor:
    if isinstance(network, Transformer):
        with mixed_precision():
            logits, _ = network(read)
    else:
        logits, _ = network(read)
    return F.cross_entropy(logits.float().flatten(0, 1), wanted.flatten())


@torch.no_grad()
def log_likelihoods(network: nn.Module, tokens: Numbers) -> NDArray[np.float64]:
    """ln P [n - 1] of each character after the first, given those before it.

    The text is read in windows that overlap, so that each character but the
    first ones has at least WARM before it.
    """
    starts = range(0, max(1, len(tokens) - 1 - WARM), WINDOW - WARM)
    text = torch.from_numpy(tokens)
    padded = F.pad(text, (0, WINDOW + 1))
    windows = torch.stack([padded[start : start + WINDOW + 1] for start in starts])
    network.eval()
    found = []
    for part in windows.split(16):
        logits, _ = network(part[:, :-1])
        found.append(logits.log_softmax(-1).gather(-1, part[:, 1:, None])[..., 0])
    likelihoods = torch.cat(found)  # [windows, WINDOW]
    kept = torch.cat([likelihoods[0], likelihoods[1:, WARM:].flatten()])
    return kept[: len(tokens) - 1].double().numpy()


def perplexity(likelihoods: NDArray[np.float64]) -> float:
    """exp of the mean negative log-likelihood: among how many the model is undecided, as it were.

    Of the uniform model it is the size of the alphabet (Jelinek et al. 1977).
    """
    return float(np.exp(-likelihoods.mean()))
