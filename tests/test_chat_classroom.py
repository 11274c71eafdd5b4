"""What the chats of a server share."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import courses
from tests.conftest import MakeCourse
from tutor.chat.classroom import SERVED, Classroom
from tutor.config import Settings
from tutor.embed import Embedder
from tutor.errors import ModelError
from tutor.index import Index
from tutor.index.store import CURRENT, current_version
from tutor.ingest import ingest


class Parts:
    """A tutor that only knows whether it was warmed up."""

    model: Any = None
    tools: Any = None
    warm = False

    def warm_up(self) -> None:
        self.warm = True

    def read_ahead(self) -> Iterator[Any]:
        return iter(())


def once(go: threading.Event, tutor: Any) -> Callable[..., Any]:
    """Loads this tutor when `go` says so."""

    def load(settings: Settings, warn: Any) -> Any:
        assert go.wait(10)
        return tutor

    return load


def test_the_tutor_is_loaded_in_the_background_and_warmed_up(course: Settings) -> None:
    go = threading.Event()
    room = Classroom(course, Index.open(course.index), once(go, Parts()))
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
    room = Classroom(course, Index.open(course.index), once(go, tutor))
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


def test_a_room_that_is_closed_while_it_is_loaded_reads_nothing_ahead(course: Settings) -> None:
    tutor: Any = Reading()
    go = threading.Event()
    room = Classroom(course, Index.open(course.index), once(go, tutor))
    room.close()
    go.set()
    room.loading.result(60)
    time.sleep(0.05)
    assert not tutor.read


def test_a_page_that_is_running_takes_a_new_index(
    make_course: MakeCourse, embedder: Embedder, caplog: pytest.LogCaptureFixture
) -> None:
    course = make_course({"cats.md": "# Cats\n\nCats purr when they are stroked."})
    course = course.model_copy(update={"model": "none"})
    ingest(course, embedder)
    room = Classroom(course, Index.open(course.index))

    def sources() -> set[str]:
        tutor = asyncio.run(room.tutor())
        return {hit.chunk.source for hit in tutor.retriever.search("What do dogs do?")}

    try:
        assert sources() == {"cats.md"}
        courses.write(course.corpus, {"dogs.md": "# Dogs\n\nDogs bark when they are glad."})
        ingest(course, embedder)
        until = time.monotonic() + 20
        while "dogs.md" not in sources() and time.monotonic() < until:
            time.sleep(0.02)
        assert sources() == {"cats.md", "dogs.md"}
        assert {chunk.source for chunk in room.index.chunks} == {"cats.md", "dogs.md"}
        # One that it cannot use is named, and the last goes on.
        ingest(course.model_copy(update={"chunk_tokens": 64}), embedder, rebuild=True)
        while "another kind" not in caplog.text and time.monotonic() < until:
            assert sources() == {"cats.md", "dogs.md"}
            time.sleep(0.02)
        assert "another kind" in caplog.text
    finally:
        room.close()


def put_in_force(index: Path, name: str) -> None:
    (index / name).mkdir()
    (index / CURRENT).write_text(f"{name} checksum")


def room_over(course: Settings, index: Path) -> Classroom:
    """A room that looks for newer versions of its index in another folder."""
    first, tutor = Index.open(course.index), Parts()
    return Classroom(course.model_copy(update={"index": index}), first, lambda *_: tutor)  # type: ignore[arg-type]


def test_an_index_whose_opening_takes_long_is_not_put_over_a_newer_one(
    course: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = threading.Event(), threading.Event()
    opened: list[str] = []

    def renewed(tutor: Any, settings: Settings) -> Any:
        folder = current_version(settings.index)
        assert folder
        opened.append(folder.name)
        begun.set()
        assert folder.name != "v-2" or go.wait(10)
        new: Any = Parts()
        new.retriever = SimpleNamespace(index=SimpleNamespace(folder=folder, chunks=[]))
        return new

    monkeypatch.setattr("tutor.chat.classroom.renewed", renewed)
    room = room_over(course, tmp_path)
    put_in_force(tmp_path, "v-2")
    asyncio.run(room.tutor())
    assert begun.wait(10)
    put_in_force(tmp_path, "v-3")
    asyncio.run(room.tutor())
    time.sleep(0.2)  # the older one comes last, if it may
    go.set()
    room.pool.shutdown(wait=True)
    room.close()
    assert opened == ["v-2", "v-3"]
    assert room.index.folder == tmp_path / "v-3"
    assert asyncio.run(room.tutor()).retriever.index is room.index


def test_what_breaks_a_renewal_is_in_the_log(
    course: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def renewed(tutor: Any, settings: Settings) -> Any:
        raise ValueError("not foreseen")

    monkeypatch.setattr("tutor.chat.classroom.renewed", renewed)
    room = room_over(course, tmp_path)
    put_in_force(tmp_path, "v-2")
    asyncio.run(room.tutor())
    room.pool.shutdown(wait=True)
    room.close()
    assert "answers go on with the index as it was" in caplog.text
    assert "ValueError: not foreseen" in caplog.text
