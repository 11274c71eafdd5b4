"""From a prompt to text, token by token: the loop that every engine shares.

The loop knows nothing of models: an engine turns tokens into logits, a
tokenizer turns tokens into text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

import numpy as np

from tutor.config import Sampling
from tutor.llm.sampling import Logits, next_token
from tutor.llm.stops import Cancelled, Stopped, Visible, never
from tutor.llm.tokenizer import ChatTokenizer

__all__ = ["Cancelled", "Engine", "SharedEngine", "generate", "never"]


class Engine(Protocol):
    """Runs a model, one sequence at a time."""

    tokenizer: ChatTokenizer
    context: int
    """The longest sequence, prompt and reply together, in tokens."""

    def prefill(
        self, tokens: Sequence[int], fixed: int = 0, cancelled: Cancelled = never
    ) -> Logits:
        """Begin a sequence; the logits [vocabulary] of the token after it.

        Its first `fixed` tokens are those that other prompts begin with, too, and are worth
        keeping.

        Raises:
            Stopped: `cancelled` said so in the midst of it.
        """
        ...

    def step(self, token: int) -> Logits:
        """Append a token; the logits [vocabulary] of the one after it."""
        ...


class SharedEngine(Engine, Protocol):
    """An engine whose model other threads can use at the same time."""

    def beside(self) -> Sequence[Engine]:
        """Further engines of the same model, a sequence each; none where they would not help."""
        ...


def generate(
    engine: Engine,
    prompt: Sequence[int],
    sampling: Sampling,
    *,
    fixed: int = 0,
    stop: Sequence[str] = (),
    cancelled: Cancelled = never,
    lowered: Mapping[int, float] = MappingProxyType({}),
) -> Iterator[str]:
    """Yield the reply's text as it comes, one piece for each token chosen.

    It ends with the model's end token, before the first of the `stop` texts,
    at `max_new_tokens`, at the end of the context, or when `cancelled`. Pieces
    that might begin a stop text, or that end inside a character, are held
    back and come as part of a later piece; the piece is then empty. `fixed` is as of
    `Engine.prefill`. `lowered` is taken from the logits of the reply's first token.
    """
    random = np.random.default_rng(sampling.seed)
    seen = set(prompt)
    room = min(sampling.max_new_tokens, engine.context - len(prompt))
    reply: list[int] = []
    visible = Visible(stop)
    try:
        logits = engine.prefill(prompt, fixed, cancelled)
    except Stopped:
        return
    for token, by in lowered.items():
        logits[token] -= by
    while len(reply) < room and not cancelled():
        token = next_token(logits, seen, sampling, random)
        if token in engine.tokenizer.ends:
            break
        reply.append(token)
        seen.add(token)
        yield visible.piece(engine.tokenizer.decode(reply))
        if visible.ended:
            return
        if len(reply) < room:
            logits = engine.step(token)
    if rest := visible.rest(engine.tokenizer.decode(reply)):
        yield rest
