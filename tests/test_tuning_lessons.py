"""Lessons: how they are written, and what is asked where a note is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor.config import ROOT
from tutor.errors import TutorError
from tutor.tuning import lessons
from tutor.tuning.decisions import DECLINES
from tutor.tuning.examples import MARKER, Example
from tutor.tuning.lessons import Lesson, asked_once, drawn_on, make_lessons, read_lessons

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
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    without: float = 0.0,
    stranger: float = 0.0,
    seed: int = 3,
) -> list[Example]:
    monkeypatch.setattr(lessons, "WITHOUT", without)
    monkeypatch.setattr(lessons, "STRANGER", stranger)
    (tmp_path / "gan.txt").write_text(WRITTEN)
    return list(make_lessons([tmp_path / "gan.txt"], seed))


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
        ("! What is C?", "What is C?", "'What is C?' is no question"),
        ("variety [1].", "variety [0].", "'Why one digit only?' cites no note"),
        ("variety [1].", "variety [1][12].", "'Why one digit only?' cites no note"),
        ("? why | Why", "?why | Why", "'?why | Why one digit only?' stands before"),
        ("? which | What", "?which | What", "'?which | What helps?' is no question"),
        ("? why | Why", "? Why", "'? Why one digit only?' is no kind and question"),
        ("? why | Why", "? | Why", "'? | Why one digit only?' is no kind and question"),
        ("? why | Why one digit only?", "? why |", "'? why |' is no kind and question"),
        ("variety [1].", "variety [1].\n= Again [1].", "'= Again [1].' is no question, its one"),
        ("So one", "! So one", "'! So one picture wins.' stands before"),
        ("So one", "? So one", "is no kind and question"),
        ("@2 What helps", "@3 What helps", "'@3 What helps' is not note 2"),
        ("@2 What helps", "@1 What helps", "'@1 What helps' is not note 2"),
        ("@1 Why it", "@2 Why it", "'@2 Why it happens' is not note 1"),
        ("@1 Why it happens\n", "", "'The loss asks for no variety.' stands before"),
        ("# other\n", "", "'Apples.' stands before the first note"),
        ("Bananas.\n", "", "a note has nothing below its heading"),
        ("! What is C?", "! ", "'!' is no question"),
        ("! Who first", "@3 More\n! Who first", "'@3 More' is no question"),
        ("? define | What is A?\n= Apples [1].\n! What is C?\n", "", "no question"),
    ],
)
def test_what_is_wrong_in_a_lesson_is_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in WRITTEN
    (tmp_path / "gan.txt").write_text(WRITTEN.replace(old, new, 1))
    with pytest.raises(TutorError, match=r"gan\.txt: lesson") as caught:
        read_lessons(tmp_path / "gan.txt")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "line",
    ["= 5 in the example above", "!important beats all", "@relu is a decorator", "!", "- [1] a"],
)
def test_a_line_of_a_note_may_look_a_little_like_something_else(tmp_path: Path, line: str) -> None:
    (tmp_path / "gan.txt").write_text(WRITTEN.replace("So one picture wins.", line))
    assert read_lessons(tmp_path / "gan.txt")[0].notes[0].endswith(line)


SAID = {
    "Why one digit only?": ["Why it happens"],
    "What helps?": ["What helps"],
    "Both?": ["Why it happens", "What helps"],
    "What is A?": ["A"],
}


def test_each_reply_cites_the_note_that_says_it_wherever_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = set()
    for seed in range(40):
        for example in posed(tmp_path, monkeypatch, stranger=1.0, seed=seed):
            assert len(example.notes) == 3
            assert (example.kind == "unanswerable") is (example.reply == DECLINES)
            headings = [note.partition("\n")[0] for note in example.notes]
            if example.kind == "place":
                cited = [headings[int(n) - 1] for n in MARKER.findall(example.reply)]
                assert cited == SAID[example.question]
            own = [heading for heading in headings if heading in SAID["Both?"]]
            if len(own) == 2:  # the first lesson, with a note of the other
                strange = next(n for n, heading in enumerate(headings) if heading not in own)
                orders.add((own[0], strange))
    assert orders == {(first, place) for first in SAID["Both?"] for place in range(3)}


def test_without_strangers_both_orders_of_the_notes_occur(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = {
        example.notes
        for seed in range(20)
        for example in posed(tmp_path, monkeypatch, seed=seed)
        if example.question == "Both?"
    }
    assert len(orders) == 2
    assert {len(notes) for notes in orders} == {2}


NOTE = (
    "A keel keeps a sailing boat upright. It weighs a third of the boat. "
    "Most keels are of lead. Lead is cheap and heavy. Racing boats tilt theirs."
)


@pytest.mark.parametrize(
    ("reply", "drawn"),
    [
        ("They stay upright because of the keel.", "A keel keeps a sailing boat upright."),
        ("A third of the boat.", "It weighs a third of the boat."),
        ("Of lead, mostly.", "Most keels are of lead."),
        (
            "Most keels are of lead, as lead is cheap and heavy.",
            "Most keels are of lead. Lead is cheap and heavy.",
        ),
        ("They tilt theirs while racing.", "Racing boats tilt theirs."),
        ("Nothing else.", ""),
        ("", ""),
    ],
)
def test_what_a_reply_draws_on_are_the_sentences_most_alike(reply: str, drawn: str) -> None:
    assert drawn_on(reply, NOTE) == drawn


def test_a_question_in_two_places_is_not_asked_once() -> None:
    reply = "Yes [1]."
    first = Lesson("a", ["n", "n"], [("why", "Why?", reply), ("who", "Who?", reply)], ["When?"])
    other = Lesson("b", ["n", "n"], [("how", "How?", reply)], ["who?", "Where?"])
    third = Lesson("c", ["n", "n"], [("what", "What?", reply)], ["Where?"])
    assert asked_once([first, other, third]) == {"why?", "when?", "how?", "what?"}


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
