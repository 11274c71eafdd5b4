"""The page, slide or section that a citation opens beside the chat.

What the browser asks for is checked against the index: only places that
stand in it are opened. Nothing here waits or knows of Chainlit; looking through
a large index takes a moment, for which `find` may run in a thread.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from pathlib import Path
from typing import Any

from tutor.chat.markdown import is_authored, neutral
from tutor.citations import folded, label
from tutor.errors import TutorError
from tutor.index import Index
from tutor.records import Place

SHOWN = 60_000
"""Characters of a place that are shown at most, twenty pages; a whole book in one plain-text file
would keep the browser busy for minutes."""
AROUND = "This place is long; here is the part around the quote."
BEGINNING = "This place is long; here is its beginning."

_ROW = re.compile(r"\s*\|.*\|\s*$")
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Opened:
    """A place to show. `quote` is empty, or stands in it word for word.

    `note` says so where `text` is not the whole place.
    """

    source: str
    place: Place
    title: str
    text: str
    quote: str = ""
    note: str = ""

    @property
    def markdown(self) -> str:
        text = neutral(self.text, authored=is_authored(self.source))
        return f"*{self.note}*\n\n{text}" if self.note else text

    @property
    def quote_markdown(self) -> str:
        return neutral(self.quote, authored=is_authored(self.source))


def find(index: Index, wanted: Mapping[str, Any]) -> Opened:
    """The place that the page asks for: `{"source", "place": {kind: value}, "quote"}`.

    Raises:
        TutorError: there is no such place in the index.
    """
    source, quote = wanted.get("source"), wanted.get("quote")
    chunks = [
        chunk
        for chunk in index.chunks
        if chunk.source == source and chunk.place.to_json() == wanted.get("place")
    ]
    if not chunks:
        raise TutorError("this place is not in the course any more; ask again to find it anew")
    texts = [chunk.text for chunk in chunks]
    quoted = _quoted(texts, quote) if isinstance(quote, str) else None
    part = _around(texts, quoted or range(1))
    fence = reduce(_open_after, texts[: part.start], "")
    note = AROUND if quoted else BEGINNING
    return Opened(
        chunks[0].source,
        chunks[0].place,
        label(chunks[0]),
        joined(texts[part.start : part.stop], fence),
        str(quote) if quoted else "",
        note if len(part) < len(texts) else "",
    )


def _quoted(texts: Sequence[str], quote: str) -> range | None:
    """Those of the texts over which a quote goes; None if it does not stand there."""
    wanted, parts = folded(quote), [folded(text) for text in texts]
    start = " ".join(parts).find(wanted)
    if not wanted or start < 0:
        return None
    ends = list(accumulate(len(part) + 1 for part in parts))
    return range(bisect_right(ends, start), bisect_right(ends, start + len(wanted) - 1) + 1)


def _around(texts: Sequence[str], wanted: range) -> range:
    """The wanted texts, and as many before and after them as `SHOWN` has room for."""
    start, stop = wanted.start, wanted.stop
    room = SHOWN - sum(map(len, texts[start:stop]))
    while True:
        beside = [n for n in (start - 1, stop) if 0 <= n < len(texts) and len(texts[n]) <= room]
        if not beside:
            return range(start, stop)
        n = beside[0] if wanted.start - start <= stop - wanted.stop else beside[-1]
        room -= len(texts[n])
        start, stop = min(start, n), max(stop, n + 1)


def joined(texts: Sequence[str], fence: str = "") -> str:
    """The texts of a page's chunks as one: a table or code that was cut is whole again.

    `fence` opened the code in which the first of them begins.
    """
    parts = [f"{fence}\n"] if fence else []
    last: str | None = None
    for text in texts:
        lines = text.splitlines() or [""]
        if last is not None:
            in_table = _ROW.match(last) and _ROW.match(lines[0])
            parts.append("\n" if fence or in_table else "\n\n")
        parts.append(text)
        fence, last = _open_after(fence, text), lines[-1]
    return "".join(parts)


def _open_after(fence: str, text: str) -> str:
    """The fence of the code that is open after the text, as `fence` was before it; "" is none."""
    for match in _FENCE.finditer(text):
        run, rest = match.groups()
        if not fence:
            fence = "" if run[0] in rest and run[0] == "`" else run
        elif run.startswith(fence) and not rest.strip():
            fence = ""
    return fence


def pdf_of(corpus: Path, opened: Opened) -> tuple[Path, int] | None:
    """The PDF file a place stands in and its page; None for other formats or a lost file.

    The path is resolved first, so nothing outside the corpus can be reached.
    """
    if opened.place.kind != "page" or not opened.source.lower().endswith(".pdf"):
        return None
    file = (corpus / opened.source).resolve()
    if not file.is_relative_to(corpus.resolve()) or not file.is_file():
        return None
    return file, int(opened.place.value)
