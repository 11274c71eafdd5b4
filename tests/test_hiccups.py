"""A server fails in the middle of a file of questions: the other questions are answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tutor import assembly
from tutor.cli import main
from tutor.errors import ModelError
from tutor.records import Answer, Done, Event, EvidenceFound, Hit

Capture = pytest.CaptureFixture[str]


class Hiccups:
    """A tutor whose server fails in the middle of answers to some questions."""

    model_name = "far away"

    def __init__(self) -> None:
        self.retriever = self

    def warm_up(self) -> None: ...

    def search(self, question: str, k: int) -> list[Hit]:
        return []

    def answer(self, question: str, history: object) -> Iterator[Event]:
        yield EvidenceFound((), True, "> a quote")
        if "fail" in question:
            raise ModelError("the server broke off")
        yield Done(Answer(question, "So it is.", True))


@pytest.fixture
def hiccups(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Three questions of which the second fails."""
    monkeypatch.setattr(assembly, "load_tutor", lambda settings, warn: Hiccups())
    rows = [{"id": f"q{n}", "question": q} for n, q in enumerate(("Why?", "fail?", "How?"))]
    file = tmp_path / "rows.jsonl"
    lines = [json.dumps(row | {"kind": "why", "answer_keywords": [["so"]]}) for row in rows]
    file.write_text("\n".join(lines))
    return file


def test_a_question_that_fails_does_not_lose_the_rest_of_its_file(
    hiccups: Path, capsys: Capture
) -> None:
    assert main(["ask", "--questions", str(hiccups), "--json"]) == 1
    out, err = capsys.readouterr()
    rows = [json.loads(line) for line in out.splitlines()]
    assert rows[1] == {"id": "q1", "question": "fail?", "error": "the server broke off"}
    assert [row.get("text") for row in rows] == ["So it is.", None, "So it is."]
    assert err == "tutor: question q1: the server broke off\n"
    assert main(["ask", "--questions", str(hiccups)]) == 1
    out, err = capsys.readouterr()
    assert out == "> a quote\n" * 3
    assert err == "tutor: question q1: the server broke off\n"


def test_the_one_question_asked_fails_as_ever(hiccups: Path, capsys: Capture) -> None:
    assert main(["ask", "fail?", "--json"]) == 1
    out, err = capsys.readouterr()
    assert (out, err) == ("", "tutor: the server broke off\n")


def test_a_question_that_fails_does_not_lose_the_evaluation(hiccups: Path, capsys: Capture) -> None:
    assert main(["eval", "--qa", str(hiccups), "--json"]) == 1
    out, err = capsys.readouterr()
    summary = json.loads(out)
    assert (summary["questions"], summary["errors"], summary["right"]) == (2, 1, 1)
    assert err.endswith("tutor: question q1: the server broke off\n")
    hiccups.write_text(hiccups.read_text().splitlines()[1])
    assert main(["eval", "--qa", str(hiccups), "--json"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
