"""Which files of a corpus folder are its documents."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from tutor.errors import DocumentError

_BESIDE_DOCUMENTS = (
    # What lies beside documents and is none: pictures, sound and film, code, styles, archives.
    ".png .jpg .jpeg .gif .svg .webp .bmp .tif .tiff .ico .heic "
    ".mp3 .mp4 .m4a .wav .ogg .webm .mov .avi .mkv "
    ".py .pyc .js .ts .css .scss .c .h .cpp .java .sh .ini .cfg .toml .yaml .yml .json .jsonl "
    ".npz .npy .pt .pth .bib .sty .cls .ttf .otf .woff .woff2 "
    ".zip .gz .tar .tgz .7z .rar .bak .tmp .log .lock"
)
IGNORED_SUFFIXES = frozenset(_BESIDE_DOCUMENTS.split())
"""Files passed over in silence. Every other file is either read or reported."""

_IGNORED_NAMES = re.compile(
    r"thumbs\.db|desktop\.ini|makefile|(?:licen[sc]e|copying|notice)(?:\.txt|\.md|[-_][\w-]*)?",
    re.IGNORECASE,
)


def find_documents(corpus: Path) -> Iterator[tuple[Path, str]]:
    """Every file below `corpus` that is to be read or reported, in order of source.

    Yields the path and the source: the path below `corpus` with forward
    slashes. Names beginning with `.`, `_` or `~$` (office lock files) are
    passed over, files and folders alike, and so are `IGNORED_SUFFIXES`. Files
    of any other unknown kind are yielded, so that reading them tells the user.
    A link to a folder is never followed; one that leads out of the corpus is
    yielded, for `read_document` to refuse by name.

    A folder that cannot be listed is yielded as well.

    Raises DocumentError when `corpus` is not a folder or cannot be listed.
    """
    if not corpus.is_dir():
        raise DocumentError(f"{corpus} is not a folder")
    try:
        os.scandir(corpus).close()
    except OSError as error:
        raise DocumentError(f"the folder {corpus} cannot be read: {error.strerror}") from None
    found = [(path, relative_name(path, corpus)) for path in _walk(corpus, _real(corpus))]
    yield from sorted(found, key=lambda pair: pair[1])


def relative_name(path: Path, corpus: Path) -> str:
    """`path` below `corpus` with forward slashes, in text that any JSON can hold.

    File names are bytes on Linux: those that are no UTF-8 are escaped.
    """
    return os.fsencode(path.relative_to(corpus).as_posix()).decode("utf-8", "backslashreplace")


def check_inside(path: Path, source: str) -> None:
    """Raise DocumentError when `path` leads out of the corpus that `source` implies.

    The corpus folder is `path` without the parts of `source`; a path that does
    not end with its source belongs to no corpus and is not checked.
    """
    corpus = path
    for _ in Path(source).parts:
        corpus = corpus.parent
    if not path.is_relative_to(corpus) or relative_name(path, corpus) != source:
        return
    if not _real(path).is_relative_to(_real(corpus)):
        raise DocumentError("a link that leads out of the corpus folder")


def _walk(folder: Path, corpus: Path) -> Iterator[Path]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        yield folder
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith((".", "_", "~$")):
            continue
        if _is_folder(entry):
            if not entry.is_symlink():
                yield from _walk(path, corpus)
            elif not _real(path).is_relative_to(corpus):
                yield path
        elif not _is_ignored(path):
            yield path


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder; what cannot be told, as of a link to itself, is for the reader."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_ignored(path: Path) -> bool:
    return path.suffix.lower() in IGNORED_SUFFIXES or bool(_IGNORED_NAMES.fullmatch(path.name))


def _real(path: Path) -> Path:
    """`path` with its links followed; other than `Path.resolve` it bears links to themselves."""
    return Path(os.path.realpath(path))
