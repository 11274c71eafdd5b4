"""The time that a reply has taken so far."""

from __future__ import annotations

import time


class Clock:
    """Milliseconds since a question arrived."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def __call__(self) -> float:
        return (time.perf_counter() - self._start) * 1000
