"""Whether the evidence supports a sentence that a model wrote.

Its numbers and names have to stand in the evidence, and it may not deny what
the nearest piece says. What more is asked depends on who wrote it. A small
model's false sentences are made of the evidence's own words, put together
otherwise, so a strict check asks how they keep together and in order. A
capable model says the same in other words; a lenient check asks that it means
about the same.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tutor.records import Evidence

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
Words = Callable[[str], list[str]]

LIKELY = 0.7
"""Probability from which a strict check lets a sentence pass: of what the tuned model writes
greedily and in words of its own, seven of eight that pass are true; three of five true ones do."""
LEAST_COSINE = 0.4
"""Nearness to a piece or sentence of the evidence, all that a lenient check asks for beside the
rules: of 1,018 true sentences in words all their own 98 % have it, 84 % pass the negations too."""
LEAST_WORDS = 3
"""Content words of a sentence that says something."""
COPIED = 0.85
"""Share of a sentence's words that stand in a row in a piece from which it says nothing new."""

BIAS, WEIGHTS = -7.565, (4.839, 3.732, 2.156, -0.060)
"""Of the figures of `Likeness`, in their order; `python -m tutor.tuning fit` tells them."""
NEAR = 3
"""How many content words further on the second of a pair may stand."""

DENIED = 3
"""Content words behind a negation that it denies."""

_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b(?:[A-Z][a-z]+|[A-Z]{2,})\w*|\b\w+[A-Z]\w*")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nor|without|cannot|neither|\w+n['’]t)\b", re.IGNORECASE
)
_CLAUSE_END = re.compile(
    r"[,;:.!?()]|\b(?:but|and|while|whereas|although|because|so|which|that)\b", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)\]]*(?=\s)|\n")
_ITEM_MARK = re.compile(r"^\W*(?:\d+[.)]\s+)?")
_NUMBERED = re.compile(r"\W*\d+\.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`marker` names the piece that supports the sentence; without one, `reason` says why.

    `copied`: it stands in a piece, word for word or nearly so.
    """

    marker: int | None
    reason: str = ""
    copied: bool = False


def sentences_of(text: str) -> list[str]:
    """A reply's sentences. A list's number (`1.`) does not end one."""
    parts: list[str] = []
    start = 0
    for end in [*(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]:
        part = text[start:end].strip()
        if part and not _NUMBERED.fullmatch(part):
            parts.append(part)
            start = end
        elif not part:
            start = end
    if rest := text[start:].strip():
        parts.append(rest)
    return parts


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a sentence keeps to the evidence; all but `length` are in [0, 1].

    `pairs`: share of its neighbouring content words that stand near each other, in this order, in
    a sentence of the evidence. `nearness`: cosine to the sentence that means most alike. `order`:
    share of its content words in the longest sequence that it has in common with two neighbouring
    sentences. `length` is in content words.
    """

    pairs: float
    nearness: float
    order: float
    length: int

    def probability(self) -> float:
        """How likely the evidence supports the sentence: logistic regression.

        Fitted to 2,543 sentences that tuned models wrote over course notes and others, greedily
        and at random, each labelled by reading (`tests/data/support.csv`, made and fitted by
        `tutor.tuning.support`).
        """
        values = (self.pairs, self.nearness, self.order, self.length)
        odds = BIAS + sum(w * value for w, value in zip(WEIGHTS, values, strict=True))
        return 1 / (1 + math.exp(-odds))


def _in_a_row(sentence: str, quote: str) -> float:
    """Share of a sentence's words in the longest run that stands in the quote as well."""
    words, others = (_WORD.findall(text.lower()) for text in (sentence, quote))
    run = SequenceMatcher(None, words, others, autojunk=False).find_longest_match()
    return run.size / max(len(words), 1)


def _sentences_under_heading(piece: Evidence) -> list[str]:
    """A quote's sentences, the heading it stands under before them."""
    heading = piece.headings[-1] if piece.headings else ""
    above = [] if not heading or piece.quote.startswith(heading) else [heading]
    return [*above, *sentences_of(piece.quote)] or [""]


def _near_pairs(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each word with those that stand close behind it."""
    for at, word in enumerate(words):
        for other in words[at + 1 : at + 1 + NEAR]:
            yield word, other


def _in_common(one: Sequence[str], other: Sequence[str]) -> int:
    """The length of the longest sequence of words that both have in the same order."""
    row = [0] * (len(other) + 1)
    for word in one:
        before = row
        row = [0]
        for at, candidate in enumerate(other):
            longest = before[at] + 1 if word == candidate else max(before[at + 1], row[at])
            row.append(longest)
    return row[-1]


class SupportCheck:
    """Checks sentences against the evidence of one question.

    `strict`: for a small model, see above; what is less than `likely` supported does not pass.
    """

    def __init__(
        self,
        question: str,
        evidence: Sequence[Evidence],
        encode: Encode,
        words: Words,
        *,
        strict: bool = True,
        likely: float = LIKELY,
    ) -> None:
        self._strict = strict
        self._likely = likely
        self._evidence = evidence
        self._encode = encode
        self._words = words
        context = [" ".join([*piece.headings, piece.quote]) for piece in evidence]
        self._stems = [set(words(text)) for text in context]
        self._asked = set(words(question))
        known = " ".join([question, *context])
        self._numbers = set(_NUMBER.findall(known))
        names = {name.lower() for name in re.findall(r"\w+", known)}
        self._names = names | {name.removesuffix("s") for name in names}
        # A short sentence is near to the one that says it, and far from a long piece as a whole.
        parts = [_sentences_under_heading(piece) for piece in evidence]
        self._owners = np.array([n for n, found in enumerate(parts) for _ in found], dtype=int)
        self._sentences = [words(text) for found in parts for text in found]
        self._places = [
            one + (after if owner == next_owner else [])
            for (one, owner), (after, next_owner) in pairwise(
                [*zip(self._sentences, self._owners, strict=True), ([], -1)]
            )
        ]
        self._near = {pair for stems in self._sentences for pair in _near_pairs(stems)}
        self._vectors = encode([text for found in parts for text in found]) if evidence else None
        self._wholes = encode(context) if evidence else None

    def check(self, sentence: str) -> Verdict:
        """The piece that supports the sentence, or why none does."""
        sentence = _ITEM_MARK.sub("", sentence)  # a list's own number is no claim
        if self._vectors is None or self._wholes is None:
            return Verdict(None, "there is no evidence")
        stems = set(self._words(sentence))
        if len(stems) < LEAST_WORDS:
            return Verdict(None, "it says nothing")
        if (holding := self._holding(sentence)) is not None:
            return Verdict(holding, copied=True)
        if wrong := [n for n in _NUMBER.findall(sentence) if n not in self._numbers]:
            return Verdict(None, f"the number {wrong[0]} is not in the evidence")
        names = _NAME.findall(sentence)
        if wrong := [name for name in names if not self._known(name)]:
            return Verdict(None, f"'{wrong[0]}' is not in the evidence")
        if stems <= self._asked:
            return Verdict(None, "it repeats the question")
        vector = self._encode([sentence])[0]
        near = vector @ self._vectors.T
        by_sentence = [near[self._owners == n].max() for n in range(len(self._evidence))]
        cosines = np.maximum(by_sentence, vector @ self._wholes.T)
        if cosines.max() < LEAST_COSINE:
            return Verdict(None, "the evidence is about something else")
        overlap = np.array([len(stems & piece) / len(stems) for piece in self._stems])
        best = int(np.argmax(cosines + overlap))
        if self._denies(sentence, self._evidence[best]):
            return Verdict(None, "it denies what the evidence says, or the other way round")
        likely = self._likeness(sentence, near).probability() if self._strict else 1.0
        if likely < self._likely:
            return Verdict(None, f"the evidence does not put it like that ({likely:.0%} likely)")
        piece = self._evidence[best]
        return Verdict(piece.marker, copied=_in_a_row(sentence, piece.quote) >= COPIED)

    def likeness(self, sentence: str) -> Likeness:
        """How the sentence keeps to the evidence, of which there must be some."""
        assert self._vectors is not None
        return self._likeness(sentence, self._encode([sentence])[0] @ self._vectors.T)

    def _likeness(self, sentence: str, cosines: NDArray[np.float32]) -> Likeness:
        stems = self._words(sentence)
        pairs = list(pairwise(stems))
        wanted = set(stems)
        place = max(self._places, key=lambda words: len(wanted & (set(words) | self._asked)))
        return Likeness(
            sum(pair in self._near for pair in pairs) / max(len(pairs), 1),
            float(cosines.max()),
            _in_common(stems, place) / max(len(stems), 1),
            len(stems),
        )

    def _holding(self, sentence: str) -> int | None:
        """The marker of a piece that holds the sentence word for word."""
        wanted = " ".join(sentence.split()).lower()
        holding = (
            piece.marker
            for piece in self._evidence
            if wanted and wanted in " ".join(piece.quote.split()).lower()
        )
        return next(holding, None)

    def _known(self, name: str) -> bool:
        """Whether a name, or the same in the singular or the plural, stands in the evidence."""
        lowered = name.lower()
        return lowered in self._names or lowered.rstrip("s") in self._names

    def _denies(self, sentence: str, piece: Evidence) -> bool:
        """Whether one of sentence and nearest sentence of the piece denies what the other says."""
        stems = set(self._words(sentence))
        parts = sentences_of(piece.quote) or [piece.quote]
        nearest = max(parts, key=lambda part: len(stems & set(self._words(part))))
        if bool(_NEGATION.search(sentence)) != bool(_NEGATION.search(nearest)):
            return True
        ours, theirs = self._denied(sentence), self._denied(nearest)
        said = set(self._words(nearest))
        return bool((ours & said) - theirs and (theirs & stems) - ours)

    def _denied(self, text: str) -> set[str]:
        """The words that stand behind a negation, in its clause: "L1, not L2, is sparse"."""
        denied: set[str] = set()
        for negation in _NEGATION.finditer(text):
            clause = _CLAUSE_END.split(text[negation.end() :], maxsplit=1)[0]
            denied |= set(self._words(clause)[:DENIED])
        return denied
