"""What a language model writes by itself, before any filter: is it right, supported, cited?

A sentence is supported if the tutor's own check finds it so. Its citation is
right if a note that it names supports it. A reply declines if no sentence of
it has a marker and one says that the notes do not tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tutor.citations import without_markers
from tutor.index.words import words_of
from tutor.records import Evidence
from tutor.support import Encode, SupportCheck, sentences_of

_MARKER = re.compile(r"\[(\d)\]")
_DECLINES = re.compile(
    r"\b(?:notes?|course|script|text|slides?|source|passage|material|handbook|sheet)s?\b"
    r".*(?:\b(?:not|no|nothing|neither|never|without|only)\b|n['’]t\b)|"
    r"(?:\b(?:not|nothing|none)\b|n['’]t\b).*\b(?:notes?|given|said|stated|covered|mentioned)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Written:
    """One reply's marks; sentences are counted where the reply does not decline."""

    text: str
    declined: bool
    sentences: int = 0
    supported: int = 0
    marked: int = 0
    """Sentences that name a note."""
    cited: int = 0
    """Sentences that name a note which supports them."""
    unsupported: tuple[str, ...] = ()


def mark(text: str, question: str, evidence: Sequence[Evidence], encode: Encode) -> Written:
    """The marks of a reply to a question with numbered evidence."""
    sentences = sentences_of(text)
    if not _MARKER.search(text) and any(_DECLINES.search(s) for s in sentences):
        return Written(text, True)
    check = SupportCheck(question, evidence, encode, words_of)
    supported = marked = cited = 0
    unsupported = []
    for sentence in sentences:
        named = {int(number) for number in _MARKER.findall(sentence)}
        plain = without_markers(sentence)
        verdict = check.check(plain)
        supported += verdict.marker is not None
        if verdict.marker is None:
            unsupported.append(f"{sentence} ({verdict.reason})")
        marked += bool(named)
        only = [piece for piece in evidence if piece.marker in named]
        alone = SupportCheck(question, only, encode, words_of)
        cited += verdict.marker is not None and alone.check(plain).marker is not None
    return Written(text, False, len(sentences), supported, marked, cited, tuple(unsupported))


def shares(replies: Iterable[Written]) -> dict[str, float]:
    """Of all replies: declined; of the sentences of the others: supported, marked, cited."""
    rows = list(replies)
    sentences = sum(row.sentences for row in rows) or 1
    return {
        "declined": sum(row.declined for row in rows) / max(len(rows), 1),
        "supported": sum(row.supported for row in rows) / sentences,
        "marked": sum(row.marked for row in rows) / sentences,
        "cited": sum(row.cited for row in rows) / sentences,
        "sentences": sentences / max(sum(not row.declined for row in rows), 1),
    }
