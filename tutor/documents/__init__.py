"""Files of a corpus become pages of light Markdown, one module per format.

Each format module has one function, `read(path, source) -> Document`; here are
the registry that names them by suffix and `read_document`, which turns every
failure into one short reason. A format module, and with it the heavy library
behind it, is imported when the first file of its kind is read.

Files of strangers hang, crash and explode: `guard.Reader` does the same as
`read_document` in a process that can be killed.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from tutor.documents.walk import IGNORED_SUFFIXES, check_inside, find_documents, relative_name
from tutor.errors import DocumentError
from tutor.records import Document

__all__ = [
    "IGNORED_SUFFIXES",
    "MAX_BYTES",
    "MAX_CHARACTERS",
    "READERS",
    "SUFFIXES",
    "find_documents",
    "read_document",
    "relative_name",
]

READERS = {
    ".pdf": "tutor.documents.pdf",
    ".pptx": "tutor.documents.pptx",
    ".pptm": "tutor.documents.pptx",
    ".ppsx": "tutor.documents.pptx",
    ".ppsm": "tutor.documents.pptx",
    ".docx": "tutor.documents.docx",
    ".docm": "tutor.documents.docx",
    ".md": "tutor.documents.markdown",
    ".markdown": "tutor.documents.markdown",
    ".txt": "tutor.documents.text",
    ".html": "tutor.documents.html",
    ".htm": "tutor.documents.html",
    ".ipynb": "tutor.documents.ipynb",
    ".csv": "tutor.documents.csv",
    ".tsv": "tutor.documents.csv",
}
"""Suffix, in lower case, to the module that reads it. Macros (.docm, ...) are data to us."""

SUFFIXES = frozenset(READERS)

MAX_BYTES = 200 * 1024 * 1024
"""Larger files are refused unopened."""

MAX_CHARACTERS = 20_000_000
"""More text than this, some 5,000 full pages, is data and no document to learn from."""

_SAVE_AS = {
    ".doc": "DOCX or PDF",
    ".odt": "DOCX or PDF",
    ".rtf": "DOCX or PDF",
    ".pages": "DOCX or PDF",
    ".ppt": "PPTX or PDF",
    ".odp": "PPTX or PDF",
    ".key": "PPTX or PDF",
    ".epub": "HTML or PDF",
    ".xls": "CSV",
    ".xlsx": "CSV",
    ".ods": "CSV",
    ".tex": "PDF",
    ".xml": "HTML or TXT",
    ".rst": "Markdown or HTML",
}


def read_document(path: Path, source: str, readers: Mapping[str, str] = READERS) -> Document:
    """Read the file at `path`, known to the corpus as `source`.

    `readers` names for each suffix the module whose `read` reads it.

    Nothing is caught but what the parser of another party throws at a damaged
    file: those parsers raise whatever they meet (KeyError, zlib.error,
    RecursionError, ...), so this is the one place that catches everything.

    Raises DocumentError; its text is the reason alone, fit to stand beside
    the source.
    """
    try:
        check_inside(path, source)
        reader = _reader_for(path, readers)
        _check_file(path)
        document: Document = import_module(reader).read(path, source)
    except DocumentError:
        raise
    except MemoryError as error:
        raise DocumentError("needs too much memory") from error
    except RecursionError as error:
        raise DocumentError("nested too deeply") from error
    except OSError as error:
        raise DocumentError(f"cannot be opened ({error.strerror or error})") from error
    except Exception as error:  # the boundary to parsers of other parties, see above
        raise DocumentError(f"damaged {_kind(path)} file ({_first_line(error)})") from error
    return _checked(document)


def _reader_for(path: Path, readers: Mapping[str, str]) -> str:
    suffix = path.suffix.lower()
    if path.is_dir():
        raise DocumentError("a folder that cannot be opened")
    if suffix in readers:
        return readers[suffix]
    if suffix in _SAVE_AS:
        raise DocumentError(f"no reader for {suffix} files; save it as {_SAVE_AS[suffix]}")
    raise DocumentError(
        f"no reader for {f'{suffix} files' if suffix else 'files without a suffix'}"
    )


def _check_file(path: Path) -> None:
    if not path.exists():
        raise DocumentError("a broken link" if path.is_symlink() else "no such file")
    if not path.is_file():  # a named pipe or a device would block for ever once opened
        raise DocumentError("not a regular file")
    size = path.stat().st_size
    if size == 0:
        raise DocumentError("empty file")
    if size > MAX_BYTES:
        raise DocumentError(f"too large ({size >> 20} MB; the limit is {MAX_BYTES >> 20} MB)")


def _checked(document: Document) -> Document:
    length = sum(len(page.text) for page in document.pages)
    if length > MAX_CHARACTERS:
        millions = f"{length / 1e6:.0f} million characters; the limit is {MAX_CHARACTERS / 1e6:.0f}"
        raise DocumentError(f"too much text ({millions})")
    if not document.pages:
        raise DocumentError("no text in it")
    return document


def _kind(path: Path) -> str:
    return path.suffix.lstrip(".").upper()


def _first_line(error: Exception) -> str:
    """The error in at most 100 characters, named by its type when it says nothing."""
    text = " ".join(str(error).split())
    return (text if len(text) > 8 else f"{type(error).__name__} {text}".strip())[:100]
