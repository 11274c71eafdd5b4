"""The guard against documents that hang, hoard and crash: with real ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tutor.documents import READERS
from tutor.documents.guard import Reader
from tutor.errors import DocumentError
from tutor.records import Page, Place

HERE = Path(__file__).parent
READERS_HERE = {**READERS, ".wild": "wild_reader"}

Wild = Callable[[str], Path]


@pytest.fixture
def wild(tmp_path: Path) -> Wild:
    """Makes a file for the wild reader from an order to it."""

    def make(order: str) -> Path:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.wild"
        path.write_text(order)
        return path

    return make


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    monkeypatch.syspath_prepend(str(HERE / "documents"))
    with Reader(seconds=20, memory=1 << 28, workers=1, readers=READERS_HERE) as reader:
        yield reader


@pytest.fixture
def impatient(reader: Reader, wild: Wild) -> Reader:
    """Gives a file one second, in which its worker need not start."""
    reader.read(wild("fine"), "a")
    reader._seconds = 1
    return reader


def is_running(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_a_document_comes_back_as_it_was_read(reader: Reader, wild: Wild) -> None:
    document = reader.read(wild("words"), "unit/a.wild")
    assert document.pages == (Page("unit/a.wild", Place("page", 1), "words", ("A", "B")),)
    assert document.problems == ("a problem",)


def test_one_worker_reads_file_after_file(reader: Reader, wild: Wild) -> None:
    pids = {reader.read(wild("pid"), "a").pages[0].text for _ in range(3)}
    assert len(pids) == 1
    assert pids != {str(os.getpid())}


def test_a_worker_imports_only_what_the_file_needs(reader: Reader, wild: Wild) -> None:
    modules = reader.read(wild("modules"), "a").pages[0].text.split()
    assert "tutor.documents" in modules
    assert not {"torch", "pypdf", "lxml", "numpy"} & set(modules)


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ("hog", "needs too much memory"),
        ("crash", "crashed its reader (SIGSEGV)"),
        ("exit", "crashed its reader (exit status 7)"),
        ("half", "crashed its reader (SIGKILL)"),
        ("recurse", "nested too deeply"),
        ("refuse needs a password", "needs a password"),
        ("fail", "damaged WILD file (KeyError '/Root')"),
    ],
)
def test_each_misdeed_gets_its_reason_and_the_next_file_is_read(
    reader: Reader, wild: Wild, order: str, reason: str
) -> None:
    with pytest.raises(DocumentError) as error:
        reader.read(wild(order), "bad.wild")
    assert str(error.value) == reason
    assert reader.read(wild("fine"), "good.wild").pages[0].text == "fine"


@pytest.mark.parametrize("order", ["hang", "hang-in-c", "sleep 30"])
def test_one_that_hangs_is_ended_and_the_next_file_is_read(
    impatient: Reader, wild: Wild, order: str
) -> None:
    with pytest.raises(DocumentError) as error:
        impatient.read(wild(order), "bad.wild")
    assert str(error.value) == "took longer than 1 s"
    impatient._seconds = 20  # for the worker that starts now
    assert impatient.read(wild("fine"), "good.wild").pages[0].text == "fine"


def test_a_long_document_may_take_long_while_pages_come(impatient: Reader, wild: Wild) -> None:
    assert impatient.read(wild("pages 10"), "a").pages[0].text == "all pages done"


def test_what_a_library_prints_does_not_pass_for_an_answer(reader: Reader, wild: Wild) -> None:
    assert reader.read(wild("loud"), "a").pages[0].text == "quiet inside"


def test_a_batch_keeps_its_order_around_failures(
    monkeypatch: pytest.MonkeyPatch, wild: Wild
) -> None:
    monkeypatch.syspath_prepend(str(HERE / "documents"))
    orders = ["sleep 0.3", "a", "crash", "b", "hang", "c", "refuse no", "d"]
    files = [(wild(order), order) for order in orders]
    with Reader(seconds=2, workers=2, readers=READERS_HERE) as reader:
        outcomes = list(reader.read_all(files))
    assert [source for source, _ in outcomes] == orders
    failed = {source: str(out) for source, out in outcomes if isinstance(out, DocumentError)}
    assert failed == {
        "crash": "crashed its reader (SIGSEGV)",
        "hang": "took longer than 2 s",
        "refuse no": "no",
    }


def test_a_caller_may_stop_in_the_middle_of_a_batch(reader: Reader, wild: Wild) -> None:
    batch = reader.read_all((wild(f"file{number}"), str(number)) for number in range(5))
    next(batch)
    batch.close()
    assert reader.read(wild("later"), "a").pages[0].text == "later"


def test_a_reader_reads_again_after_it_was_closed(reader: Reader, wild: Wild) -> None:
    reader.read(wild("once"), "a")
    reader.close()
    assert reader.read(wild("again"), "a").pages[0].text == "again"


def test_a_worker_that_died_between_files_is_replaced(reader: Reader, wild: Wild) -> None:
    pid = int(reader.read(wild("pid"), "a").pages[0].text)
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not is_running(pid))
    assert reader.read(wild("fine"), "a").pages[0].text == "fine"


def test_nothing_runs_on_after_closing(impatient: Reader, wild: Wild, tmp_path: Path) -> None:
    child_file = tmp_path / "child"
    with pytest.raises(DocumentError, match="took longer"):
        impatient.read(wild(f"child {child_file}"), "a")
    child = int(child_file.read_text())
    assert wait_until(lambda: not is_running(child))


@pytest.mark.parametrize("order", ["pid", "hang", "hang-in-c"])
def test_workers_end_when_their_parent_is_killed(wild: Wild, tmp_path: Path, order: str) -> None:
    program = f"""
        import sys
        from pathlib import Path
        from tutor.documents.guard import Reader
        sys.path.insert(0, {str(HERE / "documents")!r})
        reader = Reader(seconds=1, workers=1, readers={{".wild": "wild_reader"}})
        reader._seconds = 60  # this side would wait on; the worker's own alarm stays
        print(reader.read(Path({str(wild("pid"))!r}), "a").pages[0].text, flush=True)
        reader.read(Path({str(wild(order))!r}), "a")
        input()
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
    )
    with parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        time.sleep(0.3)
        assert is_running(worker)
        parent.kill()
    assert wait_until(lambda: not is_running(worker), seconds=5)


def test_no_module_of_the_current_folder_is_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')")
    (tmp_path / "note.md").write_text("# Notes\n\nWords.")
    monkeypatch.chdir(tmp_path)
    with Reader() as reader:
        assert reader.read(Path("note.md"), "note.md").pages[0].headings == ("Notes",)
