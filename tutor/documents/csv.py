"""Tables in text files (CSV, TSV): one pipe table, the first row as its head."""

from __future__ import annotations

import csv
import re
from itertools import islice
from pathlib import Path

from tutor.documents.encoding import read_text
from tutor.documents.sections import SectionWriter, pipe_table
from tutor.records import Document

MAX_ROWS = 5000
_DELIMITERS = ",;\t|"
_NAMED = re.compile(r"\Asep=([,;\t|])\n", re.IGNORECASE)
"""How a table tells Excel what parts its fields; Excel does not show that line."""
_MAX_FIELD = 1 << 20


def read(path: Path, source: str) -> Document:
    """Read a table. Raises DocumentError when the file is no text."""
    return parse(read_text(path), source)


def parse(text: str, source: str) -> Document:
    """The table in clean `text`; rows beyond `MAX_ROWS` are data, not text to read."""
    csv.field_size_limit(_MAX_FIELD)
    named = _NAMED.match(text)
    text = text[named.end() :] if named else text
    delimiter = named[1] if named else _delimiter(text)
    rows = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    writer = SectionWriter()
    writer.block(pipe_table(list(islice(rows, MAX_ROWS))))
    more = any(True for _ in rows)
    problems = (f"only the first {MAX_ROWS} rows were read",) if more else ()
    return Document(source, writer.pages(source), problems)


def _delimiter(text: str) -> str:
    """The sign that parts most of the first lines into the same number of fields."""
    lines = [line for line in islice(text.splitlines(), 20) if line.strip()]

    def agreement(sign: str) -> tuple[int, int]:
        counts = [line.count(sign) for line in lines]
        usual = max(set(counts), key=counts.count, default=0)
        return (counts.count(usual) if usual else 0, usual)

    return max(_DELIMITERS, key=agreement)
