"""What "it" is, from the student's question before."""

from __future__ import annotations

import pytest

from tutor.tools.antecedent import completed


@pytest.mark.parametrize(
    ("before", "wish", "whole"),
    [
        ("what is a gan ?", "show me", "show me a gan"),
        ("what is a gan ?", "can i see 1 ?", "can i see a gan"),
        ("how does tokenization work ?", "show me an example", "show me tokenization"),
        ("explain mode collapse to me", "ok , show it to me", "ok , show mode collapse to me"),
        ("what is a vae ?", "ok generate a 4 with it", "ok generate a 4 with a vae"),
    ],
)
def test_a_wish_takes_its_thing_from_the_question(before: str, wish: str, whole: str) -> None:
    assert completed(wish, before) == whole


@pytest.mark.parametrize(
    ("before", "wish"),
    [
        ("what is a gan ?", "why is that ?"),
        ("what is a gan ?", "show me the formula"),
        ("what is a gan ?", "draw a 7"),
        ("draw a 7 with the gan", "show me"),
        ("what is the thing that you said the other day about it ?", "show me"),
    ],
)
def test_other_turns_stay_as_they_are(before: str, wish: str) -> None:
    assert completed(wish, before) is None
