"""A line of students: one is served at a time, first come, first served."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LOOK_AGAIN = 0.2
"""Seconds until one who waits looks whether they have been stopped."""

Cancelled = Callable[[], bool]


class Line:
    """Whoever is at its head is served. Used from many threads."""

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

    def wait(self, ticket: object, cancelled: Cancelled) -> Iterator[int]:
        """How many stand before the ticket, each time that changes; ends when none does."""
        told = 0
        while not cancelled():
            with self._moved:
                before = self._tickets.index(ticket)
                if before == told and before:
                    self._moved.wait(LOOK_AGAIN)
                    continue
            if not before:
                return
            told = before
            yield before

    @contextmanager
    def turn(self, cancelled: Cancelled) -> Iterator[None]:
        """Stand in line, be served, leave. Who is cancelled is served without waiting."""
        ticket = self.join()
        try:
            for _ in self.wait(ticket, cancelled):
                pass
            yield
        finally:
            self.leave(ticket)

    def let_pass(self, cancelled: Cancelled) -> None:
        """Wait, without standing in it, until the line is empty."""
        with self._moved:
            while self._tickets and not cancelled():
                self._moved.wait(LOOK_AGAIN)
