"""`tutor` as a program, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

COMMAND = (sys.executable, "-c", "from tutor.cli import main; raise SystemExit(main())")


@dataclass(frozen=True)
class FirstRun:
    """A question asked on a machine where nothing was converted yet."""

    done: subprocess.CompletedProcess[str]
    cache: Path


def tutor(*arguments: object, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command in `folder`, with no settings but those given."""
    clean = {
        k: v for k, v in os.environ.items() if not k.startswith("TUTOR_") or k == "TUTOR_CACHE"
    }
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=folder,
        env={**clean, **environ},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
