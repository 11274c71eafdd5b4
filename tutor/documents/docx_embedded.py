"""Whole documents that a Word file holds as they are and Word turns into text when it opens it.

Exporters write these (`w:altChunk`; ISO/IEC 29500-1, 17.17.2.1), mostly as HTML. That
is read by the reader of HTML files, so what a page hides stays hidden here, too.
"""

from __future__ import annotations

import email
import email.policy
import posixpath
import re
from dataclasses import dataclass
from email.message import EmailMessage

from tutor.documents import html
from tutor.documents.encoding import clean, decode
from tutor.documents.ooxml import Element, Package, Relations, attribute, descendants
from tutor.errors import DocumentError

_HEADING = re.compile(r"(#{1,6}) (.*)\n*")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading's level (0: without a heading) and name, and the Markdown below it."""

    level: int
    name: str
    text: str


def embedded(
    package: Package, body: Element, relations: Relations, problems: list[str]
) -> dict[str, list[Section]]:
    """The sections of each document within `body`, by the id of its `w:altChunk`."""
    found = {}
    for chunk in descendants(body, "altChunk"):
        name = relations.get(attribute(chunk, "id"), ("", ""))[1]
        kind = posixpath.splitext(name)[1].removeprefix(".").upper() or "document"
        try:
            found[attribute(chunk, "id")] = _sections(package.data(name) or b"", kind)
        except DocumentError:
            problems.append(f"embedded {kind} was not read")
    return found


def _sections(data: bytes, kind: str) -> list[Section]:
    if kind in ("MHT", "MHTML"):
        text = _page(data)
    elif kind in ("HTM", "HTML", "XHTML"):
        text = decode(data)
    elif kind == "TXT":
        return [Section(0, "", clean(decode(data)))]
    else:
        raise DocumentError(f"no reader for embedded {kind}")
    sections = []
    for page in html.parse(clean(text), "").pages:
        found = _HEADING.match(page.text) if page.headings else None
        level, name = (len(found[1]), found[2]) if found else (0, "")
        sections.append(Section(level, name, page.text[found.end() if found else 0 :]))
    return sections


def _page(data: bytes) -> str:
    """The HTML page in a web archive, which has the form of an e-mail."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    for part in message.walk():
        if isinstance(part, EmailMessage) and part.get_content_type() == "text/html":
            content = part.get_payload(decode=True)
            return decode(content if isinstance(content, bytes) else b"")
    raise DocumentError("no page in it")
