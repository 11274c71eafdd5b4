"""The texts that the judge and the language model are trained on, found in as the tutor does.

The folders, below the one that is named at training:

- `notes/`: CS231n course notes, MIT
- `training/info8010/`: INFO8010 deep-learning decks, BSD-3-Clause
- `training/ds_interviews/`: data-science interview answers, CC BY 4.0
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from tutor.chunks import Chunker, embedding_text
from tutor.documents import find_documents, read_document
from tutor.embed import Embedder
from tutor.errors import DocumentError
from tutor.index import Index, Kind, Manifest
from tutor.index.words import WordIndex
from tutor.records import Chunk
from tutor.retrieve import Retriever

FOLDERS = ("notes", "training/info8010", "training/ds_interviews")
CHUNK_TOKENS = 200


def chunks_of(folder: Path, embedder: Embedder, above: str = "") -> list[Chunk]:
    """The chunks of a folder's documents, as ingest makes them; an unreadable one is named.

    `above` is the path that stands before each source.
    """
    chunker = Chunker(embedder.count_tokens, CHUNK_TOKENS)
    chunks = []
    for path, source in find_documents(folder):
        try:
            chunks += chunker.split(read_document(path, f"{above}/{source}" if above else source))
        except DocumentError as error:
            print(f"{source}: {error}", file=sys.stderr)
    return chunks


def make_retriever(chunks: Sequence[Chunk], embedder: Embedder) -> Retriever:
    """A retriever over chunks that are in no index on disk."""
    texts = [embedding_text(chunk) for chunk in chunks]
    kind = Kind(embedder.name, embedder.fingerprint, embedder.dimension, 0, 0)
    keys = [str(n) for n in range(len(chunks))]
    words = WordIndex.build(texts)
    index = Index(Manifest(kind, "", ""), chunks, keys, embedder.encode(texts), words)
    return Retriever(index, embedder)
