"""`tutor lab` on the command line: listing, running, writing, and what it refuses."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from tutor.cli import main
from tutor.cli.labs import parser_of
from tutor.labs import LABS


def test_labs_are_listed_for_people_and_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(LABS)
    assert main(["lab", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["labs"]
    assert [row["lab"] for row in rows] == list(LABS)


def test_a_run_writes_its_pictures_and_samples(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    samples = tmp_path / "new" / "s.npz"
    assert main(["lab", "gan", "--n", "12", "--digit", "7", "--seed", "3", "--json",
                 "--out", str(tmp_path), "--samples", str(samples)]) == 0  # fmt: skip
    row = json.loads(capsys.readouterr().out)
    assert row["lab"] == "gan"
    assert row["arguments"]["digit"] == 7
    assert all(Path(file).stat().st_size for file in row["files"])
    with np.load(samples) as found:
        assert found["images"].shape == (12, 28, 28)
        assert found["images"].dtype == np.uint8
        assert found["labels"].tolist() == [7] * 12


def test_for_people_there_is_a_caption_with_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lab", "distribution", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert not out.startswith("{")
    assert str(tmp_path) in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing"], "there is no lab 'nothing'"),
        (["gan", "--n", "0"], "n is a whole number from 1 to 1000, not '0'"),
        (["gan", "--n", "1000000"], "from 1 to 1000"),
        (["gan", "--digit", "12"], "digit is a whole number from 0 to 9, not '12'"),
        (["diffusion", "--steps", "-1"], "steps is a whole number from 1"),
        (["gan", "--n", "-1e6"], "not '-1e6'"),
        (["gan", "--nope", "3"], "lab gan has no option 'nope'; it has seed, action, n"),
        (["gan", "--latent-dim=3"], "has no option 'latent_dim'"),
        (["gan", "seven"], "'seven' belongs to no option"),
        (["train", "nothing"], "there are no weights 'nothing'"),
        (["train", "gan", "--steps", "0"], "steps is a whole number from 1"),
        (["train", "gan", "--steps", "abc"], "from 1 to 1000000, not 'abc'"),
        (["train", "gan", "--steps", "10000000"], "from 1 to 1000000"),
        (["train", "gan", "--seed", "-1"], "seed is a whole number from 0"),
        (["train", "gan", "--data", "nowhere"], "nowhere: no MNIST there"),
        (["distribution", "--samples", "x.npz"], "makes no sample images"),
    ],
)
def test_what_cannot_be_is_one_line(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["lab", *words]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    line = [line for line in shown.err.splitlines() if "%|" not in line][-1]
    assert said in line


def test_pictures_of_a_run_without_samples_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["lab", "tokens", "--out", str(tmp_path), "--samples", str(tmp_path / "s.npz")]
    assert main(words) == 1
    assert str(tmp_path) in capsys.readouterr().err
    assert list(tmp_path.glob("*.png"))


def test_a_script_is_told_what_each_picture_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lab", "distribution", "--json", "--out", str(tmp_path)]) == 0
    row = json.loads(capsys.readouterr().out)
    assert [drawn["file"] for drawn in row["pictures"]] == row["files"]
    assert all(len(drawn["alt"]) > 20 for drawn in row["pictures"])


def test_a_place_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["lab", "tokens", "--out", str(tmp_path / "file")]) == 1
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("lab", LABS)
def test_every_option_has_its_help(lab: str) -> None:
    text = parser_of(lab).format_help()
    for option in LABS[lab].model_fields:
        assert f"--{option.replace('_', '-')}" in text


def test_json_of_a_lab_is_utf_8_whatever_the_terminal_speaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr(sys, "stdout", terminal)
    assert main(["lab", "distribution", "--json", "--out", str(tmp_path)]) == 0
    row = json.loads(terminal.buffer.getvalue())
    assert "μ" in row["values"]["formula"]
