"""Lessons: notes of one topic, questions that they answer, and near misses that they do not.

A file of lessons (`tests/data/lessons/*.txt`) is made to be written by hand:

    # mode collapse
    @1 Why it happens
    The loss asks for no variety.
    @2 What helps
    - minibatch discrimination
    ? why | Why does a generator draw only one kind of digit?
    = The loss asks for no variety [1].
    ! Who first described it?
    ---

Of some lessons a second one is made that lacks a note: the questions that only
this note answers are to be declined there, in the very words in which they were
answered before. So the notes must be read; the question alone tells nothing.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tutor.errors import TutorError
from tutor.tuning.decisions import DECLINES
from tutor.tuning.examples import MARKER, Example

BLOCK = 5
"""Lessons of a file that make a topic: they were written one after the other."""
WITHOUT = 0.4
"""The share of the lessons that come once more with a note taken out."""
STRANGER = 0.25
"""The share of the lessons that get a note of another lesson besides."""
_NOTE = re.compile(r"@\d\s*(.*)")


@dataclass(slots=True)
class Lesson:
    """Notes with their headings; questions with their kinds and replies; what is not answered."""

    topic: str
    notes: list[str] = field(default_factory=list)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def read_lessons(file: Path) -> list[Lesson]:
    """The lessons of a file.

    Raises:
        TutorError: a lesson is not in the form above, or cites a note that it lacks.
    """
    found = []
    for block in re.split(r"^---\s*$", file.read_text(encoding="utf-8"), flags=re.MULTILINE):
        if block.strip():
            lesson = _lesson(block.strip())
            if wrong := _wrong(lesson):
                raise TutorError(f"{file}: lesson {lesson.topic!r}: {wrong}")
            found.append(lesson)
    return found


def _lesson(block: str) -> Lesson:
    first, *lines = block.split("\n")
    lesson = Lesson(first.removeprefix("#").strip())
    for line in lines:
        mark, rest = line[:2], line[2:].strip()
        if (heading := _NOTE.match(line)) and not lesson.asked:
            lesson.notes.append(heading[1].strip())
        elif mark == "? ":
            kind, _, question = rest.partition("|")
            lesson.asked.append((kind.strip(), question.strip(), ""))
        elif mark == "= " and lesson.asked:
            lesson.asked[-1] = (*lesson.asked[-1][:2], rest)
        elif mark == "! ":
            lesson.missing.append(rest)
        elif lesson.notes and not lesson.asked:
            lesson.notes[-1] += f"\n{line}"
        elif line.strip():
            lesson.asked.append(("", line, ""))  # named as a question without a reply
    lesson.notes = [note.strip() for note in lesson.notes]
    return lesson


def _wrong(lesson: Lesson) -> str:
    if len(lesson.notes) < 2:
        return "fewer than two notes"
    for _, question, reply in lesson.asked:
        cited = cited_by(reply)
        if not cited or max(cited) > len(lesson.notes):
            return f"the reply to {question!r} cites no note that is there"
    return ""


def cited_by(reply: str) -> set[int]:
    """The numbers of the notes that a reply cites."""
    return {int(number) for number in MARKER.findall(reply)}


def make_lessons(files: Sequence[Path], seed: int) -> Iterator[Example]:
    """The examples of all lessons; those of one set of notes come one after the other."""
    pick = random.Random(seed)
    for file in sorted(files):
        lessons = read_lessons(file)
        for number, lesson in enumerate(lessons):
            topic = f"{file.stem}/{number // BLOCK}"
            others = [other for other in lessons if other is not lesson]
            yield from _posed(lesson, set(), topic, others, pick)
            if pick.random() < WITHOUT:
                out = pick.randrange(len(lesson.notes)) + 1
                yield from _posed(lesson, {out}, topic, others, pick)


def _posed(
    lesson: Lesson, out: set[int], topic: str, others: Sequence[Lesson], pick: random.Random
) -> Iterator[Example]:
    """The lesson's questions, to its notes in any order but for those of `out`."""
    order = [n for n in range(1, len(lesson.notes) + 1) if n not in out]
    pick.shuffle(order)
    notes = [lesson.notes[n - 1] for n in order]
    if others and pick.random() < STRANGER:
        place = pick.randrange(len(notes) + 1)
        notes.insert(place, pick.choice(pick.choice(others).notes))
        order.insert(place, 0)
    places = {n: place for place, n in enumerate(order, start=1) if n}
    for _, question, reply in lesson.asked:
        cited = cited_by(reply)
        if cited <= places.keys():
            marked = MARKER.sub(lambda found: f" [{places[int(found[1])]}]", reply)
            yield Example(tuple(notes), question, "normal", marked, "place", topic)
        elif cited <= out:
            yield _declined(notes, question, topic)
    for question in lesson.missing:
        yield _declined(notes, question, topic)


def _declined(notes: Sequence[str], question: str, topic: str) -> Example:
    return Example(tuple(notes), question, "normal", DECLINES, "unanswerable", topic)
