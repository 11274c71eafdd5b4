"""Engines that need no model: another party's part, played by a script."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from tutor.llm.decode import Cancelled, never
from tutor.llm.sampling import Logits
from tutor.records import Message

END = 256
VOCABULARY = 257


class ByteTokenizer:
    """Every byte is a token; token 256 ends a reply."""

    ends = frozenset({END})
    takes_tools = False

    def encode(self, text: str) -> list[int]:
        return list(text.encode())

    def decode(self, tokens: Sequence[int]) -> str:
        return bytes(tokens).decode(errors="replace")

    def render(self, messages: Sequence[Message], tools: Sequence[dict[str, Any]] = ()) -> str:
        offered = json.dumps(list(tools)) if tools else ""
        return offered + "".join(f"<{item.role}>{item.content}" for item in messages)

    def prompt(
        self, messages: Sequence[Message], tools: Sequence[dict[str, Any]] = ()
    ) -> list[int]:
        return self.encode(self.render(messages, tools))


class ScriptedEngine:
    """Says its script, a byte each step; remembers what it was given."""

    def __init__(self, script: str | bytes, context: int = 10_000) -> None:
        self.tokenizer = ByteTokenizer()
        self.context = context
        self.script = [*(script.encode() if isinstance(script, str) else script), END]
        self.prompts: list[list[int]] = []
        self.steps: list[int] = []
        self.fixed = 0

    def prefill(
        self, tokens: Sequence[int], fixed: int = 0, cancelled: Cancelled = never
    ) -> Logits:
        self.fixed = fixed
        self.prompts.append(list(tokens))
        self.steps = []
        return self._next()

    def step(self, token: int) -> Logits:
        self.steps.append(token)
        return self._next()

    def _next(self) -> Logits:
        logits = np.full(VOCABULARY, -10.0, dtype=np.float32)
        logits[self.script[min(len(self.steps), len(self.script) - 1)]] = 10.0
        return logits
