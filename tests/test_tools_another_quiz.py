"""The quiz before once more: what counts as a new topic after one, and what is an answer."""

from __future__ import annotations

import pytest

from tutor.records import ToolCall
from tutor.tools.another_quiz import another, is_another, topic_of_it
from tutor.tools.words import Reader, Utterance

BEFORE = ToolCall("quiz", {"topic": "GANs", "n": 4})


def said(text: str) -> Utterance:
    return Reader(()).read(text)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("now on transformers", "transformers"),
        ("what about attention?", "attention"),
        ("and on VAEs please", "VAEs"),
        ("ok, next diffusion models", "diffusion models"),
    ],
)
def test_what_words_lead_to_is_a_new_topic(text: str, topic: str) -> None:
    assert is_another(said(text))
    assert another(BEFORE, said(text)).arguments["topic"].startswith(topic)


@pytest.mark.parametrize("text", ["generator", "the generator", "b", "skip", "second one", "5"])
def test_an_answer_is_no_topic(text: str) -> None:
    assert not is_another(said(text)) or another(BEFORE, said(text)).arguments["topic"] == "GANs"


def test_twice_as_many_questions_are_of_the_same_topic() -> None:
    assert is_another(said("double it"))
    assert another(BEFORE, said("double it")).arguments == {"topic": "GANs", "n": 8}


def test_that_is_what_a_lab_showed_and_no_quiz() -> None:
    assert topic_of_it(ToolCall("gan", {}), "quiz me on that") == {"topic": "GANs"}
    assert topic_of_it(ToolCall("hidden_markov", {}), "quiz me on it")["topic"] == "hidden markov"
    assert topic_of_it(BEFORE, "quiz me on that") == {}
    assert topic_of_it(ToolCall("gan", {}), "quiz me on attention") == {}
