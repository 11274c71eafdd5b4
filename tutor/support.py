"""Whether the evidence supports a sentence that a model wrote.

A sentence is supported when its numbers and names stand in the evidence, most of
its content words stand at one place of it, it means about the same as one piece
or sentence of it, and it does not deny what that piece says. What fails any of
these is not shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from tutor.records import Evidence

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
Words = Callable[[str], list[str]]

WORDS_FOUND = 0.8
"""Share of a sentence's content words that two neighbouring sentences of the evidence must hold,
with the heading above them and the question: a false sentence is often made of true words that
stand apart. Of those that the tuned model got past .7 of all words one in five was false, past
this one in ten."""
LEAST_WORDS = 3
"""Content words of a sentence that says something."""
LEAST_COSINE = 0.6
"""Nearness to the best piece; sentences on another matter lie below .5."""

COPIED = 0.85
"""Share of a sentence's words that stand in a row in a piece from which it says nothing new."""

_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b(?:[A-Z][a-z]+|[A-Z]{2,})\w*|\b\w+[A-Z]\w*")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nor|without|cannot|neither|\w+n['’]t)\b", re.IGNORECASE
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


def _in_a_row(sentence: str, quote: str) -> float:
    """Share of a sentence's words in the longest run that stands in the quote as well."""
    words, others = (_WORD.findall(text.lower()) for text in (sentence, quote))
    run = SequenceMatcher(None, words, others, autojunk=False).find_longest_match()
    return run.size / max(len(words), 1)


class SupportCheck:
    """Checks sentences against the evidence of one question."""

    def __init__(
        self, question: str, evidence: Sequence[Evidence], encode: Encode, words: Words
    ) -> None:
        self._evidence = evidence
        self._encode = encode
        self._words = words
        context = [" ".join([*piece.headings, piece.quote]) for piece in evidence]
        self._stems = [set(words(text)) for text in context]
        self._asked = set(words(question))
        self._places = [place for piece in evidence for place in self._places_of(piece)]
        known = " ".join([question, *context])
        self._numbers = set(_NUMBER.findall(known))
        self._names = {name.lower() for name in re.findall(r"\w+", known)}
        # A short sentence is near to the one that says it, and far from a long piece as a whole.
        texts = [
            (number, text)
            for number, piece in enumerate(evidence)
            for text in dict.fromkeys([context[number], *sentences_of(piece.quote)])
        ]
        self._owners = np.array([number for number, _ in texts])
        self._vectors = encode([text for _, text in texts]) if evidence else None

    def check(self, sentence: str) -> Verdict:
        """The piece that supports the sentence, or why none does."""
        sentence = _ITEM_MARK.sub("", sentence)  # a list's own number is no claim
        if self._vectors is None:
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
        found = max(len(stems & place) for place in self._places) / len(stems)
        if found < WORDS_FOUND:
            return Verdict(None, f"only {found:.0%} of its words stand together in the evidence")
        near = self._encode([sentence])[0] @ self._vectors.T
        cosines = np.array([near[self._owners == n].max() for n in range(len(self._evidence))])
        overlap = np.array([len(stems & piece) / len(stems) for piece in self._stems])
        best = int(np.argmax(cosines + overlap))
        if cosines[best] < LEAST_COSINE:
            return Verdict(None, "the evidence is about something else")
        if self._denies(sentence, self._evidence[best]):
            return Verdict(None, "it denies what the evidence says, or the other way round")
        piece = self._evidence[best]
        return Verdict(piece.marker, copied=_in_a_row(sentence, piece.quote) >= COPIED)

    def _places_of(self, piece: Evidence) -> list[set[str]]:
        """The words of two neighbouring sentences each, with the headings' and the question's."""
        known = self._asked.union(*map(self._words, piece.headings))
        sentences = [set(self._words(part)) for part in sentences_of(piece.quote)]
        pairs = zip(sentences, [*sentences[1:], set()], strict=True)
        return [known | one | next_one for one, next_one in pairs] or [known]

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
        """Whether a name, or the same in the singular, stands in the evidence."""
        lowered = name.lower()
        return lowered in self._names or lowered.rstrip("s") in self._names

    def _denies(self, sentence: str, piece: Evidence) -> bool:
        """Whether one of sentence and nearest sentence of the piece is negated, the other not."""
        stems = set(self._words(sentence))
        parts = sentences_of(piece.quote) or [piece.quote]
        nearest = max(parts, key=lambda part: len(stems & set(self._words(part))))
        return bool(_NEGATION.search(sentence)) != bool(_NEGATION.search(nearest))
