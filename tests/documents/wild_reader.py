"""A reader for `.wild` files that does to its process what the file says.

`test_guard` registers it with the guard's worker: real hangs, real memory
hogs and real crashes, with nothing of the guard replaced.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

from tutor.documents.progress import tick
from tutor.errors import DocumentError
from tutor.records import Document, Page, Place


def read(path: Path, source: str) -> Document:
    order, _, argument = path.read_text().strip().partition(" ")
    match order:
        case "hang":
            while True:
                pass
        case "hang-in-c":  # a regular expression never lets other threads run
            re.match(r"(a+)+$", "a" * 60 + "b")
        case "hog":
            hoard = [bytearray(50 << 20) for _ in range(1000)]
            return _document(source, str(len(hoard)))
        case "crash":
            ctypes.string_at(0)
        case "exit":
            os._exit(7)
        case "half":  # killed by the system while it writes its answer
            for answers in _pipes():
                os.write(answers, b'{"document": {"pages": [[')
            os.kill(os.getpid(), signal.SIGKILL)
        case "recurse":
            return read(path, source)
        case "child":  # as an OCR program would run
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
            Path(argument).write_text(str(child.pid))
            child.wait()
        case "loud":
            print('{"document": "a lie"}', flush=True)
            os.write(1, b"noise\n")
            return _document(source, "quiet inside")
        case "pages":
            for _ in range(int(argument)):
                time.sleep(0.2)
                tick()
            return _document(source, "all pages done")
        case "sleep":
            time.sleep(float(argument))
            return _document(source, "awake")
        case "pid":
            return _document(source, str(os.getpid()))
        case "modules":
            return _document(source, " ".join(sys.modules))
        case "refuse":
            raise DocumentError(argument)
        case "fail":
            raise KeyError("/Root")
    return _document(source, order)


def _pipes() -> list[int]:
    """The worker's pipes but for its standard ones."""
    numbers = [int(name) for name in os.listdir("/proc/self/fd")]
    found = [n for n in numbers if n > 2 and Path(f"/proc/self/fd/{n}").exists()]
    return [n for n in found if stat.S_ISFIFO(os.fstat(n).st_mode)]


def _document(source: str, text: str) -> Document:
    return Document(source, (Page(source, Place("page", 1), text, ("A", "B")),), ("a problem",))
