"""The tutor's own models and course as the labs see them, each loaded when first asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tutor.config import Sampling, Settings
from tutor.embed import Embedder, load_embedder
from tutor.errors import LabError
from tutor.index import Index
from tutor.ingest import kind_of
from tutor.labs.models import Passage, Token
from tutor.llm import load_engine, name_of, place_of
from tutor.llm.attention import AttentionModel, load_attention
from tutor.llm.decode import Cancelled, Engine, generate, never
from tutor.llm.pieces import Pieces
from tutor.llm.sampling import Logits, distribution, next_token

SHARE = 0.5
"""Of the memory, for a model's weights at most: the libraries, what is read and a second copy that
shows its attention want the rest."""


class _Endless:
    """An engine whose model never ends its text: texts of one length can be compared."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ends = list(engine.tokenizer.ends)
        self.tokenizer = engine.tokenizer
        self.context = engine.context

    def prefill(
        self, tokens: Sequence[int], fixed: int = 0, cancelled: Cancelled = never
    ) -> Logits:
        return self._without_ends(self._engine.prefill(tokens, fixed, cancelled))

    def step(self, token: int) -> Logits:
        return self._without_ends(self._engine.step(token))

    def _without_ends(self, logits: Logits) -> Logits:
        logits = logits.copy()
        logits[self._ends] = -np.inf
        return logits


class TutorModels:
    """Fulfils `tutor.labs.models.LabModels` with what the settings name.

    A model that has no weights here (a server's, or none) shows neither logits
    nor attention: the bundled one stands in, without the adapter that taught it to
    explain quotes and nothing else. It does so too for a model that has no room in
    `memory`, the bytes that the labs' process may hold; labs say which model they show.
    May be shared by threads; one at a time uses a model.
    """

    def __init__(self, settings: Settings, memory: int | None = None) -> None:
        self._settings = settings
        self._memory = memory
        self._turn = threading.RLock()

    @property
    def name(self) -> str:
        return name_of(self._shown)

    def tokens(self, text: str) -> list[Token]:
        with self._turn:
            return [Token(*piece) for piece in self._pieces.split(text)]

    def token(self, number: int) -> Token:
        with self._turn:
            return Token(*self._pieces.piece(number))

    def next_logits(self, prompt: str) -> NDArray[np.float32]:
        with self._turn:
            return self._engine.prefill(self._prompt(prompt)).astype(np.float32)

    def probabilities(self, logits: NDArray[np.float32], sampling: Sampling) -> NDArray[np.float64]:
        return distribution(logits, (), sampling)

    def draw(
        self, logits: NDArray[np.float32], sampling: Sampling, rng: np.random.Generator
    ) -> int:
        return next_token(logits, (), sampling, rng)

    def continuation(self, prompt: str, sampling: Sampling) -> Iterator[str]:
        with self._turn:
            yield from generate(_Endless(self._engine), self._prompt(prompt), sampling)

    def attention(self, text: str) -> NDArray[np.float32]:
        with self._turn:
            return self._attention.attention([piece[0] for piece in self._pieces.split(text)])

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        with self._turn:
            return self._embedder.encode(texts)

    def passages(self) -> list[Passage]:
        with self._turn:
            index = Index.open(self._settings.index)
            return [Passage(c.source, str(c.place), c.text) for c in index.chunks]

    def passage_vectors(self) -> NDArray[np.float32]:
        with self._turn:
            kind = kind_of(self._embedder, self._settings)
            return np.array(Index.open(self._settings.index, kind).vectors)

    def _prompt(self, text: str) -> list[int]:
        tokens = self._engine.tokenizer.encode(text)
        if len(tokens) >= self._engine.context:
            raise LabError(
                f"the text has {len(tokens)} tokens; the model reads {self._engine.context - 1} "
                "at most"
            )
        return tokens

    @cached_property
    def _shown(self) -> Settings:
        """The settings with the language model that labs show; raises what finding it does."""
        chosen = self._settings
        if chosen.model == "none" or "://" in chosen.model or not self._has_room(chosen):
            return chosen.model_copy(update={"model": "bundled", "adapter": "none"})
        if chosen.adapter == "bundled":
            return chosen.model_copy(update={"adapter": "none"})
        return chosen

    def _has_room(self, chosen: Settings) -> bool:
        if self._memory is None or chosen.model == "bundled":
            return True
        return _weights(place_of(chosen).path) <= SHARE * self._memory

    @cached_property
    def _engine(self) -> Engine:
        return load_engine(self._shown)

    @cached_property
    def _pieces(self) -> Pieces:
        """The tokenizer alone: a file that is there once the model was converted."""
        place = place_of(self._shown)
        if not (place.folder / "tokenizer.json").is_file():
            assert self._engine
        return Pieces.from_folder(place.folder)

    @cached_property
    def _attention(self) -> AttentionModel:
        return load_attention(self._shown)

    @cached_property
    def _embedder(self) -> Embedder:
        return load_embedder(self._settings, questions=False)


def _weights(path: Path) -> int:
    """The bytes of a model's weights: a file's own, or those of a folder's files together."""
    if path.is_file():
        return path.stat().st_size
    kinds = {".safetensors", ".bin", ".gguf"}
    return sum(file.stat().st_size for file in path.iterdir() if file.suffix in kinds)
