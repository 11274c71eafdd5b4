"""An asynchronous stream, read by a thread that can leave it at any moment."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, suppress
from typing import TypeVar

Item = TypeVar("Item")

LOOK_AGAIN = 0.05
"""Seconds until a reader who waits asks again whether it is still wanted."""


def blocking(
    make: Callable[[], AsyncGenerator[Item, None]], cancelled: Callable[[], bool]
) -> Iterator[Item]:
    """The items of the stream that `make` returns, as they come; its error is raised here.

    A blocked read cannot be ended from outside, a task of an event loop can: so the stream runs
    in a loop and a thread of its own. When the reader leaves, or `cancelled` says so, the task is
    cancelled, which closes whatever connection it waits for.
    """
    items: queue.SimpleQueue[tuple[Item] | None] = queue.SimpleQueue()

    async def read() -> None:
        async with aclosing(make()) as stream:
            async for item in stream:
                items.put((item,))

    loop = asyncio.new_event_loop()
    task = loop.create_task(read())

    def run() -> None:
        loop.run_until_complete(asyncio.wait({task}))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
        items.put(None)

    thread = threading.Thread(target=run, name="blocking", daemon=True)
    thread.start()
    try:
        while not cancelled():
            try:
                item = items.get(timeout=LOOK_AGAIN)
            except queue.Empty:
                continue
            if item is None:
                task.result()
                return
            yield item[0]
    finally:
        with suppress(RuntimeError):  # the loop is closed: the stream has ended by itself
            loop.call_soon_threadsafe(task.cancel)
        thread.join(timeout=1.0)
