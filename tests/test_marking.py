"""A student's answers to a quiz, told right or wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tutor.marking import marked
from tutor.quiz import GAP, asked_in
from tutor.records import Message

QUIZ = """2 questions on GANs, from the course's own sentences. Which term fills the gap?

1. A(n) _____ draws pictures from noise.  (generator / encoder / seed / loss)
2. The _____ tells real from made.  (encoder / discriminator / generator / ELBO)

Answers: 1. generator [1] · 2. discriminator [2]"""
HISTORY = [Message("user", "quiz me on GANs"), Message("assistant", QUIZ)]


@pytest.mark.parametrize(
    ("message", "verdicts"),
    [
        ("generator", ["Question 1: “generator” is right"]),
        ("is it the generator?", ["Question 1: “generator” is right"]),
        ("I think it's the ELBO", ["Question 2: it is not “ELBO” but “discriminator”"]),
        ("seed", ["Question 1: it is not “seed” but “generator”"]),
        ("1a 2b", ["Question 1: “generator” is right", "Question 2: “discriminator” is right"]),
        ("a, a", ["Question 1: “generator” is right", "Question 2: it is not “encoder”"]),
        ("2) b", ["Question 2: “discriminator” is right"]),
        ("1: encoder 2: discriminator", ["Question 1: it is not", "Question 2: “discr"]),
        ("what's the answer to question 2?", ["Question 2: the answer is “discriminator”"]),
        ("I don't know", ["Question 1: the answer is", "Question 2: the answer is"]),
        ("b", ["Question 1 or another one?"]),
    ],
)
def test_an_answer_is_marked(message: str, verdicts: list[str]) -> None:
    told = (marked(message, HISTORY) or "").split("\n\n")
    assert len(told) == len(verdicts)
    for line, verdict in zip(told, verdicts, strict=True):
        assert line.startswith(verdict)


@pytest.mark.parametrize(
    "message",
    [
        "What is a generator?",
        "why is it the generator?",
        "generator loss",
        "now on VAEs",
        "5 more",
        "another one",
        "what about attention?",
        "number 2 is wrong",
        "2",
        "skip",
    ],
)
def test_all_else_is_no_answer(message: str) -> None:
    assert marked(message, HISTORY) is None


def test_one_answer_after_the_other() -> None:
    first = marked("1a", HISTORY)
    assert first is not None
    on = [*HISTORY, Message("user", "1a"), Message("assistant", first)]
    assert (marked("2b", on) or "").startswith("Question 2: “discriminator” is right")
    asked = [*HISTORY, Message("user", "What is a GAN?"), Message("assistant", "> It is.")]
    assert marked("2b", asked) is None
    assert marked("generator", []) is None


def test_a_filled_gap_has_its_article() -> None:
    first, second = asked_in(QUIZ)
    assert first.filled == "A generator draws pictures from noise."
    begins = replace(first, question=f"{GAP} keeps the content.", answer="style transfer")
    assert begins.filled == "Style transfer keeps the content."
    assert second.choices == ("encoder", "discriminator", "generator", "ELBO")
    assert asked_in("> A quote.") == []
