"""Which examples are learned from: shares of files, some that decline, some kept aside, by seed."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest

from tutor.errors import TutorError
from tutor.tuning.__main__ import main
from tutor.tuning.choosing import chosen, learnable
from tutor.tuning.examples import Example, save

EXAMPLE = Example(("A note.",), "Who?", "normal", "A note [1].", "place", "topic 0")


def written(file: Path, lessons: int = 400) -> Path:
    """Lessons of two questions that are answered and one that is not, each of its own topic."""
    examples = []
    for number in range(lessons):
        topic = replace(EXAMPLE, notes=(f"{file.stem} {number}",), topic=f"topic {number}")
        examples += [topic, replace(topic, question="What?")]
        examples += [replace(topic, question="Why?", reply="None.", kind="unanswerable")]
    save(examples, file)
    return file


def notes_of(examples: list[Example]) -> list[tuple[str, ...]]:
    return [notes for notes, _ in groupby(examples, key=lambda example: example.notes)]


def test_each_file_gives_its_share_in_whole_lessons(tmp_path: Path) -> None:
    files = [written(tmp_path / f"{name}.jsonl") for name in ("one", "other", "third")]
    kept, aside = chosen(files, [0.5, 0.0])
    of = {name: [e for e in kept if e.notes[0].startswith(name)] for name in ("one", "third")}
    assert 480 < len(of["one"]) < 640
    assert of["third"] == [e for e in kept if not e.notes[0].startswith("one")]
    assert len(of["third"]) + sum(e.notes[0].startswith("third") for e in aside) == 1200
    assert len(kept) == 3 * len(notes_of(kept))
    assert all(example.aside for example in aside)
    assert not any(example.aside for example in kept)
    assert chosen(files, [0.5, 0.0]) == (kept, aside)
    assert chosen(files, [0.5, 0.0], seed=1)[0] != kept


def test_more_shares_than_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(TutorError, match="2 shares for 1 files"):
        chosen([written(tmp_path / "one.jsonl", 3)], [1, 0.5])


@pytest.mark.parametrize("count", [0, 1, 30, 10_000])
def test_of_those_that_decline_so_many_are_kept_and_all_others(tmp_path: Path, count: int) -> None:
    file = written(tmp_path / "one.jsonl")
    every, _ = chosen([file])
    kept, _ = chosen([file], declines=count)
    declining = [e for e in kept if e.kind == "unanswerable"]
    assert len(declining) == min(count, len(every) // 3)
    assert [e for e in kept if e.kind == "place"] == [e for e in every if e.kind == "place"]
    if count == 30:
        assert {e.topic for e in declining} != {e.topic for e in every[:90]}


def test_those_aside_are_drawn_in_whole_lessons_by_the_seed(tmp_path: Path) -> None:
    file = written(tmp_path / "one.jsonl")
    kept, every = chosen([file])
    assert len(every) > 60
    some = {seed: chosen([file], aside=10, seed=seed)[1] for seed in (0, 1)}
    for aside in some.values():
        assert len(aside) == 12
        assert len(notes_of(aside)) == 4
        assert set(aside) < set(every)
        assert aside != every[:12]
    assert some[0] != some[1]
    assert chosen([file], aside=10)[0] == kept
    assert chosen([file], aside=0)[1] == []
    assert set(chosen([file], aside=10_000)[1]) == set(every)


def test_without_a_reply_only_the_decision_is_learned() -> None:
    bare = replace(EXAMPLE, reply="")
    assert learnable([EXAMPLE, bare], deciding=False) == [EXAMPLE]
    assert learnable([EXAMPLE, bare], deciding=True) == [EXAMPLE, bare]
    for nothing in ([], [bare]):
        with pytest.raises(TutorError, match="nothing is left to learn from"):
            learnable(nothing, deciding=False)


@pytest.mark.parametrize(
    ("examples", "options", "words"),
    [
        ([EXAMPLE, replace(EXAMPLE, worse="It [1].")], ["--deciding"], "--deciding does not"),
        ([EXAMPLE], ["--share", "1", "0.5"], "2 shares for 1 files"),
        ([EXAMPLE], ["--share", "0"], "nothing is left"),
        ([replace(EXAMPLE, reply="")], [], "nothing is left"),
        ([EXAMPLE], ["--start", "nowhere"], "--start nowhere: no adapter"),
    ],
)
def test_what_cannot_be_trained_gets_one_line_before_a_model_is_loaded(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    examples: list[Example],
    options: list[str],
    words: str,
) -> None:
    monkeypatch.setattr("tutor.llm.load_engine", None)
    save(examples, tmp_path / "examples.jsonl")
    given = ["train", "--examples", str(tmp_path / "examples.jsonl"), "--out", str(tmp_path / "o")]
    assert main([*given, *options]) == 1
    shown = capsys.readouterr().err.strip()
    assert words in shown
    assert "\n" not in shown
    assert not (tmp_path / "o").exists()
