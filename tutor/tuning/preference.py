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
from tutor.tuning.branching import Branching, batches_of, read
from tutor.tuning.examples import Example
from tutor.tuning.training import branchings_of

BETA = 0.1
"""How far from the first model the pairs may draw this one; the smaller, the farther."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A prompt with the better reply after it and, if there is one, the worse."""

    item: Branching
    ahead: float = 0.0
    """By how much the better reply was likelier to the first model, in nats."""

    @property
    def tokens(self) -> list[int]:
        return self.item.tokens

    @property
    def better(self) -> int:
        """How many tokens the better reply has."""
        return len(self.item.branches[0].reply)

    @property
    def worse(self) -> int:
        """How many the worse one has, 0 where there is none."""
        return sum(len(branch.reply) for branch in self.item.branches[1:])


def pair_of(example: Example, tokenizer: ChatTokenizer, prompt: str) -> Pair:
    """The example as the engine would feed it to the model, with its replies and their ends."""
    replies = [example.reply, example.worse] if example.worse else [example.reply]
    examples = [replace(example, reply=reply) for reply in replies]
    (item,) = branchings_of(examples, tokenizer, prompt)
    return Pair(item)


def log_likelihoods(model: Any, batch: Sequence[Pair]) -> tuple[torch.Tensor, torch.Tensor]:
    """Of each pair the log likelihood of the better and of the worse reply, in nats; 0 for none."""
    reading = read(model, [pair.item for pair in batch])
    odds = model.lm_head(reading.before).float().log_softmax(-1)
    each = odds.gather(1, reading.wanted[:, None])[:, 0]
    sums = each.new_zeros(len(reading.decided)).index_add(0, reading.branch, each)
    better, worse = [], []
    branch = 0
    for pair in batch:
        better.append(sums[branch])
        worse.append(sums[branch + 1] if pair.worse else sums.new_zeros(()))
        branch += len(pair.item.branches)
    return torch.stack(better), torch.stack(worse)


def preference_loss(model: Any, batch: Sequence[Pair]) -> torch.Tensor:
    """The mean over the batch; see above."""
    better, worse = log_likelihoods(model, batch)
    lengths, paired, before = (
        torch.tensor([getattr(pair, name) for pair in batch], device=better.device)
        for name in ("better", "worse", "ahead")
    )
    loss = -better / lengths.clamp(min=1)  # an empty reply has nothing to learn from
    ahead = better - worse - before
    return torch.where(paired > 0, loss - logsigmoid(BETA * ahead), loss).mean()


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
