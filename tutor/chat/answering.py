"""A blocking answer becomes an async stream of events that can be stopped at any time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, field
from typing import Literal

from tutor.chat.waiting import Crowded, Line, Ticket
from tutor.labs import LABS
from tutor.records import Event, EvidenceFound, TextAdded, ToolFinished, ToolStarted

Cancelled = Callable[[], bool]


MOMENT = 0.5
"""Seconds for which nothing is said about a wait for evidence, which seldom is longer."""

What = Literal["evidence", "explanation", "lab"]
"""What a student waits for."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """`before` other students are served first."""

    before: int
    what: What = "explanation"


@dataclass(frozen=True, slots=True)
class Refused:
    """There are too many: what the student has so far stays, and nothing follows.

    `before` others would be served first, in about `seconds`. `own`: they are this student's
    questions, asked on other pages.
    """

    before: int
    seconds: float
    what: What
    own: bool = False


Step = Event | Waiting | Refused


@dataclass(frozen=True, slots=True)
class Lines:
    """Where students wait: for their evidence, the model that explains it, and their lab.

    `explaining` None: there is no model.
    """

    looking: Line
    explaining: Line | None
    running: Line = field(default_factory=Line)


def in_line(
    ask: Callable[[Cancelled], Iterator[Event]],
    lines: Lines,
    stop: threading.Event,
    student: object = None,
) -> Generator[Step, None, None]:
    """The events that `ask` gives, one student's evidence after the other's.

    Evidence takes a moment of all cores, an explanation seconds, a lab up to
    minutes. So nobody's explanation is begun or goes on while somebody waits
    for their evidence. Of explanations as many are written at once as the model can, labs run
    one at a time.
    `student` tells whose question it is, so that nobody has two before others have one.
    """

    def cancelled() -> bool:  # what the model asks before each token
        lines.looking.let_pass(stop.is_set)
        return stop.is_set()

    # A place is left after its answer was closed: the next one finds the model free.
    with closing(_Places(stop, student)) as places, closing(_closable(ask(cancelled))) as events:
        try:
            yield from _served(events, lines, places, stop)
        except _Full as full:
            why = full.crowded
            yield Refused(why.before, why.seconds, full.what, why.own)


def _served(
    events: Iterator[Event], lines: Lines, places: _Places, stop: threading.Event
) -> Generator[Step, None, None]:
    yield from places.take(lines.looking, "evidence")
    event = None if stop.is_set() else next(events, None)
    places.leave(lines.looking)
    shown = False  # under what a tool showed stand quotes alone
    while event is not None:
        yield event
        match event:
            case EvidenceFound(covered=True) if not shown:
                yield from places.take(lines.explaining, "explanation")
            case TextAdded(""):  # a model is about to be asked whether it wants a tool
                yield from places.take(lines.explaining, "explanation")
            case ToolStarted(call) if call.name in LABS:
                places.leave(lines.explaining)
                yield from places.take(lines.running, "lab")
            case ToolFinished():
                shown = True
                places.leave(lines.running)
        if stop.is_set() and not isinstance(event, ToolStarted):
            return  # a lab sees the stop itself, and ends its process
        event = next(events, None)


class _Full(Exception):  # noqa: N818  # nothing is wrong: a word for the student
    """A line has no place."""

    def __init__(self, crowded: Crowded, what: What) -> None:
        super().__init__(what)
        self.crowded = crowded
        self.what = what


class _Places:
    """The places that one answer has taken in lines."""

    def __init__(self, stop: threading.Event, student: object) -> None:
        self._stop = stop
        self._student = student
        self._tickets: dict[Line, Ticket] = {}

    def take(self, line: Line | None, what: What) -> Iterator[Waiting]:
        """Stand in line until it is one's turn, telling how many are before."""
        if line is None or line in self._tickets:
            return
        try:
            ticket = self._tickets[line] = line.join(self._student)
            quiet = MOMENT if what == "evidence" else 0.0
            for before in line.wait(ticket, self._stop.is_set, quiet):
                yield Waiting(before, what)
        except Crowded as crowded:
            raise _Full(crowded, what) from None

    def leave(self, line: Line | None) -> None:
        if line is not None and line in self._tickets:
            line.leave(self._tickets.pop(line))

    def close(self) -> None:
        for line in list(self._tickets):
            self.leave(line)


def _closable(events: Iterator[Event]) -> Generator[Event, None, None]:
    """The events as a generator: closing it closes what it reads from."""
    yield from events


async def stream(
    make: Callable[[], Generator[Step, None, None]], pool: Executor, stop: threading.Event
) -> AsyncIterator[Step]:
    """The steps that a thread of `pool` makes, as they come; its error is raised here.

    The thread ends at the first step after `stop` is set, which is also done
    when the reader leaves early.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Step | None] = asyncio.Queue()

    def work() -> None:
        with closing(make()) as steps:
            for step in steps:
                loop.call_soon_threadsafe(queue.put_nowait, step)
                if stop.is_set():
                    return

    working = loop.run_in_executor(pool, work)
    # Called after every step of the thread has been queued, however it ended.
    working.add_done_callback(lambda _: queue.put_nowait(None))
    try:
        while (step := await queue.get()) is not None:
            yield step
        await working
    finally:
        stop.set()
