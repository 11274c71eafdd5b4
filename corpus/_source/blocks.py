"""Reads the small markup in which the handout and the deck are written.

One line kind, one block: ``#`` headings (one to three levels), ``>`` a subtitle, ``-`` bullets,
``1.`` numbered items, ``|`` tables, ``$`` formulas, ``!figure NAME CAPTION`` pictures and
``? `` speaker notes; anything else is a paragraph, and a blank line ends a block. Inside a text
only ``**bold**`` is marked. The module knows nothing about PDF or slides.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

_NUMBERED = re.compile(r"\d+\. ")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_SEPARATOR_ROW = re.compile(r"\|[-| ]+\|")


@dataclass(frozen=True)
class Block:
    """A run of lines of one kind, without their marks; numbered items keep their number."""

    kind: str
    items: tuple[str, ...]

    @property
    def text(self) -> str:
        """The block's words as one text; the lines of a paragraph are joined by a space."""
        return " ".join(self.items)

    @property
    def rows(self) -> list[list[str]]:
        """The cells of a table block, row by row, without the separator row."""
        kept = (line for line in self.items if not _SEPARATOR_ROW.fullmatch(line))
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in kept]


def read_blocks(path: Path) -> list[Block]:
    """Read a source file into its blocks, in order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    blocks: list[Block] = []
    for kind, group in groupby(lines, key=_kind):
        if kind == "blank":
            continue
        items = [_content(line, kind) for line in group]
        if kind in {"title", "section", "subsection", "figure"}:
            blocks.extend(Block(kind, (item,)) for item in items)
        else:
            blocks.append(Block(kind, tuple(items)))
    return blocks


def split_bold(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a text, each with whether it is marked bold."""
    for number, piece in enumerate(_BOLD.split(text)):
        if piece:
            yield piece, number % 2 == 1


_PREFIXES = {
    "# ": "title",
    "## ": "section",
    "### ": "subsection",
    "> ": "subtitle",
    "- ": "bullets",
    "$ ": "formula",
    "!figure ": "figure",
    "? ": "notes",
}


def _kind(line: str) -> str:
    if not line.strip():
        return "blank"
    if line.startswith("|"):
        return "table"
    if _NUMBERED.match(line):
        return "numbered"
    return next((k for prefix, k in _PREFIXES.items() if line.startswith(prefix)), "paragraph")


def _content(line: str, kind: str) -> str:
    prefix = next((p for p, k in _PREFIXES.items() if k == kind), "")
    return line.removeprefix(prefix).strip()
