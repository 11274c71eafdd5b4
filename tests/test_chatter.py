"""What asks nothing of the course: chatter, wishes for a language, and for the last places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.chatter import (
    ENGLISH_ONLY,
    NO_PLACE,
    aside,
    chatter,
    language_wish,
    place_asked,
    without_filler,
)


@pytest.mark.parametrize(
    "text",
    [
        *("hi", "Hello!", "hey there", "Good morning", "hallo"),
        *("thanks", "Thank you so much!", "ok, thanks", "Thanks for the help", "thx"),
        *("bye", "Goodbye.", "see you later", "ok", "Great!", "I see", "got it"),
        *("help", "Who are you?", "What can you do?", "help me", "who made you?", "are you a bot?"),
        *("Thank you so much for your help!", "Vielen Dank!", "danke schön", "merci", "cheers"),
        *("lol", "Thanks, that helped", "ty", "yes", "no", "are you sure?", "how are you?"),
        *("no thanks", "never mind", "ok cool", "makes sense", "understood", "I see, thanks"),
        *("👍", ":-)", "really?", "that was very helpful, thank you", "ok cool thx", "good night"),
    ],
)
def test_chatter_is_answered_without_a_look_at_the_course(text: str) -> None:
    assert chatter(text)


@pytest.mark.parametrize(
    "text",
    [
        *("What is a GAN?", "softmax function", "mode collapse", "Why?", "And then?", "", "?"),
        *("hi, what is a GAN?", "Thanks, but why does it collapse?", "ok and what is a VAE?"),
        *("Who are you citing for mode collapse?", "help me understand attention"),
        *("High dimensional spaces", "Byesian inference", "thanks to what does dropout work?"),
        *("Is the second layer wrong?", "Is it true that GANs collapse?", "no attention?"),
        *("good generators", "How do you work with PCA?", "Thanks for that but why is it so?"),
        *("Are you sure that a VAE samples?", "What makes sense of a latent code?", "another?"),
    ],
)
def test_a_question_is_no_chatter(text: str) -> None:
    assert chatter(text) is None


def test_replies_to_chatter_differ_in_kind() -> None:
    said = ("hi", "thanks", "bye", "ok", "help", "yes", "no", "are you sure?", "how are you?")
    assert len({chatter(text) for text in said}) == len(said)


@pytest.mark.parametrize(
    ("text", "as_if"),
    [
        ("Hi! How are you?", "How are you?"),
        ("Thank you for your help", "thanks"),
        ("ok, thanks", "thanks"),
        ("Thanks, can you help me?", "help"),
        ("really good, thank you!", "thanks"),
    ],
)
def test_of_several_kinds_the_one_that_wants_most_is_answered(text: str, as_if: str) -> None:
    assert chatter(text) == chatter(as_if)


@pytest.mark.parametrize(
    "text",
    [
        *("in German please", "auf deutsch bitte", "can you translate that to French?"),
        *("answer in Spanish", "Can you speak German?", "In German?", "in english please"),
        *("kannst du das auf Deutsch erklären?", "Could you explain it in Turkish, please?"),
        *("German please", "switch to French", "translate it"),
    ],
)
def test_a_wish_for_a_language_is_told_honestly(text: str) -> None:
    assert aside(text) == ENGLISH_ONLY


@pytest.mark.parametrize(
    "text",
    [
        "What does German text look like to a tokenizer?",
        "translate German to English with a transformer",
        "How does a model translate to French?",
        "do LLMs understand German?",
        "Explain mode collapse in German",
        "What is machine translation?",
        "in plain English please",
        "Why is English over-represented?",
        "in Python?",
    ],
)
def test_a_question_about_languages_is_no_wish_for_one(text: str) -> None:
    assert language_wish(text) is None


SHOWN = (
    "> It draws alike.\n>\n> [1] gan.md, § Collapse\n\n> Twice.\n>\n> [2] deck.pptx, slide 3\n\n"
    "The samples are alike [1]."
)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "which page?",
            "source?",
            "where does it say that?",
            "Sources please",
            "what's the source?",
        ),
        *("on which slide is that?", "where is this from", "Where can I find that in the slides?"),
        *("how do you know that?", "where did you get that from?", "which page is that on?"),
    ],
)
def test_who_asks_for_the_place_is_given_the_last_replys(text: str) -> None:
    said = place_asked(text, SHOWN)
    assert said == "I quoted this from:\n\n- gan.md, § Collapse\n- deck.pptx, slide 3"
    assert place_asked(text, "No quote here [1].") == place_asked(text, "") == NO_PLACE


@pytest.mark.parametrize(
    "text",
    [
        *("Which page explains dropout?", "Where does it say that GANs collapse?", "open source?"),
        *("what is the source of the noise?", "Which file format has the data?", "where?"),
        *("How do you know that a GAN has collapsed?", "Which layer is that?"),
    ],
)
def test_a_question_about_a_place_is_no_wish_for_it(text: str) -> None:
    assert aside(text, SHOWN) is None


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ok thanks, and how can I prevent it?", "and how can I prevent it?"),
        ("Great! What is dropout?", "What is dropout?"),
        ("hi tutor", "hi tutor"),
        ("sorry how does it work", "how does it work"),
        ("yes, the noise", "the noise"),
        ("What is dropout? Thanks!", "What is dropout?"),
        ("thanks to what does dropout work?", "thanks to what does dropout work?"),
        ("No free lunch theorem", "No free lunch theorem"),
        ("Well-posed problems", "Well-posed problems"),
        ("good regularisers", "good regularisers"),
        ("Hi-fi audio, what is it?", "Hi-fi audio, what is it?"),
        ("What does the model say to thanks", "What does the model say to thanks"),
    ],
)
def test_filler_goes_only_where_it_is_set_apart(text: str, left: str) -> None:
    assert without_filler(text) == left


@given(st.text(max_size=200))
def test_whatever_is_said_it_is_read(text: str) -> None:
    aside(text, text)
    assert without_filler(text).strip() or not text.strip()


def test_a_long_row_of_thanks_is_read_in_no_time() -> None:
    aside("thanks for " * 500 + "x")
    without_filler("ok, " * 500 + "x")
