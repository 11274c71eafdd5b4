"""Pages become chunks that follow the document's structure.

A page's text is light Markdown. It is cut into blocks (heading, paragraph,
list, table, formula, code); blocks are packed, in order, into chunks that fit
the embedding model's window. A chunk never crosses a page or slide; short
neighbouring sections of one document share a chunk, whose place is then their
common heading. A block that is too long for a chunk is cut at its natural
seams: a table between rows (its header then ends the heading path), a list between items, a
paragraph between sentences.

The size is counted in the embedding model's tokens by a function passed in,
so that this module knows no model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from tutor.blocks import TAG, Block, items_of, split_blocks
from tutor.letters import plain_letters
from tutor.records import Chunk, Document, Page, Place

VERSION = 1
"""Raised whenever the same page would be cut differently; the index names it."""

CountTokens = Callable[[str], int]

CHARACTERS = 16
"""Of a token at most, as counted here. Text of any language has a third of it; the rest of what a
tokenizer takes for one word is a hexadecimal dump."""

_SENTENCE_ENDS = ["\n\n", "\n", r"(?<=[.!?;])\s+", r"(?<=,)\s+", " ", ""]


class Chunker:
    """Cuts documents into chunks of at most `limit` tokens, heading path included."""

    def __init__(self, count_tokens: CountTokens, limit: int = 200) -> None:
        self._tokens = count_tokens
        self._limit = limit

    def _count(self, text: str) -> int:
        """The text's size in tokens; of what is far beyond a chunk only about."""
        least = len(text) // CHARACTERS
        return least if least > self._limit else max(least, self._tokens(text))

    def split(self, document: Document) -> list[Chunk]:
        """All chunks of a document, in reading order."""
        ordinal = 0
        chunks: list[Chunk] = []
        for page in self._merge_short(document.pages):
            for text, headings in self._pack(page):
                chunks.append(Chunk(page.source, page.place, text, headings, ordinal))
                ordinal += 1
        return chunks

    def _merge_short(self, pages: Iterable[Page]) -> Iterator[Page]:
        """Join a short section with the next under their common heading."""
        held: Page | None = None
        for page in pages:
            if not page.text.strip():
                continue
            if held is None:
                held = page
                continue
            if joined := self._joined(held, page):
                held = joined
            else:
                yield held
                held = page
        if held is not None:
            yield held

    def _joined(self, first: Page, second: Page) -> Page | None:
        """Both as one section, or None where they had better stay apart."""
        if first.place.kind != "section" or second.place.kind != "section":
            return None
        if min(self._count(first.text), self._count(second.text)) > self._limit // 4:
            return None
        common = _common(first.headings, second.headings)
        if first.headings and not common and len(first.headings) > 1:
            return None
        text = f"{first.text.rstrip()}\n\n{second.text.lstrip()}"
        if self._count(" > ".join(common) + "\n" + text) > self._limit:
            return None
        return replace(
            first, text=text, headings=common, place=Place("section", " > ".join(common))
        )

    def _pack(self, page: Page) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The page's blocks, packed in order into texts that fit, with their heading paths.

        A text is a stretch of the page as it stands, white space aside. What
        continues a table has the table's header at the end of its path.
        """
        room = max(self._limit - self._count(" > ".join(page.headings)), self._limit // 2)
        packs: list[list[str]] = []
        sizes: list[int] = []
        paths: list[tuple[str, ...]] = []
        heading = ""
        for block in split_blocks(page.text):
            if block.kind == "heading":
                if heading and self._count(heading) + self._count(block.text) > room // 2:
                    packs.append([heading])  # titles in a row, as in a table of contents
                    sizes.append(self._count(heading))
                    paths.append(page.headings)
                    heading = ""
                heading = f"{heading}\n{block.text}" if heading else block.text
                continue
            left = max(room - self._count(heading), room // 2) if heading else room
            for header, piece in self._fitting(block, left):
                text = f"{heading}\n{piece}" if heading else piece
                size = self._count(text)
                path = (*page.headings, header) if header else page.headings
                # The parts of one table were cut as long as they may be.
                if packs and not header and sizes[-1] + size <= room and paths[-1] == path:
                    packs[-1].append(text)
                    sizes[-1] += size
                else:
                    packs.append([text])
                    sizes.append(size)
                    paths.append(path)
                heading = ""
        if heading:
            packs.append([heading])
            sizes.append(self._count(heading))
            paths.append(page.headings)
        if len(set(paths)) == 1:
            self._level(packs, sizes, room)
        for pack, path in zip(packs, paths, strict=True):
            yield "\n\n".join(pack), path

    def _level(self, packs: list[list[str]], sizes: list[int], room: int) -> None:
        """Move blocks into a last pack that came out much smaller than its neighbour."""
        while len(packs) > 1 and sizes[-1] < room // 4 and len(packs[-2]) > 1:
            size = self._count(packs[-2][-1])
            if sizes[-1] + size > room or sizes[-2] - size < sizes[-1]:
                return
            packs[-1].insert(0, packs[-2].pop())
            sizes[-1] += size
            sizes[-2] -= size

    def _fitting(self, block: Block, room: int) -> Iterator[tuple[str, str]]:
        """The block whole, or its parts where it is longer than `room`.

        Each part comes behind the header of the table that it continues, if any.
        """
        if self._count(block.text) <= room:
            yield "", block.text
            return
        lines = block.text.splitlines()
        if block.kind == "table":
            header = " | ".join(cell.strip() for cell in re.split(r"[|\t]", lines[0])).strip(" |")
            if self._count(header) > room // 2:
                header = ""
            for number, part in enumerate(
                self._by_lines(lines, room - self._count(f" > {header}"))
            ):
                yield header if number else "", part
        elif block.kind in ("list", "code") and len(lines) > 1:
            for part in self._by_lines(items_of(lines) if block.kind == "list" else lines, room):
                yield "", part
        else:
            for part in self._by_sentences(block.text, room):
                yield "", part

    def _by_lines(self, lines: Sequence[str], room: int) -> list[str]:
        """Pack lines (rows, items) into texts that fit."""
        parts: list[str] = []
        held: list[str] = []
        size = 0
        for line in lines:
            cost = self._count(line)
            if held and size + cost > room:
                parts.append("\n".join(held))
                held, size = [], 0
            if cost > room:
                parts.extend(self._by_sentences(line, room))
                continue
            held.append(line)
            size += cost
        if held:
            parts.append("\n".join(held))
        return parts

    def _by_sentences(self, text: str, room: int) -> list[str]:
        """Cut running text at sentence ends, commas or, at worst, spaces."""
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        splitter = RecursiveCharacterTextSplitter(
            separators=_SENTENCE_ENDS,
            is_separator_regex=True,
            keep_separator="end",
            chunk_size=room,
            chunk_overlap=0,
            length_function=self._count,
        )
        parts = (part for piece in self._apart(text, room) for part in splitter.split_text(piece))
        return [part for part in parts if part.strip()]

    def _apart(self, text: str, room: int) -> Iterator[str]:
        """The text, cut where a run without a space is too long for a chunk by itself."""
        start = 0
        for run in re.finditer(rf"\S{{{room},}}", text):
            if self._count(run.group()) > room:
                yield text[start : run.start()]
                yield from self._slices(run.group(), room)
                start = run.end()
        yield text[start:]

    def _slices(self, run: str, room: int) -> Iterator[str]:
        """Equal parts that fit; no two neighbours fit into one chunk."""
        size = -(-len(run) // -(-self._count(run) // room))
        for start in range(0, len(run), size):
            part = run[start : start + size]
            if 1 < len(part) < len(run) and self._count(part) > room:
                yield from self._slices(part, room)
            else:
                yield part


def _common(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    """The longest common beginning of two heading paths."""
    length = 0
    while length < min(len(first), len(second)) and first[length] == second[length]:
        length += 1
    return tuple(first[:length])


_CODE = (
    r"^ {0,3}(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})(?:.|\n)*?(?:^\s*(?P=fence)|\Z)"
    r"|(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)"
)
_TAG = re.compile(TAG)
_MARKUP = re.compile(rf"(?P<code>{_CODE})|(?P<tag>{TAG})|\*\*|__|~~|^#{{1,6}}\s+|`", re.MULTILINE)
_TAGS_ACT = (".md", ".markdown", ".ipynb")
"""Documents whose tags no reader sees; in the text of all others a tag is one that is shown."""

_LETTER = "[a-zß-öø-ÿ]"
_BROKEN_WORD = re.compile(rf"(?<=[^\W\d_]{_LETTER})- (?!and |or |to |und |oder )(?={_LETTER}{{2}})")


def embedding_text(chunk: Chunk) -> str:
    """What is embedded and indexed for a chunk: its heading path, then its words.

    Emphasis and inline HTML are taken out: they cost tokens and mean nothing
    to the model; `<eos>` is a word. Code stays, for `__init__` and `x**2` mean something;
    of a tag that is shown, as in a course on HTML, the words stay: `<ul>` is found as "ul".
    A word that a PDF broke at the line's end is made whole.
    """
    tags_act = chunk.source.lower().endswith(_TAGS_ACT)

    def plain(found: re.Match[str]) -> str:
        if found["code"]:
            return _TAG.sub(_words_of_tag, found["code"]).replace("`", "")
        return "" if tags_act or not found["tag"] else _words_of_tag(found)

    path = " > ".join(chunk.headings)
    text = _BROKEN_WORD.sub("", plain_letters(_MARKUP.sub(plain, chunk.text)))
    return f"{path}\n{text}" if path else text


def _words_of_tag(tag: re.Match[str]) -> str:
    """What a tag is called, apart from the words that it stands between."""
    before, after = tag.string[: tag.start()][-1:], tag.string[tag.end() :][:1]
    space = " " if before.isalnum() else ""
    return space + tag[0].strip("</> ") + (" " if after.isalnum() or after == "<" else "")
