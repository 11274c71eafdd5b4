"""How the terminal shows things: results to standard output, progress to standard error."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tutor.cli.drawing import Bars, draw_answer, draw_hits, draw_report
from tutor.errors import LabError
from tutor.ingest import Report
from tutor.records import (
    Answer,
    Chunk,
    Done,
    EvidenceFound,
    Hit,
    Picture,
    Place,
    TextAdded,
    ToolCall,
    ToolFinished,
    ToolProgress,
    ToolResult,
    ToolStarted,
)

ANSWER = Answer("Why?", "> a quote\n\nSo. [1]", True)
EVENTS = [EvidenceFound((), True, "> a quote"), TextAdded("\n\nSo. [1]"), Done(ANSWER)]


def test_an_answer_is_drawn_as_it_comes(capsys: pytest.CaptureFixture[str]) -> None:
    events = iter(EVENTS)

    def watched():  # type: ignore[no-untyped-def]
        yield next(events)
        assert capsys.readouterr().out == "> a quote"  # before the next event is asked for
        yield from events

    assert draw_answer(watched(), quiet=False) is ANSWER
    assert capsys.readouterr().out == "\n\nSo. [1]\n"


def test_a_quiet_answer_is_not_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    assert draw_answer(iter(EVENTS), quiet=True) is ANSWER
    assert capsys.readouterr().out == ""


def test_hits_have_their_rank_place_and_beginning(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    hits = [
        Hit(Chunk("a.pdf", Place("page", 3), "Many  words\nhere. " * 40), 1, 0.876),
        Hit(Chunk("b.md", Place("section", "A > B"), "Short."), 2, 0.5),
    ]
    draw_hits("Why?", hits)
    shown = capsys.readouterr().out
    assert shown.startswith("Why?\n\n")
    assert "  1. a.pdf, p. 3  (0.88)\n     Many words here." in shown
    assert "  2. b.md, § B  (0.50)\n     Short.\n" in shown
    assert "…" in shown
    assert len(shown) < 600


def test_no_hits(capsys: pytest.CaptureFixture[str]) -> None:
    draw_hits("Why?", [])
    assert capsys.readouterr().out.strip() == "Why?"


def test_a_report_names_everything_that_needs_a_look(capsys: pytest.CaptureFixture[str]) -> None:
    draw_report(
        Report(
            added=["a.md", "new.md"],
            removed=["old.md"],
            unchanged=["b.md"],
            failed=[("bad.pdf", "damaged PDF file")],
            problems=[("c.pdf", "page 3: no text")],
            moved=[("new.md", "old.md")],
            duplicates=[("twin.md", "a.md")],
            chunks=12,
            embedded=5,
            seconds=1.26,
        )
    )
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == "2 added, 0 changed, 1 removed, 1 unchanged: 12 chunks, 5 embedded, 1.3 s"
    assert [re.sub(r"\s+", " ", line.strip()) for line in rest] == [
        "moved old.md -> new.md",
        "duplicate twin.md: the same file as a.md",
        "partly c.pdf: page 3: no text",
        "not read bad.pdf: damaged PDF file",
    ]


def test_bars_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    bars = Bars()
    bars.start("reading", 2, "file")
    bars.step(1, "a-very-long-name-of-a-document-that-will-not-fit-in.pdf")
    bars.step(1)
    bars.finish()
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "reading" in shown.err
    assert "2/2" in shown.err


def test_a_step_outside_a_stage_is_ignored(capsys: pytest.CaptureFixture[str]) -> None:
    bars = Bars()
    bars.step(1)
    bars.finish()
    assert capsys.readouterr() == ("", "")


def test_a_labs_pictures_are_written_and_the_answer_names_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    call = ToolCall("gan", {"digit": 7})
    drawn = (Picture("gan-sample", "7", b"png"),)
    result = ToolResult(call, True, "Sevens.", {"n": 3}, pictures=drawn)
    events = [
        ToolStarted(call),
        ToolProgress(call, 0.5, "halfway"),
        ToolFinished(result, "Sevens."),
        Done(Answer("Sevens?", "Sevens.", False, tool_results=(result,))),
    ]
    answer = draw_answer(iter(events), tmp_path / "out", quiet=False)
    file = tmp_path / "out" / "gan-sample.png"
    assert file.read_bytes() == b"png"
    assert answer.to_json()["tool_calls"] == [
        {
            "name": "gan",
            "arguments": {"digit": 7},
            "ok": True,
            "files": [str(file)],
            "values": {"n": 3},
        }
    ]
    assert capsys.readouterr().out == f"Sevens.\n{file}\n"


def test_pictures_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file, no folder")
    result = ToolResult(ToolCall("gan", {}), True, pictures=(Picture("a", "A", b"png"),))
    events = [ToolStarted(result.call), ToolFinished(result), Done(ANSWER)]
    with pytest.raises(LabError, match=r"out: cannot be written: .*; choose another folder"):
        draw_answer(iter(events), tmp_path / "out", quiet=True)
