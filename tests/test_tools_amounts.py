"""The numbers of a wish, each under the name of the tool's argument."""

from __future__ import annotations

from typing import Any

import pytest

from tutor.tools.amounts import read_amounts, whole
from tutor.tools.registry import TOOLS


@pytest.mark.parametrize(
    ("tool", "english", "amounts"),
    [
        ("gan", "16 7s from the gan", {"n": 16, "digit": 7}),
        ("gan", "a 7 , seed 3", {"digit": 7, "seed": 3}),
        ("gan", "5 9 with the gan", {"n": 5, "digit": 9}),
        ("vae", "interpolate from 3 to 8 with 12 steps", {"digit": 3, "to_digit": 8, "steps": 12}),
        ("vae", "turn it into a 9", {"to_digit": 9}),
        ("diffusion", "3 images of a 4 , guidance 6 , 40 steps",
         {"n": 3, "digit": 4, "guidance": 6, "steps": 40}),
        ("diffusion", "guidance 1 , 3 and 7", {}),
        ("diffusion", "a 5 without guidance", {"guidance": 1, "digit": 5}),
        ("autoencoder", "compress a 6 to 4 numbers", {"digit": 6, "latent_dim": 4}),
        ("text_to_image", "no refiner , 4 pictures", {"refiner": 0, "n": 4}),
        ("compare", "the 3 models on a 5", {"digit": 5}),
        ("sampling", "top p of 90 for it", {"top_p": 0.9}),
        ("sampling", "top p 1.7", {"top_p": 1.7}),
        ("sampling", "at temperature 0 without min p", {"temperature": 0, "min_p": 0}),
        ("attention", "second layer , third head", {"layer": 2, "head": 3}),
        ("distribution", "normal with variance 4", {"std": 2}),
        ("distribution", "normal , sigma ^ 2 = 9", {"std": 3}),
        ("distribution", "binomial with 20 trials and p = 0.3", {"trials": 20, "p": 0.3}),
        ("distribution", "500 samples of poisson with rate 4", {"n": 500, "rate": 4}),
        ("likelihood", "3 heads and 7 tails", {"successes": 3, "trials": 10}),
        ("mixture", "2 components , 4 true clusters , 200 points",
         {"components": 2, "clusters": 4, "n": 200}),
        ("sequence", "for 25 days", {"n": 25}),
        ("quiz", "7 questions", {"n": 7}),
        ("search_course", "unit 3", {}),
    ],
)  # fmt: skip
def test_numbers_find_their_arguments(tool: str, english: str, amounts: dict[str, Any]) -> None:
    found = {
        k: v for k, v in read_amounts(tool, english).items() if k != "digit" or "digit" in amounts
    }
    assert found == amounts


@pytest.mark.parametrize("tool", TOOLS)
def test_what_is_unsaid_is_left_out(tool: str) -> None:
    assert read_amounts(tool, "please show me how this works") == {}


def test_whole_numbers_are_whole() -> None:
    assert whole({"n": 3.0, "p": 0.5, "text": "3.0"}) == {"n": 3, "p": 0.5, "text": "3.0"}
    assert isinstance(whole({"n": 3.0})["n"], int)
