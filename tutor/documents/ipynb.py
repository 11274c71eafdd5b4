"""Jupyter notebooks: Markdown cells as they are, code and its printed output fenced.

The file is plain JSON and read as such (formats 3 and 4); nothing is run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tutor.blocks import code_end
from tutor.documents import markdown
from tutor.documents.encoding import clean, decode
from tutor.documents.sections import fenced
from tutor.errors import DocumentError
from tutor.records import Document

_MAX_OUTPUT = 1500  # characters of one cell's output; what is longer is data
_TERMINAL_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_FENCE = re.compile(r"\s{0,3}(`{3,}(?=[^`]*$)|~{3,})")
_OBJECT = re.compile(r"^<.*>$", re.MULTILINE)  # "<Figure size 640x480 with 1 Axes>"


def read(path: Path, source: str) -> Document:
    """Read a notebook. Raises DocumentError when it is none."""
    try:
        notebook = json.loads(decode(path.read_bytes()))
    except json.JSONDecodeError as error:
        raise DocumentError(f"damaged IPYNB file ({error})") from error
    if not isinstance(notebook, dict):
        raise DocumentError("not a notebook")
    language = _language(notebook)
    blocks = [block for cell in _cells(notebook) for block in _blocks(cell, language)]
    return markdown.parse("\n\n".join(filter(None, blocks)), source)


def _cells(notebook: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The cells of either format; format 3 keeps them in worksheets."""
    sheets = notebook.get("worksheets")
    for sheet in sheets if isinstance(sheets, list) else [notebook]:
        cells = sheet.get("cells") if isinstance(sheet, dict) else None
        if not isinstance(cells, list):
            raise DocumentError("not a notebook")
        yield from (cell for cell in cells if isinstance(cell, dict))


def _blocks(cell: dict[str, Any], language: str) -> Iterator[str]:
    text = clean(_text(cell.get("source") or cell.get("input")))
    match cell.get("cell_type"):
        case "code":
            yield fenced(text, language)
            yield fenced(_outputs(cell))
        case "heading":  # format 3
            level = cell.get("level")
            marks = "#" * (level if isinstance(level, int) and 0 < level < 7 else 1)
            yield f"{marks} {' '.join(text.split())}"
        case "markdown":
            yield _closed(text.strip("\n"))


def _closed(text: str) -> str:
    """A cell's Markdown, a fence left open in it closed: it ends with its cell, as Jupyter shows.

    The next fence, in whichever cell, would else close it, and open where it closes.
    """
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        end = code_end(lines, number)
        if end < 0 and (fence := _FENCE.match(lines[number])):
            return f"{text}\n{fence[1]}"
        number = max(number, end) + 1
    return text


def _outputs(cell: dict[str, Any]) -> str:
    """What a cell printed, as text; pictures and the traces of errors are left out."""
    outputs = cell.get("outputs")
    found = outputs if isinstance(outputs, list) else ()
    texts = [_output(each) for each in found if isinstance(each, dict)]
    lines = _TERMINAL_COLOUR.sub("", "\n".join(filter(None, texts))).split("\n")
    # A bar of progress is drawn again and again, each time over the one before.
    text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)
    whole = _OBJECT.sub("", clean(text)).strip("\n")
    if len(whole) <= _MAX_OUTPUT:
        return whole
    return whole[:_MAX_OUTPUT].rpartition("\n")[0] or whole[:_MAX_OUTPUT]


def _output(output: dict[str, Any]) -> str:
    if output.get("output_type") in ("error", "pyerr"):
        said = (output.get("ename"), output.get("evalue"))
        return ": ".join(each for each in said if isinstance(each, str) and each)
    if text := _text(output.get("text")):
        return text
    data = output.get("data")
    data = data if isinstance(data, dict) else {}
    plain = _text(data.get("text/plain"))
    if _OBJECT.fullmatch(plain.strip()):  # the name of what is shown, which may be words
        return _text(data.get("text/markdown")) or _text(data.get("text/latex"))
    return plain


def _text(source: Any) -> str:
    """Multi-line text is a string or a list of lines."""
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def _language(notebook: dict[str, Any]) -> str:
    metadata = notebook.get("metadata")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    language = kernel.get("language") if isinstance(kernel, dict) else None
    return language if isinstance(language, str) and language.isalnum() else "python"
