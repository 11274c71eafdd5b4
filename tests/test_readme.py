"""The README stays true: settings, modules and commands are as it says."""

from __future__ import annotations

import importlib.util
import re

from tutor.cli.arguments import parser
from tutor.config import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def _beside(name: str):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tests" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_settings_table_is_current() -> None:
    filled = _beside("settings_table").filled(README)
    assert filled == README, "run: python tests/settings_table.py"


def test_model_table_is_the_doctors() -> None:
    filled = _beside("model_table").filled(README)
    assert filled == README, "run: python tests/model_table.py"


def test_every_module_is_in_the_tree() -> None:
    tree = README.split("## Where everything is")[1].split("## Settings")[0]
    for path in sorted((ROOT / "tutor").iterdir()):
        if path.name.startswith("__"):
            continue
        name = f"{path.name}/" if path.is_dir() else path.name
        assert re.search(rf"(?<![\w/]){re.escape(name)}", tree), f"{name} is not in the README"


def test_commands_of_the_readme_parse() -> None:
    block = README.split("## On the command line")[1].split("```")[1]
    commands = [line for line in block.splitlines() if line.startswith("tutor ")]
    assert len(commands) >= 6
    for line in commands:
        words = re.findall(r'"([^"]*)"|(\S+)', line.split("#")[0])
        arguments = parser().parse_args([quoted or bare for quoted, bare in words][1:])
        assert arguments.command in line


def test_every_command_is_in_the_readme() -> None:
    choices = next(a.choices for a in parser()._actions if a.dest == "command")
    for command in choices:
        assert f"tutor {command}" in README
