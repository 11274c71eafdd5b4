"""A blocking generator as an async stream: in order, with its error, and stoppable."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tutor.chat.answering import Step, Waiting, in_line, stream
from tutor.chat.waiting import Line
from tutor.errors import ModelError
from tutor.records import Event, Evidence, EvidenceFound, Place, TextAdded

FOUND = EvidenceFound((Evidence(1, "a.md", Place("section", "A"), "a", 1.0),), True, "> a")
REFUSED = EvidenceFound((), False, "not covered")


def steps_of(*steps: Step) -> Generator[Step, None, None]:
    yield from steps


def read(make: Generator[Step, None, None], stop: threading.Event | None = None) -> list[Step]:
    async def reading() -> list[Step]:
        with ThreadPoolExecutor(1) as pool:
            return [step async for step in stream(lambda: make, pool, stop or threading.Event())]

    return asyncio.run(reading())


def test_the_steps_come_in_order() -> None:
    steps = [FOUND, *(TextAdded(str(number)) for number in range(50))]
    assert read(steps_of(*steps)) == steps


def test_an_error_is_raised_in_the_reader_after_what_came_before_it() -> None:
    def failing() -> Generator[Step, None, None]:
        yield FOUND
        raise ModelError("the model is gone")

    seen: list[Step] = []

    async def reading() -> None:
        with ThreadPoolExecutor(1) as pool:
            async for step in stream(failing, pool, threading.Event()):
                seen.append(step)

    with pytest.raises(ModelError, match="the model is gone"):
        asyncio.run(reading())
    assert seen == [FOUND]


def test_the_page_stays_responsive_while_the_thread_blocks() -> None:
    def slow() -> Generator[Step, None, None]:
        time.sleep(0.3)
        yield FOUND

    async def reading() -> int:
        turns = 0

        async def counting() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0.01)

        counter = asyncio.create_task(counting())
        with ThreadPoolExecutor(1) as pool:
            async for _ in stream(slow, pool, threading.Event()):
                pass
        counter.cancel()
        return turns

    assert asyncio.run(reading()) > 5


def test_a_stop_ends_the_thread_and_closes_the_generator() -> None:
    stop = threading.Event()
    closed = threading.Event()

    def endless() -> Generator[Step, None, None]:
        try:
            while True:
                yield TextAdded("on and ")
                stop.set()
        finally:
            closed.set()

    assert read(endless(), stop)
    assert closed.is_set()


def test_a_reader_who_leaves_stops_the_thread() -> None:
    stop = threading.Event()
    closed = threading.Event()

    def endless() -> Generator[Step, None, None]:
        try:
            while not stop.wait(0.01):
                yield TextAdded("on and ")
        finally:
            closed.set()

    async def leaving(pool: ThreadPoolExecutor) -> None:
        steps = stream(endless, pool, stop)
        async for _ in steps:
            break
        await steps.aclose()  # type: ignore[attr-defined]

    with ThreadPoolExecutor(1) as pool:
        asyncio.run(leaving(pool))
    assert closed.is_set()


def events_of(*events: Event) -> Iterator[Event]:
    yield from events


def test_the_explanation_waits_in_line_but_the_evidence_does_not() -> None:
    line = Line()
    before = line.join()
    steps = in_line(events_of(FOUND, TextAdded("so")), line, lambda: False)
    assert next(steps) == FOUND
    assert next(steps) == Waiting(1)
    line.leave(before)
    assert list(steps) == [TextAdded("so")]
    assert list(line.wait(line.join(), lambda: False)) == []  # the place is free again


def test_what_needs_no_model_does_not_wait() -> None:
    line = Line()
    line.join()
    assert list(in_line(events_of(REFUSED), line, lambda: False)) == [REFUSED]
    assert list(in_line(events_of(FOUND), None, lambda: False)) == [FOUND]


def test_who_is_stopped_in_line_leaves_it_without_an_explanation() -> None:
    line = Line()
    line.join()
    stop = threading.Event()
    steps = in_line(events_of(FOUND, TextAdded("so")), line, stop.is_set)
    assert [next(steps), next(steps)] == [FOUND, Waiting(1)]
    stop.set()
    assert list(steps) == []
    assert next(line.wait(line.join(), lambda: False)) == 1  # only the one before is left
