"""Continuous batching: whoever is next in any of several sequences, computed together.

A step reads all weights for a single token, so several sequences' steps take
hardly longer than one's (Yu et al. 2022, "Orca", section 4.1: scheduling by
iteration). A sequence joins the batch at any step and leaves it at any other.
No thread of its own is needed: of those that wait for a result one computes
the batch of all.

This module knows nothing of models.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tutor.errors import ModelError
from tutor.llm.sampling import Logits

COMPANY = 0.3
"""How long a batch waits for the sequences of the one before, as a share of that one's time: they
are back as soon as their tokens are chosen. The share was not tuned."""
LONGEST_WAIT = 0.02
"""Seconds at most: after a prompt's block a share of its time would be long."""
PROMPT_TOKENS = 64
"""Tokens of prompts in a batch, but for a longer block, which comes alone: more would hold up
those who are writing already."""


@dataclass(frozen=True, slots=True)
class Request:
    """Tokens to append to the first `past` ones of the sequence in `slot`."""

    slot: int
    tokens: Sequence[int]
    past: int


Compute = Callable[[Sequence[Request]], Sequence[Logits]]
"""Requests of different slots to the logits [vocabulary] after each one's last token."""


@dataclass(eq=False, slots=True)
class _Pending:
    """A request that waits to be computed, then its logits, or what went wrong."""

    request: Request
    done: bool = False
    logits: Logits | None = None
    error: Exception | None = None


class Batcher:
    """Puts the requests of several threads, each at its own slot, into batches.

    `company` and `longest_wait` are as COMPANY and LONGEST_WAIT.
    """

    def __init__(
        self, compute: Compute, company: float = COMPANY, longest_wait: float = LONGEST_WAIT
    ) -> None:
        self._compute = compute
        self._company = company
        self._longest_wait = longest_wait
        self._changed = threading.Condition()
        self._pending: list[_Pending] = []
        self._busy = False
        self._expected: set[int] = set()
        self._reading: set[int] = set()
        self._wait = 0.0

    def run(self, request: Request) -> Logits:
        """The request's logits; it blocks until a batch with it was computed.

        Raises:
            ModelError: the computing of that batch failed.
        """
        if not request.tokens:
            raise ValueError("a request without tokens has no logits")
        mine = _Pending(request)
        with self._changed:
            self._pending.append(mine)
            self._changed.notify_all()
        try:
            while not self._is_done(mine):
                self._lead()
        finally:
            with self._changed:
                if mine in self._pending:  # interrupted while it waited
                    self._pending.remove(mine)
        if mine.logits is None:
            raise ModelError(f"the model could not go on ({mine.error})") from mine.error
        return mine.logits

    def _is_done(self, mine: _Pending) -> bool:
        """Wait for the result; False if it falls to this thread to compute the next batch."""
        with self._changed:
            self._changed.wait_for(lambda: mine.done or not self._busy)
            if not mine.done:
                self._busy = True
            return mine.done

    def _lead(self) -> None:
        """Compute a batch, in which this thread's own request need not be."""
        batch: list[_Pending] = []
        seconds = 0.0
        try:
            batch = self._gathered()
            start = time.perf_counter()
            results = self._compute([one.request for one in batch])
            seconds = time.perf_counter() - start
            for one, logits in zip(batch, results, strict=True):
                one.logits = logits
        except Exception as error:  # of whatever kind: those in the batch raise it, each its own
            for one in batch:
                one.error = error
        finally:
            self._finish(batch, seconds)

    def _gathered(self) -> list[_Pending]:
        """The next batch: every single token, and of prompts' blocks what there is room for."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._expected <= {one.request.slot for one in self._pending}, self._wait
            )
            batch = [one for one in self._pending if len(one.request.tokens) == 1]
            blocks = [one for one in self._pending if len(one.request.tokens) > 1]
            # A prompt is read to its end before the next is begun: half as long a wait for the
            # one, the same for the other.
            blocks.sort(key=lambda one: one.request.slot not in self._reading)
            room = PROMPT_TOKENS
            for number, block in enumerate(blocks):
                size = len(block.request.tokens)
                if number == 0 or size <= room:
                    batch.append(block)
                    room -= size
            self._pending = [one for one in self._pending if one not in batch]
            return batch

    def _finish(self, batch: Sequence[_Pending], seconds: float) -> None:
        with self._changed:
            for one in batch:
                one.done = True
            self._expected = {one.request.slot for one in (*batch, *self._pending)}
            self._reading = {one.request.slot for one in batch if len(one.request.tokens) > 1}
            self._wait = min(self._company * seconds, self._longest_wait)
            self._busy = False
            self._changed.notify_all()
