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


@dataclass(frozen=True, slots=True)
class Waiting:
    """`before` other students get their explanation first."""

    before: int


Step = Event | Waiting


def in_line(
    events: Iterator[Event], line: Line | None, cancelled: Callable[[], bool]
) -> Generator[Step, None, None]:
    """The events, with a place in line between the evidence and the explanation.

    Evidence costs little and is for everyone at once; the explanation is what
    the model is needed for. `line` None: the model serves many at a time.
    """
    ticket: object | None = None
    try:
        for event in events:
            yield event
            if line and isinstance(event, EvidenceFound) and event.covered:
                ticket = line.join()
                yield from map(Waiting, line.wait(ticket, cancelled))
            if cancelled():
                return
    finally:
        if line and ticket is not None:
            line.leave(ticket)


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
