"""How `make chat` finds or makes its virtual environment."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tutor.config import ROOT

pytestmark = pytest.mark.skipif(
    os.name == "nt" or shutil.which("make") is None, reason="there is no make"
)

PYTHON = """#!/bin/sh
echo "$0 $*" >> calls
case "$*" in
  "-m pip --version") test -e has-pip ;;
  "-m ensurepip") test -e has-ensurepip && touch has-pip ;;
esac
"""
"""Notes what is asked of it, and does none of it."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("pyproject.toml", "requirements.txt"):
        (tmp_path / name).touch()
    (tmp_path / ".venv/bin").mkdir(parents=True)
    for name in ("python", ".venv/bin/python"):
        (tmp_path / name).write_text(PYTHON)
        (tmp_path / name).chmod(0o755)
    return tmp_path


def made(checkout: Path) -> list[str]:
    """The calls of an installation by which the environment or its pip is made."""
    make = ["make", "install", "PYTHON=./python"]
    subprocess.run(make, cwd=checkout, capture_output=True, check=False)
    calls = (checkout / "calls").read_text().splitlines()
    return [call for call in calls if "-m venv" in call or "-m ensurepip" in call]


def test_a_whole_environment_is_taken_as_it_is(checkout: Path) -> None:
    (checkout / "has-pip").touch()
    assert made(checkout) == []
    assert (checkout / ".venv/.installed").exists()


def test_an_environment_without_pip_gets_it_and_keeps_what_it_has(checkout: Path) -> None:
    (checkout / "has-ensurepip").touch()
    assert made(checkout) == [".venv/bin/python -m ensurepip"]
    assert (checkout / ".venv/.installed").exists()


def test_an_environment_that_can_have_no_pip_is_made_anew(checkout: Path) -> None:
    assert made(checkout)[-1] == "./python -m venv --clear .venv"


def test_an_environment_whose_python_is_gone_is_made_anew(checkout: Path) -> None:
    python = checkout / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/nowhere/python")
    assert made(checkout) == ["./python -m venv --clear .venv"]
