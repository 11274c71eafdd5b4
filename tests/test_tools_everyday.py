"""Wishes in everyday words."""

from __future__ import annotations

import pytest

from tutor.tools.everyday import plain_wish


@pytest.mark.parametrize(
    ("english", "tool"),
    [
        ("flip a coin 100 times", "distribution"),
        ("please toss a coin 20 times", "distribution"),
        ("turn a 3 into an 8", "vae"),
        ("make me an exam on gans", "quiz"),
        ("i want to practice for the exam", "quiz"),
        ("sample 5 digits", "gan"),
        ("show me 100 digits", "gan"),
    ],
)
def test_it_names_its_tool(english: str, tool: str) -> None:
    found = plain_wish(english)
    assert found is not None
    assert found[0] == tool


@pytest.mark.parametrize(
    "english",
    [
        "turn the guidance up to 6",
        "how should i practice for the exam ?",
        "is the coin fair if i see 7 heads ?",
        "when is the exam",
        "sample 5 digits from the vae",
        "what is a coin flip ?",
        "turn a 3 into noise",
    ],
)
def test_others_name_none(english: str) -> None:
    assert plain_wish(english) is None
