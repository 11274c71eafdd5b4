"""An ingest that is watched or killed: run by test_ingest in a process of its own.

`python interrupted_ingest.py CORPUS INDEX CACHE [SNAPSHOTS]` loads the model,
prints "ready" and ingests. With SNAPSHOTS it copies the index folder at every
file operation of the ingest in it, which is what a kill at that point would
leave behind.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from tutor.config import Settings
from tutor.embed import load_embedder
from tutor.ingest import ingest


class Snapshots:
    """Copies a folder whenever the interpreter opens, makes, renames or removes in it."""

    def __init__(self, folder: Path, into: Path) -> None:
        self._folder = folder
        self._into = into
        self._busy = False
        self.count = 0

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._busy or not event.startswith(("open", "os.", "shutil.", "tempfile.")):
            return
        if not any(str(item).startswith(str(self._folder)) for item in arguments):
            return
        self.take()

    def take(self) -> None:
        self._busy = True
        shutil.copytree(self._folder, self._into / f"{self.count:03}")
        self.count += 1
        self._busy = False


def main(corpus: str, index: str, cache: str, snapshots: str = "") -> None:
    settings = Settings(corpus=Path(corpus), index=Path(index), cache=Path(cache))
    embedder = load_embedder(settings)
    print("ready", flush=True)
    if snapshots:
        watch = Snapshots(settings.index, Path(snapshots))
        sys.addaudithook(watch)
        ingest(settings, embedder)
        watch.take()
    else:
        ingest(settings, embedder)


if __name__ == "__main__":
    main(*sys.argv[1:])
