"""The page, slide or section that a citation opens beside the chat.

What the browser asks for is checked against the index: only places that
stand in it are opened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutor.chat.markdown import is_authored, neutral
from tutor.citations import folded, label
from tutor.errors import TutorError
from tutor.index import Index
from tutor.records import Place

_ROW = re.compile(r"\s*\|.*\|\s*$")
_FENCE = re.compile(r"^\s*(```+|~~~+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Opened:
    """A place to show. `quote` is empty, or stands in it word for word."""

    source: str
    place: Place
    title: str
    text: str
    quote: str = ""

    @property
    def markdown(self) -> str:
        return neutral(self.text, authored=is_authored(self.source))

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
    text = joined([chunk.text for chunk in chunks])
    in_it = isinstance(quote, str) and folded(quote) in folded(text)
    return Opened(
        chunks[0].source,
        chunks[0].place,
        label(chunks[0]),
        text,
        str(quote) if in_it else "",
    )


def joined(texts: Sequence[str]) -> str:
    """The texts of a page's chunks as one: a table or code that was cut is whole again."""
    page = ""
    for text in texts:
        if not page:
            page = text
            continue
        in_code = len(_FENCE.findall(page)) % 2 == 1
        in_table = _ROW.match(page.splitlines()[-1]) and _ROW.match(text.splitlines()[0])
        page += ("\n" if in_code or in_table else "\n\n") + text
    return page


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
