"""A passage cut into what can be quoted: units, and windows of a few units in a row.

A unit is a sentence, a list item, a table row, a formula, a block of code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ALL_BOLD = re.compile(r"^\W*(\*\*|__)(?!\s)(?:(?!\1).)+\1\W*$", re.DOTALL)
_BARE_TITLE = re.compile(r"(?![-*+•|])(?:[^\s|:.!?]++ ?){1,5}(?<![,;)\]])$")
"""A line of few words that is no list item, row or sentence: a title without its mark."""
_FENCE = re.compile(r"\s{0,3}(?:`{3,}[^`]*$|~~~)")
_FENCES = re.compile(r"^[ \t]{0,3}(?:`{3,}[^`\n]*$|~~~)", re.MULTILINE)
_BLANK = re.compile(r"^[ \t]*$", re.MULTILINE)
_LINE_ABOVE = re.compile(r"\S[ \t]*\n\Z")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s.{0,200}$")
_SENTENCE = re.compile(r"(?<=[.!?])[\"'”’)\]*_]*\s+(?=[\"'“‘(\[*_]*(?:[^\W_a-zß-öø-ÿ]|[$\\]))")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|fig|eq|al|dr|mr|ms|no|ex)\.|\b(?-i:[A-Z])\.|^\W*\d+\.)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch [start, end) of a passage that is quoted whole or not at all.

    One that `opens` (a question, a line that ends in a colon, a run-in heading)
    says nothing without what follows it.
    """

    start: int
    end: int
    heading: bool = False
    opens: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch [start, end) of the passage of hit number `hit`."""

    hit: int
    start: int
    end: int
    text: str
    words: int

    def overlaps(self, other: Window) -> bool:
        return self.hit == other.hit and self.start < other.end and other.start < self.end

    @property
    def scrappy(self) -> bool:
        """Whether it begins with or has several lines of hardly a word: a figure's labels."""
        lines = [line for line in self.text.splitlines() if line.strip()]
        scraps = [len(line.split()) <= 3 and not line.rstrip().endswith(".") for line in lines]
        return scraps[0] or sum(scraps) > 2


def units_of(text: str) -> list[Unit]:
    """The units of a passage, in order; blank lines belong to none, a code block is one."""
    return list(_units(text))


def _units(text: str) -> Iterator[Unit]:
    position = 0
    formula: int | None = None
    fence: int | None = None
    for line in text.splitlines(keepends=True):
        start, position = position, position + len(line)
        stripped = line.strip()
        begin = start + len(line) - len(line.lstrip())
        end = start + len(line.rstrip())
        if fence is None and formula is None and _opens_formula(text, stripped, position):
            *before, last = _sentences(text, begin, end)
            yield from before
            formula = last.start
            continue
        if fence is None and (formula is not None or stripped.startswith("$$")):
            opened = formula is None
            formula = begin if formula is None else formula
            if stripped.count("$$") >= 2 if opened else "$$" in stripped:
                yield Unit(formula, end)
                formula = None
            continue
        if fence is not None or _FENCE.match(line):
            if fence is None:
                fence = None if _closes_alone(text, start, position) else begin
            elif _FENCE.match(line):
                yield Unit(fence, end)
                fence = None
            continue
        if not stripped or set(stripped) <= set("|-: "):
            continue
        if _HEADING.match(line):
            yield Unit(begin, end, heading=True)
            continue
        if _BARE_TITLE.match(stripped):
            yield Unit(begin, end, opens=True)
            continue
        yield from _sentences(text, begin, end)
    open_block = formula if formula is not None else fence
    if open_block is not None:
        yield Unit(open_block, len(text.rstrip()))


def _opens_formula(text: str, line: str, after: int) -> bool:
    """Whether a line says something and then opens a formula, which the paragraph closes."""
    if line.startswith("$$") or line.count("$$") % 2 == 0:
        return False
    return "$$" in _BLANK.split(text[after:], maxsplit=1)[0]


def _closes_alone(text: str, start: int, end: int) -> bool:
    """Whether the fence at [start, end) ends code that a chunk before has begun.

    It says no language, stands right below a line, and no other fence follows.
    """
    bare = not text[start:end].strip().strip("`~")
    return bare and bool(_LINE_ABOVE.search(text[:start])) and not _FENCES.search(text, end)


def _sentences(text: str, begin: int, end: int) -> Iterator[Unit]:
    """The sentences of one line, not cut after an abbreviation or a number of a list."""
    start = begin
    for gap in _SENTENCE.finditer(text, begin, end):
        if _ABBREVIATION.search(text[start : gap.start()]):
            continue
        stop = gap.start() + len(gap.group().rstrip())
        yield Unit(start, stop, opens=_opens(text[start:stop]))
        start = gap.end()
    if start < end:
        yield Unit(start, end, opens=_opens(text[start:end]))


def _opens(text: str) -> bool:
    """Whether a unit asks, announces, is a scrap, or is bold all through as run-in headings are."""
    scrap = sum(map(str.isalnum, text)) < 3
    asks = text.rstrip("*_\"') ").endswith(("?", ":"))
    return scrap or asks or bool(_ALL_BOLD.match(text))


def windows_of(text: str, hit: int, longest: int, limit_words: int) -> list[Window]:
    """All runs of one to `longest` units, none of several units longer than `limit_words`.

    A single unit may be longer: it cannot be cut, and may be all that a passage has to quote.
    A heading or a unit that opens may begin a window, never end it: alone it answers nothing.
    """
    units = units_of(text)
    windows = []
    for first in range(len(units)):
        count = 0
        for last in range(first, len(units)):
            if units[last].heading and last > first:
                break
            count += not units[last].heading
            if units[last].heading or units[last].opens:
                continue
            start, end = units[first].start, units[last].end
            words = len(text[start:end].split())
            if count > longest or (words > limit_words and count > 1):
                break
            windows.append(Window(hit, start, end, text[start:end], words))
    return windows
