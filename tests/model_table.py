"""Writes the README's table of models: python tests/model_table.py (a test checks it)."""

from __future__ import annotations

import re

from tutor.cli.sizes import table
from tutor.config import ROOT

README = ROOT / "README.md"
_TABLE = re.compile(r"(?<=<!-- models -->\n).*?(?=<!-- /models -->)", re.DOTALL)


def filled(readme: str) -> str:
    return _TABLE.sub(lambda _: table(), readme)


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
