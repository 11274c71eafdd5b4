"""Coverage: the judge is asked about the likeliest windows, and its best word counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tutor import coverage
from tutor.assembly import load_tutor
from tutor.config import Settings
from tutor.evidence import Selector
from tutor.judge import load_judge


def by_length(question: str, passages: Sequence[str]) -> np.ndarray:
    """Stands for a judge: the longer, the surer."""
    return np.array([len(text) - 10 for text in passages], dtype=np.float32)


def test_one_answer_among_many_is_enough() -> None:
    assert coverage.covers("?", ["short", "x" * 30, "tiny"], by_length)
    assert not coverage.covers("?", ["short", "tiny"], by_length)


def test_only_the_likeliest_are_read() -> None:
    late = ["short"] * coverage.CANDIDATES + ["x" * 30]
    assert not coverage.covers("?", late, by_length)
    assert coverage.covers("?", late[1:], by_length)


def test_nothing_found_covers_nothing() -> None:
    assert coverage.log_odds("?", [], by_length) == float("-inf")
    assert not coverage.covers("?", [], by_length)


@pytest.mark.parametrize(
    ("question", "covered"),
    [
        ("What is mode collapse?", True),
        ("Which loss reduces mode collapse?", True),
        ("How do volcanoes form?", False),
        ("When is the exam?", False),
        ("How is the Wi-Fi password reset?", False),
    ],
)
def test_with_the_real_judge_on_a_real_course(
    course: Settings, question: str, covered: bool
) -> None:
    tutor = load_tutor(course.model_copy(update={"model": "none"}))
    selector = Selector(load_retriever_encode(tutor))
    vector = tutor.retriever.embed(question)
    selection = selector.select(vector, tutor.retriever.search(question, 8, vector))
    assert coverage.covers(question, selection.candidates, load_judge(course).score) is covered


def load_retriever_encode(tutor):
    return tutor._encode
