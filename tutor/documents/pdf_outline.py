"""The headings over each page of a PDF, from its outline (the bookmarks)."""

from __future__ import annotations

from typing import Any

from pypdf import PdfReader

from tutor.documents.encoding import clean
from tutor.documents.sections import plain_name

PageHeadings = dict[int, list[tuple[str, ...]]]
"""For a page number the heading paths that begin on it, in order."""

_MAX_ITEMS = 5000
_MAX_DEPTH = 8


def page_headings(reader: PdfReader) -> PageHeadings:
    """The outline of `reader` by page. Raises whatever pypdf raises on a damaged one."""
    found: PageHeadings = {}
    _collect(reader, reader.outline, (), found, _MAX_ITEMS)
    return found


def in_force(outline: PageHeadings, number: int, text: str) -> tuple[str, ...]:
    """The heading path where page `number` begins.

    One that begins on the page counts when its title is among the first lines;
    otherwise the last one before the page is still in force.
    """
    top = "".join(text[:300].lower().split())
    for path in outline.get(number, ()):
        if "".join(path[-1].lower().split())[:60] in top:
            return path
    earlier = max((page for page in outline if page < number), default=None)
    return outline[earlier][-1] if earlier is not None else ()


def _collect(
    reader: PdfReader, items: list[Any], path: tuple[str, ...], found: PageHeadings, left: int
) -> int:
    """Add the outline's `items` below `path`; gives how many more may be added."""
    last = path
    for item in items:
        if left <= 0 or len(path) >= _MAX_DEPTH:
            return left
        if isinstance(item, list):
            left = _collect(reader, item, last, found, left)
            continue
        left -= 1
        page = reader.get_destination_page_number(item)
        name = plain_name(clean(str(item.title)))
        if name:
            last = (*path, name)
            if page is not None and page >= 0:
                found.setdefault(page + 1, []).append(last)
    return left
