"""Markers `[n]` and the places they stand for: assigned and checked in code.

A model's own markers are never trusted; they are taken out, and the support
check puts in the right ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tutor.records import Chunk, Evidence

_MARKER = re.compile(
    r"(?:\s+|(?<![\w\]])|(?<=[a-z]{3}))"  # behind a letter or two it is an index: x[1]
    r"(?:\[(?![\d\s,;^]*\b(?:0|(\d+)\b[\d\s,;]*\b\1)\b)"  # [0, 1], [28, 28]: nor are these
    r"\^?\d+(?:\s*[,;]\s*\d+)*\])+"
)
_LOOKALIKE = re.compile(r"\\?\[(\^?\d+(?:\s*[,;]\s*\d+)*)\\?\]")
_LITERAL = re.compile(
    r"((?<!`)(?:`[^`\n]+`|``[^`\n]+``)(?!`)"
    r"|(?<![\\$\w])\${1,2}(?![\s$])[^$\n]+?(?<![\s\\])\${1,2}(?![\d$]))"
)
"""Code and formulas, in which every character counts."""
_FONT_BULLET = re.compile("[\x7f\uf0b7\uf0a7\uf0d8\uf076\uf0fc\uf0e0]")
_SPACE = re.compile(r"\s+")


def without_markers(text: str) -> str:
    """A text without its citation markers; intervals, shapes and indices are none."""
    while _MARKER.search(text):  # taking one out can make another: "[[1]2]"
        text = _MARKER.sub("", text)
    return text


def own_words(text: str) -> str:
    r"""What a model says without its markers, and nothing left that could be taken for one.

    Code and formulas keep what they say. A backslash would change it, blanks do not.

    >>> own_words("It is scaled to [0, 1], as in `x[0]` [2].")
    'It is scaled to \\[0, 1\\], as in `x[ 0 ]`.'
    """
    parts = _LITERAL.split(text)
    parts[::2] = [escaped(without_markers(part)) for part in parts[::2]]
    parts[1::2] = [_LOOKALIKE.sub(r"[ \1 ]", part) for part in parts[1::2]]
    return "".join(parts)


def folded(text: str) -> str:
    """A text with every run of white space as one blank."""
    return _SPACE.sub(" ", text).strip()


def verbatim(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Those pieces whose quote stands word for word in its passage."""
    return tuple(e for e in evidence if e.quote and folded(e.quote) in folded(e.passage))


def label(piece: Evidence | Chunk) -> str:
    """Where a piece stands, short: file, and page, slide or innermost heading."""
    place = piece.place
    where = str(place)
    if place.kind == "section":
        where = f"§ {str(place.value).rsplit(' > ', 1)[-1]}" if place.value else "beginning"
    return f"{piece.source}, {where}"


def quoted(evidence: Sequence[Evidence]) -> str:
    """The evidence as Markdown block quotes, each with its marker and place.

    What a quote says in a source stays inside its block: a line of it cannot
    end the quotation.
    """
    blocks = []
    for piece in evidence:
        lines = [f"> {line}".rstrip() for line in escaped(piece.quote).splitlines()]
        place = escaped(label(piece))
        blocks.append("\n".join([*lines, ">", f"> [{piece.marker}] {place}"]))
    return "\n\n".join(blocks)


def escaped(text: str) -> str:
    """A source's text with what looks like one of our markers escaped, as Markdown does.

    The bullets that PDF fonts keep at codes of their own are drawn as bullets.
    """
    text = _FONT_BULLET.sub("•", text)
    return _LOOKALIKE.sub(r"\\[\1\\]", text)
