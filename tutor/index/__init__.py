"""The index: vectors, BM25 and passages, in a folder that is never half new.

A version of the index is a folder of its own (`index/v-...`) with a manifest
that states a checksum for each file in it. The file `index/CURRENT` names the
version in force and is replaced in one rename, so a process killed at any
point leaves the old index or the new one. Nothing in it is pickled.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutor.errors import IndexDamagedError, IndexKindError, IndexMissingError
from tutor.index.store import (
    MANIFEST,
    checksums,
    current_version,
    intact_manifest,
    publish,
    verify,
)
from tutor.index.words import WordIndex
from tutor.records import Chunk, Place

FORMAT = 2
"""2: acronyms in the plural are the same words as in the singular."""
Vectors = NDArray[np.float32]
Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Kind:
    """What an index was made with; an index of another kind is not used."""

    embedding: str
    fingerprint: str
    dimension: int
    chunker: int
    chunk_tokens: int
    format: int = FORMAT

    def differences(self, other: Kind) -> list[str]:
        mine, theirs = asdict(self), asdict(other)
        return [f"{k} {mine[k]} instead of {theirs[k]}" for k in mine if mine[k] != theirs[k]]


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """What the manifest says of a document. `same_as`: its words stand there already.

    `given`: the seconds in which it could not be read, if more of them may help.
    """

    sha256: str
    chunks: int = 0
    pages: int = 0
    problems: tuple[str, ...] = ()
    failed: str = ""
    same_as: str = ""
    given: float | None = None


@dataclass(frozen=True)
class Manifest:
    kind: Kind
    created: str
    reader: str
    documents: dict[str, DocumentEntry] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Manifest:
        documents = {
            source: DocumentEntry(**{**entry, "problems": tuple(entry["problems"])})
            for source, entry in row["documents"].items()
        }
        return cls(
            Kind(**row["kind"]), row["created"], row["reader"], documents, dict(row["files"])
        )


class Index:
    """A version of the index, in memory: dense and BM25 scores over its chunks."""

    def __init__(
        self,
        manifest: Manifest,
        chunks: Sequence[Chunk],
        keys: Sequence[str],
        vectors: Vectors,
        words: WordIndex,
        folder: Path | None = None,
    ) -> None:
        self.manifest = manifest
        self.chunks = chunks
        self.keys = keys
        self.vectors = vectors
        self.words = words
        self.folder = folder

    def __len__(self) -> int:
        return len(self.chunks)

    @cached_property
    def _faiss(self) -> Any:
        import faiss

        index = faiss.IndexFlatIP(self.manifest.kind.dimension)
        index.add(np.ascontiguousarray(self.vectors))
        return index

    def dense(self, query: Vectors, count: int) -> tuple[NDArray[np.int64], Scores]:
        """The `count` chunks nearest to a unit vector: positions and cosines."""
        scores, positions = self._faiss.search(query.reshape(1, -1), min(count, len(self)))
        kept = positions[0] >= 0
        return positions[0][kept], scores[0][kept]

    def cosines(self, query: Vectors, positions: NDArray[np.int64]) -> Scores:
        """The cosines of single chunks to a unit vector."""
        result: Scores = self.vectors[positions] @ query
        return result

    def by_place(self, source: str, place: Place) -> list[Chunk]:
        """The chunks of one page, slide or section, in reading order."""
        return [c for c in self.chunks if c.source == source and c.place == place]

    @classmethod
    def open(cls, folder: Path, kind: Kind | None = None) -> Index:
        """The version in force in `folder`.

        Raises:
            IndexMissingError: there is none.
            IndexKindError: it was made with something other than `kind`.
            IndexDamagedError: a file of it is not what its manifest states.
        """
        version = current_version(folder)
        if version is None:
            raise IndexMissingError(f"no index in {folder}; make one with: tutor ingest")
        advice = "make it anew with: tutor ingest --rebuild"
        if not intact_manifest(folder):
            raise IndexDamagedError(f"{version / MANIFEST} does not have its checksum; {advice}")
        try:
            row = json.loads((version / MANIFEST).read_text(encoding="utf-8"))
            if row["kind"]["format"] != FORMAT:
                found = row["kind"]["format"]
                raise IndexKindError(
                    f"the index in {folder} has format {found} instead of {FORMAT}; {advice}"
                )
            manifest = Manifest.from_json(row)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise IndexDamagedError(
                f"the manifest of {folder} cannot be read ({error}); {advice}"
            ) from None
        if kind is not None and (differences := manifest.kind.differences(kind)):
            raise IndexKindError(
                f"the index in {folder} is of another kind ({', '.join(differences)}); {advice}"
            )
        if bad := verify(version, manifest.files):
            raise IndexDamagedError(f"{version / bad} does not have its checksum; {advice}")
        chunks, keys = read_passages(version / "passages.jsonl")
        vectors = np.load(version / "vectors.npy", mmap_mode="r", allow_pickle=False)
        words = WordIndex.load(version / "bm25") if chunks else WordIndex.build([])
        return cls(manifest, chunks, keys, vectors, words, version)

    def save(self, folder: Path) -> Path:
        """Write this index as a new version in `folder` and put it in force."""

        def write(version: Path) -> None:
            write_passages(version / "passages.jsonl", self.chunks, self.keys)
            np.save(version / "vectors.npy", self.vectors, allow_pickle=False)
            if self.chunks:
                self.words.save(version / "bm25")
            files = checksums(version)
            manifest = {**self.manifest.to_json(), "files": files}
            text = json.dumps(manifest, ensure_ascii=False, indent=1)
            (version / MANIFEST).write_text(text, encoding="utf-8")

        return publish(folder, write)


def write_passages(file: Path, chunks: Iterable[Chunk], keys: Iterable[str]) -> None:
    """A row per chunk, in the order of the vectors."""
    with file.open("w", encoding="utf-8") as stream:
        for chunk, key in zip(chunks, keys, strict=True):
            row = {
                "key": key,
                "source": chunk.source,
                **chunk.place.to_json(),
                "headings": list(chunk.headings),
                "ordinal": chunk.ordinal,
                "text": chunk.text,
            }
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def read_passages(file: Path) -> tuple[list[Chunk], list[str]]:
    """What `write_passages` wrote."""
    chunks: list[Chunk] = []
    keys: list[str] = []
    with file.open(encoding="utf-8") as stream:
        for line in stream:
            row = json.loads(line)
            kind = next(k for k in ("page", "slide", "section") if k in row)
            chunks.append(
                Chunk(
                    row["source"],
                    Place(kind, row[kind]),  # type: ignore[arg-type]
                    row["text"],
                    tuple(row["headings"]),
                    row["ordinal"],
                )
            )
            keys.append(row["key"])
    return chunks, keys
