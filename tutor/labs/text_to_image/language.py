"""The first text encoder: the bundled MiniLM's states of each token, frozen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor

from tutor.labs.text_to_image.network import TOKENS
from tutor.models import embedding_folder


@dataclass(frozen=True, slots=True)
class Prompts:
    """Prompts as both encoders need them: states [n, TOKENS, 384] and token ids [n, TOKENS].

    An id of 0 is padding; an empty prompt still has its two end marks.
    """

    states: Tensor
    ids: Tensor

    def take(self, rows: Tensor) -> Prompts:
        return Prompts(self.states[rows], self.ids[rows])

    def repeat(self, n: int) -> Prompts:
        """One prompt n times."""
        return Prompts(self.states.expand(n, -1, -1), self.ids.expand(n, -1))

    def split(self) -> list[Prompts]:
        """Each prompt by itself."""
        return [self.take(torch.tensor([row])) for row in range(len(self.ids))]


@cache
def _model() -> tuple[Any, Any]:
    """Tokenizer and network, in evaluation mode."""
    from transformers import AutoTokenizer, BertModel

    folder = str(embedding_folder("bundled"))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    network: torch.nn.Module = BertModel.from_pretrained(folder, add_pooling_layer=False)
    return tokenizer, network.eval()


@torch.no_grad()
def read(prompts: Sequence[str]) -> Prompts:
    """Encode prompts; what is longer than TOKENS tokens is cut off."""
    tokenizer, network = _model()
    states, ids = [], []
    for start in range(0, len(prompts), 128):
        rows = tokenizer(
            list(prompts[start : start + 128]),
            padding="max_length",
            truncation=True,
            max_length=TOKENS,
            return_tensors="pt",
        )
        found = network(rows["input_ids"], attention_mask=rows["attention_mask"])
        states.append(found.last_hidden_state)
        ids.append(rows["input_ids"] * rows["attention_mask"])
    return Prompts(torch.cat(states), torch.cat(ids))


def tokens(prompt: str) -> list[str]:
    """The prompt's tokens as the encoders see them, without end marks."""
    tokenizer, _ = _model()
    found: list[str] = tokenizer.tokenize(prompt)
    return found[: TOKENS - 2]
