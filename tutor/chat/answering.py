"""A blocking answer becomes an async stream of events that can be stopped at any time.

Each answer has a thread of its own. A pool would be too small for a class:
thirty students wait for one model, and each of them shall see the evidence at
once.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass

from tutor.chat.waiting import Line
from tutor.records import Event, EvidenceFound


@dataclass(frozen=True, slots=True)
class Waiting:
    """`before` other students get their explanation first."""

    before: int


@dataclass(frozen=True, slots=True)
class _Ended:
    """The last thing a thread sends: why it ended, if not because all was said."""

    error: BaseException | None = None


Step = Event | Waiting
Steps = Callable[[], Iterator[Step]]


def in_line(
    events: Iterator[Event], line: Line | None, cancelled: Callable[[], bool]
) -> Iterator[Step]:
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
    finally:
        if line and ticket is not None:
            line.leave(ticket)


async def stream(steps: Steps, stop: threading.Event) -> AsyncIterator[Step]:
    """The steps that a thread of their own makes, as they come; its error is raised here.

    When the reader leaves early `stop` is set, and the thread ends by itself
    as soon as its generator looks at it.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Step | _Ended] = asyncio.Queue()

    def send(step: Step | _Ended) -> None:
        with contextlib.suppress(RuntimeError):  # the server has closed its loop meanwhile
            loop.call_soon_threadsafe(queue.put_nowait, step)

    def work() -> None:
        error: BaseException | None = None
        try:
            with contextlib.closing(_closable(steps())) as running:
                for step in running:
                    send(step)
                    if stop.is_set():
                        break
        except BaseException as caught:  # nothing is swallowed: it is raised in the reader
            error = caught
        send(_Ended(error))

    threading.Thread(target=work, name="answer", daemon=True).start()
    try:
        while not isinstance(step := await queue.get(), _Ended):
            yield step
        if step.error is not None:
            raise step.error
    finally:
        stop.set()


def _closable(steps: Iterator[Step]) -> Iterator[Step]:
    """The steps as a generator: closing it closes what it reads from."""
    yield from steps
