"""`tutor route`: its rows, its words and its errors. It runs nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tutor.cli import main
from tutor.cli.batch import Row
from tutor.cli.route import in_words, route_json
from tutor.records import ToolCall
from tutor.tools.router import Routed


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `tutor.toml` of the developer is in force here, and there is no index."""
    monkeypatch.chdir(tmp_path)


def test_a_call_in_words() -> None:
    call = ToolCall("gan", {"action": "sample", "digit": 7, "latent_dim": 2})
    assert in_words(Routed(call)) == "gan  sample, digit 7, latent dim 2"
    assert in_words(Routed(None)) == "no call"
    text = ToolCall("tokens", {"text": "two words"})
    assert (
        in_words(Routed(text, ("n is too large.",)))
        == 'tokens  text "two words"\n  n is too large.'
    )
    assert in_words(Routed(ToolCall("quiz", {}))) == "quiz"


def test_a_row_keeps_to_the_contract() -> None:
    call = ToolCall("gan", {"digit": 7})
    row = route_json(Row("a", "draw"), Routed(call), 1.234)
    assert row == {
        "id": "a",
        "question": "draw",
        "tool": "gan",
        "arguments": {"digit": 7},
        "ms": 1.2,
    }
    none = route_json(Row(None, "why"), Routed(None), 0)
    assert (none["tool"], none["arguments"]) == (None, {})
    assert route_json(Row(None, "x"), Routed(call, ("a word",)), 0)["notes"] == ["a word"]


def test_one_utterance(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["route", "sixteen sevens from the GAN"]) == 0
    assert capsys.readouterr().out == "gan  sample, n 16, digit 7\n"
    assert not list(tmp_path.iterdir()), "nothing is run or written"


def test_a_file_of_utterances(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rows = [
        {"id": 1, "question": "what is a GAN?"},
        {"_id": "b", "text": "now a nine", "history": [
            {"role": "user", "content": "draw a 7 with the GAN"},
            {"role": "assistant", "content": "Here are 20 threes."}]},
    ]  # fmt: skip
    file = tmp_path / "utterances.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert main(["route", "--utterances", str(file), "--json"]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first.keys() == second.keys() == {"id", "question", "tool", "arguments", "ms"}
    assert (first["id"], first["tool"], first["arguments"]) == (1, None, {})
    assert (second["id"], second["question"]) == ("b", "now a nine")
    assert (second["tool"], second["arguments"]) == ("gan", {"action": "sample", "digit": 9})
    assert main(["route", "--utterances", str(file)]) == 0
    assert capsys.readouterr().out == (
        "what is a GAN?\n  no call\nnow a nine\n  gan  sample, digit 9\n"
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("no json", "line 1: not JSON"),
        ('{"id": 1}', "line 1: no question"),
        (None, "cannot be read"),
    ],
)
def test_a_bad_file_is_one_clear_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str | None, reason: str
) -> None:
    file = tmp_path / "bad.jsonl"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert main(["route", "--utterances", str(file)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert reason in captured.err
    assert captured.err.count("\n") == 1


def test_an_utterance_or_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["route"])
    assert stopped.value.code == 2
    assert "UTTERANCE" in capsys.readouterr().err
    assert main(["route", " "]) == 1


def test_its_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom tutor.cli import main\n"
        "try:\n    main(['route', '--help'])\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('numpy', 'torch', 'openvino', 'langchain_core', 'pydantic') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "--utterances" in done.stdout
