"""Models of a few thousand weights, to train in a moment."""

from __future__ import annotations

from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from tutor.tuning import training
from tutor.tuning.branching import Branch, Branching


def tiny_with_adapter() -> Any:
    """A Llama of a few thousand weights with an adapter."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=64,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        initializer_range=0.3,
    )
    return training.adapted(LlamaForCausalLM(config), 4)


def single(prompt: list[int], reply: list[int], *, declines: bool = False) -> Branching:
    """A prompt with one reply."""
    return Branching(prompt, (Branch([], reply, declines),))
