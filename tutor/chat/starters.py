"""Questions to begin with, taken from the course itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from tutor.records import Chunk

COUNT = 6
LONGEST = 72
"""Characters of a question that fits a button."""

_ASKS = re.compile(r"question|exercise|quiz|self[- ]?test|check yourself|problems", re.IGNORECASE)
_LINE = re.compile(r"^\s*(?:[-*+•]|\(?\d{1,3}[.)])?\s*(?P<question>[A-Z][^\n]{8,}\?)\s*$", re.M)
_LEANS = re.compile(r"\b(?:examples?|above|below|this|these|following|figure|table)\b", re.I)
_MARKUP = re.compile(r"\*\*|__|`")
_TOPIC = re.compile(r"(?:an? |the )?[A-Za-z][A-Za-z -]{3,40}")


def starters(chunks: Sequence[Chunk], count: int = COUNT) -> list[str]:
    """Up to `count` short questions, of as many documents as possible.

    They are the course's review questions; without any, headings asked about;
    without those, none.
    """
    asked = _by_source(chunks, _questions)
    return _spread(asked or _by_source(chunks, _about_headings), count)


def _by_source(chunks: Iterable[Chunk], read: Callable[[Chunk], list[str]]) -> dict[str, list[str]]:
    """What `read` finds in each document, the best first; documents without any left out."""
    found: dict[str, list[str]] = {}
    for chunk in chunks:
        for question in read(chunk):
            found.setdefault(chunk.source, []).append(question)
    return {source: sorted(dict.fromkeys(texts), key=_rank) for source, texts in found.items()}


def _questions(chunk: Chunk) -> list[str]:
    """The questions of a chunk that stands under a heading such as "Review questions"."""
    if not chunk.headings or not _ASKS.search(chunk.headings[-1]):
        return []
    questions = (_MARKUP.sub("", match["question"]) for match in _LINE.finditer(chunk.text))
    return [text for text in questions if len(text) <= LONGEST and not _LEANS.search(text)]


def _about_headings(chunk: Chunk) -> list[str]:
    """A question about what the chunk's heading names, if it names something."""
    if len(chunk.headings) < 2 or not _TOPIC.fullmatch(chunk.headings[-1]):
        return []
    topic = chunk.headings[-1]
    return [f"What is {topic[0].lower() if topic[1:].islower() else topic[0]}{topic[1:]}?"]


def _rank(question: str) -> tuple[bool, int]:
    """One question at a time, and the shorter the better."""
    return ", and " in question or ";" in question, len(question)


def _spread(by_source: dict[str, list[str]], count: int) -> list[str]:
    """Round after round one question of each document, beginning evenly spread over them."""
    sources = sorted(by_source, key=_in_reading_order)
    if len(sources) > count:
        step = len(sources) / count
        sources = [sources[int(position * step)] for position in range(count)]
    rounds = max((len(by_source[source]) for source in sources), default=0)
    picked = [
        by_source[source][number]
        for number in range(rounds)
        for source in sources
        if number < len(by_source[source])
    ]
    return picked[:count]


def _in_reading_order(source: str) -> list[tuple[int, str]]:
    """Unit 2 before unit 10."""
    parts = re.split(r"(\d+)", source)
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts]
