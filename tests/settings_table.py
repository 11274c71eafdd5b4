"""Writes the README's table of settings: python tests/settings_table.py (a test checks it)."""

from __future__ import annotations

import re
from pathlib import Path

from tutor.config import ROOT, Sampling, Settings

README = ROOT / "README.md"
_TABLE = re.compile(r"(?<=<!-- settings -->\n).*?(?=<!-- /settings -->)", re.DOTALL)


def table() -> str:
    """A row for each setting: name, default, meaning."""
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for model in (Settings, Sampling):
        for name, field in model.model_fields.items():
            if name == "sampling":
                continue
            default = field.default
            if isinstance(default, Path):
                default = {"prompts": "prompts", "cache": "~/.cache/course-tutor"}.get(
                    name, default
                )
            shown = "none" if default is None else default
            rows.append(f"| `{name}` | {shown} | {field.description} |")
    return "\n".join(rows) + "\n"


def filled(readme: str) -> str:
    return _TABLE.sub(lambda _: table(), readme)


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
