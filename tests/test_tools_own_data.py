"""The student's own data in words."""

from __future__ import annotations

import pytest

from tutor.records import ToolCall
from tutor.tools.amounts import read_amounts
from tutor.tools.choices import read_choices
from tutor.tools.follow_up import changed, is_change
from tutor.tools.number_text import NumberText
from tutor.tools.own_data import names_data, own_data, quoted_data, tossed
from tutor.tools.router import load_reader
from tutor.tools.texts import read_texts

READER = load_reader()


@pytest.mark.parametrize(
    ("said", "data"),
    [
        ("the likelihood of 2, 3, 5", "2 3 5"),
        ("how likely is 2,3,5 under a normal", "2 3 5"),
        ("how likely are [2.5, -3] under a normal", "2.5 -3"),
        ("my measurements were 4.9 5.1 and 5.3", "4.9 5.1 5.3"),
        ("the data are 4 and 6", "4 6"),
        ("Likelihood der Daten 2,5; 3,5; 4", "2.5 3.5 4"),
        ("mean 3 and std 1, 50 values", ""),
        ("likelihood of a normal with 20, 30, 40 values", ""),
        ("likelihood of N(3, 4)", ""),
        ("7 heads and 3 tails", ""),
        ("a coin showed 1, 0, 1", ""),
    ],
)
def test_values_that_are_listed(said: str, data: str) -> None:
    assert own_data(READER.read(said).english) == data


@pytest.mark.parametrize(
    ("quote", "data"), [("4, 6, 8, 10", "4 6 8 10"), ("4 6", "4 6"), ("4", ""), ("4 cats", "")]
)
def test_values_that_are_quoted(quote: str, data: str) -> None:
    assert quoted_data(quote) == data


@pytest.mark.parametrize(
    ("said", "heads", "tosses"),
    [
        ("i flipped h t h h t", 3, 5),
        ("i flipped hthht", 3, 5),
        ("heads , tails and heads", 2, 3),
        ("a coin showed 1 , 0 , 1 , 1", 3, 4),
    ],
)
def test_tosses_are_counted(said: str, heads: int, tosses: int) -> None:
    found: dict[str, float] = {}
    assert tossed(NumberText(said), found)
    assert found == {"successes": heads, "trials": tosses}


@pytest.mark.parametrize(
    "said", ["7 heads in 10 tosses", "a coin with 3 , 5 , 7", "heads or tails"]
)
def test_what_is_no_row_of_tosses(said: str) -> None:
    assert not tossed(NumberText(said), {})


@pytest.mark.parametrize(
    ("said", "arguments"),
    [
        ("how likely is 2, 3, 5 under a normal with mean 3 and standard deviation 1",
         {"name": "normal", "data": "2 3 5", "mean": 3, "std": 1}),
        ("how likely is 2, 3, 5 under N(3, 4)",
         {"name": "normal", "data": "2 3 5", "mean": 3, "std": 2}),
        ("likelihood of these: 4, 6, 8, 10", {"name": "normal", "data": "4 6 8 10"}),
        ("likelihood of 7 heads in 10 flips", {"name": "bernoulli", "successes": 7, "trials": 10}),
        ("likelihood of p = 0.6 after 7 heads in 10 flips",
         {"name": "bernoulli", "successes": 7, "trials": 10, "other": 0.6}),
        ("7 of 10 heads under Bernoulli(0.6)",
         {"name": "bernoulli", "successes": 7, "trials": 10, "other": 0.6}),
        ("likelihood of a normal, n = 30", {"name": "normal", "n": 30}),
    ],
)  # fmt: skip
def test_all_that_is_said_reaches_the_lab(said: str, arguments: dict[str, object]) -> None:
    read = READER.read(said)
    found = {
        **read_texts("likelihood", read),
        **read_choices("likelihood", read.english),
        **read_amounts("likelihood", read.english),
    }
    assert found == arguments


def test_data_take_the_place_of_other_data() -> None:
    coin = ToolCall("likelihood", {"successes": 7, "trials": 10})
    values = changed(coin, READER.read("with the data 2, 3, 5"), None)
    assert values.arguments == {"name": "normal", "data": "2 3 5"}
    drawn = changed(values, READER.read("with 50 values"), None)
    assert drawn.arguments == {"name": "normal", "n": 50}
    again = changed(values, READER.read("now 8 heads in 12 tosses"), None)
    assert again.arguments == {"name": "bernoulli", "successes": 8, "trials": 12}
    assert is_change(READER.read("with the data 2, 3, 5"), coin, "diffusion", 0.0, 0.0)


def test_a_question_names_data_or_none() -> None:
    assert names_data("how likely are 7 heads in 10 flips")
    assert names_data("how likely is 2 , 3 , 5")
    assert not names_data("how likely is it that a coin shows heads")
    assert not names_data("how likely is it that 3 coins show heads")
    assert not names_data("how likely are units 3 , 4 and 5 in the exam")
    assert not names_data("how likely is 2 , 3 , 5 under a poisson")
