"""Labs in a process that can be killed, so that none can hang, fill or stop the tutor.

One process is kept for all labs (`tutor.lab_process` is what runs in it): it
has torch imported and the models loaded, so that a picture comes at once. It
is killed when a lab is stopped, takes too long or holds too much memory, and
another takes its place: in a chat page one that is ready, since a second
process is started while a long lab runs.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import tutor
from tutor.config import Settings
from tutor.errors import LabError
from tutor.labs import LabOptions, Picture, Progress, Result, Step

logger = logging.getLogger(__name__)

PROCESS = "tutor.lab_process"
OUT_OF_MEMORY = 77
"""The status with which the process ends itself."""
LOOK = 0.05
"""Seconds between two looks whether a lab is still wanted."""
LONG = 2.0
"""Seconds after which a lab counts as one that is likely to be stopped."""
STARTING = 60.0
"""Seconds that a fresh process has to load its libraries, beyond the time of the lab itself."""
_SECRETS = ("TUTOR_SERVER_KEY",)
_CALM = {"OMP_WAIT_POLICY": "PASSIVE"}
"""Threads of torch that wait for each other sleep: where the cores have other work too, the
diffusion lab took 46 s with threads that spin, and 7 s with these."""

Cancelled = Callable[[], bool]
Message = dict[str, Any]


class LabWorker:
    """Runs labs, one at a time, each within `lab_timeout` and `lab_memory` of the settings.

    May be shared by threads: whoever comes while a lab runs waits for its end.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._turn = threading.Lock()
        self._process: _Process | None = None
        self._spare: _Process | None = None
        self._keeps_spare = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def warm_up(self) -> None:
        """For a server: start the process now, and from here on have a second one in reserve.

        Both get ready by themselves.
        """
        with self._turn:
            self._keeps_spare = True
            self._ready()

    def close(self) -> None:
        """End the process; another lab would start a new one."""
        self._keeps_spare = False
        processes = self._process, self._spare
        self._process = self._spare = None
        for process in filter(None, processes):
            process.kill()

    def run(
        self, name: str, options: LabOptions, cancelled: Cancelled = lambda: False
    ) -> Iterator[Step]:
        """What the lab yields; it ends without a result within a moment of being cancelled.

        Raises:
            LabError: the lab says what is wrong, took too long, needed too much memory or died.
        """
        while not self._turn.acquire(timeout=LOOK):
            if cancelled():
                return
        process: _Process | None = None
        done = True
        try:
            if cancelled():
                return
            process, done = self._ready(), False
            for step in self._steps(process, name, options, cancelled):
                done = isinstance(step, Result)
                yield step
        except _ToldError as told:
            done = True
            raise LabError(str(told)) from None
        finally:
            if process is not None and not done:
                process.kill()
                if self._process is process:  # else it was closed meanwhile
                    self._process, self._spare = self._spare or self._fresh(), None
            self._turn.release()

    def _steps(
        self, process: _Process, name: str, options: LabOptions, cancelled: Cancelled
    ) -> Iterator[Step]:
        limit = self._settings.lab_timeout
        reserve = time.monotonic() + LONG
        deadline = time.monotonic() + limit + (0 if process.used else STARTING)
        first = not process.used
        process.send({"lab": name, "options": options.model_dump(mode="json")})
        while not cancelled():
            if time.monotonic() > deadline:
                raise LabError(f"the lab {name} took longer than {limit:g} s and was ended; "
                               "ask for fewer steps or samples")  # fmt: skip
            if self._keeps_spare and self._spare is None and time.monotonic() > reserve:
                self._spare = self._fresh()
            message = process.next(LOOK)
            if message is None:
                continue
            if first:
                first, deadline = False, time.monotonic() + limit
            yield (step := self._step(process, name, message))
            if isinstance(step, Result):
                return

    def _step(self, process: _Process, name: str, message: Message) -> Step:
        if "fraction" in message:
            picture = next(iter(message["pictures"]), None)
            return Progress(message["fraction"], message["text"], picture)
        if "caption" in message:
            return Result(message["caption"], tuple(message["pictures"]), message["values"])
        if "error" in message:
            raise _ToldError(message["error"])
        if "broken" in message:
            logger.error("the lab %s failed\n%s", name, message["broken"])
            raise _ToldError(f"the lab {name} failed; the details are in the tutor's log")
        if process.ended() == OUT_OF_MEMORY:
            raise LabError(
                f"the lab {name} needed more than {self._settings.lab_memory:g} GB of memory and "
                "was ended; ask for fewer samples or a smaller model"
            )
        raise LabError(f"the lab {name} ended unexpectedly ({process.end()}); try it again")

    def _ready(self) -> _Process:
        if self._process is None or self._process.status() is not None:
            self._process = self._fresh()
        return self._process

    def _fresh(self) -> _Process:
        process = _Process()
        process.send(
            {
                "settings": self._settings.model_dump(mode="json"),
                "memory": int(self._settings.lab_memory * 1e9),
            }
        )
        process.used = False
        return process


class _ToldError(Exception):
    """An error that the process reported itself: it goes on."""


class _Process:
    """The process, and a thread that hands on what it writes."""

    def __init__(self) -> None:
        # Our own search path, so that the process finds the same modules; without -P a file
        # in the current folder that is named like a module of the library would be run.
        package = str(Path(tutor.__file__).resolve().parent.parent)
        path = os.pathsep.join([package, *filter(None, sys.path)])
        kept = {k: v for k, v in os.environ.items() if k not in _SECRETS}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", PROCESS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**_CALM, **kept, "PYTHONPATH": path, "HF_HUB_OFFLINE": "1"},
            start_new_session=True,  # Ctrl+C is for the tutor, which ends it
        )
        self.used = False
        self._messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
        arguments = (self._process, self._messages)
        self._listener = threading.Thread(target=_listen, args=arguments, daemon=True)
        self._listener.start()
        # Also when nobody closes it: at the interpreter's end, or with the worker's.
        self._end = weakref.finalize(self, _end, self._process, self._listener)

    def send(self, message: Message) -> None:
        self.used = True
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it is gone; the listener tells
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()

    def next(self, seconds: float) -> Message | None:
        """The next message, one without contents at the process's end; None if none comes."""
        try:
            return self._messages.get(timeout=seconds)
        except queue.Empty:
            return None

    def status(self) -> int | None:
        return self._process.poll()

    def ended(self) -> int:
        """The status with which it ends, once it has closed its output."""
        return self._process.wait()

    def end(self) -> str:
        status = self.ended()
        return signal.Signals(-status).name if status < 0 else f"exit status {status}"

    def kill(self) -> None:
        """End the process at once."""
        self._end()


def _end(process: subprocess.Popen[bytes], listener: threading.Thread) -> None:
    process.kill()
    process.wait()
    listener.join()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()


def _listen(process: subprocess.Popen[bytes], messages: queue.SimpleQueue[Message]) -> None:
    """Hand on each message with its pictures, and an empty one when there is no more.

    One that was cut off by the process's end is none.
    """
    assert process.stdout is not None
    while (line := process.stdout.readline()).endswith(b"\n"):
        message = json.loads(line)
        sizes = [named.pop("size") for named in message["pictures"]]
        data = [process.stdout.read(size) for size in sizes]
        if [len(part) for part in data] != sizes:
            break
        pictures = [Picture(data=d, **n) for d, n in zip(data, message["pictures"], strict=True)]
        messages.put({**message, "pictures": pictures})
    messages.put({})
