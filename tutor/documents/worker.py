"""The process in which documents are read; `tutor.documents.guard` runs it.

It takes requests as lines of JSON on standard input and answers each with one
line of JSON, after a line for each page done. It limits its own memory, ends
itself when a file takes too long even if nobody watches, and ends when its
standard input closes, which happens when the process that started it ends.
"""

from __future__ import annotations

import gc
import json
import os
import queue
import signal
import sys
import warnings
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import IO, Any

from tutor.documents import read_document
from tutor.documents.progress import reported_to
from tutor.errors import DocumentError
from tutor.records import Document

_GRACE = 5.0  # seconds beyond the guard's limit at most, so that the guard is first to act


def main() -> None:
    """Read what is asked for until standard input closes."""
    seconds, memory, readers = float(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
    warnings.simplefilter("ignore")
    # Parsers make a great many objects that live as long as the document: looking for
    # cycles among them every 700th time costs a twentieth of the whole.
    gc.set_threshold(100_000, 50, 1000)
    answers = _own_output()
    _limit_memory(memory)
    requests: queue.SimpleQueue[dict[str, str]] = queue.SimpleQueue()
    Thread(target=_listen, args=(requests,), daemon=True).start()
    while True:
        request = requests.get()
        answer, exhausted = _answer(request, readers, answers, seconds)
        _write(answers, answer)
        if exhausted:
            os._exit(1)  # the heap stays large: the guard starts a fresh process


def _answer(
    request: dict[str, str], readers: Mapping[str, str], answers: IO[bytes], seconds: float
) -> tuple[dict[str, Any], bool]:
    """The answer to a request, and whether reading ran out of memory."""
    ticks, longest = 0, seconds + min(seconds, _GRACE)

    def tick() -> None:
        nonlocal ticks
        ticks += 1
        _set_alarm(longest)
        _write(answers, {"tick": ticks})

    _set_alarm(longest)
    try:
        with reported_to(tick):
            document = read_document(Path(request["path"]), request["source"], readers)
    except DocumentError as error:
        exhausted = isinstance(error.__cause__, MemoryError)
        return {"reason": str(error), **({"ended": True} if exhausted else {})}, exhausted
    finally:
        _set_alarm(0)
    return {"document": _fields(document)}, False


def _fields(document: Document) -> dict[str, Any]:
    return {
        "pages": [
            (page.place.kind, page.place.value, page.text, page.headings) for page in document.pages
        ],
        "problems": document.problems,
    }


def _own_output() -> IO[bytes]:
    """Standard output for the answers alone: what a library prints goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    return answers


def _write(answers: IO[bytes], message: dict[str, Any]) -> None:
    answers.write(json.dumps(message).encode() + b"\n")
    answers.flush()


def _limit_memory(limit: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):  # macOS knows the limit but may refuse to set it
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _set_alarm(seconds: float) -> None:
    """Let the system end this process after `seconds`; 0 calls it off.

    Unlike a thread this also ends a library that never lets Python run.
    """
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _listen(requests: queue.SimpleQueue[dict[str, str]]) -> None:
    for line in sys.stdin.buffer:
        requests.put(json.loads(line))
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # with the OCR programs it may have started
    os._exit(0)


if __name__ == "__main__":
    main()
