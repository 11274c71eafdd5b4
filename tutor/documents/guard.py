"""Reading documents in a process that can be killed.

A document of a stranger may hang its parser, fill the memory or crash the
interpreter. `Reader` keeps one worker process (`tutor.documents.worker`) for
all files, watches it, and starts another when it had to be killed. The worker
imports the format readers only; it ends when this process does, however that
ends.

What crosses between the two is JSON: the worker works on hostile bytes, and
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
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import IO, Any, Self

import tutor
from tutor.documents import READERS
from tutor.errors import DocumentError
from tutor.records import Document, Page, Place

_SECONDS_PER_TICK = 5.0  # what a page may take on average, beyond the first `seconds`

Message = dict[str, Any]


class Reader:
    """Reads documents one after the other, each within `seconds` and `memory`.

    `seconds` is how long a file may take without a sign of progress (a page
    done): a long document may take longer, a hanging one not. `memory` is the
    worker's limit of address space in bytes (not on Windows). `readers` names
    the module for each suffix, for formats of one's own. The worker starts
    with the first file. Not to be shared between threads.
    """

    def __init__(
        self,
        seconds: float = 30.0,
        memory: int = 2 << 30,
        readers: Mapping[str, str] = READERS,
    ) -> None:
        self._seconds = seconds
        self._arguments = [str(seconds), str(memory), json.dumps(dict(readers))]
        self._worker: _Worker | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the worker; a later `read` would start another."""
        if self._worker is not None:
            self._worker.kill()
            self._worker = None

    def read(self, path: Path, source: str) -> Document:
        """Read one file. Raises DocumentError, its text the reason alone."""
        self._send(path, source)
        return self._receive(path, source)

    def read_all(
        self, files: Iterable[tuple[Path, str]]
    ) -> Iterator[tuple[str, Document | DocumentError]]:
        """Read many files; yields each source with its document or its failure, in order.

        While the caller works on one document the worker reads the next.
        """
        before: tuple[Path, str] | None = None
        for file in files:
            document = self._outcome(*before) if before else None
            self._send(*file)
            if before and document:
                yield before[1], document
            before = file
        if before:
            yield before[1], self._outcome(*before)

    def _outcome(self, path: Path, source: str) -> Document | DocumentError:
        try:
            return self._receive(path, source)
        except DocumentError as error:
            return error

    def _send(self, path: Path, source: str) -> None:
        if self._worker is not None and not self._worker.is_alive():
            self.close()
        if self._worker is None:
            self._worker = _Worker(self._arguments)
        self._worker.send({"path": str(path.absolute()), "source": source})

    def _receive(self, path: Path, source: str) -> Document:
        """The worker's answer to the request sent last."""
        assert self._worker is not None
        worker = self._worker
        answer = worker.answer(self._seconds)
        if answer.get("ended"):
            self.close()
            if worker.requests > 1 and not answer.get("slow"):
                # The files before may have filled the memory: a fresh worker decides.
                self._send(path, source)
                return self._receive(path, source)
        if "reason" in answer:
            raise DocumentError(answer["reason"])
        return _document(answer["document"], source)


class _Worker:
    """The worker process, and a thread that hands on what it writes."""

    def __init__(self, arguments: list[str]) -> None:
        # The parent's own search path, so that the worker finds the same modules; without -P
        # a file named like a module of the library, in the current folder, would be run.
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
        self._messages: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._last_sign = time.monotonic()
        self.requests = 0
        assert self._process.stdout is not None
        self._listener = Thread(target=self._listen, args=(self._process.stdout,), daemon=True)
        self._listener.start()

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def send(self, request: Message) -> None:
        self.requests += 1
        self._last_sign = time.monotonic()
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # the worker is gone; `answer` finds out how
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()

    def answer(self, seconds: float) -> Message:
        """The answer to the last request: "document" or "reason", "ended" with the worker."""
        end = self._last_sign + seconds
        while True:
            try:
                message = self._messages.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                self.kill()
                return {"reason": f"took longer than {seconds:g} s", "ended": True, "slow": True}
            if message is None:
                return {"reason": self._cause_of_end(), "ended": True}
            if "tick" not in message:
                return message
            allowed = self._last_sign + seconds + _SECONDS_PER_TICK * message["tick"]
            end = min(allowed, message["at"] + seconds)

    def kill(self) -> None:
        """End the worker, and whatever it started, at once."""
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

    def _listen(self, output: IO[bytes]) -> None:
        for line in output:
            self._messages.put({**json.loads(line), "at": time.monotonic()})
        self._messages.put(None)

    def _cause_of_end(self) -> str:
        status = self._process.wait()
        if status < 0:
            return f"crashed its reader ({signal.Signals(-status).name})"
        return f"crashed its reader (exit status {status})"


def _document(fields: Message, source: str) -> Document:
    pages = tuple(
        Page(source, Place(kind, value), text, tuple(headings))
        for kind, value, text, headings in fields["pages"]
    )
    return Document(source, pages, tuple(fields["problems"]))
