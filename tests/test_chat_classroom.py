"""What the chats of a server share."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tutor.chat.classroom import SERVED, Classroom
from tutor.config import Settings
from tutor.errors import ModelError
from tutor.index import Index


class Parts:
    """A tutor that only knows whether it was warmed up."""

    model: Any = None
    tools: Any = None
    warm = False

    def warm_up(self) -> None:
        self.warm = True

    def read_ahead(self) -> Iterator[Any]:
        return iter(())


def test_the_tutor_is_loaded_in_the_background_and_warmed_up(course: Settings) -> None:
    go = threading.Event()

    def load(settings: Settings, warn: Any) -> Any:
        assert go.wait(10)
        return Parts()

    room = Classroom(course, Index.open(course.index), load)
    assert not room.loading.done()
    go.set()
    tutor = asyncio.run(room.tutor())
    room.close()
    assert isinstance(tutor, Parts)
    assert tutor.warm


def test_what_loading_raises_every_student_is_told(course: Settings) -> None:
    def load(settings: Settings, warn: Any) -> Any:
        raise ModelError("no model here")

    room = Classroom(course, Index.open(course.index), load)
    for _ in range(2):
        with pytest.raises(ModelError, match="no model here"):
            asyncio.run(room.tutor())
    room.close()


class Served(Parts):
    model: Any = object()


def places(course: Settings, tutor: Any, count: int) -> list[int]:
    """How many are before each of so many students who come for an explanation."""
    room = Classroom(course, Index.open(course.index), lambda settings, warn: tutor)
    line = room.lines(asyncio.run(room.tutor())).explaining
    room.close()
    assert line is not None
    return [line.before(line.join()) for _ in range(count)]


def test_as_many_explanations_are_written_at_once_as_the_model_can(
    course: Settings, tutor: Any
) -> None:
    at_once = tutor.model.at_once
    assert at_once > 1
    assert places(course, tutor, at_once + 2) == [0] * at_once + [1, 2]
    assert places(course, Served(), SERVED + 1) == [0] * SERVED + [1]


def test_without_a_model_nobody_waits_for_an_explanation(course: Settings) -> None:
    room = Classroom(course, Index.open(course.index), lambda settings, warn: Parts())  # type: ignore[arg-type,return-value]
    assert room.lines(asyncio.run(room.tutor())).explaining is None
    room.close()


class Reading(Parts):
    """Tells which of its passages were read ahead."""

    def __init__(self) -> None:
        self.read: list[int] = []

    def read_ahead(self) -> Iterator[Any]:
        for number in range(1000):
            self.read.append(number)
            yield number


def test_passages_are_read_ahead_while_no_student_waits(course: Settings) -> None:
    tutor: Any = Reading()
    go = threading.Event()

    def load(settings: Settings, warn: Any) -> Any:
        assert go.wait(10)
        return tutor

    room = Classroom(course, Index.open(course.index), load)
    ticket = room.lines(tutor).looking.join()
    go.set()
    room.loading.result(60)
    time.sleep(0.3)
    assert len(tutor.read) <= 1
    room.lines(tutor).looking.leave(ticket)
    end = time.monotonic() + 10
    while len(tutor.read) < 5:
        assert time.monotonic() < end
        time.sleep(0.01)
    room.close()
    read = len(tutor.read)
    time.sleep(0.2)
    assert len(tutor.read) == read < 1000
