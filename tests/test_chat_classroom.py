"""What the chats of a server share."""

from __future__ import annotations

import asyncio
import threading
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


def test_only_a_local_model_has_a_line(course: Settings, tutor: Any) -> None:
    room = Classroom(course, Index.open(course.index), lambda settings, warn: tutor)
    assert room.lines(tutor).explaining is room.lines(tutor).explaining is not None
    assert room.lines(Parts()).explaining is None  # type: ignore[arg-type]
    room.close()
