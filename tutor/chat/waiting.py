"""A line of students: first come, first served, and nobody twice before others are served once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

LOOK_AGAIN = 0.2
"""Seconds until one who waits looks whether they have been stopped."""
EACH = 2
"""Places of one student in a line: one is served, one waits."""
_NEW = 0.3
"""The last turn's share in the length of a turn that is expected of the next ones."""

Cancelled = Callable[[], bool]


class Crowded(Exception):  # noqa: N818  # nothing is wrong: a word for the student
    """There is no place in the line, or the wait grew too long.

    `before` students would be served first, in about `seconds`. `own`: the student has as many
    places already as one may have.
    """

    def __init__(self, before: int, seconds: float, *, own: bool = False) -> None:
        super().__init__(before, seconds)
        self.before = before
        self.seconds = seconds
        self.own = own


@dataclass(eq=False, slots=True)
class Ticket:
    """A place in a line. `who`: tickets of one student have the same, None is like no other."""

    who: object = None
    joined: float = field(default_factory=time.monotonic)
    served: float | None = None


class Line:
    """Whoever is at its head is served, `at_once` of them. Used from many threads.

    A student's second ticket stands behind the first tickets of all others. Whoever would have
    more than `longest` students before them, or wait longer than `patience` seconds, is refused.
    """

    def __init__(
        self, longest: int = 1000, patience: float = float("inf"), *, at_once: int = 1
    ) -> None:
        self._moved = threading.Condition()
        self._tickets: list[Ticket] = []
        self._longest = longest
        self._patience = patience
        self._at_once = at_once
        self._turn = 0.0  # seconds that one takes; 0: not known yet

    def widen(self, at_once: int) -> None:
        """Serve so many from now on."""
        with self._moved:
            self._at_once = at_once
            self._moved.notify_all()

    def join(self, who: object = None) -> Ticket:
        """Take a place; returns the ticket to wait and leave with.

        Raises:
            Crowded: there is none for this student.
        """
        ticket = Ticket(who)
        with self._moved:
            mine = sum(who is not None and other.who == who for other in self._tickets)
            place = self._place(mine)
            before = self._students(self._tickets[:place])
            if mine >= EACH:
                raise Crowded(before, self._expected(before), own=True)
            if before > self._longest or self._expected(before) > self._patience:
                raise Crowded(before, self._expected(before))
            self._tickets.insert(place, ticket)
        return ticket

    def _place(self, rank: int) -> int:
        """Where the ticket of one who has `rank` tickets stands: behind all with as many or less.

        Never before one that is served, since those are their students' first.
        """
        place = 0
        owners: list[object] = []
        for position, ticket in enumerate(self._tickets, start=1):
            if ticket.who is None or owners.count(ticket.who) <= rank:
                place = position
            owners.append(ticket.who)
        return place

    def _students(self, tickets: list[Ticket]) -> int:
        """How many different students hold the tickets."""
        return len({ticket if ticket.who is None else ticket.who for ticket in tickets})

    def _expected(self, before: int) -> float:
        """Seconds until one with so many before them is served, as far as can be told."""
        return self._turn * before / self._at_once

    def before(self, ticket: Ticket) -> int:
        """How many students must be served before the ticket is."""
        with self._moved:
            return self._before(ticket)

    def _before(self, ticket: Ticket) -> int:
        ahead = self._tickets[: self._tickets.index(ticket)]
        own = any(ticket.who is not None and other.who == ticket.who for other in ahead)
        return max(int(own), self._students(ahead) - self._at_once + 1)

    def leave(self, ticket: Ticket) -> None:
        """Make room for the next, whether or not it was this ticket's turn."""
        with self._moved:
            self._tickets.remove(ticket)
            if ticket.served is not None:
                took = time.monotonic() - ticket.served
                self._turn = (1 - _NEW) * self._turn + _NEW * took if self._turn else took
            self._moved.notify_all()

    def wait(self, ticket: Ticket, cancelled: Cancelled, quiet: float = 0.0) -> Iterator[int]:
        """How many stand before the ticket, each time that changes; ends when none does.

        Nothing is told in the first `quiet` seconds.

        Raises:
            Crowded: its turn did not come within the line's patience.
        """
        told = 0
        while not cancelled():
            with self._moved:
                before = self._before(ticket)
                if not before:
                    ticket.served = time.monotonic()
                    return
                if time.monotonic() - ticket.joined > self._patience:
                    raise Crowded(before, self._expected(before))
                if before == told or time.monotonic() - ticket.joined < quiet:
                    self._moved.wait(LOOK_AGAIN)
                    continue
            told = before
            yield before

    def let_pass(self, cancelled: Cancelled) -> None:
        """Wait until all have left who stand in the line now.

        Not until it is empty: in a crowd it never might be.
        """
        with self._moved:
            now = list(self._tickets)
            while any(ticket in self._tickets for ticket in now) and not cancelled():
                self._moved.wait(LOOK_AGAIN)
