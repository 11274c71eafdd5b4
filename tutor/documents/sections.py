"""Text with headings becomes one page per section."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tutor.blocks import TAG
from tutor.documents.scripts import without_tags
from tutor.records import Page, Place

_MAX_NAME = 160
_TAG = re.compile(TAG)
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\s[^()]*)?\)")
_EMPHASIS = re.compile(r"(?<![\w*_\\])([*_]{1,3})(?=\S)(.+?)(?<=[^\s\\])\1(?![\w*_])")
_CODE_SPAN = re.compile(r"(?<![`\\])(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_PRIVATE = 0xF0000  # the first of the plane of letters that mean nothing: stand-ins for code
_HEADING_ID = re.compile(r"\s*\{[#:.][^{}]*\}\s*$")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_BLANK_RUN = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading's level (1 is outermost), its plain name and where its line begins."""

    level: int
    name: str
    start: int


def section_pages(source: str, text: str, headings: Sequence[Heading]) -> tuple[Page, ...]:
    """One page per heading, and one for the words before the first.

    `headings` stand in the order of `text`. Every page's text is a slice of
    `text` that begins with the heading's own line.
    """
    starts = [heading.start for heading in headings]
    paths = [(), *heading_paths(headings)]
    slices = zip(paths, [0, *starts], [*starts, len(text)], strict=True)
    pages = [_page(source, path, text[start:end]) for path, start, end in slices]
    return tuple(page for page in pages if has_words(page.text))


def heading_paths(headings: Iterable[Heading]) -> Iterable[tuple[str, ...]]:
    """For each heading its path, outermost first.

    A level that was left out (from 1 to 3) makes no gap in the path.
    """
    open_headings: list[Heading] = []
    for heading in headings:
        while open_headings and open_headings[-1].level >= heading.level:
            open_headings.pop()
        open_headings.append(heading)
        yield tuple(each.name for each in open_headings)


def plain_name(markup: str) -> str:
    """A heading's name without Markdown: emphasis, links, tags, ids, escapes.

    What stands in code, as `__init__` or `<table>`, is a word of the name.
    """
    code: list[str] = []

    def hidden(span: re.Match[str]) -> str:
        code.append(span[2])
        return chr(_PRIVATE + len(code) - 1)

    name = _CODE_SPAN.sub(hidden, _HEADING_ID.sub("", markup[:1000]))
    name = _LINK.sub(r"\1", _TAG.sub("", without_tags(name))).replace("`", "")
    for _ in range(3):  # emphasis within emphasis
        name = _EMPHASIS.sub(r"\2", name)
    name = html.unescape(_ESCAPE.sub(r"\1", name))
    return _short(name.translate({_PRIVATE + at: span for at, span in enumerate(code)}))


def _short(name: str) -> str:
    """`name` on one line and not too long for a place."""
    name = " ".join(name.split())
    return name if len(name) <= _MAX_NAME else name[: _MAX_NAME - 1].rstrip() + "…"


def has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)


def tidy(text: str) -> str:
    """`text` without trailing spaces and with one blank line at most."""
    return _BLANK_RUN.sub("\n\n", "\n".join(map(str.rstrip, text.split("\n")))).strip("\n")


def _page(source: str, path: tuple[str, ...], text: str) -> Page:
    return Page(source, Place("section", " > ".join(path)), tidy(text), path)


class SectionWriter:
    """Collects the blocks of a document whose headings are known, in reading order."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._length = 0
        self._headings: list[Heading] = []

    @property
    def has_headings(self) -> bool:
        return bool(self._headings)

    def heading(self, level: int, name: str) -> None:
        """A heading, written as Markdown; level 0 is the title of the whole.

        Its words are those that a reader sees: a tag or a star among them is one of them,
        and only the marks around code are none.
        """
        name = " ".join(name.split())
        if has_words(name):
            plain = _short(_CODE_SPAN.sub(lambda span: span[2].strip(), name))
            self._headings.append(Heading(level, plain, self._length))
            self.block("#" * min(6, max(1, level)) + " " + name)

    def root(self, title: str) -> None:
        """A title that stands above all headings and is not part of the text."""
        self._headings.insert(0, Heading(-1, _short(title), 0))

    def block(self, text: str) -> None:
        """A paragraph, list, table or code block; nothing if it has nothing to see."""
        if text.strip():
            self._blocks.append(text.strip("\n"))
            self._length += len(self._blocks[-1]) + 2  # the blank line after it

    def pages(self, source: str) -> tuple[Page, ...]:
        """One page per section."""
        return section_pages(source, "\n\n".join(self._blocks), self._headings)


def pipe_table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as a Markdown table, the first row as its head."""
    rows = [[" ".join(cell.split()).replace("|", "\\|") for cell in row] for row in rows]
    rows = [row for row in rows if any(row)]
    width = max(map(len, rows), default=0)
    lines = ["| " + " | ".join([*row, *[""] * (width - len(row))]) + " |" for row in rows]
    return "\n".join([*lines[:1], "|" + " --- |" * width, *lines[1:]]) if lines else ""


def fenced(code: str, language: str = "") -> str:
    """`code` as a fenced block, its fence longer than any within."""
    longest = max(map(len, re.findall(r"^ *(`{3,})", code, re.MULTILINE)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{code.strip(chr(10))}\n{fence}" if code.strip() else ""
