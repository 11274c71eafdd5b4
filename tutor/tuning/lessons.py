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

The notes come first, numbered from 1; each question has its kind, and one reply in one line.
Of some lessons a second one is made that lacks a note: the questions that only
this note answers are to be declined there, in the very words in which they were
answered before. So the notes must be read; the question alone tells nothing.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tutor.errors import TutorError
from tutor.index.words import words_of
from tutor.tuning.decisions import DECLINES
from tutor.tuning.examples import MARKER, Example
from tutor.windows import windows_of

BLOCK = 5
"""Lessons of a file that make a topic: they were written one after the other."""
WITHOUT = 0.4
"""The share of the lessons that come once more with a note taken out."""
STRANGER = 0.25
"""The share of the lessons that get a note of another lesson besides."""
_NOTE = re.compile(r"@(\d+)(?:\s+(.*))?$")
_CITED = re.compile(r"\[(\d+)\]")


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
            first, *lines = block.strip().split("\n")
            lesson = Lesson(first.removeprefix("#").strip())
            try:
                _read(lesson, lines)
                _check(lesson)
            except ValueError as wrong:
                raise TutorError(f"{file}: lesson {lesson.topic!r}: {wrong}") from None
            found.append(lesson)
    return found


def _read(lesson: Lesson, lines: Sequence[str]) -> None:
    """Put a lesson's lines where they belong; a ValueError names one that belongs nowhere."""
    for line in lines:
        mark, rest = line[:2].rstrip(), line[2:].strip()
        if not lesson.asked and mark != "?":
            _read_note(lesson, line)
        elif mark == "?":
            kind, _, question = (part.strip() for part in rest.partition("|"))
            if not (kind and question):
                raise ValueError(f"{line!r} is no kind and question with a bar between them")
            lesson.asked.append((kind, question, ""))
        elif mark == "=" and not lesson.asked[-1][2]:
            lesson.asked[-1] = (*lesson.asked[-1][:2], rest)
        elif mark == "!" and rest:
            lesson.missing.append(rest)
        elif line.strip():
            raise ValueError(f"{line!r} is no question, its one reply or near miss")
    lesson.notes = [note.strip() for note in lesson.notes]


def _read_note(lesson: Lesson, line: str) -> None:
    if heading := _NOTE.match(line):
        if int(heading[1]) != len(lesson.notes) + 1:
            raise ValueError(f"{line!r} is not note {len(lesson.notes) + 1}")
        lesson.notes.append(heading[2] or "")
    elif line.startswith(("?", "! ")) or (line.strip() and not lesson.notes):
        raise ValueError(f"{line!r} stands before the first note or question")
    elif lesson.notes:
        lesson.notes[-1] += f"\n{line}"


def _check(lesson: Lesson) -> None:
    if len(lesson.notes) < 2:
        raise ValueError("fewer than two notes")
    if not all("\n" in note for note in lesson.notes):
        raise ValueError("a note has nothing below its heading")
    if not lesson.asked:
        raise ValueError("no question")
    there = range(1, len(lesson.notes) + 1)
    for _, question, reply in lesson.asked:
        cited = {int(number) for number in _CITED.findall(reply)}
        if not cited or not all(number in there for number in cited):
            raise ValueError(f"the reply to {question!r} cites no note that is there")


def cited_by(reply: str) -> set[int]:
    """The numbers of the notes that a reply cites."""
    return {int(number) for number in MARKER.findall(reply)}


def drawn_on(reply: str, note: str) -> str:
    """The sentences of a note that have most words in common with a reply; empty if none has any.

    Dice's coefficient weighs what both share against all that they say, so neither a long run of
    sentences that happens to hold every word wins, nor one of two that were both drawn on.
    """
    said = set(words_of(reply))
    best, most = "", 0.0
    for window in windows_of(note, 0, 4, 90):
        words = set(words_of(window.text))
        alike = 2 * len(words & said) / max(len(words) + len(said), 1)
        if alike > most:
            best, most = window.text, alike
    return best


def asked_once(lessons: Sequence[Lesson]) -> set[str]:
    """The questions that stand in a single place: what one lesson misses, another may answer."""
    count = Counter(
        question.lower()
        for lesson in lessons
        for question in (*(question for _, question, _ in lesson.asked), *lesson.missing)
    )
    return {question for question, times in count.items() if times == 1}


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
