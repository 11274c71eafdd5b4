"""BM25 over the chunks' words (Robertson and Zaragoza 2009), by bm25s."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bm25s
import numpy as np
import Stemmer
from numpy.typing import NDArray

from tutor.letters import american, plain_letters

_WORD = re.compile(r"[^\W_]+(?:'[a-z]+)?", re.UNICODE)
_STEMMER = Stemmer.Stemmer("english")

STOPWORDS = frozenset(
    "a an and are as at be been but by can could did do does for from had has have how i if in "
    "into is it its me my no not of on or our s so such t than that the their them then there "
    "these they this those to us was we were what when where which who whom why will with would "
    "you your".split()
)


_PLURAL = re.compile(r"^([^aeiouy\d]+[^aeiouys\d])s$")
"""LLMs, LMs: the stemmer takes an s only from what has a vowel."""


def words_of(text: str) -> list[str]:
    """A text's words, lower-cased and stemmed, without those that carry no topic,
    and in one spelling."""
    found = (word for word in _WORD.findall(plain_letters(text).lower()) if word not in STOPWORDS)
    stems: list[str] = _STEMMER.stemWords([american(word) for word in found])
    return [_PLURAL.sub(r"\1", stem) for stem in stems]


class WordIndex:
    """Scores every chunk for a query's words."""

    def __init__(self, model: Any) -> None:
        self._model = model

    @classmethod
    def build(cls, texts: Sequence[str]) -> WordIndex:
        model = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
        tokens = [words_of(text) for text in texts]
        if any(tokens):
            model.index(tokens, show_progress=False)
            return cls(model)
        return cls(None)

    def scores(self, query: str) -> NDArray[np.float32] | None:
        """BM25 of each chunk as a share of the best that the query could reach, in [0, 1).

        That best is the sum of the idf of all its words, the unknown ones
        too: a query of which half the words stand nowhere scores at most
        half. None when no word of the query is in any chunk.
        """
        words = words_of(query)
        known = [w for w in words if self._model and w in self._model.vocab_dict]
        if not known:
            return None
        scores: NDArray[np.float32] = self._model.get_scores(known)
        return scores / np.float32(sum(self.idf(word) for word in words))

    def knows(self, word: str) -> bool:
        """Whether a word, in any of its forms, stands in a chunk. Words without a topic do."""
        return all(self._document_frequency(stem) for stem in words_of(word))

    def idf(self, word: str) -> float:
        """How telling a stemmed word is: ln((n - df + .5) / (df + .5) + 1); unseen words most."""
        if self._model is None:
            return 0.0
        total = int(self._model.scores["num_docs"])
        seen = self._document_frequency(word)
        return float(np.log(1 + (total - seen + 0.5) / (seen + 0.5)))

    def _document_frequency(self, word: str) -> int:
        position = self._model.vocab_dict.get(word) if self._model else None
        if position is None:
            return 0
        bounds = self._model.scores["indptr"]
        return int(bounds[position + 1] - bounds[position])

    def save(self, folder: Path) -> None:
        if self._model is not None:
            self._model.save(str(folder), show_progress=False, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> WordIndex:
        if not folder.is_dir():
            return cls(None)
        return cls(bm25s.BM25.load(str(folder), allow_pickle=False, show_progress=False))
