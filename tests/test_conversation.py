"""Conversations: which questions lean on the turns before, and which are none at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.config import FormName
from tutor.conversation import is_follow_up, meant, standalone
from tutor.form_words import read_form
from tutor.records import Message
from tutor.study import BEFORE_I_SHOW

STANDALONE = [
    "What is a GAN?",
    "What is a VAE?",
    "Define GAN.",
    "What is SGD?",
    "Why do GANs collapse?",
    "Can you explain backpropagation?",
    "Could you explain what a variational autoencoder is?",
    "Show the architecture of a transformer",
    "What does the temperature do to the softmax?",
    "How many steps does the forward process of diffusion have?",
    "What is the difference between the generator and the discriminator network?",
    "Who proposed adversarial training?",
    "Explain the evidence lower bound in simple terms",
    "mode collapse",
    "softmax function",
    "Sort the steps of training a GAN",
    "orthogonal initialisation",
    "what is a vae?",
    "what is rag?",
    "define pca",
    "What is one-hot encoding?",
    "What is the first step of training a GAN?",
    "Which has more parameters, BERT or GPT?",
    "what is the last layer of a cnn?",
    "What is the second term of the ELBO?",
    "What is the first step of backpropagation?",
    "What is more stable, a GAN or a VAE?",
    "What was the first GAN?",
    "Is PCA the same as SVD?",
    "Are GANs or VAEs more stable?",
]

FOLLOW_UPS = [
    "Why?",
    "Why not?",
    "How?",
    "And the second one?",
    "How does it work?",
    "What about the discriminator?",
    "How about top-k?",
    "Can you explain that again?",
    "Explain this, please",
    "Give me an example",
    "Another example?",
    "Who invented it?",
    "What are its disadvantages?",
    "shorter please",
    "In German?",
    "And then?",
    "tell me more",
    "When was that published?",
    "another?",
    "and the other?",
    "What is the first step of training?",
    "How does the second network differ from a VAE?",
    "Is the second term always positive?",
    "Which is more important, the first or the last?",
    "Is the second a loss?",
    "Is the last layer a softmax or a sigmoid?",
    "Which other GANs are there?",
    "Is the same true for images?",
    "Does GPT have more layers?",
]


@pytest.mark.parametrize("question", STANDALONE)
def test_a_question_that_stands_alone(question: str) -> None:
    assert not is_follow_up(question)


@pytest.mark.parametrize("question", FOLLOW_UPS)
def test_a_question_that_leans_on_the_turn_before(question: str) -> None:
    assert is_follow_up(question)


def turns(*contents: str) -> list[Message]:
    """User and assistant in turn, the user first."""
    return [Message("assistant" if i % 2 else "user", text) for i, text in enumerate(contents)]


def test_a_follow_up_is_asked_with_what_it_leans_on() -> None:
    history = turns("What is mode collapse?", "Mode collapse means ...")
    assert standalone("Why does it happen?", history) == (
        "What is mode collapse? Why does it happen?"
    )


@pytest.mark.parametrize("question", STANDALONE)
def test_a_question_that_stands_alone_is_left_as_it_is(question: str) -> None:
    subject = question.removesuffix(" in simple terms")  # that is its form, not looked up
    assert standalone(question, turns("What is mode collapse?", "...")) == subject


def test_follow_ups_in_a_row_lean_on_the_last_question_that_stood_alone() -> None:
    history = turns(
        "What is mode collapse?",
        "...",
        "What is label smoothing?",
        "...",
        "Why?",
        "...",
        "And then?",
        "...",
    )
    assert standalone("How?", history) == "What is label smoothing? How?"


def test_a_long_socratic_exchange_is_read_once_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = 30
    history = turns(*["What is mode collapse?", f"{BEFORE_I_SHOW} what it is ..."] * rounds)
    read: list[str] = []

    def counted(message: str) -> tuple[FormName | None, str]:
        read.append(message)
        return read_form(message)

    monkeypatch.setattr("tutor.conversation.read_form", counted)
    assert meant("a few kinds of samples", history).reply == "a few kinds of samples"
    assert len(read) < 5 * len(history)


def test_a_reply_to_the_tutors_question_is_no_question_of_its_own() -> None:
    asked = ["Why do GANs collapse?", f"{BEFORE_I_SHOW} …", "one sample always wins", "Yes."]
    assert standalone("And why?", turns(*asked)) == "Why do GANs collapse? And why?"
    again = meant("the generator", turns(*asked, "How does it end?", f"{BEFORE_I_SHOW} …"))
    assert again.question == "Why do GANs collapse? How does it end?"
    assert again.reply == "the generator"


def test_thanks_in_between_are_passed_over() -> None:
    history = turns("What is mode collapse?", "...", "Thanks!", "You are welcome.")
    assert standalone("Why does it happen?", history).startswith("What is mode collapse?")


def test_what_the_tutor_said_is_no_question() -> None:
    history = [Message("assistant", "What is mode collapse? I can tell you.")]
    assert standalone("Why?", history) == "Why?"


def test_without_a_history_a_follow_up_stays_as_it_is() -> None:
    assert standalone("Why?", []) == "Why?"


def test_a_history_of_follow_ups_alone_gives_its_first() -> None:
    assert standalone("How?", turns("Why?", "...", "And then?", "...")) == "Why? How?"


# Turns that ask nothing of the course


@pytest.mark.parametrize(
    "between",
    [
        *("in German please", "cheers", "rephrase please", "huh?", "which page?", "too long"),
        *("never mind", "👍", "ok cool", "go on", "are you sure?", "stop being socratic"),
    ],
)
def test_what_is_no_question_is_never_what_a_follow_up_leans_on(between: str) -> None:
    history = turns("What is mode collapse?", "...", between, "...")
    asked = meant("how does it happen?", history)
    assert asked.question == "What is mode collapse? how does it happen?"


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("ok thanks, and how can I prevent it?", "and how can I prevent it?"),
        ("Great! And why?", "And why?"),
        ("sorry, why?", "why?"),
        ("interesting, what are the drawbacks?", "what are the drawbacks?"),
        ("why? thanks", "why?"),
        ("pros and cons?", "pros and cons?"),
        ("what's the difference?", "what's the difference?"),
        ("compared to VAEs?", "compared to VAEs?"),
        ("vs VAEs?", "vs VAEs?"),
        ("any limitations?", "any limitations?"),
    ],
)
def test_a_follow_up_is_seen_behind_filler_and_where_it_is_of_something(
    said: str, asked: str
) -> None:
    history = turns("What is mode collapse?", "...")
    assert meant(said, history).question == f"What is mode collapse? {asked}"


@pytest.mark.parametrize(
    "said",
    [
        *("What are the advantages of GANs?", "thanks to what does dropout work?"),
        *("No free lunch theorem", "Is dropout compared to weight decay?", "dropout: what is it"),
        *("What is the difference between GANs and VAEs?", "well logging", "Great Expectations"),
    ],
)
def test_a_question_of_its_own_keeps_its_words(said: str) -> None:
    assert meant(said, turns("What is mode collapse?", "...")).question == said


@pytest.mark.parametrize(
    ("said", "form"),
    [
        ("I don't understand", "simple"),
        ("too long", "short"),
        ("continue", "detailed"),
        ("for instance?", "example"),
        ("normal answer please", "normal"),
    ],
)
def test_a_remark_on_the_answer_has_it_in_another_form(said: str, form: str) -> None:
    asked = meant(said, turns("What is mode collapse?", "..."))
    assert (asked.question, asked.form, asked.again) == ("What is mode collapse?", form, True)


def test_hints_are_counted_and_the_exchange_goes_on() -> None:
    history = turns("Why do GANs collapse?", f"{BEFORE_I_SHOW} …")
    for number, said in enumerate(["a hint please", "another hint", "one more hint"], start=1):
        asked = meant(said, history)
        assert (asked.question, asked.hints) == ("Why do GANs collapse?", number)
        history += turns(said, f"{BEFORE_I_SHOW} …")
    guess = meant("the generator", history)
    assert (guess.question, guess.reply, guess.hints) == (asked.question, "the generator", 0)


def test_leaving_the_exchange_in_words_shows_the_answer_without_a_question() -> None:
    history = turns("Why do GANs collapse?", f"{BEFORE_I_SHOW} …")
    asked = meant("no more questions please, just answer", history)
    assert (asked.question, asked.form, asked.reply) == ("Why do GANs collapse?", "normal", None)


@given(st.text(max_size=100), st.lists(st.text(max_size=40), max_size=4))
def test_any_question_stays_the_end_of_what_is_asked(question: str, before: list[str]) -> None:
    asked = standalone(question, turns(*before))
    subject = read_form(question)[1]
    assert asked in (question, subject) or asked.endswith(subject.strip())


@pytest.mark.parametrize(
    "question",
    [
        "what is min-p sampling and how does it differ from top-p?",
        "What is a VAE and how does it work?",
        "What does beam search do, and when does it fail?",
        "What are GANs? Why are they hard to train?",
    ],
)
def test_a_pronoun_whose_noun_stands_before_it_needs_no_turn_before(question: str) -> None:
    assert not is_follow_up(question)


@pytest.mark.parametrize(
    "question",
    [
        "and how is it trained?",
        "how does it work and why is it used?",
        "what is it? and how does it learn?",
        "What is a VAE and how does it differ from the first one?",
        "how does it differ from a VAE?",
    ],
)
def test_a_pronoun_without_its_noun_leans_on_the_turn_before(question: str) -> None:
    assert is_follow_up(question)
