"""Light Markdown as blocks: runs of lines that belong together.

A block is a heading, a paragraph, a list, a table, a formula or a piece of code.
Where code and formulas end, and what is an HTML tag, is known here alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["heading", "paragraph", "list", "table", "formula", "code"]

_TAG_NAMES = (
    "a|abbr|article|aside|b|big|blockquote|br|button|caption|center|cite|code|col|colgroup|dd|del|"
    "details|div|dl|dt|em|figcaption|figure|font|footer|h[1-6]|header|hr|i|iframe|img|input|ins|"
    "kbd|label|li|link|main|mark|meta|nav|ol|p|path|picture|pre|q|s|samp|script|section|small|"
    "source|span|strong|style|sub|summary|sup|svg|table|tbody|td|tfoot|th|thead|tr|u|ul|var|video"
)
TAG = (
    rf"</?(?:{_TAG_NAMES})"
    r"(?:\s+[A-Za-z_:@][\w:.@-]*(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'=<>`]+))?)*"
    r"\s*/?>"
)
"""An HTML tag as in CommonMark 0.31, 6.6, with a name of HTML: `x<y and y>z` holds none."""

_FENCE = re.compile(r"^\s{0,3}(`{3,}(?=[^`]*$)|~{3,})")
_LIQUID = re.compile(r"\s*\{%-?\s*(end)?(?:highlight|raw)\b")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+\S.{0,200}$")
"""A longer one is a paragraph that was set like a heading."""
_ITEM = re.compile(
    r"^\s*(?:[-*+•○▪➤►·\x7f\uf0b7\uf0a7\uf0d8\uf076\uf0fc\uf0e0]|o(?=\s\s)"
    r"|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s+"
)
_ROW = re.compile(r"^\s*\|.*\|\s*$")


@dataclass(frozen=True, slots=True)
class Block:
    """A run of lines that belong together."""

    kind: BlockKind
    text: str


def split_blocks(text: str) -> list[Block]:
    """Cut light Markdown into blocks; joined by newlines they hold every line of it."""
    return list(_blocks(text.splitlines()))


def _kind_of(line: str) -> BlockKind:
    if _HEADING.match(line):
        return "heading"
    if _ROW.match(line) or "\t" in line.strip():
        return "table"
    if _ITEM.match(line):
        return "list"
    return "paragraph"


def _blocks(lines: Sequence[str]) -> Iterator[Block]:
    """Walk the lines; fences and `$$` run to their end, other blocks to a change of kind."""
    run: list[str] = []
    kind: BlockKind = "paragraph"
    position = 0

    def flush() -> Iterator[Block]:
        if run:
            yield Block(kind, "\n".join(run).strip("\n"))
            run.clear()

    while position < len(lines):
        line = lines[position]
        end = _end_as_written(lines, position)
        if end >= 0:
            yield from flush()
            is_code = _FENCE.match(line) or _LIQUID.match(line)
            yield Block("code" if is_code else "formula", "\n".join(lines[position : end + 1]))
            position = end + 1
            continue
        position += 1
        if not line.strip():
            ahead = _next_words(lines, position)
            if kind == "list" and run and ahead < len(lines) and _ITEM.match(lines[ahead]):
                run += lines[position - 1 : ahead]  # another item of the list
            else:
                yield from flush()
            position = ahead
            continue
        this = _kind_of(line)
        if this == "heading":
            yield from flush()
            yield Block("heading", line)
            continue
        if run and kind == "list" and this == "paragraph":
            run.append(line)  # a list item's further lines
            continue
        if run and this != kind:
            yield from flush()
        kind = this
        run.append(line)
    yield from flush()


def block_end(lines: Sequence[str], first: int) -> int:
    """The last line of the code or formula that begins at line `first`; -1 if none does.

    What is never closed begins nothing, and a formula holds no blank line: one
    stray mark would otherwise turn all after it inside out.
    """
    end = code_end(lines, first)
    line = lines[first]
    if end >= 0 or line.count("$$") % 2 == 0 or _ROW.match(line) or _HEADING.match(line):
        return end
    for number in range(first + 1, len(lines)):
        if not lines[number].strip():
            break
        if lines[number].count("$$") % 2:  # "$$." and "$$ (3)" close, too
            return number
    return -1


def code_end(lines: Sequence[str], first: int) -> int:
    """The last line of the code that begins at line `first`; -1 if none does."""
    line = lines[first]
    if fence := _FENCE.match(line):
        mark = fence[1]
        for number in range(first + 1, len(lines)):
            closing = lines[number].strip()
            if len(closing) >= len(mark) and not closing.strip(mark[0]):
                return number
    elif (liquid := _LIQUID.match(line)) and not liquid[1]:
        for number in range(first + 1, len(lines)):
            if (end := _LIQUID.match(lines[number])) and end[1]:
                return number
    return -1


def _end_as_written(lines: Sequence[str], first: int) -> int:
    """The same as `block_end`, for a formula on one line and what is never closed, too.

    The latter ends before the next blank line.
    """
    end = block_end(lines, first)
    formula = lines[first].strip().startswith("$$")
    if end >= 0 or not (formula or _FENCE.match(lines[first])):
        return end
    if formula and lines[first].count("$$") % 2 == 0:
        return first
    blank = (n for n in range(first + 1, len(lines)) if not lines[n].strip())
    return next(blank, len(lines)) - 1


def _next_words(lines: Sequence[str], position: int) -> int:
    """The position of the first line from there on that is not blank."""
    while position < len(lines) and not lines[position].strip():
        position += 1
    return position


def items_of(lines: Sequence[str]) -> list[str]:
    """The items of a list, an item's further lines kept with it."""
    items: list[str] = []
    for line in lines:
        if not items or _ITEM.match(line):
            items.append(line)
        else:
            items[-1] += f"\n{line}"
    return items
