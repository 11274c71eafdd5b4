"""A blocking answer becomes an async stream of events that can be stopped at any time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass

from tutor.chat.waiting import Line
from tutor.records import Event, EvidenceFound

Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Waiting:
    """`before` other students get their explanation first."""

    before: int


Step = Event | Waiting


@dataclass(frozen=True, slots=True)
class Lines:
    """Where students wait: for their evidence, and for the model that explains it.

    `explaining` None: the model serves many at a time.
    """

    looking: Line
    explaining: Line | None


def in_line(
    ask: Callable[[Cancelled], Iterator[Event]], lines: Lines, stop: threading.Event
) -> Generator[Step, None, None]:
    """The events that `ask` gives, one student's evidence after the other's.

    Evidence takes a moment of all cores, an explanation seconds. So nobody's
    explanation is begun or goes on while somebody waits for their evidence,
    and explanations are written one at a time.
    """

    def cancelled() -> bool:  # what the model asks before each token
        lines.looking.let_pass(stop.is_set)
        return stop.is_set()

    ticket: object | None = None
    with closing(_closable(ask(cancelled))) as events:
        try:
            with lines.looking.turn(stop.is_set):
                first = None if stop.is_set() else next(events, None)
            if first is None:
                return
            yield first
            if lines.explaining and isinstance(first, EvidenceFound) and first.covered:
                ticket = lines.explaining.join()
                yield from map(Waiting, lines.explaining.wait(ticket, stop.is_set))
            if not stop.is_set():
                yield from events
        finally:
            if lines.explaining and ticket is not None:
                lines.explaining.leave(ticket)


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
