"""Light Markdown as blocks: runs of lines that belong together.

A block is a heading, a paragraph, a list, a table, a formula or a piece of code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["heading", "paragraph", "list", "table", "formula", "code"]

_FENCE = re.compile(r"^\s{0,3}(`{3,}(?=[^`]*$)|~{3,})")
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
        closing = _closing(line)
        if closing is not None:
            yield from flush()
            end = _find_end(lines, position, closing)
            block_kind: BlockKind = "formula" if closing == "$$" else "code"
            yield Block(block_kind, "\n".join(lines[position : end + 1]))
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


def _closing(line: str) -> str | None:
    """What closes the fence or display formula that this line opens, if it opens one."""
    if fence := _FENCE.match(line):
        return fence.group(1)
    stripped = line.strip()
    if stripped.startswith("$$"):
        return "$$"
    return None


def _find_end(lines: Sequence[str], start: int, closing: str) -> int:
    """The line that closes what `start` opens; without one, the next blank line's before."""
    if closing == "$$" and lines[start].strip().count("$$") >= 2:
        return start
    for position in range(start + 1, len(lines)):
        stripped = lines[position].strip()
        if stripped.startswith(closing) or (closing == "$$" and stripped.endswith("$$")):
            return position
    for position in range(start + 1, len(lines)):
        if not lines[position].strip():
            return position - 1
    return len(lines) - 1


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
