"""Numbers are taken from a text one after the other."""

from __future__ import annotations

import pytest

from tutor.tools.number_text import NUMBER, NumberText


def test_a_number_that_was_taken_is_gone() -> None:
    text = NumberText("4 and 7")
    assert text.take(NUMBER) == (4,)
    assert text.take(NUMBER) == (7,)
    assert text.take(NUMBER) is None


def test_the_first_pattern_that_matches_wins() -> None:
    text = NumberText("k = 3 , p = 5")
    assert text.first((rf"\bz = {NUMBER}", rf"\bp = {NUMBER}", rf"\bk = {NUMBER}")) == 5
    assert text.has("k = 3")


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("4 point 5", 4.5),
        ("2 and a half", 2.5),
        ("a half", 0.5),
        ("3 quarters", 0.75),
        ("minus 4", -4),
        ("30 percent", 0.3),
        ("10 ^ 6", 1e6),
        ("1.5 ^ 2", 2.25),
        ("2 * * 2", 4),
        ("half a 1000000", 5e5),
        ("999^99", 999.0**99),
    ],
)
def test_fractions_signs_and_powers(said: str, value: float) -> None:
    assert NumberText(said).take(NUMBER) == (pytest.approx(value),)
