"""An asynchronous stream read by a thread: its items, its error, and leaving it at any moment."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator

import pytest

from tutor.llm.blocking import blocking


def never() -> bool:
    return False


class Stream:
    """Counts up; notes when it was closed."""

    def __init__(self, pause: float = 0.0, end: int = 5, error: Exception | None = None) -> None:
        self.pause, self.end, self.error = pause, end, error
        self.closed = threading.Event()

    async def __call__(self) -> AsyncGenerator[int, None]:
        try:
            for number in range(self.end):
                await asyncio.sleep(self.pause)
                yield number
            if self.error:
                raise self.error
        finally:
            self.closed.set()


def test_all_items_come_in_order_and_the_stream_is_closed() -> None:
    stream = Stream()
    assert list(blocking(stream, never)) == [0, 1, 2, 3, 4]
    assert stream.closed.is_set()


def test_items_come_when_they_are_made() -> None:
    items = blocking(Stream(pause=0.1, end=100), never)
    began = time.monotonic()
    assert next(items) == 0
    assert time.monotonic() - began < 5  # all take ten
    items.close()  # type: ignore[attr-defined]


def test_its_error_is_raised_after_its_items() -> None:
    items = blocking(Stream(end=2, error=KeyError("here")), never)
    assert [next(items), next(items)] == [0, 1]
    with pytest.raises(KeyError, match="here"):
        next(items)


def test_who_leaves_closes_it_even_while_it_waits() -> None:
    stream = Stream(pause=0.05, end=10_000)
    items = blocking(stream, never)
    next(items)
    items.close()  # type: ignore[attr-defined]
    assert stream.closed.is_set()


def test_who_is_cancelled_waits_for_nothing() -> None:
    stream = Stream(pause=60)
    end = time.monotonic() + 0.2
    assert list(blocking(stream, lambda: time.monotonic() > end)) == []
    assert time.monotonic() - end < 10
    assert stream.closed.is_set()


def test_no_thread_is_left() -> None:
    before = threading.active_count()
    for _ in range(3):
        list(blocking(Stream(), never))
        next(blocking(Stream(pause=0.01, end=1000), never))
    assert threading.active_count() == before


def test_it_may_be_read_inside_a_running_loop() -> None:
    async def read() -> list[int]:
        return list(blocking(Stream(), never))

    assert asyncio.run(read()) == [0, 1, 2, 3, 4]
