"""Labs in a process of their own: results come over, and it can be ended at any time."""

from __future__ import annotations

import logging
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab_runs import finish
from tutor.config import Settings
from tutor.errors import LabError
from tutor.labs import Progress, Result, Step, parse
from tutor.tools.worker import LabWorker, _listen

GAN = {"digit": 7, "n": 4}


def run(worker: LabWorker, lab: str, given: dict[str, Any], **options: Any) -> list[Step]:
    return list(worker.run(lab, parse(lab, given), **options))


@pytest.fixture(scope="module")
def worker(settings: Settings) -> Iterator[LabWorker]:
    with LabWorker(settings) as opened:
        yield opened


def process_of(worker: LabWorker) -> Any:
    return worker._process


@pytest.mark.slow
def test_a_lab_gives_the_same_as_in_this_process(worker: LabWorker) -> None:
    *progress, result = run(worker, "gan", GAN)
    _, wanted = finish("gan", **GAN)
    assert isinstance(result, Result)
    assert progress
    assert all(isinstance(step, Progress) for step in progress)
    assert result.pictures == wanted.pictures
    assert (result.caption, result.values) == (wanted.caption, wanted.values)


@pytest.mark.slow
def test_an_error_of_the_lab_is_told_and_the_process_goes_on(worker: LabWorker) -> None:
    run(worker, "gan", GAN)
    kept = process_of(worker)
    run(worker, "gan", GAN)
    assert process_of(worker) is kept
    with pytest.raises(LabError, match="successes"):
        run(worker, "likelihood", {"successes": 12, "trials": 10})
    assert isinstance(run(worker, "gan", GAN)[-1], Result)
    assert process_of(worker) is kept


@pytest.mark.slow
def test_a_stopped_lab_ends_soon_and_the_next_one_runs(worker: LabWorker) -> None:
    stop = threading.Event()
    seen, stopped_at = 0, 0.0
    for step in worker.run("gan", parse("gan", {"action": "train_2d"}), stop.is_set):
        assert isinstance(step, Progress)
        seen += 1
        ended, stopped_at = process_of(worker), time.perf_counter()
        stop.set()
    assert seen == 1
    assert time.perf_counter() - stopped_at < 5
    assert ended.status() is not None
    assert isinstance(run(worker, "gan", GAN)[-1], Result)


@pytest.mark.slow
def test_a_lab_that_takes_too_long_is_ended(settings: Settings) -> None:
    with LabWorker(settings.model_copy(update={"lab_timeout": 1.0})) as worker:
        start = time.perf_counter()
        with pytest.raises(LabError, match=r"longer than 1 s and was ended; ask for fewer steps"):
            run(worker, "gan", {"action": "train", "steps": 5000})
        assert time.perf_counter() - start < 60


@pytest.mark.slow
def test_a_lab_that_needs_too_much_memory_is_ended(settings: Settings) -> None:
    with (
        LabWorker(settings.model_copy(update={"lab_memory": 0.2})) as worker,
        pytest.raises(LabError, match=r"more than 0\.2 GB of memory and was ended; ask for fewer"),
    ):
        run(worker, "gan", GAN)


@pytest.mark.slow
def test_a_process_that_dies_is_told_and_replaced(worker: LabWorker) -> None:
    steps = worker.run("gan", parse("gan", {"action": "train_2d"}))
    next(steps)
    process_of(worker)._process.kill()
    with pytest.raises(LabError, match=r"ended unexpectedly \(SIGKILL\); try it again"):
        list(steps)
    assert isinstance(run(worker, "gan", GAN)[-1], Result)


@pytest.mark.slow
def test_what_a_lab_does_wrong_is_logged_and_no_traceback_is_shown(
    worker: LabWorker, caplog: pytest.LogCaptureFixture
) -> None:
    options = parse("gan", {}).model_copy(update={"digit": 55})  # past the bounds: a broken lab
    with caplog.at_level(logging.ERROR), pytest.raises(LabError) as raised:
        list(worker.run("gan", options))
    assert "\n" not in str(raised.value)


def test_nothing_runs_before_it_is_wanted(settings: Settings) -> None:
    worker = LabWorker(settings)
    assert process_of(worker) is None
    assert list(worker.run("gan", parse("gan", {}), lambda: True)) == []
    worker.close()
    assert process_of(worker) is None


@pytest.mark.slow
def test_who_stops_listening_ends_the_lab_and_a_server_has_a_second_process_ready(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutor.tools.worker.LONG", 0.0)
    with LabWorker(settings) as worker:
        worker.warm_up()
        steps = worker.run("gan", parse("gan", {"action": "train_2d"}))
        next(steps)
        first, spare = process_of(worker), worker._spare
        assert spare is not None
        steps.close()  # type: ignore[attr-defined]
        assert first.status() is not None
        assert process_of(worker) is spare
    assert spare.status() is not None


@pytest.mark.parametrize(
    "written", [b'{"fraction": 0.5, "pic', b'{"pictures": [{"name": "a", "size": 9}]}\nshort']
)
def test_a_message_cut_off_by_the_processs_end_is_none_and_the_end_is_told(written: bytes) -> None:
    whole = b'{"fraction": 0.25, "pictures": []}\n'
    command = [sys.executable, "-c", f"import os; os.write(1, {whole + written!r})"]
    messages: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        _listen(process, messages)
    assert messages.get(timeout=1)["fraction"] == 0.25
    assert messages.get(timeout=1) == {}
    assert messages.empty()
