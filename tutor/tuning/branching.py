"""Several questions after the same notes in one sequence, where none sees another.

Most of an example's tokens are its notes. Where more than one question is asked
of the same notes, these are read once, and each question with its reply is a
branch after them: a branch sees what is shared and itself, and stands at the
places at which it would stand alone. So a lesson with ten questions takes a
third of the tokens of ten examples, and the losses are the same.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import torch


@dataclass(frozen=True, slots=True)
class Branch:
    """What comes after the shared tokens: the rest of the prompt, and the reply with its end."""

    asked: list[int]
    reply: list[int]
    declines: bool = False


@dataclass(frozen=True, slots=True)
class Branching:
    """Shared tokens with their branches."""

    shared: list[int]
    branches: tuple[Branch, ...]

    @property
    def tokens(self) -> list[int]:
        """All of them, as the model reads them."""
        return [
            *self.shared,
            *(token for branch in self.branches for token in (*branch.asked, *branch.reply)),
        ]


class Sequenced(Protocol):
    """What is learned from: some text in tokens."""

    @property
    def tokens(self) -> list[int]: ...


Item = TypeVar("Item", bound=Sequenced)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model makes of a batch.

    `decided` [branches, width] are the last layer's states before each reply begins;
    `before` [reply tokens, width] those before each of its tokens, `wanted` [reply tokens] these
    tokens and `branch` [reply tokens] the branches that they are of. Branches are counted through
    the batch.
    """

    decided: torch.Tensor
    before: torch.Tensor
    wanted: torch.Tensor
    branch: torch.Tensor


def read(model: Any, batch: Sequence[Branching]) -> Reading:
    """Run the model over a batch. Only a few states are kept: logits of all would cost a fifth
    of the work, and four fifths of them would be of prompts."""
    longest = max(len(item.tokens) for item in batch)
    tokens = torch.zeros(len(batch), longest, dtype=torch.long)
    places = torch.zeros(len(batch), longest, dtype=torch.long)
    # An unused place at the end still has to see itself: a row of nothing is not a number.
    sees = torch.eye(longest, dtype=torch.bool).repeat(len(batch), 1, 1)
    decided: list[tuple[int, int]] = []
    before: list[tuple[int, int]] = []
    wanted: list[int] = []
    of: list[int] = []
    for row, item in enumerate(batch):
        tokens[row, : len(item.tokens)] = torch.tensor(item.tokens)
        start = shared = len(item.shared)
        places[row, :shared] = torch.arange(shared)
        sees[row, :shared, :shared] = torch.ones(shared, shared, dtype=torch.bool).tril()
        for branch in item.branches:
            length = len(branch.asked) + len(branch.reply)
            end = start + length
            places[row, start:end] = torch.arange(shared, shared + length)
            sees[row, start:end, :shared] = True
            sees[row, start:end, start:end] = torch.ones(length, length, dtype=torch.bool).tril()
            last = start + len(branch.asked) - 1 if branch.asked else shared - 1
            reply = start + len(branch.asked)
            states = [last, *range(reply, end - 1)][: len(branch.reply)]
            of += [len(decided)] * len(branch.reply)
            decided.append((row, last))
            before += [(row, state) for state in states]
            wanted += branch.reply
            start = end
    device = model.device
    mask = torch.zeros(sees.shape, dtype=model.dtype).masked_fill(
        ~sees, torch.finfo(model.dtype).min
    )
    # Written out for every head: PyTorch's attention is twice as fast on the CPU than if it has to
    # spread the mask itself.
    heads = mask[:, None].repeat(1, model.config.num_attention_heads, 1, 1)
    states = model.model(
        input_ids=tokens.to(device),
        attention_mask=heads.to(device),
        position_ids=places.to(device),
        use_cache=False,
    ).last_hidden_state

    def at(where: list[tuple[int, int]]) -> torch.Tensor:
        found = torch.tensor(where, dtype=torch.long).reshape(-1, 2).to(device)
        picked: torch.Tensor = states[found[:, 0], found[:, 1]]
        return picked

    return Reading(
        at(decided),
        at(before),
        torch.tensor(wanted, dtype=torch.long).to(device),
        torch.tensor(of, dtype=torch.long).to(device),
    )


def batches_of(sequences: Sequence[Item], size: int, pick: random.Random) -> list[list[Item]]:
    """Batches of about `size` tokens, each of sequences alike in length, in any order."""
    order = sorted(sequences, key=lambda item: len(item.tokens) + pick.random() * 40)
    batches: list[list[Item]] = [[]]
    longest = 0
    for item in order:
        longest = max(longest, len(item.tokens))
        if batches[-1] and (len(batches[-1]) + 1) * longest > size:
            batches.append([])
            longest = len(item.tokens)
        batches[-1].append(item)
    pick.shuffle(batches)
    return [batch for batch in batches if batch]
