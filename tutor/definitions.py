"""The course's own definitions: sentences that say what a term is, found by the term."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from tutor.evidence import plain
from tutor.leanings import easy
from tutor.quiz import Cloze, clozes
from tutor.records import Chunk, Evidence

LONGEST = 30
"""Words of a definition that is quoted beside what it explains."""
MOST = 2
READ = 8000
"""Passages that are looked through, two seconds' work: a course has hundreds."""
PLAIN = 0.5
"""How easy to read a definition must be that is to help (`tutor.leanings.easy`)."""
_SAYS = re.compile(
    r"^(?:(?P<article>an?|the) )?(?P<term>.+?)(?:,? (?:also )?(?:called|or|spelt) [^,]{2,40},?)? "
    r"(?:is (?:an? |the (?!right|best|main|only|same|price))|means |denotes )",
    re.IGNORECASE,
)
_ACTS = re.compile(r"(?:now|so|then|\w+ing) \w", re.IGNORECASE)


class Definitions:
    """What the terms of a course are, by its own sentences. They are looked for at first use."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._chunks = chunks[:READ]

    @cached_property
    def by_term(self) -> Mapping[str, Cloze]:
        """The first sentence that begins with a term and says what it is."""
        found: dict[str, Cloze] = {}
        for item in clozes(self._chunks):
            if _says_what(item):
                found.setdefault(item.term.lower(), item)
        return found

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """Any of the terms, the longest first, in the singular or the plural."""
        terms = sorted(self.by_term, key=len, reverse=True)
        return re.compile(
            rf"(?<!\w)({'|'.join(map(re.escape, terms)) or '(?!)'})(?=s?(?!\w))", re.I
        )

    def terms_in(self, text: str) -> Iterator[str]:
        """The course's terms in a text, as they are written there."""
        return (match[1] for match in self._pattern.finditer(text))

    def of(self, evidence: Sequence[Evidence], question: str, room: int) -> list[tuple[Chunk, str]]:
        """Sentences that say what terms of the quotes mean, within `room` words, and their place.

        None for what the question or the quotes' own sentences are about.
        """
        quotes = " ".join(plain("\n".join(piece.quote for piece in evidence)).split())
        sources = {piece.source for piece in evidence}
        about = {term.lower() for term in self.terms_in(question)}
        found: list[tuple[Chunk, str]] = []
        for term in self.terms_in(quotes):
            item = self.by_term[term.lower()]
            if item.chunk.source not in sources:  # another document may mean something else by it
                continue
            words = len(item.sentence.split())
            said = " ".join(plain(item.sentence).split()) in quotes
            hard = easy(f"\n{item.sentence}", term) < PLAIN
            if term.lower() in about or said or hard or words > min(LONGEST, room):
                continue
            about.add(term.lower())
            room -= words
            found.append((item.chunk, item.sentence))
        return found[:MOST]


def _says_what(item: Cloze) -> bool:
    """Whether a sentence says what its term is, wherever it is read.

    "The price is ..." speaks of one price; with "the" a term must stand in the heading above.
    """
    said = _SAYS.match(re.sub(r"^[-*+• ]+", "", plain(item.sentence)))
    if said is None or said["term"].lower() != item.term.lower() or _ACTS.match(item.term):
        return False
    above = item.chunk.headings[-1].lower() if item.chunk.headings else ""
    bold = "**" in item.sentence
    return bold or (said["article"] or "").lower() != "the" or item.term.lower() in above
