"""Reading documents in processes that can be killed.

A document of a stranger may hang its parser, fill the memory or crash the
interpreter. `Reader` keeps a few worker processes (`tutor.documents.worker`)
for all files, watches them, and replaces one that had to be killed. A worker
imports the format readers only; it ends when this process does, however that
ends.

What crosses between the two is JSON: a worker works on hostile bytes, and
nothing it could send is ever run here.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, Self

import tutor
from tutor.documents import READERS
from tutor.errors import DocumentError
from tutor.records import Document, Page, Place

_SECONDS_PER_PAGE = 5.0  # what a page may take on average, beyond the first `seconds`
_LONGEST = 3600.0  # seconds for any document, however steadily its pages come
_AHEAD = 3  # documents per worker that may be read before the caller takes them

Message = dict[str, Any]


@dataclass
class _Job:
    path: Path
    source: str
    outcome: Document | DocumentError | None = None


class Reader:
    """Reads documents, each within `seconds` and `memory`, several at a time.

    `seconds` is how long a file may take without a sign of progress (a page
    done): a long document may take longer, a hanging one not. `memory` is the
    limit of each worker's address space in bytes (not on Windows). `readers`
    names the module for each suffix, for formats of one's own. Workers start
    with the first files. Not to be shared between threads.
    """

    def __init__(
        self,
        seconds: float = 30.0,
        memory: int = 3 << 29,
        workers: int = min(2, os.cpu_count() or 1),
        readers: Mapping[str, str] = READERS,
    ) -> None:
        self._seconds = seconds
        self._arguments = [str(seconds), str(memory), json.dumps(dict(readers))]
        self._workers = workers
        self._idle: list[_Worker] = []
        self._busy: dict[_Worker, _Job] = {}
        self._messages: queue.SimpleQueue[tuple[_Worker, Message]] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the workers; reading again would start others."""
        for worker in [*self._idle, *self._busy]:
            worker.kill()
        self._idle.clear()
        self._busy.clear()

    def read(self, path: Path, source: str) -> Document:
        """Read one file. Raises DocumentError, its text the reason alone."""
        ((_, outcome),) = self.read_all([(path, source)])
        if isinstance(outcome, DocumentError):
            raise outcome
        return outcome

    def read_all(
        self, files: Iterable[tuple[Path, str]]
    ) -> Iterator[tuple[str, Document | DocumentError]]:
        """Read many files; yields each source with its document or its failure, in order.

        While the caller works on one document the workers read the next ones.
        """
        left = iter(files)
        jobs: deque[_Job] = deque()
        more = True
        while more or jobs:
            while more and len(self._busy) < self._workers and len(jobs) < _AHEAD * self._workers:
                file = next(left, None)
                if file is None:
                    more = False
                else:
                    jobs.append(_Job(*file))
                    self._start(jobs[-1])
            if jobs and (outcome := jobs[0].outcome) is not None:
                yield jobs.popleft().source, outcome
            elif self._busy:  # also with files that an earlier caller did not wait for
                self._wait()

    def _start(self, job: _Job) -> None:
        while self._idle and not self._idle[-1].is_alive():
            self._idle.pop().kill()
        worker = self._idle.pop() if self._idle else _Worker(self._arguments, self._messages)
        worker.send({"path": str(job.path.absolute()), "source": job.source}, self._seconds)
        self._busy[worker] = job

    def _wait(self) -> None:
        """Take one message of a worker, or kill the one whose time is over."""
        slowest = min(self._busy, key=lambda worker: worker.deadline)
        try:
            seconds = max(0.0, slowest.deadline - time.monotonic())
            worker, message = self._messages.get(timeout=seconds)
        except queue.Empty:
            slowest.kill()
            reason = f"took longer than {self._seconds:g} s"
            error = DocumentError(reason, given=self._seconds)
            self._busy.pop(slowest).outcome = error
            return
        if worker not in self._busy:
            return  # the last words of one that was killed
        if "tick" in message:
            worker.extend(message["tick"], message["at"], self._seconds)
        else:
            self._finish(worker, message)

    def _finish(self, worker: _Worker, message: Message) -> None:
        """Take a worker's answer, or the news of its end, for its job's outcome."""
        job = self._busy.pop(worker)
        if not message.get("ended"):
            self._idle.append(worker)
        else:
            worker.kill()
            if worker.requests > 1:
                # The files before may have filled its memory: a fresh worker decides.
                self._start(job)
                return
        if "document" in message:
            job.outcome = _document(message["document"], job.source)
        else:
            reason = message.get("reason")
            job.outcome = DocumentError(reason) if reason else worker.crash()


class _Worker:
    """A worker process, and a thread that hands on what it writes."""

    def __init__(
        self, arguments: list[str], messages: queue.SimpleQueue[tuple[_Worker, Message]]
    ) -> None:
        # Our own search path, so that the worker finds the same modules; without -P a file
        # in the current folder that is named like a module of the library would be run.
        package = str(Path(tutor.__file__).resolve().parent.parent)
        search_path = os.pathsep.join([package, *filter(None, sys.path)])
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tutor.documents.worker", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": search_path, "OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,  # its own process group: OCR programs die with it
        )
        self.requests = 0
        self.deadline = 0.0
        self._started = 0.0
        self._listener = Thread(target=self._listen, args=(messages,), daemon=True)
        self._listener.start()

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def send(self, request: Message, seconds: float) -> None:
        self.requests += 1
        self._started = time.monotonic()
        self.deadline = self._started + seconds
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it is gone; the listener tells
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()

    def extend(self, pages: int, at: float, seconds: float) -> None:
        """Give it time for the next page, having done `pages` by the time `at`."""
        longest = self._started + min(seconds + _SECONDS_PER_PAGE * pages, _LONGEST)
        self.deadline = min(longest, at + seconds)

    def kill(self) -> None:
        """End the process, and whatever it started, at once."""
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError):  # it has ended, and all its children
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()
        self._process.wait()
        self._listener.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def crash(self) -> DocumentError:
        """How it ended. Being killed may be another's fault: the system's memory was full."""
        status = self._process.wait()
        cause = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        killed = cause == "SIGKILL"
        return DocumentError(f"crashed its reader ({cause})", given=0.0 if killed else None)

    def _listen(self, messages: queue.SimpleQueue[tuple[_Worker, Message]]) -> None:
        assert self._process.stdout is not None
        try:
            for line in self._process.stdout:
                if line.endswith(b"\n"):  # or it was killed while it wrote
                    messages.put((self, {**json.loads(line), "at": time.monotonic()}))
        finally:
            messages.put((self, {"ended": True}))


def _document(fields: Message, source: str) -> Document:
    pages = tuple(
        Page(source, Place(kind, value), text, tuple(headings))
        for kind, value, text, headings in fields["pages"]
    )
    return Document(source, pages, tuple(fields["problems"]))
