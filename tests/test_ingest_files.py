"""Files that change while they are read, links, and an index that lies in its corpus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.conftest import MakeCourse
from tutor.config import Settings
from tutor.documents import read_document
from tutor.embed import Embedder
from tutor.errors import DocumentError
from tutor.index import Index
from tutor.ingest import Report, ingest, kind_of
from tutor.ingest.files import corpus_files, state_of, target_of
from tutor.records import Document

OLD = "# Cats\n\nA cat sleeps by day.\n"
NEW = "# Cats\n\nA cat hunts at dusk.\n"
Event = Callable[[Path], object]


class Eventful:
    """Reads in this process; before and after a reading something happens to the file."""

    def __init__(self, before: Iterable[Event] = (), after: Iterable[Event] = ()) -> None:
        self.before, self.after = list(before), list(after)

    def __enter__(self) -> Eventful:
        return self

    def __exit__(self, *error: object) -> None: ...

    def read_all(
        self, files: Iterable[tuple[Path, str]]
    ) -> Iterator[tuple[str, Document | DocumentError]]:
        for path, source in files:
            if self.before:
                self.before.pop(0)(path)
            try:
                outcome: Document | DocumentError = read_document(path, source)
            except DocumentError as error:
                outcome = error
            if self.after:
                self.after.pop(0)(path)
            yield source, outcome


def run(
    course: Settings, embedder: Embedder, before: Iterable[Event] = (), after: Iterable[Event] = ()
) -> Report:
    return ingest(course, embedder, make_reader=lambda: Eventful(before, after))  # type: ignore[arg-type,return-value]


def text(course: Settings, embedder: Embedder) -> str:
    index = Index.open(course.index, kind_of(embedder, course))
    return " ".join(chunk.text for chunk in index.chunks)


def write(words: str) -> Event:
    return lambda path: path.write_text(words)


@pytest.mark.parametrize("between", ["", NEW, OLD[:12]])
def test_a_file_that_is_whole_again_after_its_reading_is_read_once_more(
    make_course: MakeCourse, embedder: Embedder, between: str
) -> None:
    course = make_course({"a.md": OLD})
    report = run(course, embedder, [write(between)], [write(OLD)])
    assert (report.added, report.failed) == (["a.md"], [])
    assert "sleeps" in text(course, embedder)
    assert run(course, embedder).unchanged == ["a.md"]


def test_a_file_that_changes_at_every_reading_is_read_by_the_next_ingest(
    make_course: MakeCourse, embedder: Embedder
) -> None:
    course = make_course({"a.md": OLD})
    run(course, embedder, [write(NEW), write(NEW)], [write(OLD), write(OLD)])
    assert run(course, embedder).changed == ["a.md"]
    assert "sleeps" in text(course, embedder)
    assert run(course, embedder).unchanged == ["a.md"]


def test_what_could_not_be_opened_once_is_tried_again(
    make_course: MakeCourse, embedder: Embedder
) -> None:
    course = make_course({"a.md": OLD})

    class Locked(Eventful):
        def read_all(
            self, files: Iterable[tuple[Path, str]]
        ) -> Iterator[tuple[str, Document | DocumentError]]:
            return ((source, DocumentError("cannot be opened (locked)")) for _, source in files)

    report = ingest(course, embedder, make_reader=Locked)  # type: ignore[arg-type]
    assert report.failed == [("a.md", "cannot be opened (locked)")]
    assert run(course, embedder).failed == []
    assert "sleeps" in text(course, embedder)


def test_a_link_to_a_document_is_no_second_one(make_course: MakeCourse, embedder: Embedder) -> None:
    course = make_course({"b.md": OLD, "c.md": OLD})
    (course.corpus / "a.md").symlink_to("b.md")
    (course.corpus / "d.md").symlink_to("c.md")
    for _ in range(2):
        report = run(course, embedder)
        assert report.duplicates == [("a.md", "b.md"), ("c.md", "b.md"), ("d.md", "c.md")]
        assert report.chunks == 1


def test_a_twin_of_a_file_that_failed_has_failed(
    make_course: MakeCourse, embedder: Embedder
) -> None:
    course = make_course({"a.pdf": b"junk", "b.pdf": b"junk", "c.md": OLD})
    (course.corpus / "link.pdf").symlink_to("b.pdf")
    report = run(course, embedder)
    assert [source for source, _ in report.failed] == ["a.pdf", "b.pdf", "link.pdf"]
    assert (report.added, report.duplicates) == (["c.md"], [])


def test_an_index_within_its_corpus_is_no_part_of_it(
    make_course: MakeCourse, embedder: Embedder
) -> None:
    made = make_course({"a.md": OLD, "indexes.md": NEW})
    course = made.model_copy(update={"index": made.corpus / "index"})
    versions = set()
    for _ in range(2):
        assert run(course, embedder).failed == []
        versions.add((course.index / "CURRENT").read_text())
    assert len(versions) == 1
    assert [source for _, source in corpus_files(course.corpus, course.index)] == [
        "a.md",
        "indexes.md",
    ]


@pytest.mark.parametrize("index", [".", "..", "../elsewhere", "missing"])
def test_an_index_elsewhere_hides_no_document(tmp_path: Path, index: str) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.md").write_text(OLD)
    assert [source for _, source in corpus_files(corpus, corpus / index)] == ["a.md"]


def test_where_a_link_leads(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(OLD)
    for name, target in (("b.md", "a.md"), ("c.txt", "a.md"), ("d.md", "/etc"), ("e.md", "e.md")):
        (tmp_path / name).symlink_to(target)
    names = ["a.md", "b.md", "c.txt", "d.md"]
    assert [target_of(tmp_path / name, name, tmp_path) for name in names] == ["", "a.md", "", ""]
    assert state_of(tmp_path / "e.md", tmp_path).digest == ""
