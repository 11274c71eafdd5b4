"""The commands, run in this process: what each prints, and that it keeps to its channel."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from tests import courses
from tests.conftest import MakeCourse
from tutor.cli import main
from tutor.cli.commands import print_json, settings_of
from tutor.config import Settings

CATS = "# Cats\n\nA cat sleeps sixteen hours a day. It hunts at dusk.\n"

INGEST_FIELDS = {
    *("added", "changed", "removed", "unchanged", "failed", "chunks", "embedded", "seconds"),
    *("problems", "moved", "duplicates"),  # beyond the contract
}
ASK_FIELDS = {
    *("id", "question", "text", "covered", "evidence", "tool_calls", "model", "sampling"),
    *("timings", "dropped", "form"),  # the last two beyond the contract
}
TIMINGS = {
    "retrieve_ms",
    "first_evidence_ms",
    "first_token_ms",
    "total_ms",
    "new_tokens",
    "tokens_per_second",
}


pytestmark = pytest.mark.usefixtures("loaded_once")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `tutor.toml` of the developer is in force here."""
    monkeypatch.chdir(tmp_path)


class Run:
    """Runs a command and keeps what it wrote."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.err = ""
        self.out = ""

    def __call__(self, *arguments: object) -> int:
        status = main([str(argument) for argument in arguments])
        self.out, self.err = self._capsys.readouterr()
        return status

    def rows(self, *arguments: object) -> list[dict[str, Any]]:
        assert self(*arguments, "--json") == 0
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


# ingest


def test_ingest_in_json(run: Run, make_course: MakeCourse) -> None:
    course = make_course({"cats.md": CATS, "twin.md": CATS, "bad.pdf": b"%PDF"})
    where = ("ingest", "--corpus", course.corpus, "--index", course.index)
    (row,) = run.rows(*where)
    assert row.keys() == INGEST_FIELDS
    assert row["added"] == ["cats.md", "twin.md"]
    assert row["failed"][0].keys() == {"source", "reason"}
    assert row["failed"][0]["source"] == "bad.pdf"
    assert row["duplicates"] == [{"source": "twin.md", "same_as": "cats.md"}]
    assert row["chunks"] == row["embedded"] == 1
    (again,) = run.rows(*where)
    assert again["unchanged"] == ["cats.md", "twin.md"]
    assert again["embedded"] == 0
    assert again["failed"] == row["failed"]


def test_ingest_in_words(run: Run, make_course: MakeCourse) -> None:
    course = make_course({"cats.md": CATS, "bad.pdf": b"%PDF"})
    assert run("ingest", "--corpus", course.corpus, "--index", course.index) == 0
    assert run.out.startswith("1 added, 0 changed, 0 removed, 0 unchanged: 1 chunks, 1 embedded")
    assert "not read   bad.pdf: " in run.out
    assert "reading" in run.err
    assert "embedding" in run.err


def test_ingest_anew(run: Run, make_course: MakeCourse) -> None:
    course = make_course({"cats.md": CATS})
    where = ("ingest", "--corpus", course.corpus, "--index", course.index)
    run(*where)
    (row,) = run.rows(*where, "--rebuild")
    assert (row["added"], row["embedded"]) == (["cats.md"], 1)


# search


def test_search_in_json(run: Run, course: Settings) -> None:
    (row,) = run.rows("search", "When was Bayes' theorem published?", "--index", course.index)
    assert row.keys() == {"id", "question", "hits", "ms"}
    assert row["id"] is None
    assert row["question"] == "When was Bayes' theorem published?"
    assert len(row["hits"]) == 5
    first = row["hits"][0]
    assert first.keys() == {"rank", "score", "source", "page", "text"}
    assert (first["rank"], first["source"], first["page"]) == (1, "probability.pdf", 1)
    assert "1763" in first["text"]
    assert row["ms"] > 0


def test_search_names_each_place_by_its_kind(run: Run, course: Settings) -> None:
    (row,) = run.rows("search", "network", "-k", 50, "--index", course.index)
    kinds = {"probability.pdf": "page", "attention.pptx": "slide"}
    for hit in row["hits"]:
        place = {"page", "slide", "section"} & hit.keys()
        assert place == {kinds.get(hit["source"], "section")}


def test_a_batch_of_queries_with_history(run: Run, course: Settings, tmp_path: Path) -> None:
    rows = [
        {"_id": "a", "text": "What is mode collapse?"},
        {
            "id": 2,
            "question": "Why does it happen?",
            "history": [
                {"role": "user", "content": "What is mode collapse?"},
                {"role": "assistant", "content": "It means ..."},
            ],
        },
    ]
    file = tmp_path / "queries.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    found = run.rows("search", "--queries", file, "-k", 2, "--index", course.index)
    assert [row["id"] for row in found] == ["a", 2]
    assert [len(row["hits"]) for row in found] == [2, 2]
    assert all(row["hits"][0]["source"] == "gan.md" for row in found)
    assert found[1]["question"] == "Why does it happen?"


def test_search_in_words(run: Run, course: Settings) -> None:
    assert run("search", "mode collapse", "-k", 2, "--index", course.index) == 0
    assert run.out.startswith("mode collapse\n\n  1. gan.md, § ")
    assert run.err == ""


# ask


def test_ask_in_json(run: Run, course: Settings) -> None:
    (row,) = run.rows(
        *("ask", "What is mode collapse?", "--index", course.index, "--max-new-tokens", 20),
        *("--strategy", "top-k", "--top-k", 5, "--temperature", 0.5, "--seed", 3),
    )
    assert row.keys() == ASK_FIELDS
    assert row["id"] is None
    assert row["covered"] is True
    assert row["tool_calls"] == []
    assert row["model"] == "SmolLM2-135M-Instruct (tuned)"
    sampling = row["sampling"]
    assert (sampling["strategy"], sampling["top_k"], sampling["seed"]) == ("top-k", 5, 3)
    assert row["timings"].keys() == TIMINGS
    assert 0 < row["timings"]["new_tokens"] <= 21
    first = row["evidence"][0]
    assert first.keys() == {"marker", "source", "section", "quote", "score"}
    assert (first["marker"], first["source"]) == (1, "gan.md")
    assert "[1]" in row["text"]


def test_ask_without_a_model_and_off_the_course(run: Run, course: Settings, tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    questions = ["What is mode collapse?", "How do I renew a passport in Norway?", "thanks"]
    file.write_text(
        "\n".join(json.dumps({"id": i, "question": q}) for i, q in enumerate(questions))
    )
    rows = run.rows("ask", "--questions", file, "--index", course.index, "--model", "none")
    assert [row["id"] for row in rows] == [0, 1, 2]
    assert [row["covered"] for row in rows] == [True, False, False]
    assert [bool(row["evidence"]) for row in rows] == [True, False, False]
    assert all(row["model"] == "none" and row["text"] for row in rows)
    assert all(row["timings"]["first_token_ms"] is None for row in rows)


def test_ask_in_words(run: Run, course: Settings) -> None:
    index = ("--index", course.index, "--model", "none")
    assert run("ask", "What is mode collapse?", *index) == 0
    assert run.out.startswith("> ")
    assert "[1] gan.md" in run.out
    assert run.out.endswith("\n")
    assert run.err == ""


# doctor


def test_doctor_in_json(run: Run, course: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUTOR_CORPUS", str(course.corpus))
    monkeypatch.setenv("TUTOR_INDEX", str(course.index))
    rows = run.rows("doctor")
    assert all(row.keys() == {"name", "ok", "found", "advice", "needed"} for row in rows)
    assert {"python", "corpus", "index", "embedding model"} <= {row["name"] for row in rows}


def test_doctor_of_an_empty_place_says_what_is_missing(run: Run) -> None:
    assert run("doctor") == 1
    assert "MISSING  index" in run.out
    assert "tutor ingest" in run.out


# settings


def test_the_command_line_wins_over_the_environment_and_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "tutor.toml").write_text('index = "file"\ntemperature = 0.1\nmodel = "file"\n')
    monkeypatch.setenv("TUTOR_INDEX", "environment")
    monkeypatch.setenv("TUTOR_MODEL", "environment")
    arguments = argparse.Namespace(
        command="ask", question="Why?", index=Path("line"), model=None, k=5, json=True, seed=4
    )
    settings = settings_of(arguments)
    assert settings.index == Path("line")
    assert settings.model == "environment"
    assert (settings.sampling.temperature, settings.sampling.seed) == (0.1, 4)


def test_json_lines_keep_their_characters(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"text": "Größe\nnext [1]", "values": [float("nan"), (1.5, float("inf"))]})
    assert capsys.readouterr().out == (
        '{"text": "Größe\\nnext [1]", "values": [null, [1.5, null]]}\n'
    )


def test_small_course_is_what_these_tests_think(course: Settings) -> None:
    found = {p.relative_to(course.corpus).as_posix() for p in course.corpus.rglob("*.*")}
    assert found == set(courses.SOURCES)
