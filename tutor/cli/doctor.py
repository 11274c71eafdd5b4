"""`tutor doctor`: what is there, what is missing, and how to get it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.cli.sizes import advice, this_machine
from tutor.config import Settings
from tutor.errors import TutorError

if TYPE_CHECKING:
    from tutor.index import Kind

LIBRARIES = (
    "torch",
    "transformers",
    "sentence-transformers",
    "langchain",
    "faiss-cpu",
    "bm25s",
    "pypdf",
    "chainlit",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `needed`: without it the tutor does not work."""

    name: str
    ok: bool
    found: str
    advice: str = ""
    needed: bool = True

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def examine(settings: Settings) -> list[Finding]:
    """All findings; looks only, loads no model and changes nothing."""
    machine = this_machine()
    return [
        _settings(settings),
        *_libraries(),
        _embedding_model(settings),
        _language_model(settings),
        _openvino(),
        _tool("tesseract", "reads scanned pages", "apt install tesseract-ocr"),
        _tool("pdftoppm", "draws scanned PDF pages for it", "apt install poppler-utils"),
        _corpus(settings),
        _index(settings),
        _writable("cache", settings.cache),
        Finding("machine", True, str(machine), needed=False),
        Finding("fits this machine", True, advice(machine), needed=False),
    ]


def draw_findings(findings: list[Finding]) -> None:
    """A line for each finding."""
    for item in findings:
        mark = "ok     " if item.ok else ("MISSING" if item.needed else "absent ")
        print(f"{mark}  {item.name:<22} {item.found}")
        if item.advice and not item.ok:
            print(f"{'':>9}{item.advice}")


def _libraries() -> Iterator[Finding]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", sys.version_info >= (3, 11), python, "Python 3.11 or later is needed")
    for name in LIBRARIES:
        try:
            yield Finding(name, True, version(name))
        except PackageNotFoundError:
            yield Finding(name, False, "not installed", "run: make install")


def _embedding_model(settings: Settings) -> Finding:
    from tutor.models import embedding_folder

    return _model("embedding model", settings.embedding_model, embedding_folder, needed=True)


def _language_model(settings: Settings) -> Finding:
    from tutor.models import llm_path

    if settings.model == "none":
        return Finding("language model", True, "none: replies are evidence only")
    if settings.model.startswith(("http://", "https://")):
        return _server(settings)
    return _model("language model", settings.model, llm_path, needed=settings.model != "bundled")


def _server(settings: Settings) -> Finding:
    """Whether the server answers, takes the key and has the model; nothing is generated."""
    from tutor.llm.server import connect

    try:
        return Finding("language model", True, f"{connect(settings).model_name} ({settings.model})")
    except TutorError as error:
        return Finding("language model", False, settings.model, str(error))


def _model(what: str, name: str, find: Callable[[str], Path], *, needed: bool) -> Finding:
    try:
        return Finding(what, True, f"{name} ({find(name).name})", needed=needed)
    except TutorError as error:
        return Finding(what, False, name, str(error), needed=needed)


def _openvino() -> Finding:
    ok = find_spec("openvino") is not None and find_spec("openvino_genai") is not None
    advice = "pip install openvino openvino-genai, for three times the speed"
    return Finding(
        "openvino", ok, version("openvino") if ok else "not installed", advice, needed=False
    )


def _tool(name: str, purpose: str, command: str) -> Finding:
    path = shutil.which(name)
    return Finding(name, path is not None, f"{purpose}", f"to have it: {command}", needed=False)


def _corpus(settings: Settings) -> Finding:
    from tutor.documents import find_documents

    if not settings.corpus.is_dir():
        return Finding("corpus", False, str(settings.corpus), "make it, put documents into it")
    count = sum(1 for _ in find_documents(settings.corpus))
    return Finding(
        "corpus", count > 0, f"{settings.corpus}: {count} files", "put documents into it"
    )


def _index(settings: Settings) -> Finding:
    from tutor.index import Index

    try:
        index = Index.open(settings.index)
    except TutorError as error:
        return Finding("index", False, str(settings.index), str(error))
    kind = index.manifest.kind
    found = f"{settings.index}: {len(index)} chunks, {kind.embedding}, {index.manifest.created}"
    if not len(index):
        return Finding("index", False, found, "put documents into the corpus and run: tutor ingest")
    if differences := _other_kind(kind, settings):
        advice = f"{', '.join(differences)}; make it anew with: tutor ingest --rebuild"
        return Finding("index", False, found, advice)
    return Finding("index", True, found)


def _other_kind(kind: Kind, settings: Settings) -> list[str]:
    """In what an index differs from what the settings want, as far as no model has to be loaded."""
    from tutor.chunks import VERSION
    from tutor.models import embedding_folder, fingerprint

    try:
        mark = fingerprint(embedding_folder(settings.embedding_model))
    except TutorError:  # told of the embedding model itself
        mark = kind.fingerprint
    tokens = min(kind.chunk_tokens, settings.chunk_tokens)
    wanted = replace(kind, fingerprint=mark, chunker=VERSION, chunk_tokens=tokens)
    return kind.differences(wanted)


def _settings(settings: Settings) -> Finding:
    """What was set; all else has its default."""
    given = settings.model_dump(exclude_defaults=True)
    given |= given.pop("sampling", {})
    shown = ", ".join(f"{name} = {value}" for name, value in given.items())
    return Finding("settings", True, shown or "all at their defaults", needed=False)


def _writable(name: str, folder: Path) -> Finding:
    nearest = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    ok = os.access(nearest, os.W_OK)
    return Finding(name, ok, str(folder), f"{nearest} cannot be written; set TUTOR_CACHE")
