"""How texts suit the forms of study."""

from __future__ import annotations

import pytest

from tutor.leanings import defining, easy, pictures, syllables, worked

PLAIN = "Noise\nNoise is what is left when all the sense is gone. It looks like snow."
HARD = (
    "Bound\nVariational approximation maximises a tractable quantity, simultaneously regularising "
    "the parametrisation of the approximate posterior distribution."
)
FORMULA = "Bound\nIt is this:\n$$ \\ln p(x) = E(x) + K(x) $$"
SOUP = "Top-p\nWith p = 0.75 salty and sweet remain. Rescaling gives 0.496 / 0.797 ≈ 0.622."
TABLE = "Counts\n| pair | count | of |\n|---|---|---|\n| a b | 3 | 4 |\n| b c | 1 | 4 |"
YEARS = "History\n| Year | What |\n|---|---|\n| 1966 | ELIZA |\n| 1997 | LSTM |\n| 2014 | GAN |"
STAGES = "Stages\n1. Collect 100 texts.\n2. Train a model.\n3. Ask people."


def test_short_words_in_short_sentences_are_easy_and_formulas_are_not() -> None:
    assert easy(PLAIN, "What is noise?") > 0.8
    assert easy(HARD, "What is the bound?") < 0.2
    assert easy(FORMULA, "What is the bound?") == 0
    assert easy("", "") == easy("\n—", "?") == 0


def test_what_is_worked_out_needs_no_heading() -> None:
    assert worked("\nFor example, 512 / 8 = 64 and 64 / 8 = 8.", "?") >= 0.6


def test_the_long_words_of_the_question_are_not_held_against_a_text() -> None:
    text = "x\nTokenisation cuts a text. Regularisation keeps the weights small."
    both = "What are tokenisation and regularisation?"
    assert easy(text, both) > easy(text, "What happens to the text and the weights?")


def test_a_text_that_leans_on_what_stands_before_it_is_no_beginning() -> None:
    assert easy("x\nThis is why it reads well.", "?") < easy("x\nThe text reads well.", "?")


@pytest.mark.parametrize("text", [SOUP, TABLE, f"Worked example\n{SOUP[6:]}"])
def test_what_is_worked_out_with_numbers_is_an_example(text: str) -> None:
    assert worked(text, "?") >= 0.35
    assert worked(text, "?") > worked(PLAIN, "?")


@pytest.mark.parametrize("text", [PLAIN, YEARS, STAGES, "x\nThe model of 2017 has 8 heads."])
def test_years_and_numbered_steps_are_no_example(text: str) -> None:
    assert worked(text, "?") < 0.35


def test_a_sentence_that_says_what_is_asked_about() -> None:
    is_a = "x\nMode collapse is the failure in which few kinds of output remain."
    happens = "x\nMode collapse happens because the generator is rewarded."
    assert defining(is_a, "What is mode collapse?") == 1
    assert defining(happens, "What is mode collapse?") == 0.5
    assert defining(is_a, "What is a GAN?") == 0
    also = "x\nTop-p sampling, also called nucleus sampling, keeps the smallest set of tokens."
    assert defining(also, "What is nucleus sampling?") == 0.5
    assert defining(is_a, "Why do GANs collapse?") == 0
    assert defining("x\n- A GAN, or adversarial network, is a pair of nets.", "What are GANs?") == 1


def test_a_comparison_announces_itself() -> None:
    assert pictures("Think of a forger and an expert.")
    assert pictures("Imagine a sand drawing.")
    assert not pictures("The expert thinks of a forger.")


@pytest.mark.parametrize(("word", "count"), [("noise", 1), ("model", 2), ("probability", 5)])
def test_syllables_are_about_right(word: str, count: int) -> None:
    assert syllables(word) == count
