"""The judge's network: MiniLM over question and passage, mean pooling, one log-odds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging

from tutor.judge import WINDOW

FROZEN_LAYERS = 2
FROZEN = (
    "encoder.embeddings.",
    *(f"encoder.encoder.layer.{n}." for n in range(FROZEN_LAYERS)),
)
"""What is not trained, two thirds of the weights, comes from the bundled model."""

Pair = tuple[str, str]


class CrossEncoder(torch.nn.Module):
    """Token ids [batch, length] of question and passage in, log-odds [batch] out."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self.encoder = AutoModel.from_pretrained(str(folder), local_files_only=True)
        self.head = torch.nn.Linear(self.encoder.config.hidden_size, 1)
        for name, parameter in self.named_parameters():
            parameter.requires_grad_(not name.startswith(FROZEN))

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        token_type_ids: torch.Tensor,
    ) -> torch.Tensor:
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state  # [batch, length, hidden]
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        pooled = (hidden * mask).sum(1) / mask.sum(1)
        odds: torch.Tensor = self.head(pooled).squeeze(-1)
        return odds


def load(folder: Path, weights: Path) -> CrossEncoder:
    """The trained network, ready to judge."""
    network = CrossEncoder(folder)
    state = {name: tensor.float() for name, tensor in load_file(weights).items()}
    network.load_state_dict(state, strict=False)  # what is not in the file stays the bundled one's
    return network.eval()


def made_by(weights: Path) -> str:
    """The command that made the weights, as they say themselves."""
    with safe_open(weights, "pt") as stored:
        return str((stored.metadata() or {}).get("made_by", "unknown"))


def save(network: CrossEncoder, weights: Path, provenance: dict[str, str]) -> None:
    """Write what training changed, in bfloat16, with where it comes from."""
    state = {
        name: tensor.to(torch.bfloat16).contiguous()
        for name, tensor in network.state_dict().items()
        if not name.startswith(FROZEN)
    }
    save_file(state, weights, metadata=provenance)


@lru_cache
def _tokenizer(folder: Path) -> Any:
    return AutoTokenizer.from_pretrained(str(folder), local_files_only=True)


def features(folder: Path, pairs: Sequence[Pair]) -> dict[str, torch.Tensor]:
    """What the network reads, padded to the longest pair."""
    encoded: Any = _tokenizer(folder)(
        [question for question, _ in pairs],
        [passage for _, passage in pairs],
        padding=True,
        truncation="longest_first",  # a question may be longer than the window by itself
        max_length=WINDOW,
        return_tensors="pt",
    )
    return {name: encoded[name] for name in ("input_ids", "attention_mask", "token_type_ids")}


@torch.inference_mode()
def infer(network: CrossEncoder, folder: Path, pairs: Sequence[Pair]) -> NDArray[np.float32]:
    """The log-odds of each pair."""
    if not pairs:
        return np.empty(0, dtype=np.float32)
    odds: NDArray[np.float32] = network(**features(folder, pairs)).float().numpy()
    return odds


def example(folder: Path) -> dict[str, torch.Tensor]:
    """Tensors to trace the network with."""
    return features(folder, [("What is it?", "It is an example."), ("Why?", "Because.")])


def facts(folder: Path) -> dict[str, Any]:
    """What running the converted network needs to know."""
    tokenizer = _tokenizer(folder)
    return {
        "window": WINDOW,
        "pad_id": tokenizer.pad_token_id,
        "pad_token": tokenizer.pad_token,
    }
