"""Keeps an index equal to its corpus, embedding only what is new.

Documents are compared by content: an unchanged one is taken over as it is, a
renamed one keeps its vectors, of a changed one only the chunks with new words
are embedded, and the same file under two names is indexed once. The new
version replaces the old in one step, at the very end.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from tutor import chunks as chunking
from tutor.chunks import Chunker, embedding_text
from tutor.config import Settings
from tutor.documents.guard import Reader
from tutor.embed import Embedder
from tutor.errors import DocumentError, IndexMissingError, TutorError
from tutor.index import DocumentEntry, Index, Kind, Manifest, Vectors
from tutor.index.store import only_writer
from tutor.index.words import WordIndex
from tutor.ingest.files import State, corpus_files, identity_of, state_of, target_of
from tutor.ingest.report import Progress, Report, Silent
from tutor.records import Chunk, Document

__all__ = ["Progress", "Report", "Silent", "ingest", "kind_of"]

_PASSING = ("empty file", "no such file", "cannot be opened", "needs too much memory")
"""Reasons that may be gone although the file is the same: it was being written, or locked."""

READER_VERSION = 5
"""Raised when a reader changes so that files have to be read again."""


def kind_of(embedder: Embedder, settings: Settings) -> Kind:
    """The kind of index that these settings make and can use."""
    limit = min(settings.chunk_tokens, embedder.window - 2)
    return Kind(embedder.name, embedder.fingerprint, embedder.dimension, chunking.VERSION, limit)


def reader_mark() -> str:
    """What reading depends on besides the file; a change has failed files tried again."""
    tools = [name for name in ("tesseract", "pdftoppm") if shutil.which(name)]
    return " ".join([str(READER_VERSION), *tools])


def ingest(
    settings: Settings,
    embedder: Embedder,
    *,
    rebuild: bool = False,
    progress: Progress | None = None,
    make_reader: Callable[[], Reader] | None = None,
) -> Report:
    """Bring the index in `settings.index` up to `settings.corpus`.

    Raises:
        IndexKindError, IndexDamagedError: the old index cannot be built upon.
        TutorError: no corpus folder, or another process is writing the index.
    """
    started = time.perf_counter()
    corpus = settings.corpus
    if not corpus.is_dir():
        raise TutorError(f"no corpus folder {corpus}; make it and put documents into it")
    with only_writer(settings.index):
        kind = kind_of(embedder, settings)
        old = None if rebuild else _open_old(settings.index, kind)
        work = _Ingest(settings, embedder, kind, old, progress or Silent())
        report = work.run(make_reader or (lambda: Reader(settings.read_timeout)))
    report.seconds = time.perf_counter() - started
    return report


def _open_old(folder: Path, kind: Kind) -> Index | None:
    try:
        return Index.open(folder, kind)
    except IndexMissingError:
        return None


class _Ingest:
    """One run: the old index and the corpus in, a new index and a report out."""

    def __init__(
        self,
        settings: Settings,
        embedder: Embedder,
        kind: Kind,
        old: Index | None,
        progress: Progress,
    ) -> None:
        self._settings = settings
        self._embedder = embedder
        self._kind = kind
        self._old = old
        self._progress = progress
        self._chunker = Chunker(embedder.count_tokens, kind.chunk_tokens)
        self._report = Report()
        self._entries: dict[str, DocumentEntry] = {}
        self._chunks: dict[str, list[Chunk]] = {}
        self._states: dict[str, State] = {}  # of the files to be read

    def run(self, make_reader: Callable[[], Reader]) -> Report:
        to_read = self._compare()
        if to_read:
            with make_reader() as reader:
                self._progress.start("reading", len(to_read), "file")
                changed = self._read(reader, to_read, self._progress)
                self._progress.finish()
                for _, source in self._read(reader, changed, Silent()):
                    self._entries[source] = replace(self._entries[source], sha256="")
        self._report_entries()
        if self._differs():
            self._build().save(self._settings.index)
        self._report.chunks = sum(len(part) for part in self._chunks.values())
        return self._report

    def _read(
        self, reader: Reader, files: Sequence[tuple[Path, str]], progress: Progress
    ) -> list[tuple[Path, str]]:
        """Read files and take them in; those that changed meanwhile, which want another look."""
        changed: list[tuple[Path, str]] = []
        paths = {source: path for path, source in files}
        for source, result in reader.read_all(files):
            self._take_in(source, result)
            progress.step(1, source)
            state = state_of(paths[source], self._settings.corpus)
            if state != self._states[source]:
                self._states[source] = state
                self._entries[source] = replace(self._entries[source], sha256=state.digest)
                changed.append((paths[source], source))
        return changed

    def _compare(self) -> list[tuple[Path, str]]:
        """Sort the corpus' files into those taken over and those to be read."""
        report = self._report
        before = self._old.manifest if self._old is not None else None
        entries = before.documents if before else {}
        same_reader = before is not None and before.reader == reader_mark()
        corpus = self._settings.corpus
        found = corpus_files(corpus, self._settings.index)
        sources = {source for _, source in found}
        read_before = {
            identity_of(source, e.sha256): source
            for source, e in entries.items()
            if e.sha256 and not e.failed and not e.same_as
        }
        first: dict[tuple[str, str], str] = {}
        to_read: list[tuple[Path, str]] = []
        for path, source in found:
            if path.is_dir() and not path.is_symlink():
                sources |= self._keep_below(source)
            state = state_of(path, corpus)
            digest = state.digest
            identity = identity_of(source, digest)
            known = entries.get(source)
            same = known is not None and known.sha256 == digest
            names = report.added if known is None else report.changed
            (report.unchanged if same else names).append(source)
            if digest and (target := target_of(path, source, corpus)) in sources:
                self._entries[source] = DocumentEntry(digest, same_as=target)
            elif digest and first.setdefault(identity, source) != source:
                self._entries[source] = DocumentEntry(digest, same_as=first[identity])
            elif same and known and same_reader and self._hopeless(known):
                self._entries[source] = known
            elif same_reader and identity in read_before:
                self._take_over(read_before[identity], source)
            else:
                self._entries[source] = DocumentEntry(digest)
                self._states[source] = state
                to_read.append((path, source))
        report.removed = sorted(set(entries) - sources)
        report.moved = [
            (new, read_before[identity])
            for identity, new in first.items()
            if new in report.added and read_before.get(identity) in report.removed
        ]
        return to_read

    def _keep_below(self, folder: str) -> set[str]:
        """Take over what the old index has of a folder that cannot be listed now; its sources."""
        entries = self._old.manifest.documents if self._old is not None else {}
        kept = {source for source in entries if source.startswith(f"{folder}/")}
        for source in kept:
            self._entries[source] = entries[source]
            self._chunks[source] = self._old_chunks().get(source, [])
        self._report.unchanged += sorted(kept)
        return kept

    def _hopeless(self, known: DocumentEntry) -> bool:
        """Whether a document that could not be read cannot be read now, either."""
        readable = not known.failed or not known.sha256  # what is no file may be one now
        more = known.given is not None and known.given < self._settings.read_timeout
        return not (readable or more or known.failed.startswith(_PASSING))

    def _take_over(self, old_source: str, source: str) -> None:
        """Use the chunks that the old index has of the very same file."""
        assert self._old is not None
        self._entries[source] = self._old.manifest.documents[old_source]
        self._chunks[source] = [
            Chunk(source, c.place, c.text, c.headings, c.ordinal)
            for c in self._old_chunks().get(old_source, [])
        ]

    def _old_chunks(self) -> dict[str, list[Chunk]]:
        if not hasattr(self, "_grouped"):
            self._grouped: dict[str, list[Chunk]] = {}
            for chunk in self._old.chunks if self._old is not None else ():
                self._grouped.setdefault(chunk.source, []).append(chunk)
        return self._grouped

    def _take_in(self, source: str, result: Document | DocumentError) -> None:
        digest = self._entries[source].sha256
        if isinstance(result, DocumentError):
            self._entries[source] = DocumentEntry(digest, failed=str(result), given=result.given)
            return
        chunks = self._chunker.split(result)
        self._chunks[source] = chunks
        self._entries[source] = DocumentEntry(
            digest, len(chunks), len(result.pages), result.problems
        )

    def _report_entries(self) -> None:
        """Name what failed, in whole or in part, and what stands there twice."""
        report = self._report
        for source, entry in self._entries.items():
            first = entry
            while first.same_as:  # a link may lead to what stands there twice
                first = self._entries[first.same_as]
            if first.failed:
                report.failed.append((source, first.failed))
                continue
            report.problems.extend((source, problem) for problem in entry.problems)
            if entry.same_as:
                report.duplicates.append((source, entry.same_as))
        for source, _ in report.failed:
            for names in (report.added, report.changed, report.unchanged):
                if source in names:
                    names.remove(source)

    def _differs(self) -> bool:
        """Whether anything but the time of day would change."""
        if self._old is None:
            return True
        before = self._old.manifest
        return before.documents != self._entries or before.reader != reader_mark()

    def _build(self) -> Index:
        chunks = [c for source in sorted(self._chunks) for c in self._chunks[source]]
        texts = [embedding_text(chunk) for chunk in chunks]
        keys = [hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts]
        vectors = self._vectors(keys, texts)
        created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        manifest = Manifest(self._kind, created, reader_mark(), self._entries)
        return Index(manifest, chunks, keys, vectors, WordIndex.build(texts))

    def _vectors(self, keys: Sequence[str], texts: Sequence[str]) -> Vectors:
        """The chunks' vectors, from the old index where it has the same words."""
        rows = {key: row for row, key in enumerate(self._old.keys)} if self._old is not None else {}
        vectors = np.empty((len(keys), self._kind.dimension), dtype=np.float32)
        new: dict[str, int] = {}  # key to the first text that has it
        for position, key in enumerate(keys):
            if key in rows and self._old is not None:
                vectors[position] = self._old.vectors[rows[key]]
            else:
                new.setdefault(key, position)
        if new:
            self._progress.start("embedding", len(new), "chunk")
            fresh = self._embedder.encode(
                [texts[position] for position in new.values()], progress=self._progress.step
            )
            self._progress.finish()
            by_key = dict(zip(new, fresh, strict=True))
            for position, key in enumerate(keys):
                if key in by_key:
                    vectors[position] = by_key[key]
        self._report.embedded = len(new)
        return vectors
