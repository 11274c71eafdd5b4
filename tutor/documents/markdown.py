"""Markdown files: one page per section, the text left as it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from tutor.blocks import TAG, block_end, code_end
from tutor.documents.encoding import read_text
from tutor.documents.scripts import without_tags
from tutor.documents.sections import Heading, has_words, plain_name, section_pages
from tutor.records import Document

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(
    r"^[\"']?title[\"']?[ \t]*[:=][ \t]*([^\s#].*(?:\n[ \t]+\S.*)*)", re.MULTILINE
)
_FOLDED = re.compile(r"[>|][+\-\d]*[ \t]*(?:#.*)?\n")
_QUOTED = re.compile(r"([\"'])(.*)\1\s*(?:#.*)?")
_FRONT_TOML = re.compile(r"\A\+\+\+[ \t]*\n(.*?\n)?\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_KEY = re.compile(r"[A-Za-z_][\w -]*:|([\"'])[\w -]+\1[ \t]*:|#|\s|- |[\]}],?\s*\Z|\Z")
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r" {0,3}(={2,}|-{2,})[ \t]*$")
_NO_SETEXT_TEXT = re.compile(r"\s{4}|\t|\s*(?:[-*+>|#]|\d+[.)]\s|$)|.*\|")
_COMMENT = re.compile(r"\\.|(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)|<!--(.*?-->)?")
"""A comment, or its beginning; before it what only shows one: an escape, code within a line."""
_STANDS_ALONE = re.compile(
    r"\s*(?:[-*+•]\s|\d+[.)]\s|[|>#<]|!\[|\[[^]]+\]:|\$\$.*\$\$\W*$|:?-{2,}|={2,}|_{3,}|\*{3,}|\\\[)|"
    r".*\|.*\||.*\S\t"
)
"""A line that is no more text of a paragraph: an item, a row, a quote, a tag, a formula."""
_HARD_BREAK = re.compile(r"(?: {2,}|\\|<br ?/?>|:)$")
_ITEM = re.compile(r"\s*(?:[-*+•]|\d+[.)])\s")
_WRAPPED = 50
"""Characters of a line from which the next may be its paragraph's: shorter ones are meant so."""
_MAX_LINE = 1000  # a longer line is no heading; patterns would take long to see that
_DATA_ADDRESS = re.compile(r"\(data:[\w/+.;=-]{1,100},[^()]*\)")
_ONLY_TAGS = re.compile(rf"\s*(?:{TAG}\s*)+$")
_ONLY_IMAGE = re.compile(r"\s*!\[\w*\]\([^()]*\)(?:\{[^{}]*\})?\s*$")


def read(path: Path, source: str) -> Document:
    """Read a Markdown file. Raises DocumentError when it is no text."""
    return parse(read_text(path), source)


def parse(text: str, source: str) -> Document:
    """The sections of Markdown `text`, clean as `encoding.clean` leaves it.

    Front matter, HTML comments and lines of nothing but tags or a picture are
    left out, and tags that raise or lower letters become signs (10^6); a title
    in the front matter is the root of every heading path.
    """
    title, text = split_front_matter(text)
    text = unwrapped(without_markup_lines(text))
    headings = list(find_headings(text))
    if title and title not in (heading.name for heading in headings):
        headings = [Heading(0, title, 0), *headings]
    return Document(source, section_pages(source, text, headings))


def split_front_matter(text: str) -> tuple[str, str]:
    """The title in the YAML or TOML front matter ("" if none), and the text after it."""
    toml = _FRONT_TOML.match(text)
    match = toml or _FRONT_MATTER.match(text)
    inside = (match[1] if match else None) or ""
    if not match or not (toml or all(map(_FRONT_KEY.match, inside.splitlines()))):
        return "", text
    title = _FRONT_TITLE.search(inside)
    return plain_name(_value(title[1])) if title else "", text[match.end() :]


def _value(written: str) -> str:
    """A value of front matter without its quotes or its comment, its lines joined."""
    if folded := _FOLDED.match(written):
        return " ".join(written[folded.end() :].split())
    value = " ".join(written.split())
    quoted = _QUOTED.fullmatch(value)
    return quoted[2].replace('\\"', '"') if quoted else value.partition(" #")[0].strip("'\"")


def without_markup_lines(text: str) -> str:
    """`text` without comments and without lines that hold only tags or a picture."""
    if "<" not in text and "![" not in text:
        return text
    text = _without_comments(text)
    parts: list[str] = []
    for in_code, group in groupby(lines_with_state(text), key=lambda state: state[2]):
        part = "\n".join(line for _, line, _ in group)
        parts.append(part if in_code else _without_markup(part))
    return "\n".join(parts)


def unwrapped(text: str) -> str:
    """`text` with each paragraph and list item on one line.

    In Markdown a line's end inside a paragraph is a space. Left as it is, what
    an editor wrapped at 80 characters would be quoted in broken sentences. A short
    line is left to stand alone unless the next begins with a small letter.
    """
    lines: list[str] = []
    before = ""  # as it stood in the file; empty if nothing may follow on it
    in_item = joined = False
    for _, line, in_code in lines_with_state(text):
        alone = in_code or not line.strip() or _STANDS_ALONE.match(line) is not None
        indented = line.startswith(("    ", "\t")) and not in_item
        goes_on = len(before) >= _WRAPPED or line.lstrip()[:1].islower()
        if before and not alone and not indented and goes_on:
            lines[-1] = f"{lines[-1].rstrip()} {line.strip()}"
            joined = True
        else:
            # A line under a paragraph would make a heading of all of it.
            lines += ["", line] if joined and _SETEXT.match(line) else [line]
            joined = False
            in_item = not in_code and _ITEM.match(line) is not None
        opens = not in_code and bool(line.strip()) and (not alone or in_item)
        before = line if opens and not indented and not _HARD_BREAK.search(line) else ""
    return "\n".join(lines)


def find_headings(text: str) -> Iterator[Heading]:
    """The ATX and setext headings of `text` outside code and formulas."""
    before, before_start, before_is_text = "", 0, False
    begins_paragraph = True  # a setext heading is one line, so that no paragraph becomes one
    for start, line, in_code in lines_with_state(text):
        in_code = in_code or len(line) > _MAX_LINE
        atx = None if in_code else _ATX.match(line)
        setext = (
            None if in_code or not (before_is_text and begins_paragraph) else (_SETEXT.match(line))
        )
        if atx and has_words(name := plain_name(atx[2] or "")):
            yield Heading(len(atx[1]), name, start)
        elif setext and has_words(name := plain_name(before)):
            yield Heading(1 if setext[1][0] == "=" else 2, name, before_start)
        begins_paragraph = not before.strip()
        before, before_start = line, start
        before_is_text = not in_code and not atx and not _NO_SETEXT_TEXT.match(line)


def lines_with_state(text: str) -> Iterator[tuple[int, str, bool]]:
    """Each line of `text` with its offset and whether it is code or a formula.

    A fence that is never closed opens nothing: one stray line of it would
    otherwise swallow all headings after it.
    """
    lines = text.split("\n")
    start, inside_until = 0, -1
    for number, line in enumerate(lines):
        if number > inside_until:
            inside_until = max(inside_until, block_end(lines, number))
        yield start, line, number <= inside_until
        start += len(line) + 1


def _without_comments(text: str) -> str:
    """`text` without its HTML comments, whatever they hold, but for those that code shows.

    Line by line, since what stands in a comment opens no code after it.
    """
    lines = text.split("\n")
    last = max((number for number, line in enumerate(lines) if "-->" in line), default=-1)
    kept: list[str] = []
    number = 0
    while number <= last:
        end = code_end(lines, number)
        if end >= 0:
            kept += lines[number : end + 1]
            number = end + 1
            continue
        line, opening = lines[number], -1
        if "<!--" in line:
            line = _COMMENT.sub(lambda found: "" if found[2] else found[0], line)
            opening = next((m.start() for m in _COMMENT.finditer(line) if m[0] == "<!--"), -1)
        if opening >= 0 and number < last:
            number = next(n for n in range(number + 1, last + 1) if "-->" in lines[n])
            lines[number] = line[:opening] + lines[number].partition("-->")[2]
        else:
            kept.append(line)
            number += 1
    return "\n".join([*kept, *lines[number:]])


def _without_markup(part: str) -> str:
    """`part` without lines that hold only tags or a picture, but for indented code."""
    lines: list[str] = []
    before, in_code, in_list = "", False, False
    for line in _DATA_ADDRESS.sub("()", without_tags(part)).split("\n"):
        if line.strip():
            indented = line.startswith(("    ", "\t"))
            in_code = indented and not in_list and (in_code or not before.strip())
            if not indented:
                in_list = bool(_ITEM.match(line)) or (in_list and line.startswith(" "))
        is_markup = _ONLY_TAGS.match(line) or _ONLY_IMAGE.match(line)
        lines.append("" if is_markup and not in_code else line)
        before = line
    return "\n".join(lines)
