"""Starters are questions that the course itself asks."""

from __future__ import annotations

import pytest

from tutor.chat.starters import LONGEST, starters
from tutor.chunks import Chunker
from tutor.config import ROOT
from tutor.documents import read_document
from tutor.records import Chunk, Place


def _chunks(*names: str) -> list[Chunk]:
    chunker = Chunker(lambda text: len(text.split()), 150)
    found: list[Chunk] = []
    for name in names:
        found += chunker.split(read_document(ROOT / "corpus" / name, name))
    return found


@pytest.fixture(scope="module")
def course_chunks() -> list[Chunk]:
    names = sorted(path.name for path in (ROOT / "corpus").iterdir() if path.is_file())
    return _chunks(*names)


def test_they_stand_in_the_course_word_for_word(course_chunks: list[Chunk]) -> None:
    texts = "\n".join(chunk.text for chunk in course_chunks)
    picked = starters(course_chunks)
    assert len(picked) == 6
    assert all(question in texts for question in picked)


def test_they_are_short_and_of_different_documents(course_chunks: list[Chunk]) -> None:
    picked = starters(course_chunks)
    sources = {
        chunk.source for question in picked for chunk in course_chunks if question in chunk.text
    }
    assert len(sources) == 6
    assert all(len(question) <= LONGEST for question in picked)


def test_one_document_gives_several() -> None:
    picked = starters(_chunks("unit-3-transformers.md"), count=4)
    assert len(set(picked)) == 4


def test_without_review_questions_the_headings_are_asked_about() -> None:
    chunks = [
        Chunk("a.md", Place("section", "Course > Mode collapse"), "…", ("Course", "Mode collapse")),
        Chunk("a.md", Place("section", "Course > 1.2 x"), "…", ("Course", "1.2 x?")),
        Chunk("b.md", Place("section", "Course > GAN loss"), "…", ("Course", "GAN loss")),
    ]
    assert starters(chunks) == ["What is mode collapse?", "What is GAN loss?"]


def test_without_either_there_are_none() -> None:
    assert starters([Chunk("a.txt", Place("section", ""), "Is this one? No.")]) == []
    assert starters([]) == []
