"""Coverage: the judge is asked about the likeliest windows, and its best word counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tutor import coverage
from tutor.answer import Tutor
from tutor.assembly import load_tutor
from tutor.config import Settings
from tutor.evidence import Selector
from tutor.judge import Judge
from tutor.mentions import Unmentioned
from tutor.records import Chunk, Hit, Place

CHUNK = Chunk("a.md", Place("page", 1), "text")
NEAR = [Hit(CHUNK, 1, 0.5, cosine=0.5)]


def test_where_nothing_is_near_the_judge_has_to_be_surer() -> None:
    far = [Hit(CHUNK, 1, 0.1, cosine=0.1, bm25=0.1), Hit(CHUNK, 2, 0.1, cosine=0.05)]
    assert coverage.doubt(NEAR) == 0
    assert coverage.doubt([*far, *NEAR]) == 0  # the nearest counts
    assert 0 < coverage.doubt(far) < coverage.doubt(far[1:]) < coverage.doubt([])
    assert coverage.covers("?", NEAR, ["x" * 12], by_length)
    assert not coverage.covers("?", far, ["x" * 12], by_length)
    assert coverage.covers("?", far, ["x" * 30], by_length)


def test_a_topic_is_known_by_its_sense_or_by_its_words() -> None:
    far = [Hit(CHUNK, 1, 0.1, cosine=0.1, bm25=0.1)]
    assert not coverage.on_subject(far)
    assert coverage.on_subject([*far, Hit(CHUNK, 2, 0.1, cosine=0.1, bm25=0.9)])
    assert not coverage.on_subject([])


def by_length(question: str, passages: Sequence[str]) -> np.ndarray:
    """Stands for a judge: the longer, the surer."""
    return np.array([len(text) - 10 for text in passages], dtype=np.float32)


def test_one_answer_among_many_is_enough() -> None:
    assert coverage.covers("?", NEAR, ["short", "x" * 30, "tiny"], by_length)
    assert not coverage.covers("?", NEAR, ["short", "tiny"], by_length)


def test_only_the_likeliest_are_read() -> None:
    late = ["short"] * coverage.CANDIDATES + ["x" * 30]
    assert not coverage.covers("?", NEAR, late, by_length)
    assert coverage.covers("?", NEAR, late[1:], by_length)


def test_no_more_is_read_once_the_answer_is_found() -> None:
    read: list[str] = []

    def score(question: str, passages: Sequence[str]) -> np.ndarray:
        read.extend(passages)
        return by_length(question, passages)

    assert coverage.covers("?", NEAR, ["x" * 30, *["short"] * 40], score)
    assert len(read) == coverage.FIRST
    read.clear()
    assert not coverage.covers("?", NEAR, ["short"] * 40, score)
    assert len(read) == coverage.CANDIDATES


def test_what_the_course_never_mentions_asks_for_a_surer_judge() -> None:
    name, word = Unmentioned(names=("LoRA",)), Unmentioned(words=("gamma",))
    assert 0 < coverage.doubt(NEAR, word) < coverage.doubt(NEAR, name)
    both = Unmentioned(("LoRA",), ("gamma",))
    assert coverage.doubt(NEAR, both) > coverage.doubt(NEAR, name)
    for lacking in (name, word):
        enough = round(coverage.THRESHOLD + coverage.doubt(NEAR, lacking) + 10.5)
        assert not coverage.covers("?", NEAR, ["x" * 10], by_length, lacking)
        assert coverage.covers("?", NEAR, ["x" * enough], by_length, lacking)


def test_nothing_found_covers_nothing() -> None:
    assert not coverage.answered("?", [], by_length)
    assert not coverage.covers("?", NEAR, [], by_length)


@pytest.fixture(scope="module")
def evidence_only(course: Settings) -> Tutor:
    """The tutor of the small course without a language model."""
    return load_tutor(course.model_copy(update={"model": "none"}))


@pytest.mark.parametrize(
    ("question", "covered"),
    [
        ("What is mode collapse?", True),
        ("Which loss reduces mode collapse?", True),
        ("How do volcanoes form?", False),
        ("When is the exam?", False),
        ("How is the Wi-Fi password reset?", False),
        ("What is the best way to bake sourdough bread?", False),
    ],
)
def test_with_the_real_judge_on_a_real_course(
    evidence_only: Tutor, judge: Judge, question: str, covered: bool
) -> None:
    retriever = evidence_only.retriever
    vector = retriever.embed(question)
    hits = retriever.search(question, 8, vector)
    selection = Selector(evidence_only._encode).select(vector, hits)
    assert coverage.covers(question, hits, selection.candidates, judge.score) is covered


def test_a_second_reader_is_asked_where_the_judge_is_in_doubt() -> None:
    asked: list[bool] = []

    def covers(length: int, declines: float | None) -> bool:
        def second() -> float | None:
            asked.append(True)
            return declines

        passages = ["x" * length]  # by_length: the log-odds are length - 10
        return coverage.covers("?", NEAR, passages, by_length, second=second)

    sure = round(coverage.SURE) + 2
    assert covers(10 + sure, 9.0)
    assert not covers(10 - sure, -9.0)
    assert not asked
    assert covers(10, -1)
    assert not covers(10, 9)
    assert not covers(9, 1)
    assert covers(9, -9)
    assert covers(10, None)
    assert not covers(9, None)
    assert len(asked) == 6


def test_what_the_second_reader_could_not_change_is_not_read_to_the_end() -> None:
    read: list[str] = []

    def score(question: str, passages: Sequence[str]) -> np.ndarray:
        read.extend(passages)
        return by_length(question, passages)

    assert coverage.covers("?", NEAR, ["x" * 30, *["short"] * 40], score, second=lambda: 9.0)
    assert len(read) == coverage.FIRST
