"""Plain text files, and slides read off by OCR: headings are found by their look.

The text is read as Markdown first. Only where it has no Markdown headings are
bare lines taken for headings, by rules that rather miss one than invent one.
"""

from __future__ import annotations

from pathlib import Path

from tutor.documents import bare_headings, markdown
from tutor.documents.encoding import read_text
from tutor.documents.sections import section_pages
from tutor.records import Document


def read(path: Path, source: str) -> Document:
    """Read a text file. Raises DocumentError when it is none."""
    return parse(read_text(path), source)


def parse(text: str, source: str) -> Document:
    """The sections of `text`, clean as `encoding.clean` leaves it."""
    if any(True for _ in markdown.find_headings(text)):
        return markdown.parse(text, source)
    text = markdown.unwrapped(text)  # its tags are shown, as in notes on HTML
    return Document(source, section_pages(source, text, bare_headings.find_headings(text)))
