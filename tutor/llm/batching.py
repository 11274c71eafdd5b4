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
"""How long a batch waits for sequences that were in the one before, as a share of its time."""
LONGEST_WAIT = 0.02
"""Seconds: a batch with a prompt's block takes long, and nobody else should for it."""
PROMPT_TOKENS = 64
"""Tokens of prompts in a batch: more would keep those waiting who are writing already."""


@dataclass(frozen=True, slots=True)
class Request:
    """Tokens to append to the first `past` ones of the sequence in `slot`."""

    slot: int
    tokens: Sequence[int]
    past: int


Compute = Callable[[Sequence[Request]], Sequence[Logits]]
"""Requests of different slots to the logits [vocabulary] after each one's last token."""


@dataclass(eq=False, slots=True)
class _Ticket:
    request: Request
    done: bool = False
    logits: Logits | None = None


class Batcher:
    """Puts the requests of several threads, each at its own slot, into batches."""

    def __init__(self, compute: Compute) -> None:
        self._compute = compute
        self._changed = threading.Condition()
        self._waiting: list[_Ticket] = []
        self._busy = False
        self._expected: set[int] = set()
        self._reading: set[int] = set()
        self._patience = 0.0

    def run(self, request: Request) -> Logits:
        """The request's logits; it blocks until a batch with it was computed.

        Raises:
            ModelError: another thread's computing of that batch failed.
            RuntimeError: it failed in this thread.
        """
        ticket = _Ticket(request)
        with self._changed:
            self._waiting.append(ticket)
            self._changed.notify_all()
        while not self._is_done(ticket):
            batch = self._gathered()
            start, results = time.perf_counter(), None
            try:
                results = self._compute([one.request for one in batch])
            finally:
                self._hand_out(batch, results, time.perf_counter() - start)
        if ticket.logits is None:
            raise ModelError("the batch of which this reply was a part could not be computed")
        return ticket.logits

    def _is_done(self, ticket: _Ticket) -> bool:
        """Wait for the result; False if it falls to this thread to compute the next batch."""
        with self._changed:
            self._changed.wait_for(lambda: ticket.done or not self._busy)
            if not ticket.done:
                self._busy = True
            return ticket.done

    def _gathered(self) -> list[_Ticket]:
        """The next batch: every single token, and of prompts' blocks as many as there is room for.

        The sequences of the last batch are back in a moment, once their tokens are chosen.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._expected <= {ticket.request.slot for ticket in self._waiting},
                self._patience,
            )
            steps = [one for one in self._waiting if len(one.request.tokens) == 1]
            blocks = [one for one in self._waiting if len(one.request.tokens) > 1]
            # A prompt is read to its end before the next is begun: its student's wait is shorter,
            # and the other's is not longer.
            blocks.sort(key=lambda one: one.request.slot not in self._reading)
            room = PROMPT_TOKENS
            batch = steps
            for block in blocks:
                size = len(block.request.tokens)
                if size <= room or not batch:
                    batch.append(block)
                    room -= size
            self._waiting = [one for one in self._waiting if one not in batch]
            return batch

    def _hand_out(
        self, batch: Sequence[_Ticket], results: Sequence[Logits] | None, seconds: float
    ) -> None:
        with self._changed:
            for number, ticket in enumerate(batch):
                ticket.logits = results[number] if results is not None else None
                ticket.done = True
            took_part = {ticket.request.slot for ticket in batch}
            self._expected = took_part | {ticket.request.slot for ticket in self._waiting}
            self._reading = {t.request.slot for t in batch if len(t.request.tokens) > 1}
            self._patience = min(COMPANY * seconds, LONGEST_WAIT)
            self._busy = False
            self._changed.notify_all()
