"""What names a lab and wishes for no run of it."""

from __future__ import annotations

import pytest

from tutor.tools.no_wish import draws_no_digit, no_wish, only_asks


@pytest.mark.parametrize(
    "english",
    [
        "no more questions please , just answer",
        "do not quiz me",
        "stop quizzing me",
        "the second one looks wrong",
        "number 2 is wrong",
        "the second one",
        "draw the architecture of a gan",
        "show me a diagram of the vae",
    ],
)
def test_nothing_runs(english: str) -> None:
    assert no_wish(english)


@pytest.mark.parametrize(
    "english",
    [
        "no guidance",
        "without guidance",
        "do not show me a gan , show me a vae",
        "the seed is 7",
        "5 more questions",
        "show me a 7 from the gan",
        "more questions",
        "now a 9",
    ],
)
def test_a_wish_stays_one(english: str) -> None:
    assert not no_wish(english)


def test_a_question_of_how_is_no_wish() -> None:
    assert only_asks("gan", "sample", "how does the gan make a 7 ?")
    assert only_asks("quiz", None, "what will be asked in the quiz ?")
    assert not only_asks("vae", "reconstruct", "how does a 2 look after the vae ?")
    assert not only_asks("quiz", None, "can you quiz me ?")


def test_the_image_labs_draw_digits() -> None:
    assert draws_no_digit("draw a cat with diffusion")
    assert draws_no_digit("make a picture of a dog with the gan")
    assert not draws_no_digit("draw a 7 with the gan")
    assert not draws_no_digit("draw some digits with the vae")
