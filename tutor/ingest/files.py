"""The files of a corpus as ingest compares them: by what they hold, whatever their names."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from tutor.documents import find_documents, relative_name


class State(NamedTuple):
    """What a file holds, and when it was written: both are the same before and after a reading,
    or what was read may be neither."""

    digest: str
    written: int


def corpus_files(corpus: Path, index: Path) -> list[tuple[Path, str]]:
    """The corpus' files and their sources, without those of an index that lies among them.

    Raises DocumentError when `corpus` is no folder that can be listed.
    """
    files = list(find_documents(corpus))
    own = Path(os.path.realpath(index))
    if Path(os.path.realpath(corpus)) not in own.parents:
        return files
    return [file for file in files if not Path(os.path.realpath(file[0])).is_relative_to(own)]


def identity_of(source: str, digest: str) -> tuple[str, str]:
    """What makes two files the same document: their bytes, and the reader their name asks for."""
    return digest, PurePosixPath(source).suffix.lower()


def state_of(path: Path, corpus: Path) -> State:
    """The SHA-256 of the file's content, empty for what is no file or leads out of the corpus.

    A link is marked as one, for it is not to count as a copy of the file that it leads to.
    """
    try:
        real = Path(os.path.realpath(path))
        if not real.is_file() or not real.is_relative_to(os.path.realpath(corpus)):
            return State("", 0)
        with real.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            written = os.fstat(stream.fileno()).st_mtime_ns
    except OSError:
        return State("", 0)
    return State(f"link to {digest}" if path.is_symlink() else digest, written)


def target_of(link: Path, source: str, corpus: Path) -> str:
    """The source that a link within the corpus leads to; "" for what is none.

    One of another kind is read for itself: its name asks for another reader.
    """
    if not link.is_symlink():
        return ""
    real, root = Path(os.path.realpath(link)), Path(os.path.realpath(corpus))
    if not real.is_relative_to(root):
        return ""
    target = relative_name(real, root)
    return target if identity_of(target, "") == identity_of(source, "") else ""
