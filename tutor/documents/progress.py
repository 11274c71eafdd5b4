"""A sign of life while a long document is read.

A reader calls `tick` after each page. Whoever watches it, and kills it when it
stands still, installs a listener; without one, nothing happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_listener: ContextVar[Callable[[], None] | None] = ContextVar("listener", default=None)


def tick() -> None:
    """Say that something has been done since the last tick."""
    listener = _listener.get()
    if listener is not None:
        listener()


@contextmanager
def reported_to(listener: Callable[[], None]) -> Iterator[None]:
    """Within this context every tick calls `listener`."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
