"""Versions on disk: the old one or the new one, never half of either."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tutor.errors import TutorError
from tutor.index.store import (
    CURRENT,
    checksums,
    current_version,
    intact_manifest,
    only_writer,
    publish,
    verify,
)


def writer(content: str) -> Callable[[Path], None]:
    def write(version: Path) -> None:
        (version / "deep").mkdir()
        (version / "deep" / "words").write_text(content)
        (version / "manifest.json").write_text(f'"{content}"')

    return write


def words(folder: Path) -> str:
    version = current_version(folder)
    assert version is not None
    return (version / "deep" / "words").read_text()


def test_a_folder_without_a_version(tmp_path: Path) -> None:
    assert current_version(tmp_path) is None
    assert current_version(tmp_path / "missing") is None
    assert not intact_manifest(tmp_path)


def test_what_is_published_is_in_force(tmp_path: Path) -> None:
    version = publish(tmp_path / "index", writer("first"))
    assert current_version(tmp_path / "index") == version
    assert words(tmp_path / "index") == "first"
    assert intact_manifest(tmp_path / "index")


def test_the_version_before_is_kept_for_its_readers_and_the_one_before_that_is_not(
    tmp_path: Path,
) -> None:
    first, second, third = (publish(tmp_path, writer(name)) for name in ("one", "two", "three"))
    assert not first.exists()
    assert second.is_dir()
    assert current_version(tmp_path) == third


def test_a_writer_that_fails_changes_nothing(tmp_path: Path) -> None:
    publish(tmp_path, writer("old"))
    before = sorted(tmp_path.iterdir())

    def fail(version: Path) -> None:
        writer("new")(version)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish(tmp_path, fail)
    assert sorted(tmp_path.iterdir()) == before
    assert words(tmp_path) == "old"


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    publish(tmp_path, writer("old"))
    (tmp_path / ".building-x").mkdir()
    (tmp_path / ".building-x" / "half").touch()
    (tmp_path / "v-0").mkdir()
    (tmp_path / "CURRENT.new").write_text("v-0")
    publish(tmp_path, writer("new"))
    assert words(tmp_path) == "new"
    names = {path.name for path in tmp_path.iterdir()}
    assert not names & {".building-x", "v-0", "CURRENT.new"}


def test_files_of_others_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("about the index")
    (tmp_path / "own").mkdir()
    for name in ("one", "two", "three"):
        publish(tmp_path, writer(name))
    assert (tmp_path / "README.md").read_text() == "about the index"
    assert (tmp_path / "own").is_dir()


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"v-", b"v-17", b"\xff\xfe", b"../elsewhere", b"/etc", b"README.md"]
)
def test_a_pointer_that_names_no_version(tmp_path: Path, content: bytes) -> None:
    publish(tmp_path, writer("old"))
    (tmp_path / CURRENT).write_bytes(content)
    assert current_version(tmp_path) is None
    assert not intact_manifest(tmp_path)


def test_a_pointer_cut_off_anywhere_never_gives_a_version_that_counts_as_intact(
    tmp_path: Path,
) -> None:
    publish(tmp_path, writer("old"))
    whole = (tmp_path / CURRENT).read_bytes().rstrip()
    for length in range(len(whole)):
        (tmp_path / CURRENT).write_bytes(whole[:length])
        assert not intact_manifest(tmp_path), whole[:length]


@pytest.mark.skipif(os.name == "nt", reason="modes of folders are a matter of POSIX")
@pytest.mark.parametrize("umask", [0o022, 0o027, 0o077])
def test_a_version_is_open_to_those_whom_the_umask_allows(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        version = publish(tmp_path / "index", writer("first"))
    finally:
        os.umask(before)
    assert stat.S_IMODE(version.stat().st_mode) == 0o777 & ~umask


def test_checksums_name_every_file_and_verify_finds_what_differs(tmp_path: Path) -> None:
    writer("words")(tmp_path)
    stated = checksums(tmp_path)
    assert stated.keys() == {"deep/words", "manifest.json"}
    assert verify(tmp_path, stated) is None
    (tmp_path / "deep" / "words").write_text("wordz")
    assert verify(tmp_path, stated) == "deep/words"
    (tmp_path / "deep" / "words").unlink()
    assert verify(tmp_path, stated) == "deep/words"


def test_a_checksum_is_the_files_sha256(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    assert checksums(tmp_path) == {
        "file": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    }


# One writer at a time


def test_a_second_writer_is_told_who_writes(tmp_path: Path) -> None:
    with (
        only_writer(tmp_path / "index"),
        pytest.raises(TutorError, match=r"another `tutor ingest` is writing .*index; wait"),
        only_writer(tmp_path / "index"),
    ):
        pass


def test_the_lock_is_let_go_after_work_and_after_an_error(tmp_path: Path) -> None:
    with only_writer(tmp_path):
        pass
    with pytest.raises(KeyError), only_writer(tmp_path):
        raise KeyError
    with only_writer(tmp_path):
        pass


def test_two_indexes_may_be_written_at_once(tmp_path: Path) -> None:
    with only_writer(tmp_path / "one"), only_writer(tmp_path / "two"):
        pass


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock of tmp_path until it ends."""
    code = (
        "import sys; from pathlib import Path; from tutor.index.store import only_writer\n"
        "with only_writer(Path(sys.argv[1])):\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_lock_of_a_killed_process_is_free(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    with pytest.raises(TutorError, match="another"), only_writer(tmp_path):
        pass
    holder.kill()
    holder.wait()
    with only_writer(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file")
    with (
        pytest.raises(TutorError, match=r"index.* cannot be written"),
        only_writer(tmp_path / "index"),
    ):
        pass
