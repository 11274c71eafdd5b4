"""What the labs need of the tutor's own models: a protocol, so that no lab knows any engine.

`tutor.lab_models` fulfils it with the language model, the embedding model and
the index that the settings name. Nothing is loaded before it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tutor.config import Sampling


@dataclass(frozen=True, slots=True)
class Token:
    """A token of the vocabulary, and the bytes that it stands for.

    They may be a part of a character only. A `special` token is a mark of
    control, such as the end of a turn, and no text.
    """

    id: int
    data: bytes
    special: bool = False

    def __str__(self) -> str:
        """The token's text; where it is a part of a character, its bytes as ⟨E2 82⟩."""
        try:
            return self.data.decode()
        except UnicodeDecodeError:
            return self._partly()

    def _partly(self) -> str:
        """Whole characters as text, the bytes of broken ones between them in hexadecimal."""
        parts: list[str] = []
        rest = self.data
        while rest:
            try:
                return "".join([*parts, rest.decode()])
            except UnicodeDecodeError as error:
                parts.append(rest[: error.start].decode())
                parts.append(f"⟨{rest[error.start : error.end].hex(' ').upper()}⟩")
                rest = rest[error.end :]
        return "".join(parts)


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of the course, and where it stands."""

    source: str
    place: str
    text: str


class LabModels(Protocol):
    """The tutor's own models and course, for labs. Each method may take seconds the first time.

    All raise a `TutorError` where a model or the index is missing or damaged.
    """

    @property
    def name(self) -> str:
        """The language model's name."""
        ...

    def tokens(self, text: str) -> list[Token]:
        """The language model's tokens of a text."""
        ...

    def token(self, number: int) -> Token:
        """A token of the language model's vocabulary."""
        ...

    def next_logits(self, prompt: str) -> NDArray[np.float32]:
        """The logits [vocabulary] of the token after `prompt`, which stands without a template."""
        ...

    def probabilities(self, logits: NDArray[np.float32], sampling: Sampling) -> NDArray[np.float64]:
        """What the next token is drawn from [vocabulary]: after temperature and truncation."""
        ...

    def draw(
        self, logits: NDArray[np.float32], sampling: Sampling, rng: np.random.Generator
    ) -> int:
        """One token, chosen as the tutor chooses it."""
        ...

    def continuation(self, prompt: str, sampling: Sampling) -> Iterator[str]:
        """How the model goes on with `prompt`: a piece of text, maybe empty, for each token.

        It may not end before `sampling.max_new_tokens`.
        """
        ...

    def attention(self, text: str) -> NDArray[np.float32]:
        """The attention weights [layers, heads, n, n] among the n tokens of `text`.

        Row i says how token i reads from those before it; a row sums to 1.
        """
        ...

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The embedding model's unit vectors [n, d] of texts."""
        ...

    def passages(self) -> list[Passage]:
        """The course's passages, document by document, in reading order."""
        ...

    def passage_vectors(self) -> NDArray[np.float32]:
        """The unit vectors [n, d] of `passages`, as the index has them."""
        ...
