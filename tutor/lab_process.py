"""The process in which labs run; `tutor.tools.worker` starts it, watches it and ends it.

It takes lines of JSON on standard input: first the settings, then a lab's name
and options each time. It answers with lines of JSON on standard output, each
followed by the bytes of the pictures that it names. It ends itself when its
memory grows past the limit and when its standard input closes, which happens
when the process that started it ends. It opens no connection, starts no other
program, and writes nowhere but into the tutor's cache, the folder for temporary
files and matplotlib's cache.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from mmap import PAGESIZE
from pathlib import Path
from threading import Thread
from time import sleep
from typing import IO, Any

from tutor.config import Settings
from tutor.errors import TutorError
from tutor.lab_models import TutorModels
from tutor.labs import LABS, Picture, Progress, Result, parse, run
from tutor.tools.worker import OUT_OF_MEMORY

NICENESS = 5
"""Who asks a question is served before a lab goes on."""
LOOK = 0.05
"""Seconds between two looks at the memory."""

Message = dict[str, Any]


def main() -> None:
    """Run what is asked for until standard input closes."""
    warnings.simplefilter("ignore")
    answers = _own_output()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    setup = json.loads(sys.stdin.buffer.readline())
    settings = Settings.model_validate(setup["settings"])
    Thread(target=_watch_memory, args=(setup["memory"],), daemon=True).start()
    sys.addaudithook(guard([settings.cache, Path(tempfile.gettempdir()), *_library_caches()]))
    requests: queue.SimpleQueue[Message] = queue.SimpleQueue()
    Thread(target=_listen, args=(requests,), daemon=True).start()
    models = TutorModels(settings, setup["memory"])
    _warm_up(requests, models)
    while True:
        _work(requests.get(), models, answers)


def _work(request: Message, models: TutorModels, answers: IO[bytes]) -> None:
    """Run one lab, and write what it gives as it comes."""
    try:
        for step in run(request["lab"], parse(request["lab"], request["options"]), models):
            _write(answers, *_message(step))
    except TutorError as error:
        _write(answers, {"error": str(error)})
    except Exception:  # the boundary: whatever a lab does wrong, the next one is run as before
        _write(answers, {"broken": traceback.format_exc()})


def _message(step: Progress | Result) -> tuple[Message, tuple[Picture, ...]]:
    if isinstance(step, Progress):
        pictures = (step.picture,) if step.picture else ()
        return {"fraction": step.fraction, "text": step.text}, pictures
    return {"caption": step.caption, "values": step.values}, step.pictures


def _write(answers: IO[bytes], message: Message, pictures: tuple[Picture, ...] = ()) -> None:
    named = [
        {"name": p.name, "alt": p.alt, "suffix": p.suffix, "size": len(p.data)} for p in pictures
    ]
    answers.write(json.dumps({**message, "pictures": named}).encode() + b"\n")
    for picture in pictures:
        answers.write(picture.data)
    answers.flush()


def _warm_up(requests: queue.SimpleQueue[Message], models: TutorModels) -> None:
    """Import the labs and load the language model, as long as there is nothing to do."""
    for name in LABS:
        if not requests.empty():
            return
        importlib.import_module(f"tutor.labs.{name}")
    if requests.empty():
        with suppress(TutorError):  # it is told when a lab needs the model
            models.next_logits(".")


def _own_output() -> IO[bytes]:
    """Standard output for the answers alone: what a library prints goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    return answers


def _listen(requests: queue.SimpleQueue[Message]) -> None:
    for line in sys.stdin.buffer:
        requests.put(json.loads(line))
    os._exit(0)


def _watch_memory(limit: int) -> None:
    """End this process once it holds more than `limit` bytes of memory.

    A limit of the address space, which the system could hold, would count what
    torch only reserves.
    """
    while resident() <= limit:
        sleep(LOOK)
    os._exit(OUT_OF_MEMORY)


def resident() -> int:
    """The bytes of memory that this process holds; its peak where the system says no more."""
    with suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * PAGESIZE
    try:
        import resource
    except ImportError:  # Windows tells neither
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


_FORBIDDEN = (
    *("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"),
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"),
    *("os.fork", "os.forkpty"),
)
_REPLACES = {"os.remove": 1, "os.rmdir": 1, "os.truncate": 1, "os.rename": 2, "os.link": 2}
"""Events that take away or move what is there, and how many paths they name."""
_CHANGES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def guard(writable: list[Path]) -> Callable[[str, tuple[Any, ...]], None]:
    """A hook for `sys.addaudithook`: no connection, no program, files changed in `writable` alone.

    A second wall and no sandbox: labs are our own code. It holds should one of
    them ever be led to do what it is not there for. What an extension does
    without Python, and paths relative to an open folder, it does not see.
    """
    roots = tuple(str(folder.resolve()) + os.sep for folder in writable)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _FORBIDDEN:
            raise PermissionError(f"a lab may not do this: {event}")
        if event == "open" and arguments[2] & _CHANGES and not isinstance(arguments[0], int):
            name = os.fsdecode(arguments[0])
            # With the separator: tempfile names the folder itself before it opens a file there.
            place = os.path.join(os.path.realpath(name), "")
            if name != os.devnull and not place.startswith(roots):
                raise PermissionError(f"a lab may not write {name}")
        elif event in _REPLACES:
            count = _REPLACES[event]
            if any(folder != -1 for folder in arguments[count:] if event != "os.truncate"):
                return  # relative to an open folder, as when a temporary one is emptied
            for named in arguments[:count]:
                if not isinstance(named, int) and not _place(named).startswith(roots):
                    raise PermissionError(f"a lab may not change {os.fsdecode(named)}")

    return hook


def _place(name: str | bytes | os.PathLike[str]) -> str:
    """Where an entry of a folder stands; a link is itself, and not what it points to."""
    folder, entry = os.path.split(os.path.abspath(os.fsdecode(name)))
    return os.path.join(os.path.realpath(folder), entry)


def _library_caches(environ: Mapping[str, str] = os.environ) -> list[Path]:
    """Where matplotlib keeps its list of fonts."""
    named = environ.get("MPLCONFIGDIR")
    home = Path(environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "matplotlib"
    return [Path(named), home] if named else [home]


if __name__ == "__main__":
    main()
