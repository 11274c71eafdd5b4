"""Lessons: how they are written, and what is asked where a note is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor.config import ROOT
from tutor.errors import TutorError
from tutor.tuning import lessons
from tutor.tuning.decisions import DECLINES
from tutor.tuning.examples import Example
from tutor.tuning.lessons import cited_by, make_lessons, read_lessons

FILES = sorted((ROOT / "tests" / "data" / "lessons").glob("*.txt"))
WRITTEN = """# mode collapse
@1 Why it happens
The loss asks for no variety.

So one picture wins.
@2 What helps
- minibatch discrimination
? why | Why one digit only?
= The loss asks for no variety [1].
? which | What helps?
= Minibatch discrimination [2].
? compare | Both?
= No variety is asked for [1], so look at minibatches [2].
! Who first described it?
---
# other
@1 A
Apples.
@2 B
Bananas.
? define | What is A?
= Apples [1].
! What is C?
---
"""


def posed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, without: float = 0.0, stranger: float = 0.0
) -> list[Example]:
    monkeypatch.setattr(lessons, "WITHOUT", without)
    monkeypatch.setattr(lessons, "STRANGER", stranger)
    (tmp_path / "gan.txt").write_text(WRITTEN)
    return list(make_lessons([tmp_path / "gan.txt"], 3))


def test_a_lesson_is_read_with_its_notes_questions_and_near_misses(tmp_path: Path) -> None:
    (tmp_path / "gan.txt").write_text(WRITTEN)
    first, other = read_lessons(tmp_path / "gan.txt")
    assert first.topic == "mode collapse"
    why = "Why it happens\nThe loss asks for no variety.\n\nSo one picture wins."
    assert first.notes == [why, "What helps\n- minibatch discrimination"]
    assert first.asked[0] == ("why", "Why one digit only?", "The loss asks for no variety [1].")
    assert first.missing == ["Who first described it?"]
    assert [len(other.notes), len(other.asked), len(other.missing)] == [2, 1, 1]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("variety [1].", "variety [3].", "'Why one digit only?' cites no note"),
        ("= Minibatch discrimination [2].\n", "", "'What helps?' cites no note"),
        ("@2 B\nBananas.\n", "", "lesson 'other': fewer than two notes"),
        ("! What is C?", "What is C?", "'What is C?' cites no note"),
    ],
)
def test_what_is_wrong_in_a_lesson_is_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    (tmp_path / "gan.txt").write_text(WRITTEN.replace(old, new))
    with pytest.raises(TutorError, match=r"gan\.txt: lesson") as caught:
        read_lessons(tmp_path / "gan.txt")
    assert words in str(caught.value)


def test_each_reply_cites_the_note_that_says_it_wherever_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = set()
    monkeypatch.setattr(lessons, "BLOCK", 1)
    for example in posed(tmp_path, monkeypatch, stranger=0.5):
        if example.question == "What helps?":
            (cited,) = cited_by(example.reply)
            assert example.notes[cited - 1].startswith("What helps")
            orders.add(example.notes)
        assert (example.kind == "unanswerable") is (example.reply == DECLINES)
    assert len(orders) == 1


def test_without_its_note_a_question_is_declined_and_one_that_needs_both_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = posed(tmp_path, monkeypatch, without=1.0)
    whole = [e for e in examples if len(e.notes) == 2 and "loss asks" in " ".join(e.notes)]
    assert {e.question: e.kind for e in whole} == {
        "Why one digit only?": "place",
        "What helps?": "place",
        "Both?": "place",
        "Who first described it?": "unanswerable",
    }
    less = [e for e in examples if len(e.notes) == 1 and "Fruit" not in e.notes[0]]
    of_first = [e for e in less if e.question in {"Why one digit only?", "What helps?", "Both?"}]
    assert sorted(e.kind for e in of_first) == ["place", "unanswerable"]
    assert "Both?" not in {e.question for e in less}
    for example in of_first:
        said = "loss asks" in example.notes[0]
        wanted = (example.question == "Why one digit only?") is said
        assert (example.kind == "place") is wanted


def test_a_lessons_examples_follow_one_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, ...]] = []
    for example in posed(tmp_path, monkeypatch, without=1.0, stranger=0.3):
        if not seen or seen[-1] != example.notes:
            seen.append(example.notes)
    assert len(seen) == 4


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_the_written_lessons_are_whole(file: Path) -> None:
    found = read_lessons(file)
    assert len(found) >= 50
    for lesson in found:
        assert len(lesson.notes) <= 4, lesson.topic
        assert len(lesson.asked) >= 5, lesson.topic
        assert lesson.missing, lesson.topic
        for _, question, reply in lesson.asked:
            assert question, lesson.topic
            assert not reply.startswith(DECLINES.split()[0] + " of"), reply


def test_no_question_of_a_lesson_is_asked_by_a_development_set() -> None:
    from tutor.tuning.examples import read_rows

    asked = {
        row["question"].lower()
        for file in (ROOT / "tests" / "data").glob("course_qa*.jsonl")
        for row in read_rows(file)
    }
    assert len(asked) > 300
    for file in FILES:
        for lesson in read_lessons(file):
            same = asked & {question.lower() for _, question, _ in lesson.asked}
            assert not same, same
