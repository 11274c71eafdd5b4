"""The numbers of probability."""

from __future__ import annotations

import pytest

from tutor.tools.laws import bare_parameters, heads_of_tosses, in_brackets, law_of
from tutor.tools.number_text import NumberText


@pytest.mark.parametrize(
    ("said", "law"),
    [
        ("a bell curve", "normal"),
        ("gaussians", "normal"),
        ("binomially distributed", "binomial"),
        ("u ( 0 , 1 )", "uniform"),
        ("you ( 0 , 1 )", "uniform"),
        ("can you ( please ) plot it", None),
        ("an exponential", "exponential"),
        ("poisson", "poisson"),
        ("a coin", None),
    ],
)
def test_the_law_that_is_named(said: str, law: str | None) -> None:
    assert law_of(said) == law


@pytest.mark.parametrize(
    ("said", "parameters"),
    [
        ("n ( 0 , 4 )", {"mean": 0, "std": 2}),  # N(μ, σ²)
        ("n ( 0 4 )", {"mean": 0, "std": 2}),  # "(0,4)" without a space
        ("n ( 0 , 2 ^ 2 )", {"mean": 0, "std": 2}),
        ("n ( -1 , 1 / 4 )", {"mean": -1, "std": 0.5}),
        ("normal ( 0 , 0.5 )", {"mean": 0, "std": 0.5}),  # as in Python
        ("n ( mean mu = 0 , sigma ^ 2 = 4 )", {"mean": 0, "std": 2}),
        ("n ( 0 , sigma = 4 )", {"mean": 0, "std": 4}),
        ("n ( 0 , -4 )", {"mean": 0, "std": -4}),
        ("binomial ( 20 ; 0.3 )", {"trials": 20, "p": 0.3}),
        ("poisson ( 4 )", {"rate": 4}),
        ("u [ 0 , 1 ]", {}),
        ("you ( 0 , 4 )", {"low": 0, "high": 4}),
    ],
)
def test_parameters_in_brackets(said: str, parameters: dict[str, float]) -> None:
    found: dict[str, float] = {}
    in_brackets(NumberText(said), found)
    assert found == parameters


@pytest.mark.parametrize(
    ("said", "parameters"),
    [
        ("uniform between -1 and 4", {"low": -1, "high": 4}),
        ("poisson 6", {"rate": 6}),
        ("normal 0 1", {"mean": 0, "std": 1}),
        ("poisson 500 samples", {}),
    ],
)
def test_parameters_without_their_names(said: str, parameters: dict[str, float]) -> None:
    found: dict[str, float] = {}
    bare_parameters(NumberText(said), found)
    assert found == parameters


def test_the_mean_of_an_exponential_is_one_over_its_rate() -> None:
    found = {"mean": 4.0}
    bare_parameters(NumberText("exponential with mean"), found)
    assert found == {"rate": 0.25}


@pytest.mark.parametrize(
    ("said", "heads", "tosses"),
    [
        ("7 heads in 10 tosses", 7, 10),
        ("10 flips , 7 heads", 7, 10),
        ("7 out of 10", 7, 10),
        ("7 heads and 3 tails", 7, 10),
        ("i tossed a coin 10 times and got 7 heads", 7, 10),
        ("no heads in 10 tosses", 0, 10),
    ],
)
def test_heads_and_tosses(said: str, heads: int, tosses: int) -> None:
    found: dict[str, float] = {}
    heads_of_tosses(NumberText(said), found)
    assert found == {"successes": heads, "trials": tosses}
