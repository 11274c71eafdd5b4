"""The time that a reply has taken so far."""

from __future__ import annotations

import time

from tutor.clock import Clock


def test_it_counts_milliseconds_from_when_it_was_made() -> None:
    clock = Clock()
    first = clock()
    time.sleep(0.01)
    assert first >= 0
    assert clock() >= first + 9
