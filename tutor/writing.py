"""A model's text as it grows, a token at a time: cut into sentences and counted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tutor.citations import own_words
from tutor.support import sentences_of

_WHOLE = re.compile(r"[.!?…][\"'”’)\]*_$]*$|[\"')]$")
"""How a sentence ends."""


class Writing:
    """`pieces` are a token's text each, with the milliseconds at which it came."""

    def __init__(self, pieces: Iterator[tuple[str, float]]) -> None:
        self._pieces = pieces
        self.tokens = 0
        self.first_ms: float | None = None

    def sentences(self) -> Iterator[str]:
        """Each sentence as soon as the next one has begun; a marker alone is none."""
        held = ""
        for piece, at in self._pieces:
            self.first_ms = at if self.first_ms is None else self.first_ms
            self.tokens += 1
            held += piece
            *whole, _ = sentences_of(held) or [""]
            for sentence in whole:
                held = held[held.index(sentence) + len(sentence) :]
                if said := own_words(sentence).strip():
                    yield said
        # What a cut-off model left unfinished is no sentence.
        said = own_words(held).strip()
        if _WHOLE.search(said):
            yield said

    def rate(self, now: float) -> float:
        """Tokens a second from the first token on."""
        if self.first_ms is None or self.tokens < 2:
            return 0.0
        return 1000 * (self.tokens - 1) / max(now - self.first_ms, 1e-3)
