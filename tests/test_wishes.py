"""Wishes for a lab as what follow-ups lean on."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tutor.conversation import meant
from tutor.records import Message, ToolCall
from tutor.tools.router import Routed
from tutor.wishes import as_questions, meant_after

GAN = ToolCall("gan", {"action": "sample", "digit": 7})
WISH = Message("user", "show me sixteen sevens from the GAN")
SHOWN = Message("assistant", "16 sevens.")


def wanted(question: str, history: Sequence[Message]) -> Routed:
    return Routed(GAN if question == WISH.content else None)


@pytest.mark.parametrize("wish", [WISH, Message("user", "/GAN 16 sevens", GAN)])
@pytest.mark.parametrize("question", ["why is it blurry?", "how is it trained?", "why?"])
def test_a_follow_up_is_of_what_the_lab_shows(question: str, wish: Message) -> None:
    asked = meant_after(question, [wish, SHOWN], wanted)
    assert asked.question == f"What is generative adversarial network? {question}"
    assert asked.own == question


def test_a_form_is_of_what_the_lab_shows() -> None:
    asked = meant_after("explain it simpler", [WISH, SHOWN], wanted)
    assert asked.again
    assert asked.form == "simple"
    assert asked.question == "What is generative adversarial network?"


def test_an_unusual_action_says_more_than_its_lab() -> None:
    collapse = ToolCall("gan", {"action": "collapse"})
    (turn,) = as_questions([Message("user", "/GAN", collapse)], wanted)
    assert "collapse" in turn.content


@pytest.mark.parametrize(
    ("name", "arguments", "content"),
    [
        ("search_course", {"topic": "dropout"}, "What is dropout?"),
        ("quiz", {"n": 5}, "/it"),
        ("quiz", {"topic": "VAEs"}, "What is VAEs?"),
    ],
)
def test_other_tools_speak_of_their_topic(
    name: str, arguments: dict[str, object], content: str
) -> None:
    (turn,) = as_questions([Message("user", "/it", ToolCall(name, arguments))], wanted)
    assert turn.content == content


@pytest.mark.parametrize("question", ["What is dropout?", "What is a VAE?", "thanks"])
def test_what_stands_alone_is_taken_as_ever(question: str) -> None:
    history = [WISH, SHOWN]
    assert meant_after(question, history, wanted) == meant(question, history)


def test_without_tools_and_after_questions_nothing_changes() -> None:
    history = [Message("user", "What is a VAE?"), Message("assistant", "> A VAE")]
    for question in ("why is it blurry?", "shorter please"):
        assert meant_after(question, history, wanted) == meant(question, history)
        assert meant_after(question, [WISH, SHOWN], None) == meant(question, [WISH, SHOWN])
