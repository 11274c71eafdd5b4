"""Jupyter notebooks of both formats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tutor.documents import read_document
from tutor.errors import DocumentError
from tutor.records import Document

CELLS: list[dict[str, Any]] = [
    {"cell_type": "markdown", "source": ["# Sampling\n", "\n", "Pick the next token."]},
    {
        "cell_type": "code",
        "source": "# not a heading\nprint(pick(p))",
        "outputs": [
            {"output_type": "stream", "text": ["\x1b[31m7\x1b[0m\n"]},
            {"output_type": "execute_result", "data": {"text/plain": "<Figure size 1x1>"}},
            {"output_type": "error", "traceback": ["Traceback ..."]},
        ],
    },
    {"cell_type": "markdown", "source": "## Temperature\n\nLow is safe."},
    {"cell_type": "code", "source": [], "outputs": []},
]


def read(tmp_path: Path, notebook: object) -> Document:
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(notebook))
    return read_document(path, "a.ipynb")


@pytest.mark.parametrize("fence", ["```python", "~~~", "  ````"])
def test_a_fence_left_open_ends_with_its_cell(tmp_path: Path, fence: str) -> None:
    cells = [
        {"cell_type": "markdown", "source": f"# A\n\n```\nx\n```\n\n{fence}\ny = 1"},
        {"cell_type": "markdown", "source": "# B\n\nText."},
        {"cell_type": "code", "source": "# no heading\nprint(1)", "outputs": []},
    ]
    pages = read(tmp_path, {"nbformat": 4, "cells": cells}).pages
    assert [page.headings for page in pages] == [("A",), ("B",)]
    assert pages[1].text == "# B\n\nText.\n\n```python\n# no heading\nprint(1)\n```"


def test_cells_become_sections_with_fenced_code(tmp_path: Path) -> None:
    notebook = {"nbformat": 4, "metadata": {"kernelspec": {"language": "python"}}, "cells": CELLS}
    first, second = read(tmp_path, notebook).pages
    assert first.headings == ("Sampling",)
    assert first.text == (
        "# Sampling\n\nPick the next token.\n\n"
        "```python\n# not a heading\nprint(pick(p))\n```\n\n```\n7\n```"
    )
    assert second.headings == ("Sampling", "Temperature")


def test_the_old_format(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": ["Old"]},
        {
            "cell_type": "code",
            "input": "x = 1",
            "outputs": [{"text": "done"}],
            "language": "python",
        },
    ]
    (page,) = read(tmp_path, {"nbformat": 3, "worksheets": [{"cells": cells}]}).pages
    assert page.text == "## Old\n\n```python\nx = 1\n```\n\n```\ndone\n```"


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (
            {"output_type": "error", "ename": "ValueError", "evalue": "shapes (2,3) and (2,)"},
            "ValueError: shapes (2,3) and (2,)",
        ),
        ({"output_type": "error", "ename": "KeyboardInterrupt", "evalue": ""}, "KeyboardInterrupt"),
        ({"text": "  0%|\r 50%|##\r100%|####\ndone\r\n"}, "100%|####\ndone"),
        (
            {"data": {"text/plain": "<IPython.Markdown object>", "text/markdown": ["**so**"]}},
            "**so**",
        ),
        ({"data": {"text/plain": ["<IPython.Latex object>"], "text/latex": "$x$"}}, "$x$"),
        ({"data": {"text/plain": "x**2", "text/latex": "$x^2$"}}, "x**2"),
    ],
)
def test_what_a_cell_said(tmp_path: Path, output: dict[str, Any], expected: str) -> None:
    cells = [{"cell_type": "code", "source": "run()", "outputs": [output, 7]}]
    (page,) = read(tmp_path, {"cells": cells}).pages
    assert page.text == f"```python\nrun()\n```\n\n```\n{expected}\n```"


def test_long_output_is_cut_at_a_line(tmp_path: Path) -> None:
    output = [{"output_type": "stream", "text": "row of numbers\n" * 1000}]
    cells = [{"cell_type": "code", "source": "run()", "outputs": output}]
    (page,) = read(tmp_path, {"cells": cells}).pages
    assert len(page.text) < 2000
    assert page.text.endswith("row of numbers\n```")


@pytest.mark.parametrize(
    ("notebook", "reason"),
    [
        ([], "not a notebook"),
        ({"a": 1}, "not a notebook"),
        ({"cells": [1, None]}, "no text in it"),
        ({"cells": [{"cell_type": "code", "source": 7, "outputs": 3}]}, "no text in it"),
    ],
)
def test_other_json_is_refused(tmp_path: Path, notebook: object, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        read(tmp_path, notebook)


def test_torn_json_is_named_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text('{"cells": [')
    with pytest.raises(DocumentError, match="damaged IPYNB file"):
        read_document(path, "a.ipynb")


def test_json_nested_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text("[" * 200_000)
    with pytest.raises(DocumentError, match="nested too deeply"):
        read_document(path, "a.ipynb")
