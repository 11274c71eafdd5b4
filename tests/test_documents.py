"""The registry of formats, the walk through a corpus, and the reasons for failures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.documents import made
from tutor.documents import (
    MAX_BYTES,
    MAX_CHARACTERS,
    SUFFIXES,
    find_documents,
    read_document,
    relative_name,
)
from tutor.documents.guard import Reader
from tutor.documents.sections import Heading, SectionWriter, fenced, heading_paths, pipe_table
from tutor.errors import DocumentError

ROOT = Path(__file__).parent.parent


def shared_folder(name: str) -> Path:
    """A folder of the project's shared material; skips the test where there is none."""
    shared = Path(os.environ.get("TUTOR_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not (shared / name).is_dir():
        pytest.skip(f"no shared material {name} (TUTOR_SHARED_DATA)")
    return shared / name


def sources(corpus: Path) -> list[str]:
    return [source for _, source in find_documents(corpus)]


def reason(path: Path, source: str | None = None) -> str:
    with pytest.raises(DocumentError) as error:
        read_document(path, source or path.name)
    return str(error.value)


def test_no_heavy_library_is_imported_with_the_package() -> None:
    program = "import sys, tutor.documents, tutor.documents.guard; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    heavy = {"pypdf", "lxml", "charset_normalizer", "numpy", "torch", "pptx", "docx", "bs4"}
    assert not heavy & set(modules)


def test_a_walk_is_sorted_and_passes_over_what_is_no_document(tmp_path: Path) -> None:
    for name in [
        "b.md",
        "a/z.pdf",
        "a.txt",
        "a/old.doc",
        "a/noext",
        "a/.hidden.md",
        ".git/x.md",
        "_drafts/x.md",
        "a/_x.md",
        "a/~$deck.pptx",
        "a/picture.PNG",
        "a/code.py",
        "LICENSE-of-notes",
        "a/Thumbs.db",
        "Ünit/ä.md",
    ]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("words")
    assert sources(tmp_path) == ["a.txt", "a/noext", "a/old.doc", "a/z.pdf", "b.md", "Ünit/ä.md"]
    assert all(path == tmp_path / source for path, source in find_documents(tmp_path))


def test_a_corpus_that_is_no_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="is not a folder"):
        sources(tmp_path / "missing")


def test_links_are_followed_only_within_the_corpus(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    (corpus / "unit").mkdir(parents=True)
    (tmp_path / "secret.md").write_text("# Secret\n\nWords.")
    (tmp_path / "elsewhere").mkdir()
    (corpus / "unit" / "a.md").write_text("# A\n\nWords.")
    (corpus / "inside.md").symlink_to(corpus / "unit" / "a.md")
    (corpus / "outside.md").symlink_to(tmp_path / "secret.md")
    (corpus / "outside").symlink_to(tmp_path / "elsewhere")
    (corpus / "again").symlink_to(corpus / "unit")
    (corpus / "broken.md").symlink_to(tmp_path / "nowhere.md")
    (corpus / "loop.md").symlink_to(corpus / "loop.md")
    outcomes = {}
    for path, source in find_documents(corpus):
        try:
            outcomes[source] = read_document(path, source).pages[0].text
        except DocumentError as error:
            outcomes[source] = str(error)
    outside = "a link that leads out of the corpus folder"
    assert outcomes == {
        "broken.md": outside,
        "inside.md": "# A\n\nWords.",
        "loop.md": "a broken link",
        "outside": outside,
        "outside.md": outside,
        "unit/a.md": "# A\n\nWords.",
    }


def test_a_corpus_reached_through_a_link_is_read(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.md").write_text("# A\n\nWords.")
    (tmp_path / "corpus").symlink_to(tmp_path / "real")
    ((path, source),) = find_documents(tmp_path / "corpus")
    assert read_document(path, source).pages


def test_names_that_are_no_unicode_can_be_told(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.md")
    (tmp_path / name).write_text("# A\n\nWords.")
    ((path, source),) = find_documents(tmp_path)
    assert source == "caf\\xe9.md"
    json.dumps(source).encode("utf-8")
    with Reader() as reader:
        assert reader.read(path, source).source == source


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.doc", "no reader for .doc files; save it as DOCX or PDF"),
        ("a.PPT", "no reader for .ppt files; save it as PPTX or PDF"),
        ("a.xyz", "no reader for .xyz files"),
        ("a", "no reader for files without a suffix"),
        ("empty.md", "empty file"),
        ("blank.md", "no text in it"),
        ("missing.md", "no such file"),
    ],
)
def test_reasons(tmp_path: Path, name: str, expected: str) -> None:
    if name != "missing.md":
        (tmp_path / name).write_text({"empty.md": "", "blank.md": " \n\n "}.get(name, "words"))
    assert reason(tmp_path / name) == expected


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.md")
    assert reason(tmp_path / "a.md") == "not a regular file"


def test_too_large_a_file_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + (1 << 20))
    assert reason(path) == "too large (201 MB; the limit is 200 MB)"


def test_too_much_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("word " * (MAX_CHARACTERS // 5 + 200_000))
    assert reason(path) == "too much text (21 million characters; the limit is 20)"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_one_may_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("words")
    path.chmod(0)
    assert reason(path) == "cannot be opened (Permission denied)"


def test_suffixes_in_capitals_are_known(tmp_path: Path) -> None:
    (tmp_path / "A.MD").write_text("# A\n\nWords.")
    assert read_document(tmp_path / "A.MD", "A.MD").pages


@pytest.mark.parametrize("data", [b"\x00\xff" * 500, b"%PDF-1.4 <", b"PK\x03\x04", b"{", b"<"])
def test_random_bytes_under_any_name_give_text_or_a_reason(tmp_path: Path, data: bytes) -> None:
    for suffix in SUFFIXES:
        (tmp_path / f"a{suffix}").write_bytes(data)
    with Reader() as reader:
        outcomes = dict(reader.read_all(find_documents(tmp_path)))
    assert len(outcomes) == len(SUFFIXES)
    for outcome in outcomes.values():
        if isinstance(outcome, DocumentError):
            assert 0 < len(str(outcome)) < 200
            assert "\n" not in str(outcome)
        else:
            assert outcome.pages


def test_relative_names_have_forward_slashes(tmp_path: Path) -> None:
    assert relative_name(tmp_path / "a" / "b.md", tmp_path) == "a/b.md"


def test_heading_paths_survive_skipped_levels() -> None:
    levels = [1, 3, 2, 2, 1, 4, 3]
    headings = [Heading(level, f"h{n}", n) for n, level in enumerate(levels)]
    assert [len(path) for path in heading_paths(headings)] == [1, 2, 2, 2, 1, 2, 2]


def test_a_fence_is_longer_than_any_within() -> None:
    assert fenced("```\ncode\n```") == "````\n```\ncode\n```\n````"


def test_rows_of_different_length_are_filled_up() -> None:
    assert pipe_table([["a"], ["b", "c"], ["", ""]]) == "| a |  |\n| --- | --- |\n| b | c |"


@given(st.lists(st.tuples(st.integers(0, 7), st.text(max_size=20)), max_size=12))
def test_a_writers_pages_begin_with_their_headings(parts: list[tuple[int, str]]) -> None:
    writer = SectionWriter()
    for level, text in parts:
        text = text.replace("\n", " ").replace("\r", " ")
        writer.block(text) if level == 7 else writer.heading(level, text)
    for page in writer.pages("a"):
        assert page.place.value == " > ".join(page.headings)
        assert not page.headings or page.text.startswith("#")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hostile_pdfs", "office_files", "lectures", "handouts", "notes"])
def test_every_shared_file_gives_text_or_a_reason(name: str) -> None:
    folder = shared_folder(name)
    before = time.monotonic()
    with Reader() as reader:
        for source, outcome in reader.read_all(find_documents(folder)):
            if isinstance(outcome, DocumentError):
                assert "\n" not in str(outcome), source
                assert "crashed" not in str(outcome), source
            else:
                assert outcome.pages, source
            assert time.monotonic() - before < 30, source
            before = time.monotonic()


@pytest.mark.slow
def test_the_shared_files_that_need_a_password_say_so() -> None:
    folder = shared_folder("hostile_pdfs")
    rows = json.loads((folder / "manifest.json").read_text())
    locked = [row["file"] for row in rows if row["category"] == "encrypted_needs_password"]
    assert locked
    assert {reason(folder / name) for name in locked} == {"needs a password"}


def test_guarded_and_direct_reading_agree(tmp_path: Path) -> None:
    path = made.pdf(tmp_path / "a.pdf", ["One page of words to read.", "And another one of them."])
    with Reader() as reader:
        assert reader.read(path, "a.pdf") == read_document(path, "a.pdf")
