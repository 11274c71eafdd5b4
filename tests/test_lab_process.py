"""The labs' process from within: what it may not do, and how it counts its memory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tutor.config import Settings
from tutor.lab_process import guard, resident
from tutor.labs import Result, parse
from tutor.tools.worker import LabWorker


def test_no_connection_and_no_program(tmp_path: Path) -> None:
    hook = guard([tmp_path])
    for event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system"):
        with pytest.raises(PermissionError, match=event):
            hook(event, ())


def test_files_are_read_anywhere_and_written_in_the_cache_alone(tmp_path: Path) -> None:
    cache, elsewhere = tmp_path / "cache", tmp_path / "elsewhere"
    hook = guard([cache])
    hook("open", (str(elsewhere / "a"), "r", os.O_RDONLY))
    hook("open", (str(cache / "a"), "w", os.O_WRONLY | os.O_CREAT))
    hook("open", (str(cache), "w+b", os.O_RDWR))  # so says tempfile before it opens a file there
    hook("open", (3, "w", os.O_WRONLY))  # what is open already
    hook("open", (os.devnull, "w", os.O_WRONLY))
    for name in (elsewhere / "a", cache / ".." / "elsewhere" / "a", tmp_path / "cache-b"):
        with pytest.raises(PermissionError, match="may not write"):
            hook("open", (os.fsencode(name), None, os.O_WRONLY | os.O_CREAT))


def test_nothing_is_taken_away_or_moved_elsewhere(tmp_path: Path) -> None:
    cache, elsewhere = tmp_path / "cache", tmp_path / "elsewhere"
    hook = guard([cache])
    hook("os.remove", (str(cache / "a"), -1))
    hook("os.rename", (str(cache / "a"), str(cache / "b"), -1, -1))
    hook("os.truncate", (3, 10))
    for event, arguments in (
        ("os.remove", (str(elsewhere / "a"), -1)),
        ("os.rmdir", (cache / ".." / "elsewhere", -1)),
        ("os.truncate", (str(elsewhere / "a"), 10)),
        ("os.rename", (str(elsewhere / "a"), str(cache / "a"), -1, -1)),
        ("os.link", (str(elsewhere / "a"), str(cache / "a"), -1, -1)),
    ):
        with pytest.raises(PermissionError, match="may not change"):
            hook(event, arguments)


def test_a_link_may_be_taken_away_wherever_it_points(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "link").symlink_to(tmp_path)
    guard([cache])("os.remove", (str(cache / "link"), -1))


def test_memory_is_counted_in_bytes() -> None:
    before = resident()
    held = bytearray(os.urandom(1 << 16) * 1024)  # 64 MiB, every page of it written
    assert before > 10e6
    assert resident() - before > 0.8 * len(held)


@pytest.mark.slow
def test_a_model_that_the_process_has_no_memory_for_is_not_loaded(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "large.gguf"
    with file.open("wb") as stream:
        stream.truncate(2_000_000_000)
    with LabWorker(settings.model_copy(update={"model": str(file)})) as worker:
        *_, result = worker.run("tokens", parse("tokens", {"text": "one two"}))
    assert isinstance(result, Result)
    assert result.caption.startswith("SmolLM2-135M-Instruct reads these 7 characters")
