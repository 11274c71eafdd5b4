"""Ingest: the index is what the corpus is, for the least work, whatever happens on the way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests import courses
from tests.conftest import MakeCourse
from tutor.chunks import embedding_text
from tutor.config import Settings
from tutor.documents import read_document
from tutor.embed import Embedder, Vectors
from tutor.errors import DocumentError, IndexDamagedError, IndexKindError, TutorError
from tutor.index import Index
from tutor.index.store import only_writer
from tutor.ingest import Report, ingest, kind_of
from tutor.records import Document
from tutor.retrieve import Retriever

CATS = "# Cats\n\nA cat sleeps sixteen hours a day. It hunts at dusk.\n"
DOGS = "# Dogs\n\nA dog follows its nose. It guards the house at night.\n"
BIRDS = "# Birds\n\nA bird flies south in winter. It finds its way by the stars.\n"


class Here:
    """Reads in this process: quicker than starting workers for a file or two."""

    def __enter__(self) -> Here:
        return self

    def __exit__(self, *error: object) -> None: ...

    def read_all(
        self, files: Iterable[tuple[Path, str]]
    ) -> Iterator[tuple[str, Document | DocumentError]]:
        for path, source in files:
            try:
                yield source, read_document(path, source)
            except DocumentError as error:
                yield source, error


class Counting(Embedder):
    """The bundled embedder, noting which texts it was given."""

    def __init__(self, embedder: Embedder) -> None:
        super().__init__(embedder._backend, embedder._count, embedder.name, embedder.fingerprint)
        self.texts: list[str] = []

    def encode(self, texts: Sequence[str], **options: Any) -> Vectors:
        self.texts.extend(texts)
        return super().encode(texts, **options)


@pytest.fixture
def counting(embedder: Embedder) -> Counting:
    return Counting(embedder)


def run(settings: Settings, embedder: Embedder, **options: Any) -> Report:
    return ingest(settings, embedder, make_reader=Here, **options)  # type: ignore[arg-type]


def names(settings: Settings) -> set[str]:
    return {path.name for path in settings.index.iterdir() if path.name.startswith(("v-", "."))}


def check(settings: Settings, embedder: Embedder) -> Index:
    """The index, after a look at what must hold of every index."""
    index = Index.open(settings.index, kind_of(embedder, settings))
    assert len(index.chunks) == len(index.keys) == len(index.vectors)
    if index.chunks:
        fresh = embedder.encode([embedding_text(chunk) for chunk in index.chunks])
        assert (fresh * index.vectors).sum(axis=1).min() > 0.99
    for source, entry in index.manifest.documents.items():
        assert sum(chunk.source == source for chunk in index.chunks) == entry.chunks
    return index


# A first ingest


def test_every_format_is_read_chunked_embedded_and_reported(
    settings: Settings, embedder: Embedder, tmp_path: Path
) -> None:
    courses.write_small(tmp_path / "corpus")
    chosen = settings.model_copy(
        update={"corpus": tmp_path / "corpus", "index": tmp_path / "index"}
    )
    report = ingest(chosen, embedder)
    assert report.added == list(courses.SOURCES)
    assert report.changed == report.removed == report.unchanged == report.failed == []
    index = check(chosen, embedder)
    assert report.chunks == report.embedded == len(index)
    assert {chunk.source for chunk in index.chunks} == set(courses.SOURCES)
    assert report.seconds > 0


def test_the_report_in_json() -> None:
    report = Report(
        added=["a.md"],
        failed=[("b.md", "empty file")],
        problems=[("c.pdf", "page 3: no text")],
        moved=[("new.md", "old.md")],
        duplicates=[("twin.md", "a.md")],
        chunks=3,
        embedded=2,
        seconds=1.239,
    )
    assert report.to_json() == {
        "added": ["a.md"],
        "changed": [],
        "removed": [],
        "unchanged": [],
        "failed": [{"source": "b.md", "reason": "empty file"}],
        "problems": [{"source": "c.pdf", "reason": "page 3: no text"}],
        "moved": [{"from": "old.md", "to": "new.md"}],
        "duplicates": [{"source": "twin.md", "same_as": "a.md"}],
        "chunks": 3,
        "embedded": 2,
        "seconds": 1.24,
    }


def test_an_empty_corpus(make_course: MakeCourse, embedder: Embedder) -> None:
    course = make_course({})
    for _ in range(2):
        report = run(course, embedder)
        assert (report.chunks, report.embedded, report.added) == (0, 0, [])
        index = check(course, embedder)
        assert Retriever(index, embedder).search("cats") == []


def test_a_corpus_that_becomes_empty(make_course: MakeCourse, embedder: Embedder) -> None:
    course = make_course({"cats.md": CATS})
    run(course, embedder)
    (course.corpus / "cats.md").unlink()
    report = run(course, embedder)
    assert (report.removed, report.chunks) == (["cats.md"], 0)
    assert len(check(course, embedder)) == 0


@pytest.mark.parametrize("what", ["nothing", "a file"])
def test_no_corpus_folder(
    what: str, settings: Settings, embedder: Embedder, tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    if what == "a file":
        corpus.touch()
    with pytest.raises(TutorError, match="no corpus folder"):
        run(settings.model_copy(update={"corpus": corpus, "index": tmp_path / "i"}), embedder)
    assert not (tmp_path / "i").exists()


class Watching:
    """Progress, written down."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, int]] = []
        self.done: list[int] = []
        self.open = False

    def start(self, stage: str, total: int, unit: str) -> None:
        assert not self.open
        self.open = True
        self.stages.append((stage, total))
        self.done.append(0)

    def step(self, count: int, label: str = "") -> None:
        assert self.open
        self.done[-1] += count

    def finish(self) -> None:
        self.open = False


def test_progress_reaches_every_stages_total(make_course: MakeCourse, embedder: Embedder) -> None:
    watching = Watching()
    report = run(
        make_course({"cats.md": CATS, "dogs.md": DOGS, "empty.md": ""}),
        embedder,
        progress=watching,
    )
    assert watching.stages == [("reading", 3), ("embedding", report.embedded)]
    assert watching.done == [total for _, total in watching.stages]
    assert not watching.open


# The next one


def test_nothing_changed_nothing_done(make_course: MakeCourse, counting: Counting) -> None:
    course = make_course({"cats.md": CATS, "dogs.md": DOGS, "bad.docx": b"no zip"})
    first = run(course, counting)
    before = names(course)
    counting.texts.clear()
    second = run(course, counting)
    assert counting.texts == []
    assert second.embedded == 0
    assert second.unchanged == ["cats.md", "dogs.md"]
    assert second.added == second.changed == second.removed == []
    assert second.failed == first.failed
    assert [source for source, _ in second.failed] == ["bad.docx"]
    assert second.chunks == first.chunks
    assert names(course) == before


def test_touching_a_file_is_no_change(make_course: MakeCourse, embedder: Embedder) -> None:
    course = make_course({"cats.md": CATS})
    run(course, embedder)
    before = names(course)
    (course.corpus / "cats.md").touch()
    assert run(course, embedder).unchanged == ["cats.md"]
    assert names(course) == before


def test_of_a_changed_file_only_the_new_chunks_are_embedded(
    make_course: MakeCourse, counting: Counting
) -> None:
    long = [f"## Part {i}\n\n" + f"Part {i} has its own words number {i}. " * 20 for i in range(5)]
    course = make_course({"a.md": "\n\n".join(long), "dogs.md": DOGS})
    first = run(course, counting)
    counting.texts.clear()
    courses.write(course.corpus, {"a.md": "\n\n".join([*long[:4], long[4] + " One more."])})
    second = run(course, counting)
    assert (second.changed, second.unchanged) == (["a.md"], ["dogs.md"])
    assert 0 < second.embedded == len(counting.texts) < first.embedded / 2
    assert all("Part 4" in text for text in counting.texts)
    check(course, counting)


def test_what_is_removed_is_no_longer_found(make_course: MakeCourse, counting: Counting) -> None:
    course = make_course({"cats.md": CATS, "dogs.md": DOGS})
    run(course, counting)
    (course.corpus / "cats.md").unlink()
    counting.texts.clear()
    report = run(course, counting)
    assert (report.removed, report.unchanged, report.embedded) == (["cats.md"], ["dogs.md"], 0)
    assert counting.texts == []
    index = check(course, counting)
    hits = Retriever(index, counting).search("How long does a cat sleep?")
    assert {hit.chunk.source for hit in hits} == {"dogs.md"}


def test_a_renamed_file_keeps_its_vectors(make_course: MakeCourse, counting: Counting) -> None:
    course = make_course({"cats.md": CATS, "dogs.md": DOGS})
    run(course, counting)
    (course.corpus / "deep").mkdir()
    (course.corpus / "cats.md").rename(course.corpus / "deep" / "pets.md")
    counting.texts.clear()
    report = run(course, counting)
    assert counting.texts == []
    assert report.moved == [("deep/pets.md", "cats.md")]
    assert (report.added, report.removed) == (["deep/pets.md"], ["cats.md"])
    hits = Retriever(check(course, counting), counting).search("How long does a cat sleep?")
    assert hits[0].chunk.source == "deep/pets.md"


def test_two_files_that_swap_their_names(make_course: MakeCourse, counting: Counting) -> None:
    course = make_course({"a.md": CATS, "b.md": DOGS})
    run(course, counting)
    courses.write(course.corpus, {"a.md": DOGS, "b.md": CATS})
    counting.texts.clear()
    report = run(course, counting)
    assert counting.texts == []
    assert report.changed == ["a.md", "b.md"]
    (dogs,) = [chunk for chunk in check(course, counting).chunks if chunk.source == "a.md"]
    assert "follows its nose" in dogs.text


# Twins


def test_the_same_file_twice_is_indexed_once_and_reported(
    make_course: MakeCourse, embedder: Embedder
) -> None:
    course = make_course({"a.md": CATS, "b.md": CATS, "c.md": CATS})
    report = run(course, embedder)
    assert report.added == ["a.md", "b.md", "c.md"]
    assert report.duplicates == [("b.md", "a.md"), ("c.md", "a.md")]
    assert {chunk.source for chunk in check(course, embedder).chunks} == {"a.md"}
    assert run(course, embedder).duplicates == report.duplicates


def test_when_the_first_of_a_pair_goes_the_other_takes_its_place(
    make_course: MakeCourse, counting: Counting
) -> None:
    course = make_course({"a.md": CATS, "b.md": CATS})
    run(course, counting)
    (course.corpus / "a.md").unlink()
    counting.texts.clear()
    report = run(course, counting)
    assert counting.texts == []
    assert (report.removed, report.unchanged, report.duplicates) == (["a.md"], ["b.md"], [])
    assert {chunk.source for chunk in check(course, counting).chunks} == {"b.md"}


def test_when_the_first_of_a_pair_changes_the_other_takes_its_place(
    make_course: MakeCourse, embedder: Embedder
) -> None:
    course = make_course({"a.md": CATS, "b.md": CATS})
    run(course, embedder)
    courses.write(course.corpus, {"a.md": DOGS})
    assert run(course, embedder).duplicates == []
    texts = {chunk.source: chunk.text for chunk in check(course, embedder).chunks}
    assert "nose" in texts["a.md"]
    assert "sixteen hours" in texts["b.md"]


def test_a_twin_of_a_kind_that_cannot_be_read_hides_nothing(
    make_course: MakeCourse, embedder: Embedder
) -> None:
    course = make_course({"cats": CATS, "cats.doc": CATS, "cats.md": CATS})
    for _ in range(3):  # and it stays so
        report = run(course, embedder)
        assert {chunk.source for chunk in check(course, embedder).chunks} == {"cats.md"}
        assert {source for source, _ in report.failed} == {"cats", "cats.doc"}
    assert report.embedded == 0
    assert report.unchanged == ["cats.md"]


# Files that fail


def test_a_failed_file_is_named_every_time_and_tried_again_when_it_changes(
    make_course: MakeCourse, embedder: Embedder
) -> None:
    course = make_course({"cats.md": CATS, "bad.pdf": b"%PDF-1.4 nothing", "empty.md": ""})
    for _ in range(3):
        report = run(course, embedder)
        assert [source for source, _ in report.failed] == ["bad.pdf", "empty.md"]
        assert all(reason for _, reason in report.failed)
        assert "bad.pdf" not in [*report.added, *report.changed, *report.unchanged]
    courses.write(course.corpus, {"empty.md": DOGS})
    report = run(course, embedder)
    assert [source for source, _ in report.failed] == ["bad.pdf"]
    assert report.changed == ["empty.md"]
    assert "empty.md" in {chunk.source for chunk in check(course, embedder).chunks}


class Slow(Here):
    """Gives a file of the name slow up unless more than so many seconds are allowed."""

    def __init__(self, seconds: float, needed: float) -> None:
        self.seconds, self.needed = seconds, needed

    def read_all(
        self, files: Iterable[tuple[Path, str]]
    ) -> Iterator[tuple[str, Document | DocumentError]]:
        for source, outcome in super().read_all(files):
            slow = source.startswith("slow") and self.seconds < self.needed
            yield source, DocumentError("too slow", given=self.seconds) if slow else outcome


@pytest.mark.parametrize(("given", "seconds", "read"), [(30, 30, 0), (30, 60, 1), (0, 30, 1)])
def test_a_file_that_took_too_long_is_tried_again_with_more_time(
    make_course: MakeCourse, embedder: Embedder, given: float, seconds: float, read: int
) -> None:
    course = make_course({"cats.md": CATS, "slow.md": DOGS})
    first = ingest(course, embedder, make_reader=lambda: Slow(given, 31))  # type: ignore[arg-type,return-value]
    assert first.failed == [("slow.md", "too slow")]
    patient = course.model_copy(update={"read_timeout": seconds})
    again = ingest(patient, embedder, make_reader=lambda: Slow(99, 31))  # type: ignore[arg-type,return-value]
    assert len(again.failed) == 1 - read
    assert again.embedded == read


def test_a_link_is_read_again_when_what_it_leads_to_has_changed(
    make_course: MakeCourse, embedder: Embedder
) -> None:
    course = make_course({"_shared/cats.md": CATS})
    link = course.corpus / "link.md"
    link.symlink_to("_shared/cats.md")
    assert run(course, embedder).added == ["link.md"]
    assert run(course, embedder).unchanged == ["link.md"]
    courses.write(course.corpus, {"_shared/cats.md": CATS.replace("cat", "dog")})
    assert run(course, embedder).changed == ["link.md"]
    assert "dog" in check(course, embedder).chunks[0].text


def test_a_mended_link_is_read(make_course: MakeCourse, embedder: Embedder) -> None:
    course = make_course({"dogs.md": DOGS})
    (course.corpus / "link.md").symlink_to("_shared/cats.md")
    assert [source for source, _ in run(course, embedder).failed] == ["link.md"]
    courses.write(course.corpus, {"_shared/cats.md": CATS})
    assert run(course, embedder).failed == []


def locked(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Have nobody list the folder; its mode would not keep an administrator from it."""
    scandir = os.scandir

    def refused(path: Any) -> Any:
        if Path(path) == folder:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)


def test_what_is_in_a_folder_that_cannot_be_listed_now_stays(
    make_course: MakeCourse, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = make_course({"dogs.md": DOGS, "week/cats.md": CATS})
    run(course, embedder)
    with monkeypatch.context() as patch:
        locked(patch, course.corpus / "week")
        report = run(course, embedder)
    assert report.failed == [("week", "a folder that cannot be opened")]
    assert report.removed == []
    assert "week/cats.md" in {chunk.source for chunk in check(course, embedder).chunks}
    report = run(course, embedder)
    assert (report.failed, report.embedded) == ([], 0)


def test_a_corpus_that_cannot_be_listed_empties_no_index(
    make_course: MakeCourse, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = make_course({"cats.md": CATS})
    run(course, embedder)
    locked(monkeypatch, course.corpus)
    with pytest.raises(TutorError, match="cannot be read: Permission denied"):
        run(course, embedder)
    assert len(Index.open(course.index)) > 0


def test_a_file_that_gets_damaged_is_out_and_named(
    make_course: MakeCourse, embedder: Embedder
) -> None:
    course = make_course({"cats.md": CATS, "dogs.md": DOGS})
    run(course, embedder)
    courses.write(course.corpus, {"dogs.md": ""})
    report = run(course, embedder)
    assert [source for source, _ in report.failed] == ["dogs.md"]
    assert {chunk.source for chunk in check(course, embedder).chunks} == {"cats.md"}


def test_what_could_not_be_read_of_a_file_is_said_every_time(
    make_course: MakeCourse, embedder: Embedder
) -> None:
    course = make_course({})
    courses.slides(course.corpus / "deck.pptx", (*courses.ATTENTION, ("", "")))
    for _ in range(2):
        ((source, problem),) = run(course, embedder).problems
        assert (source, problem[:8]) == ("deck.pptx", "slide 3:")


def test_a_failed_file_keeps_no_other_from_being_indexed(
    make_course: MakeCourse, embedder: Embedder
) -> None:
    wide = "| " + " | ".join(f"heading of column {i}" for i in range(120)) + " |"
    table = "\n".join([wide, "|" + " --- |" * 120, "| " + " | ".join("x" * 120) + " |"])
    surrogate = '{"cells": [{"cell_type": "markdown", "source": "# A \\ud800 b c"}], "nbformat": 4}'
    course = make_course({"cats.md": CATS, "wide.md": table, "half.ipynb": surrogate})
    run(course, embedder)
    assert "cats.md" in {chunk.source for chunk in check(course, embedder).chunks}


# Other kinds, damage, rebuild


def other_window(embedder: Embedder) -> Embedder:
    return Embedder(embedder._backend, embedder._count, embedder.name, "another fingerprint")


def test_an_index_of_another_model_is_not_built_upon(
    make_course: MakeCourse, embedder: Embedder
) -> None:
    course = make_course({"cats.md": CATS})
    run(course, embedder)
    before = names(course)
    with pytest.raises(IndexKindError, match=r"fingerprint .*--rebuild"):
        run(course, other_window(embedder))
    smaller = course.model_copy(update={"chunk_tokens": 64})
    with pytest.raises(IndexKindError, match=r"chunk_tokens 200 instead of 64.*--rebuild"):
        run(smaller, embedder)
    assert names(course) == before
    report = run(smaller, embedder, rebuild=True)
    assert report.added == ["cats.md"]
    assert check(smaller, embedder).manifest.kind.chunk_tokens == 64


def test_chunks_never_outgrow_the_models_window(
    make_course: MakeCourse, embedder: Embedder
) -> None:
    course = make_course({}).model_copy(update={"chunk_tokens": 2048})
    assert kind_of(embedder, course).chunk_tokens == embedder.window - 2


def test_a_damaged_index_is_not_built_upon_but_rebuilt(
    make_course: MakeCourse, embedder: Embedder
) -> None:
    course = make_course({"cats.md": CATS})
    run(course, embedder)
    (version,) = course.index.glob("v-*")
    (version / "vectors.npy").write_bytes(b"")
    with pytest.raises(IndexDamagedError, match=r"vectors\.npy"):
        run(course, embedder)
    assert run(course, embedder, rebuild=True).embedded == 1
    check(course, embedder)


def test_a_lost_pointer_means_a_new_index(make_course: MakeCourse, embedder: Embedder) -> None:
    course = make_course({"cats.md": CATS})
    run(course, embedder)
    (course.index / "CURRENT").unlink()
    assert run(course, embedder).added == ["cats.md"]
    check(course, embedder)


def test_a_second_writer_is_refused_and_harms_nothing(
    make_course: MakeCourse, embedder: Embedder
) -> None:
    course = make_course({"cats.md": CATS})
    run(course, embedder)
    before = names(course)
    courses.write(course.corpus, {"cats.md": DOGS})
    with (
        only_writer(course.index),
        pytest.raises(TutorError, match="another `tutor ingest` is writing"),
    ):
        run(course, embedder)
    assert names(course) == before
    assert run(course, embedder).changed == ["cats.md"]


# Whatever is done to a corpus, step by step: as if indexed at once

NAMES = st.sampled_from(["a.md", "b.md", "b.txt", "c.doc", "d/a.md", "d/plain"])
CONTENTS = st.sampled_from([CATS, DOGS, BIRDS, CATS + BIRDS, ""])
EDITS = st.dictionaries(NAMES, CONTENTS | st.none(), min_size=1, max_size=4)


def edit(corpus: Path, changes: dict[str, str | None]) -> None:
    for name, content in changes.items():
        if content is None:
            (corpus / name).unlink(missing_ok=True)
        else:
            courses.write(corpus, {name: content})


@pytest.mark.slow
@given(st.lists(EDITS, min_size=2, max_size=4))
@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_step_by_step_gives_what_a_rebuild_gives(
    tmp_path_factory: pytest.TempPathFactory,
    settings: Settings,
    embedder: Embedder,
    steps: list[dict[str, str | None]],
) -> None:
    folder = tmp_path_factory.mktemp("steps")
    (folder / "corpus").mkdir()
    course = settings.model_copy(update={"corpus": folder / "corpus", "index": folder / "index"})
    for step in steps:
        edit(course.corpus, step)
        report = run(course, embedder)
    index = Index.open(course.index)
    at_once = course.model_copy(update={"index": folder / "at once"})
    expected = run(at_once, embedder)
    fresh = Index.open(at_once.index)
    assert index.chunks == fresh.chunks
    assert np.abs(index.vectors - fresh.vectors).max(initial=0) < 0.05
    assert sorted(report.failed) == sorted(expected.failed)
    assert report.duplicates == expected.duplicates
    assert index.manifest.documents == fresh.manifest.documents
    assert report.chunks == expected.chunks
    before = names(course)
    assert run(course, embedder).embedded == 0
    assert names(course) == before
    shutil.rmtree(folder)


# Killed

OLD = {"cats.md": CATS, "dogs.md": DOGS, "goes.md": BIRDS}
NEW = {"cats.md": CATS.replace("dusk", "dawn"), "more.md": courses.GAN}


def killable(settings: Settings, folder: Path, embedder: Embedder) -> Settings:
    """A course with an index, its corpus changed since."""
    course = settings.model_copy(update={"corpus": folder / "corpus", "index": folder / "index"})
    courses.write(course.corpus, OLD)
    run(course, embedder)
    courses.write(course.corpus, NEW)
    (course.corpus / "goes.md").unlink()
    return course


def command(course: Settings, *more: Path) -> list[str]:
    script = Path(__file__).with_name("interrupted_ingest.py")
    return [*map(str, (sys.executable, script, course.corpus, course.index, course.cache)), *more]


def state(folder: Path) -> tuple[Any, ...]:
    index = Index.open(folder)
    return list(index.chunks), index.manifest.documents, np.asarray(index.vectors).tobytes()


@pytest.mark.slow
def test_killed_at_any_file_operation_the_index_is_the_old_one_or_the_new(
    settings: Settings, embedder: Embedder, tmp_path: Path
) -> None:
    course = killable(settings, tmp_path, embedder)
    old = state(course.index)
    snapshots = tmp_path / "snapshots"
    snapshots.mkdir()
    subprocess.run(command(course, snapshots), check=True, stdout=subprocess.DEVNULL)
    new = state(course.index)
    assert old != new
    taken = sorted(snapshots.iterdir())
    states = [state(snapshot) for snapshot in taken]
    turn = states.index(new)
    assert turn > 10
    assert all(found == old for found in states[:turn])
    assert all(found == new for found in states[turn:])
    # And the next ingest gets there from each, and clears away what was left half done.
    for snapshot in taken:
        resumed = course.model_copy(update={"index": snapshot})
        run(resumed, embedder)
        chunks, documents, _ = state(snapshot)
        assert (chunks, documents) == new[:2]
        assert not list(snapshot.glob(".building-*"))


@pytest.mark.slow
def test_killed_at_any_time_the_index_is_the_old_one_or_the_new(
    settings: Settings, embedder: Embedder, tmp_path: Path
) -> None:
    course = killable(settings, tmp_path, embedder)
    old = state(course.index)
    finished = course.model_copy(update={"index": tmp_path / "finished"})
    shutil.copytree(course.index, finished.index)
    run(finished, embedder)
    new = state(finished.index)
    killed = 0
    for number in range(8):
        attempt = course.model_copy(update={"index": tmp_path / f"attempt {number}"})
        shutil.copytree(course.index, attempt.index)
        with subprocess.Popen(command(attempt), stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(number * 0.04)
            process.kill()
        killed += process.returncode != 0
        chunks, documents, vectors = state(attempt.index)
        assert (chunks, documents) in (old[:2], new[:2])
        assert (vectors == old[2]) == (chunks == old[0])
        run(attempt, embedder)
        assert state(attempt.index)[:2] == new[:2]
    assert killed > 2
