"""A blocking answer becomes an async stream of events that can be stopped at any time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, field

from tutor.chat.waiting import Line
from tutor.labs import LABS
from tutor.records import Event, EvidenceFound, ToolFinished, ToolStarted

Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Waiting:
    """`before` other students are served first: with their explanation, or with their lab."""

    before: int
    lab: bool = False


Step = Event | Waiting


@dataclass(frozen=True, slots=True)
class Lines:
    """Where students wait: for their evidence, the model that explains it, and their lab.

    `explaining` None: the model serves many at a time.
    """

    looking: Line
    explaining: Line | None
    running: Line = field(default_factory=Line)


def in_line(
    ask: Callable[[Cancelled], Iterator[Event]], lines: Lines, stop: threading.Event
) -> Generator[Step, None, None]:
    """The events that `ask` gives, one student's evidence after the other's.

    Evidence takes a moment of all cores, an explanation seconds, a lab up to
    minutes. So nobody's explanation is begun or goes on while somebody waits
    for their evidence, and explanations are written one at a time, as labs run.
    """

    def cancelled() -> bool:  # what the model asks before each token
        lines.looking.let_pass(stop.is_set)
        return stop.is_set()

    places = _Places(stop)
    with closing(_closable(ask(cancelled))) as events, closing(places):
        with lines.looking.turn(stop.is_set):
            first = None if stop.is_set() else next(events, None)
        event = first
        while event is not None:
            yield event
            match event:
                case EvidenceFound(covered=True) if event is first and lines.explaining:
                    yield from places.take(lines.explaining)
                case ToolStarted(call) if call.name in LABS:
                    yield from places.take(lines.running, lab=True)
                case ToolFinished():
                    places.leave(lines.running)
            if stop.is_set() and not isinstance(event, ToolStarted):
                return  # a lab sees the stop itself, and ends its process
            event = next(events, None)


class _Places:
    """The places that one answer has taken in lines."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._tickets: dict[Line, object] = {}

    def take(self, line: Line, *, lab: bool = False) -> Iterator[Waiting]:
        """Stand in line until it is one's turn, telling how many are before."""
        ticket = self._tickets[line] = line.join()
        for before in line.wait(ticket, self._stop.is_set):
            yield Waiting(before, lab)

    def leave(self, line: Line) -> None:
        if line in self._tickets:
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
