"""What a tool showed is told again to one who asks about it, and to nobody else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tutor.config import Settings
from tutor.index import Scores
from tutor.judge import Judge, load_judge
from tutor.recall import recall
from tutor.records import Message, ToolCall
from tutor.tools.router import Routed

CAPTION = (
    "16 7s that no one wrote: each began as 64 random numbers, and one pass through the generator "
    "made the image. A reader trained on real digits reads 94% of them as meant. Look for broken "
    "or doubled strokes."
)
QUOTED = "> The generator makes pictures of noise.\n>\n> [1] gan.md, § Generator"
SHOWN = [
    Message("user", "show me sixteen sevens from the GAN"),
    Message("assistant", f"{CAPTION}\n\n{QUOTED}"),
]


@pytest.fixture(scope="module")
def judge(settings: Settings) -> Judge:
    return load_judge(settings)


def a_lab(text: str, history: object) -> Routed:
    return Routed(ToolCall("gan", {}) if "GAN" in text else None)


def test_the_sentence_that_answers_is_told(judge: Judge) -> None:
    said = recall("How many of them does the reader read as meant?", SHOWN, a_lab, judge.score)
    assert said.startswith("As was shown above: A reader trained on real digits reads 94%")


def test_a_tool_chosen_without_words_is_asked_about_too(judge: Judge) -> None:
    chosen = [Message("user", "Attention The cat", ToolCall("attention", {})), SHOWN[1]]
    said = recall("How many of them does the reader read as meant?", chosen, a_lab, judge.score)
    assert "94%" in said


def test_the_course_goes_before_where_it_answers_better(judge: Judge) -> None:
    question = "What is mode collapse?"
    definition = "Mode collapse is the failure in which the generator makes a few kinds of output."
    showed = [SHOWN[0], Message("assistant", "Look for mode collapse in the sevens.")]
    assert recall(question, showed, a_lab, judge.score, [definition]) == ""
    asked = "How many of them does the reader read as meant?"
    assert "94%" in recall(asked, SHOWN, a_lab, judge.score, [definition])


@pytest.mark.parametrize(
    "question", ["How do I renew a passport in Norway?", "Who was the first king of Denmark?"]
)
def test_what_it_did_not_say_is_not_told(judge: Judge, question: str) -> None:
    assert recall(question, SHOWN, a_lab, judge.score) == ""


def test_the_courses_own_words_below_are_not_the_tools(judge: Judge) -> None:
    quoted_only = [SHOWN[0], Message("assistant", QUOTED)]
    assert recall("What makes pictures of noise?", quoted_only, a_lab, judge.score) == ""


def test_of_a_quiz_neither_its_answers_nor_its_markers_are_told() -> None:
    quiz = "One question. Which term fills the gap?\n\n1. A _____ draws. [1]\n\nAnswers: 1. GAN [1]"
    showed = [SHOWN[0], Message("assistant", quiz)]

    def every(question: str, texts: Sequence[str]) -> Scores:
        assert not any("GAN" in text or "[1]" in text for text in texts)
        return np.ones(len(texts), np.float32)

    assert recall("Which term?", showed, a_lab, every).startswith("As was shown above")


def test_an_interval_in_what_it_said_stays_whole() -> None:
    showed = [SHOWN[0], Message("assistant", "The pixels of the sevens lie in [0, 1].")]

    def every(question: str, texts: Sequence[str]) -> Scores:
        return np.ones(len(texts), np.float32)

    said = recall("Where do they lie?", showed, a_lab, every)
    assert said == r"As was shown above: The pixels of the sevens lie in \[0, 1\]."


@pytest.mark.parametrize(
    "history",
    [[], SHOWN[:1], [Message("user", "What is mode collapse?"), SHOWN[1]], [SHOWN[1], SHOWN[0]]],
)
def test_without_a_tool_before_there_is_nothing(judge: Judge, history: list[Message]) -> None:
    question = "How many of them does the reader read as meant?"
    assert recall(question, history, a_lab, judge.score) == ""
