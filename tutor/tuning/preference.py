"""Learning from pairs: a reply that the model wrote, and the one that it should have written.

A model that only copies good replies never learns which of its own are bad. The
loss is that of iterative reasoning preference optimization (Pang et al. 2024,
"Iterative Reasoning Preference Optimization", equation 1): direct preference
optimization (Rafailov et al. 2023, equation 7) against the model that training
began with, and the cross-entropy of the better reply, without which both
replies may grow less likely. A reply that was good as it stood has no worse
one, and only its cross-entropy counts.

Both replies follow the prompt in one sequence, where neither sees the other:
the prompt, most of the work, is read once.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch.nn.functional import logsigmoid

from tutor.llm.tokenizer import ChatTokenizer
from tutor.tuning.examples import Example
from tutor.tuning.training import END, batches_of, tokens_of

BETA = 0.1
"""How far from the first model the pairs may draw this one; the smaller, the farther."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A prompt with the better and the worse reply after it, in tokens."""

    tokens: list[int]
    prompt: int
    """How many of them are the prompt's."""
    better: int
    """How many are the better reply's; the rest are the worse one's, if there is one."""
    ahead: float = 0.0
    """By how much the better reply was likelier to the first model, in nats."""

    @property
    def worse(self) -> int:
        """How many tokens are the worse reply's."""
        return len(self.tokens) - self.prompt - self.better


def pair_of(example: Example, tokenizer: ChatTokenizer, prompt: str) -> Pair:
    """The example as the engine would feed it to the model, with its replies and their ends."""
    first = tokens_of(example, tokenizer, prompt)
    worse = tokenizer.encode(example.worse + END) if example.worse else []
    return Pair([*first.tokens, *worse], first.prompt, len(first.tokens) - first.prompt)


def log_likelihoods(model: Any, batch: Sequence[Pair]) -> tuple[torch.Tensor, torch.Tensor]:
    """Of each pair the log likelihood of the better and of the worse reply, in nats."""
    longest = max(len(pair.tokens) for pair in batch)
    tokens = torch.zeros(len(batch), longest, dtype=torch.long)
    places = torch.zeros(len(batch), longest, dtype=torch.long)
    # An unseen token after the end still has to see itself: a row of nothing is not a number.
    sees = torch.eye(longest, dtype=torch.bool).repeat(len(batch), 1, 1)
    rows, before, wanted, worse = [], [], [], []
    for row, pair in enumerate(batch):
        length, end = len(pair.tokens), pair.prompt + pair.better
        tokens[row, :length] = torch.tensor(pair.tokens)
        places[row, :end] = torch.arange(end)
        places[row, end:length] = torch.arange(pair.prompt, pair.prompt + length - end)
        sees[row, :length, :length] = torch.ones(length, length, dtype=torch.bool).tril()
        sees[row, end:length, pair.prompt : end] = False
        rows += [row] * (length - pair.prompt)
        before += list(range(pair.prompt - 1, end - 1))
        if length > end:  # its first token also follows the prompt
            before += [pair.prompt - 1, *range(end, length - 1)]
        wanted += pair.tokens[pair.prompt :]
        worse += [row * 2] * pair.better + [row * 2 + 1] * (length - end)
    mask = torch.zeros(sees.shape, dtype=model.dtype).masked_fill(
        ~sees, torch.finfo(model.dtype).min
    )
    states = model.model(
        input_ids=tokens, attention_mask=mask[:, None], position_ids=places, use_cache=False
    ).last_hidden_state
    odds = model.lm_head(states[rows, before]).float().log_softmax(-1)
    each = odds[range(len(wanted)), wanted]
    sums = torch.zeros(2 * len(batch)).index_add(0, torch.tensor(worse), each).view(-1, 2)
    return sums[:, 0], sums[:, 1]


def preference_loss(model: Any, batch: Sequence[Pair]) -> torch.Tensor:
    """The mean over the batch; see above."""
    better, worse = log_likelihoods(model, batch)
    loss = -better / torch.tensor([pair.better for pair in batch])
    paired = torch.tensor([pair.worse > 0 for pair in batch])
    ahead = better - worse - torch.tensor([pair.ahead for pair in batch])
    return torch.where(paired, loss - logsigmoid(BETA * ahead), loss).mean()


def measured(model: Any, pairs: Sequence[Pair], size: int) -> list[Pair]:
    """The pairs, with what the model as it is now thinks of them; in another order."""
    found = [pair for pair in pairs if not pair.worse]
    for batch, ahead in _compared(model, pairs, size):
        found += [replace(pair, ahead=by) for pair, by in zip(batch, ahead.tolist(), strict=True)]
    return found


def won(model: Any, pairs: Sequence[Pair], size: int) -> float:
    """The share of the pairs whose better reply has gained on the worse since the first model."""
    gained: list[bool] = [
        by > pair.ahead
        for batch, ahead in _compared(model, pairs, size)
        for pair, by in zip(batch, ahead.tolist(), strict=True)
    ]
    return sum(gained) / max(len(gained), 1)


def _compared(
    model: Any, pairs: Sequence[Pair], size: int
) -> Iterator[tuple[list[Pair], torch.Tensor]]:
    """The pairs with two replies, batch by batch, and by how much each better one is likelier."""
    both = [pair for pair in pairs if pair.worse]
    with torch.no_grad():
        for batch in batches_of(both, size, random.Random(0)):
            better, worse = log_likelihoods(model.base_model.model, batch)
            yield batch, better - worse
