"""Raised and lowered letters as plain text: ten to the sixth is `10^6`, never `106`.

A reader marks what it finds raised or lowered, wherever it stands in the file's
tree. `written` then has the whole line before it, and what stands on both sides.
"""

from __future__ import annotations

import re

# No text of a document holds these: `encoding.clean` removes them, XML forbids them.
_UP, _UP_END, _DOWN, _DOWN_END, _NOTE, _NOTE_END = "\x0e\x0f\x10\x11\x12\x13"
_STRUCK, _STRUCK_END = "\x14\x15"
_MARK = re.compile(f"([{_UP}-{_STRUCK_END}])")
_NEAR = 60  # characters before a mark that may decide how it is written

_TAGGED = re.compile(r"`[^`\n]+`|<(sup|sub)>([^<>\[\]\n]{1,60})</\1>")
_BASE = re.compile(r"[^\W_]$|[)\]}|‖′']$")
_SHORT = re.compile(r"[\w\s+\-−–=*/·×.,:;()\[\]{}|^∘⊤∞<>≤≥′√]{1,40}")
_PROSE = re.compile(r"[^\W\d_]{3,}\s+[^\W\d_]{3,}")
_NO_POWER = re.compile(
    r"(?:st|nd|rd|th|er|ère|ème|tm|sm)|\[\d[\d,\s]*\]|[^\w+\-−–⊤]*", re.IGNORECASE
)
"""An ordinal's end, a mark of trade, the number of a note, a star or a prime."""
_SIGN = re.compile(r"[+\-−–=/,]")
_LONE_SIGN = re.compile(r"[+\-−–]")
_WORD = re.compile(r"[^\W\d_]{2}$")
_POWER = re.compile(r"\^(?:\{[^{}]*\}|[^\s{}])$")
_NUMBER = re.compile(r"\d[.,]?$")


def raised(text: str) -> str:
    """`text`, marked as raised."""
    return f"{_UP}{text}{_UP_END}" if text.strip() else text


def lowered(text: str) -> str:
    """`text`, marked as lowered."""
    return f"{_DOWN}{text}{_DOWN_END}" if text.strip() else text


def note_mark(text: str) -> str:
    """`text`, marked as what points to a note: it is raised, but no power of anything."""
    return f"{_NOTE}{text}{_NOTE_END}" if text.strip() else text


def struck(text: str) -> str:
    """`text`, marked as struck out."""
    return f"{_STRUCK}{text}{_STRUCK_END}" if text.strip() else text


def without_tags(text: str) -> str:
    """Markdown with HTML's raised and lowered letters written as those of other formats.

    Code stays, and so do links: they point to notes.
    """

    def marked(found: re.Match[str]) -> str:
        if not found[1]:
            return found[0]
        return raised(found[2]) if found[1] == "sup" else lowered(found[2])

    return written(_TAGGED.sub(marked, text)) if "</su" in text else text


def written(text: str) -> str:
    """`text` with its marks as signs: `x^2`, `10^{-6}`, `3_{10}`, `x_{t-1}`, `~~struck out~~`.

    The same signs as in TeX and Markdown. Where a reader loses nothing the letters are joined
    as they are: H2O and x2 are written and searched for so.
    """
    if not _MARK.search(text):
        return text
    # Word and PowerPoint like to cut -6 into two pieces, each of them raised.
    for end, begin in ((_UP_END, _UP), (_DOWN_END, _DOWN), (_STRUCK_END, _STRUCK)):
        text = text.replace(end + begin, "")
    pieces = _MARK.split(text)
    around: list[tuple[str, list[str]]] = []  # what is open: its mark and the text before it
    now: list[str] = []
    for number, piece in enumerate(pieces):
        if piece in (_UP, _DOWN, _NOTE, _STRUCK):
            around.append((piece, now))
            now = []
        elif piece in (_UP_END, _DOWN_END, _NOTE_END, _STRUCK_END):
            inside = "".join(now)
            mark, now = around.pop() if around else (_NOTE, [])
            before = "".join(each[-_NEAR:] for each in now[-_NEAR:])[-_NEAR:]
            now.append(_signed(mark, before, inside, pieces[number + 1][:1]))
        elif piece:
            now.append(piece)
    return "".join([*(part for _, before in around for part in before), *now])


def _signed(mark: str, before: str, text: str, next_letter: str) -> str:
    before = before.rstrip("*_`")  # Markdown's marks around a bold letter
    core = text.strip()
    if mark == _STRUCK:
        return text.replace(core, f"~~{core}~~") if core else text
    fits = bool(_BASE.search(before) and _SHORT.fullmatch(core)) and not _PROSE.search(core)
    is_charge = _LONE_SIGN.fullmatch(core) and _WORD.search(before)
    if mark == _UP and fits and not (is_charge or _NO_POWER.fullmatch(core)):
        sign = "^"
    elif mark == _DOWN and fits and _must_show(before, core, next_letter):
        sign = "_"
    elif mark != _DOWN and _NUMBER.search(before) and core[:1].isdigit():
        return f"[{core}]"  # a note to a number, or to a sentence that ends with one
    else:
        return text
    gap = text[len(text.rstrip()) :]
    alone = len(core) == 1 and (gap or not next_letter.isalnum())
    return f"{sign}{core if alone else f'{{{core}}}'}{gap}"


def _must_show(before: str, lower: str, next_letter: str) -> bool:
    """Whether lowered letters, joined to the rest as they are, would say something else."""
    return (
        (before[-1:].isdigit() and lower[0].isdigit())
        or (lower[-1].isdigit() and next_letter.isdigit())  # the logarithm to the base 2 of 8
        or _SIGN.search(lower) is not None  # of x at t - 1 there would be x t minus 1
        or _POWER.search(before) is not None
    )
