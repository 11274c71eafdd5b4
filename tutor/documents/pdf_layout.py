"""The lines of a PDF's pages become paragraphs, lists and headings.

A PDF has no paragraphs, only lines at places. What is known here is the text
of the lines; from their length, ending and beginning it is told which of them
belong together. Only white space is changed, and lines that repeat at the
pages' edges are left out.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

_EDGE = 3  # lines at the top and at the bottom that may be running heads
_REPEATED = 0.6  # share of the pages on which a running head stands
_COUNTED = 0.2  # the same for one with the page's number in it, which is surer
_MIN_MARKER = 4  # times a strange sign begins a line before it counts as a bullet

_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+")
_PAGE_WORDS = frozenset("page pages p pp pg slide slides sheet of seite seiten s folie von".split())
# What a folded line is called that numbers its own matter, so no page: "Exercise 4 (10 points)".
_NUMBERED_TITLE = re.compile(
    r"(?:exercise|question|problem|task|step|part|week|day|chapter|lecture|lesson|unit|module"
    r"|session|section|topic|example|aufgabe|übung|frage|schritt|teil|woche|tag|kapitel|vorlesung"
    r"|lektion|einheit|abschnitt|beispiel)[\s.:]*#(?:\.#)*[\s.:]*(?:\(.*\))?",
    re.IGNORECASE,
)
# What any other title looks like that counts, at a page's top: "Assignment 2", "Problem Set 3:".
_COUNTING_TITLE = re.compile(
    r"[^\W\d_][\w'’-]*(?: [\w'’-]+){0,3}[ .:#]*#(?:\.#)*[.:]?(?: ?\(.*\))?"
)
_MOST_TITLES = 15  # such titles of a page each; what counts on for longer numbers the pages
_SHARE_OF_A_TOPIC = re.compile(r"[(\[]\s*#\s*(?:/|of|von)\s*#\s*[)\]]$")  # Training (2/3)
# From \x7f on: how pypdf gives the bullets of Helvetica, Symbol and Wingdings.
_BULLETS = "•‣▪◦●○■□➢➤✓✔►▶❖\x7f\uf0b7\uf0a7\uf0d8\uf076\uf0fc\uf0e0"
_ITEM = re.compile(f"[{_BULLETS}" + r"–—*\-]\s+\S|(?:\d{1,2}|[a-z])[.)]\s+\S|\(\w{1,3}\)\s+\S")
_LONE_BULLET = re.compile(f"[{_BULLETS}]")
_GLYPH_NAMES = re.compile(r"\(cid:\d+\)|/[a-zA-Z]{1,3}\d{1,4}(?=/|\s|$)")
_UNREADABLE = re.compile("[\ue000-\uf8ff\ufffd\U000f0000-\U0010fffd]")


def is_readable(text: str) -> bool:
    """Whether the letters in `text` are those that the page shows.

    A font without a map to Unicode yields names of glyphs, codes for private
    use or signs without a letter among them.
    """
    signs = "".join(text.split())
    if len(signs) < 10:
        return not _UNREADABLE.search(signs)
    strange = sum(len(name) for name in _GLYPH_NAMES.findall(text))
    strange += len(_UNREADABLE.findall(signs))
    words = sum(map(str.isalnum, signs))
    return strange < 0.3 * len(signs) and (len(signs) < 50 or words > 0.2 * len(signs))


def shape(texts: Sequence[str]) -> list[str]:
    """For the text of each page its blocks, with a blank line between any two."""
    pages = without_running_heads([_lines(text) for text in texts])
    markers = _markers(pages)
    return [_page(_join_lone_bullets(page), markers) for page in pages]


def _lines(text: str) -> list[str]:
    """The lines of a page; "" stands where blank lines part two paragraphs."""
    lines = [" ".join(line.split()) for line in text.split("\n")]
    words = sum(1 for line in lines if line)
    if len(lines) - words > words / 2:  # double-spaced: its blank lines part nothing
        return [line for line in lines if line]
    return [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]


def own_lines(texts: Sequence[str]) -> list[list[str]]:
    """The lines of each page's text that are its own: without all that repeats at the edges."""
    pages = [_lines(text) for text in texts]
    top, bottom = _running_heads(pages)
    return _stripped(pages, top, bottom, set())


def without_running_heads(pages: Sequence[Sequence[str]]) -> list[list[str]]:
    """The pages' lines without those that repeat, but for a page number, at the edges.

    A title over all pages may be the only place that says what they are about:
    where words without a number stand at the top for the first time they stay.
    """
    top, bottom = _running_heads(pages)
    if not any(map(any, _stripped(pages, top, bottom, set()))):
        # Nothing left on any page: then the repeated lines are the text.
        return [list(page) for page in pages]
    titles = {line for line in top if _WORD.search(line) and not re.search("[#@]|http", line)}
    return _stripped(pages, top, bottom, titles)


def _running_heads(pages: Sequence[Sequence[str]]) -> tuple[set[str], set[str]]:
    """The lines, folded, that repeat at the top and at the bottom of the pages."""
    written = [[line for line in page if line] for page in pages]
    tops = [page[:_EDGE] for page in written]
    bottom = _running([page[-_EDGE:] for page in written], set())
    titles = _titles([page[:-1] for page in tops], bottom)
    return _running(tops, titles), bottom - titles


def _stripped(
    pages: Sequence[Sequence[str]], top: set[str], bottom: set[str], titles: set[str]
) -> list[list[str]]:
    """The pages without what repeats at their edges, but for the first of each of `titles`."""
    rest = []
    for page in pages:
        below = _without_edge(page, top - titles)
        rest.append(_without_edge(below[::-1], bottom - titles)[::-1])
        titles = titles.difference(page)
    return rest


def _without_edge(page: Sequence[str], running: set[str]) -> list[str]:
    """`page` without the running heads among its first lines."""
    removed = 0
    for index, line in enumerate(page):
        if line and (_folded(line) not in running or removed == _EDGE):
            return list(page[index:])
        removed += bool(line)
    return []


def _running(edges: Sequence[Sequence[str]], titles: set[str]) -> set[str]:
    """The lines, folded, that are running heads among the edge lines of each page."""
    pages = sum(1 for edge in edges if edge)
    running = set()
    for folded, places in _by_words(edges).items():
        share = len(places) / max(1, pages)
        if len(places) < 2 or folded in titles or _counts_titles(folded, places):
            continue
        if _counts_pages(places):
            sure = share >= _REPEATED or _is_page_number(folded) or _passes_over_pages(places)
            if share >= _COUNTED and sure and (len(places) > 2 or pages == 2):
                running.add(folded)
        elif share >= _REPEATED and (len(places) > 2 or _has_address_or_number(places[0][1])):
            running.add(folded)
    return running


def _titles(tops: Sequence[Sequence[str]], bottom: set[str]) -> set[str]:
    """The lines, folded, at the pages' tops that number what the pages are about.

    The same words at the bottom, or a number that leaves out pages together
    with the line, are a running head with the page's number.
    """
    titles = set()
    for folded, places in _by_words(tops).items():
        counts = _COUNTING_TITLE.fullmatch(folded) and len({line for _, line in places}) > 1
        with_pages = _counts_pages(places) and (
            len(places) > _MOST_TITLES or _passes_over_pages(places)
        )
        words = _WORD.findall(folded)
        repeats = any(_WORD.findall(line) == words for line in bottom - {folded})
        if counts and not (with_pages or repeats or _is_page_number(folded)):
            titles.add(folded)
    return titles


def _by_words(edges: Sequence[Sequence[str]]) -> dict[str, list[tuple[int, str]]]:
    """For each line, folded, the pages at whose edge it stands, and how it reads there."""
    seen: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for index, edge in enumerate(edges):
        for line in {_folded(line): line for line in edge}.values():
            seen[_folded(line)].append((index, line))
    return seen


def _counts_pages(places: Sequence[tuple[int, str]]) -> bool:
    """Whether a number in the line rises with the pages: then it is the page's number."""
    rows = [(index, [int(n) for n in _NUMBER.findall(line)]) for index, line in places]
    columns = range(len(rows[0][1]))
    return any(
        Counter(numbers[column] - index for index, numbers in rows).most_common(1)[0][1]
        >= 0.8 * len(rows)
        for column in columns
    )


def _counts_titles(folded: str, places: Sequence[tuple[int, str]]) -> bool:
    """Whether the line numbers what the pages are about; the same on all, it is a running head."""
    if len({line for _, line in places}) < 2 or _is_page_number(folded):
        return False
    return bool(_NUMBERED_TITLE.fullmatch(folded) or _SHARE_OF_A_TOPIC.search(folded))


def _is_page_number(folded: str) -> bool:
    """Whether nothing but a page's number is in the line, with the words for it."""
    return _PAGE_WORDS.issuperset(word.casefold() for word in _WORD.findall(folded))


def _passes_over_pages(places: Sequence[tuple[int, str]]) -> bool:
    """Whether the line is missing on many pages between: a title counts on without a gap."""
    return places[-1][0] - places[0][0] > 1.5 * (len(places) - 1)


def _has_address_or_number(line: str) -> bool:
    return bool(_NUMBER.search(line)) or "http" in line or "@" in line


def _folded(line: str) -> str:
    return _NUMBER.sub("#", line)


def _markers(pages: Sequence[Sequence[str]]) -> frozenset[str]:
    """Signs that this document uses as bullets: odd characters that often begin a line."""
    beginnings = Counter(
        line[0]
        for page in pages
        for line in page
        if len(line) > 3 and line[1] == " " and not line[0].isascii()
    )
    return frozenset(sign for sign, times in beginnings.items() if times >= _MIN_MARKER)


def _join_lone_bullets(lines: Sequence[str]) -> list[str]:
    """A bullet alone on its line goes to the front of the line below it."""
    joined: list[str] = []
    for line in lines:
        if joined and _LONE_BULLET.fullmatch(joined[-1]):
            joined[-1] += " " + line
        else:
            joined.append(line)
    return joined


def _page(lines: Sequence[str], markers: frozenset[str]) -> str:
    """The lines of one page as text: "\\n\\n" parts blocks, "\\n" items and short lines."""
    lengths = sorted(len(line) for line in lines if len(line) >= 20) or [20]
    width = lengths[int(0.9 * (len(lengths) - 1))]
    items = [bool(line) and (line[0] in markers or bool(_ITEM.match(line))) for line in lines]
    parts: list[str] = []
    before, in_list, heading = "", False, False
    for index, line in enumerate(lines):
        if not line:
            before = ""
            continue
        ended = heading or not before or (len(before) < 0.85 * width and before[-1] in '.!?:”"')
        heading = (ended or in_list or len(before) < 0.7 * width) and (
            _is_heading(lines, items, index, width)
        )
        if items[index]:
            gap = "\n" if in_list else "\n\n"
        elif heading or ended:
            gap = "\n\n"
        else:
            gap = " " if _is_wrapped(before, line, width) else "\n"
        in_list = items[index] or (in_list and gap != "\n\n")
        parts += [gap, line] if parts else [line]
        before = line
    return "".join(parts)


def _is_wrapped(before: str, line: str, width: int) -> bool:
    """Whether `line` goes on where `before` ran out of room."""
    return len(before) >= (0.5 if line[0].islower() else 0.75) * width


def _is_heading(lines: Sequence[str], items: Sequence[bool], index: int, width: int) -> bool:
    """Whether the line looks like a heading: short, without an end, text below."""
    line = lines[index]
    following = next((n for n in range(index + 1, len(lines)) if lines[n]), None)
    if following is None or items[index]:
        return False
    below = lines[following]
    return (
        4 <= len(line) < 0.7 * width
        and len(line.split()) <= 10
        and (line[0].isupper() or line[0].isdigit())
        and line[-1] not in ".,;:-–]"
        and sum(map(str.isalpha, line)) > 0.7 * len(line.replace(" ", ""))
        and (items[following] or not below[0].islower())
        and len(below) > 15
    )
