"""Headings that only look like it: a short line alone, with text below it.

Slides turned into text keep their titles as bare lines between blank ones,
beside labels of figures, captions, names and broken sentences. What counts
here is that no section is named wrongly; a title that is missed leaves its
slide in the section before.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tutor.documents.markdown import lines_with_state
from tutor.documents.sections import Heading, plain_name

_MAX_LENGTH = 80
_MAX_WORDS = 12
_MAX_TITLE_BODY = 200  # what may stand below the title of the whole document
_MAX_SHARE = 0.8  # with more blocks than this looking like headings, none of them is one

_NO_HEADING = re.compile(
    r"[-*+•▪◦➢✓>|$=<]|!\["
    r"|(?:ex|e\.g|i\.e|example|note|nb|remark|hint)\b\s*[.:]",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"(?:fig(?:ure|\.)?|table|tab\.|image|source|copyright|©)\s*\.?\s*[\d.:(]",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(\d{1,2}|[A-H])(?:[.)]|\s*[-–—])\s+(?=\S)")
_SENTENCES = re.compile(r"[.!?][\"')\]]?\s+[A-Z]")
_FOREIGN = re.compile(r"\t|https?:|www\.|@|[$=→]|,.*\d{4,}$")  # tables, addresses, formulas
_SECTION_WORDS = (
    "abstract introduction overview motivation background contents agenda outline objectives "
    "summary conclusion conclusions discussion results methods references bibliography resources "
    "textbooks appendix glossary exercises"
)
_KNOWN = frozenset(_SECTION_WORDS.split())
"""Single words that are headings; other single words are mostly labels of figures."""

_FUNCTION_WORDS = (
    "a an and as at behind between by for from in into is of on or over the to under vs via with "
    "und der die das von für et de la le les du des en y el"
)
_SMALL = frozenset(_FUNCTION_WORDS.split())
"""Words that titles leave in lower case."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines between blank ones.

    `name` is what the block would be called as a heading, "" if it cannot be
    one; `number` the numbering that it begins with ("2", "B"), "" if none.
    """

    start: int
    text: str
    name: str = ""
    number: str = ""


def find_headings(text: str) -> list[Heading]:
    """The lines of `text` that are headings by their look, in order.

    A line directly below the document's beginning with little below it is the
    title of the whole; numbered headings stand below the heading before them.
    """
    blocks = _blocks(text)
    if sum(1 for block in blocks if block.name) > _MAX_SHARE * len(blocks) + 1:
        return []
    chosen = _chosen(blocks)
    title = _title(blocks, chosen)
    if title is not None:
        chosen = [title, *(n for n in chosen if n >= max(1, _opening(blocks)))]
    headings = [Heading(1, blocks[n].name, blocks[n].start) for n in chosen if n == title]
    rest = [n for n in chosen if n != title]
    levels = _levels([blocks[n] for n in rest], [n - 1 in chosen for n in rest])
    offset = 0 if title is None else 1
    for number, level in zip(rest, levels, strict=True):
        headings.append(Heading(level + offset, blocks[number].name, blocks[number].start))
    return headings


def looks_like_heading(line: str) -> bool:
    """Whether a line that stands alone could be a heading."""
    match = _NUMBERED.match(line)
    return bool(_heading_name(line, match[1] if match else ""))


def _blocks(text: str) -> list[_Block]:
    """The blocks of `text`; a block of one line that looks like a heading has a name."""
    groups: list[list[tuple[int, str, bool]]] = [[]]
    for state in lines_with_state(text):
        if state[1].strip() or state[2]:
            groups[-1].append(state)
        elif groups[-1]:
            groups.append([])
    blocks: list[_Block] = []
    introduced = False  # by a line like "It needs:", which makes the lines below a list
    for group in filter(None, groups):
        start, _, in_code = group[0]
        text = "\n".join(line for _, line, _ in group).strip()
        name = number = ""
        if len(group) == 1 and not in_code:
            number = match[1] if (match := _NUMBERED.match(text)) else ""
            name = _heading_name(text, number)
        is_heading = bool(name) and not introduced
        blocks.append(_Block(start, text, name, number) if is_heading else _Block(start, text))
        introduced = text.endswith((":", ",")) or (introduced and bool(name))
    return blocks


def _heading_name(line: str, number: str) -> str:
    """The plain name of `line` when it looks like a heading, otherwise ""."""
    if len(line) > 2 * _MAX_LENGTH or _FOREIGN.search(line):
        return ""
    if _NO_HEADING.match(line) or _CAPTION.match(line):
        return ""
    name = plain_name(line)
    bare = _NUMBERED.sub("", name, count=1) if number else name
    bare = bare.removesuffix(":") if number else bare
    words = bare.split()
    if not words or len(bare) > _MAX_LENGTH or len(words) > _MAX_WORDS:
        return ""
    if not bare[0].isalnum() or bare[0].islower() or bare[-1] in ".,;:!…-–—":
        return ""
    if _SENTENCES.search(bare) or not any(character.isalpha() for character in bare):
        return ""
    return name if _reads_like_title(bare, words, bool(number)) else ""


def _reads_like_title(name: str, words: list[str], numbered: bool) -> bool:
    if len(words) == 1:
        return numbered or name.lower() in _KNOWN or (name.isupper() and len(name) >= 6)
    if len(words) <= 6 or name.isupper() or name.endswith("?"):
        return True
    return _is_capitalised(name)


def _is_capitalised(text: str) -> bool:
    """Whether the words of `text` begin in upper case, as in a title; small words need not."""
    words = [word for word in text.split() if word.lower() not in _SMALL and word[0].isalpha()]
    return sum(not word[0].islower() for word in words) >= 0.75 * len(words)


def _chosen(blocks: Sequence[_Block]) -> list[int]:
    """The blocks that are headings: those with text below, and titles of empty slides.

    Of several candidates in a row the last has the text. The ones before are
    titles of slides that hold a picture only, or labels from such a picture:
    a title is repeated, or long, or has numbered headings below it.
    """
    times = Counter(block.name for block in blocks if block.name)
    chosen: list[int] = []
    for index, block in enumerate(blocks):
        below = blocks[index + 1] if index + 1 < len(blocks) else None
        if not block.name or below is None or _in_list(blocks, index):
            continue
        if below.name == block.name:
            continue  # the same title again: one heading is enough, at the last of them
        is_title = times[block.name] > 1 or len(block.name.split()) > 2 or block.name.isupper()
        is_parent = bool(below.number) and (not block.number or below.number in ("1", "01", "A"))
        has_text = not below.name and not _CAPTION.match(below.text)
        if has_text or is_title or is_parent:
            chosen.append(index)
    return _followed_by_text(blocks, chosen)


def _in_list(blocks: Sequence[_Block], index: int) -> bool:
    """Whether the block is an item of a list set with blank lines between the items."""
    near = [block.number for block in blocks[max(0, index - 1) : index + 2]]
    return any(_follows(first, second) for first, second in pairwise(near))


def _follows(first: str, second: str) -> bool:
    if first.isdigit() and second.isdigit():
        return int(second) == int(first) + 1
    return first.isalpha() and second.isalpha() and ord(second) == ord(first) + 1


def _followed_by_text(blocks: Sequence[_Block], chosen: list[int]) -> list[int]:
    """`chosen` without the candidates at the very end, which have no text below."""
    last_text = max((n for n, block in enumerate(blocks) if not block.name), default=-1)
    return [index for index in chosen if index < last_text]


def _title(blocks: Sequence[_Block], chosen: Sequence[int]) -> int | None:
    """The block that is the title of the whole document.

    That is the first one if nothing but a subtitle, names and the like stands
    between it and the first heading with text below.
    """
    if not blocks or not blocks[0].name or blocks[0].number:
        return None
    following = next((index for index in chosen if index >= max(1, _opening(blocks))), None)
    if following is None:
        return None
    between = blocks[1:following]
    is_short = sum(len(block.text) for block in between) <= _MAX_TITLE_BODY
    return (
        0
        if is_short and all(block.name or _is_capitalised(block.text) for block in between)
        else None
    )


def _opening(blocks: Sequence[_Block]) -> int:
    """The last of the candidates in a row that the document begins with."""
    return next((n for n, block in enumerate(blocks) if not block.name), len(blocks)) - 1


def _levels(blocks: Sequence[_Block], directly_below: Sequence[bool]) -> list[int]:
    """A level from 1 for each heading, by its numbering.

    One without a number is outermost. A number that continues a count stands
    where that count does. One that begins a count goes below the heading right
    before it; if the heading above belongs to an older count, its parent is
    unknown and it stands outermost.
    """
    levels: list[int] = []
    counts: list[tuple[str, int]] = []  # the last number at each open level
    for block, direct in zip(blocks, directly_below, strict=True):
        if not block.number:
            counts = []
            levels.append(1)
            continue
        fitting = [n for n, (number, _) in enumerate(counts) if _continues(number, block.number)]
        if fitting:
            level = counts[fitting[-1]][1]
            counts = counts[: fitting[-1]]
        elif not counts:
            level = 2 if levels else 1
        elif direct or counts[-1][0].isdigit() != block.number.isdigit():
            level = counts[-1][1] + 1
        else:
            level, counts = 1, []
        counts.append((block.number, level))
        levels.append(level)
    return levels


def _continues(number: str, following: str) -> bool:
    return number == following or _follows(number, following)
