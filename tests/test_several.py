"""Several questions in one message, each looked up."""

from __future__ import annotations

import pytest

from tests.test_answer import check
from tutor.answer import Tutor
from tutor.records import Evidence, Place
from tutor.several import numbered, parts


@pytest.mark.parametrize(
    ("message", "questions"),
    [
        ("What is dropout? What is perplexity?", ["What is dropout?", "What is perplexity?"]),
        ("What is a VAE? What is dropout?", ["What is a VAE?", "What is dropout?"]),
        (
            "What is a GAN, and how is it trained? Also what is a VAE?",
            ["What is a GAN, and how is it trained?", "what is a VAE?"],
        ),
        (
            "What is a VAE? How does it work? What is dropout?",
            ["What is a VAE? How does it work?", "What is dropout?"],
        ),
        ("Hi! what is BLEU? and what is ROUGE", ["Hi! what is BLEU?", "what is ROUGE"]),
        ("Who made GANs?\nWhy do they collapse?", ["Who made GANs?\nWhy do they collapse?"]),
        ("Who invented GANs?\nWhy is BLEU used?", ["Who invented GANs?", "Why is BLEU used?"]),
        ("What is dropout? Explain beam search.", ["What is dropout?", "Explain beam search."]),
        (
            "What is attention? Why do we need positional encodings?",
            ["What is attention?", "Why do we need positional encodings?"],
        ),
        ("What is dropout? What is the ELBO?", ["What is dropout?", "What is the ELBO?"]),
    ],
)
def test_questions_that_stand_alone_are_apart(message: str, questions: list[str]) -> None:
    found = [" ".join(part.split()) for part in parts(message)]
    assert found == [" ".join(question.split()) for question in questions]


@pytest.mark.parametrize(
    "message",
    [
        "What is dropout?",
        "What is a GAN? I don't get it",
        "What is a VAE? How does it work?",
        "What is a VAE? What does the encoder do?",
        "What is a GAN? How does training work?",
        "What is a GAN? And why?",
        "What is beam search? What is the advantage?",
        "What is perplexity? What is a good value?",
        "What is better for text? An RNN or a Transformer?",
        "Why does GAN training collapse? Is the generator too weak?",
        "Can you help me? What is dropout?",
        "Really? What is dropout?",
        "What is a GAN? How do they differ from autoregressive models of language and pictures?",
        "What is dropout? Thanks!",
        "What?? Why???",
        "",
    ],
)
def test_what_leans_stays_together(message: str) -> None:
    assert parts(message) == (message,)


def test_markers_are_numbered_through_and_a_shared_quote_stands_once() -> None:
    first = Evidence(1, "a.md", Place("page", 1), "one", 0.5)
    second = Evidence(1, "a.md", Place("page", 2), "two", 0.4)
    assert [(p.marker, p.quote) for p in numbered([first, second, first])] == [
        (1, "one"),
        (2, "two"),
    ]


@pytest.mark.parametrize("form", ["normal", "short"])
def test_each_question_has_its_quotes(form: str, quotes_only: Tutor) -> None:
    message = "What is mode collapse? What is nucleus sampling?"
    answer = check(list(quotes_only.answer(message, form=form)))  # type: ignore[arg-type]
    assert answer.covered
    assert {piece.source for piece in answer.evidence} == {"gan.md", "sampling.md"}


def test_it_is_said_which_question_is_not_covered(quotes_only: Tutor) -> None:
    message = "How do I renew a passport in Norway? What is mode collapse?"
    answer = check(list(quotes_only.answer(message)))
    assert answer.covered
    assert answer.text.startswith("The course's documents do not answer “How do I renew")
    assert {piece.source for piece in answer.evidence} == {"gan.md"}


def test_of_four_questions_three_are_taken(quotes_only: Tutor) -> None:
    message = (
        "What is mode collapse? What is nucleus sampling? What is maximum likelihood? "
        "Who introduced generative adversarial networks?"
    )
    answer = check(list(quotes_only.answer(message)))
    assert "3 questions at a time" in answer.text
    assert "gan.md" in {piece.source for piece in answer.evidence}


def test_a_misspelt_question_says_how_it_was_read(quotes_only: Tutor) -> None:
    answer = check(list(quotes_only.answer("wat is mode colapse")))
    assert answer.covered
    assert answer.text.startswith("I read “colapse” as “collapse”.\n\n> ")


def test_a_covered_question_is_taken_as_it_is_written(quotes_only: Tutor) -> None:
    answer = check(list(quotes_only.answer("What is mode collapse?")))
    assert "I read" not in answer.text


@pytest.fixture(scope="module")
def quotes_only(tutor: Tutor) -> Tutor:
    """The small course's tutor without its language model, which has no part in this."""
    return Tutor(tutor._settings, tutor.retriever, tutor.encode, tutor._judge, None, tutor.tools)
