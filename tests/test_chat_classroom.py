"""What the chats of a server share."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tutor.chat.classroom import Classroom
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


def test_each_kind_of_model_has_a_line_of_its_own(course: Settings, tutor: Any) -> None:
    room = Classroom(course, Index.open(course.index), lambda settings, warn: tutor)
    local, served = room.lines(tutor).explaining, room.lines(Served()).explaining  # type: ignore[arg-type]
    assert local is not None
    assert served is not None
    assert [local.before(local.join()) for _ in range(3)] == [0, 1, 2]
    assert [served.before(served.join()) for _ in range(3)] == [0, 0, 0]
    assert room.lines(Parts()).explaining is None  # type: ignore[arg-type]
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
