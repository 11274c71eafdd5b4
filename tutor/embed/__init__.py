"""Texts become unit vectors.

`Embedder` is a LangChain `Embeddings`, so that any other can stand in its
place. It measures texts in tokens, sorts them by length, forms batches of
about equal work and leaves the arithmetic to a backend: OpenVINO (bfloat16,
one stream a core) or sentence-transformers on torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from tutor.config import Settings
from tutor.errors import ModelError
from tutor.models import embedding_folder, fingerprint, read_tokenizer

Vectors = NDArray[np.float32]
Progress = Callable[[int], None]

QUERY_ADAPTER = Path(__file__).with_name("query.safetensors")
"""What makes of the bundled model an encoder of questions (`tutor.embed.query_adapter`)."""
BATCH_TOKENS = 768
"""Tokens a batch holds, padding included: measured best from 512 to 1,024."""


class Backend(Protocol):
    """Runs the model over batches of texts."""

    dimension: int
    window: int
    """The model's longest input, in tokens; what is beyond it is cut off."""
    query_prompt: str
    document_prompt: str

    def run(self, batches: Iterator[list[str]]) -> Iterator[Vectors]:
        """Unit vectors [batch, dimension], a batch each, in the order given."""
        ...


class Embedder(Embeddings):
    """Embeds texts in batches of about equal work."""

    def __init__(
        self,
        backend: Backend,
        count_tokens: Callable[[str], int],
        name: str,
        fingerprint: str,
        queries: Backend | None = None,
    ) -> None:
        """`queries` is another backend for questions, where the model has one."""
        self._backend = backend
        self._queries = queries or backend
        self._count = count_tokens
        self.name = name
        self.fingerprint = fingerprint

    @property
    def dimension(self) -> int:
        return self._backend.dimension

    @property
    def window(self) -> int:
        return self._backend.window

    def count_tokens(self, text: str) -> int:
        """The text's length in the model's tokens, without the special ones."""
        return self._count(text)

    def encode(
        self, texts: Sequence[str], *, query: bool = False, progress: Progress | None = None
    ) -> Vectors:
        """Unit vectors [len(texts), dimension].

        `progress` is called with the number of texts that each batch finished.
        """
        backend = self._queries if query else self._backend
        prompt = backend.query_prompt if query else backend.document_prompt
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        lengths = [min(self._count(text) + 2, self.window) for text in texts]
        batches = list(_batches(lengths))
        runs = backend.run([prompt + texts[i] for i in batch] for batch in batches)
        for batch, result in zip(batches, runs, strict=True):
            vectors[batch] = result
            if progress:
                progress(len(batch))
        return vectors

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [row.tolist() for row in self.encode(texts)]

    def embed_query(self, text: str) -> list[float]:
        row: list[float] = self.encode([text], query=True)[0].tolist()
        return row


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Positions, sorted by length, longest first, in runs of about BATCH_TOKENS."""
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


def token_counter(folder: Path) -> Callable[[str], int]:
    """Counts tokens as the model in `folder` does.

    Raises:
        ModelError: the folder has no `tokenizer.json`, or a damaged one.
    """
    tokenizer = read_tokenizer(folder / "tokenizer.json")

    def count(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False))

    return count


def load_embedder(settings: Settings, *, questions: bool = True) -> Embedder:
    """The embedder that the settings name; without the encoder of questions where none is asked.

    Raises:
        ModelError: the model or its backend is not there.
    """
    folder = embedding_folder(settings.embedding_model)
    mark = fingerprint(folder)
    bundled = settings.embedding_model == "bundled"
    name = "all-MiniLM-L6-v2" if bundled else folder.name
    passages = _backend(folder, settings, f"embedding-{mark}")
    queries = None
    if bundled and questions:
        cache = f"embedding-{mark}-query-{fingerprint(QUERY_ADAPTER)}"
        queries = _backend(folder, settings, cache, QUERY_ADAPTER)
    return Embedder(passages, token_counter(folder), name, mark, queries)


def _backend(folder: Path, settings: Settings, cache: str, adapter: Path | None = None) -> Backend:
    if settings.embedding_backend == "torch" or (
        settings.embedding_backend == "auto" and not _has_openvino()
    ):
        from tutor.embed.torch_backend import TorchBackend

        return TorchBackend(folder, adapter)
    if not _has_openvino():
        raise ModelError(
            "embedding_backend = 'openvino' is not installed; use auto, or run: "
            "pip install openvino"
        )
    from tutor.embed.openvino_backend import OpenVinoBackend

    return OpenVinoBackend(folder, settings.cache / cache, adapter)


def _has_openvino() -> bool:
    from importlib.util import find_spec

    return find_spec("openvino") is not None
