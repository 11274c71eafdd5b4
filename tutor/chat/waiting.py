"""A line of students: one model writes one explanation at a time, first come, first served."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

LOOK_AGAIN = 0.2
"""Seconds until one who waits looks whether they have been stopped."""


class Line:
    """Whoever is at its head has the model. Used from many threads."""

    def __init__(self) -> None:
        self._moved = threading.Condition()
        self._tickets: list[object] = []

    def join(self) -> object:
        """Stand at the end; returns the ticket to wait and leave with."""
        ticket = object()
        with self._moved:
            self._tickets.append(ticket)
        return ticket

    def leave(self, ticket: object) -> None:
        """Make room for the next, whether or not it was this ticket's turn."""
        with self._moved:
            self._tickets.remove(ticket)
            self._moved.notify_all()

    def wait(self, ticket: object, cancelled: Callable[[], bool]) -> Iterator[int]:
        """How many stand before the ticket, each time that changes; ends when none does."""
        told = 0
        while not cancelled():
            with self._moved:
                before = self._tickets.index(ticket)
                if before == told:
                    if not before:
                        return
                    self._moved.wait(LOOK_AGAIN)
                    continue
            if not before:
                return
            told = before
            yield before
