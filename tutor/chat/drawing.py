"""Events become the Markdown of a reply: quote cards, citations, places nearby.

A citation is a link to `#place-<n>`, the n-th of the places that the reply
carries; the page's `Citations` element opens it beside the chat.
"""

from __future__ import annotations

import re
from typing import Any

from tutor.chat.markdown import is_authored, neutral
from tutor.citations import label
from tutor.records import Chunk, Evidence, EvidenceFound

_MARKER = re.compile(r"\[(\d{1,3})\]")


def opening(event: EvidenceFound) -> str:
    """How the reply begins: a card for each quote, or that the course does not cover it."""
    if event.evidence:
        lead = [neutral(event.lead)] if event.lead else []
        return "\n\n".join([*lead, *map(_card, event.evidence)])
    links = {
        f"- {label(chunk)}": f"- [{_plain(label(chunk))}](#place-{number})"
        for number, chunk in enumerate(event.nearby, start=1)
    }
    return "\n".join(links.get(line) or neutral(line) for line in event.text.splitlines())


def _card(piece: Evidence) -> str:
    """A block quote with its source on top, where no unclosed code of a quote can hide it."""
    where = label(piece).removeprefix(f"{piece.source}, ")
    head = f"{_link(piece.marker)} **{_plain(piece.source)}**, *{_plain(where)}*"
    quote = neutral(piece.quote, authored=is_authored(piece.source))
    return "\n".join(f"> {line}".rstrip() for line in [head, "", *quote.splitlines()])


def _plain(name: str) -> str:
    """A file's or section's name, in which no character is Markdown."""
    return neutral(name, authored=False)


def _link(marker: int) -> str:
    return f"[[{marker}]](#place-{marker})"


def added(text: str, places: int) -> str:
    """A further piece of the reply; its markers up to `places` become citations."""
    parts: list[str] = []
    end = 0
    for match in _MARKER.finditer(text):
        marker = int(match[1])
        if 1 <= marker <= places:
            parts += [neutral(text[end : match.start()]), _link(marker)]
            end = match.end()
    return "".join([*parts, neutral(text[end:])])


def places(event: EvidenceFound) -> list[dict[str, Any]]:
    """What the citations of the reply open, in the order of their numbers."""
    pieces: tuple[Evidence, ...] | tuple[Chunk, ...] = event.evidence or event.nearby
    return [
        {
            "source": piece.source,
            "place": piece.place.to_json(),
            "quote": piece.quote if isinstance(piece, Evidence) else "",
        }
        for piece in pieces
    ]
