"""Every argument in numbers that a tool takes can be said."""

from __future__ import annotations

import pytest

from tutor.labs.fields import bounds
from tutor.tools.argument_patterns import COUNTS, PATTERNS
from tutor.tools.number_text import NumberText
from tutor.tools.registry import TOOLS

READ_OTHERWISE = {"n", "digit", "to_digit", "successes"}


def test_every_number_of_every_tool_has_patterns() -> None:
    for tool, kind in TOOLS.items():
        for name, field in kind.model_fields.items():
            if bounds(field) != (float("-inf"), float("inf")):
                assert name in PATTERNS or name in READ_OTHERWISE, f"{tool}: {name}"
    assert COUNTS.keys() <= TOOLS.keys()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("seed", "seed 12 gan samples"),
        ("layer", "12th layer"),
        ("head", "head number 12"),
        ("guidance", "guidance scale of 12"),
        ("guidance", "cfg = 12"),
        ("temperature", "temperature 12"),
        ("top_k", "top k with k = 12"),
        ("top_k", "the 12 likeliest"),
        ("top_p", "nucleus 12"),
        ("min_p", "min p 12"),
        ("latent_dim", "12 latent dimensions"),
        ("latent_dim", "a bottleneck of 12"),
        ("latent_dim", "into 12 numbers"),
        ("beta", "beta = 12"),
        ("noise", "noise level 12"),
        ("steps", "for 12 more training steps"),
        ("steps", "12 epochs"),
        ("components", "a mixture of 12 gaussians"),
        ("clusters", "12 true clusters"),
        ("p", "probability of success 12"),
        ("trials", "12 coin flips"),
        ("rate", "lambda = 12"),
        ("mean", "centered at 12"),
        ("std", "standard deviation 12"),
        ("low", "minimum 12"),
        ("high", "upper end 12"),
        ("length", "texts of 12 tokens"),
        ("stay", "stay 12"),
        ("clarity", "clarity of 12"),
        ("refiner", "refiner share 12"),
        ("other", "compare it with 12"),
    ],
)
def test_ways_to_say_it(name: str, said: str) -> None:
    assert NumberText(said).first(PATTERNS[name]) == 12


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("steps", "a 5 step by step"),
        ("latent_dim", "latent dimensions , 300 steps"),
        ("mean", "mean 20 samples"),
    ],
)
def test_the_number_of_something_else_is_left(name: str, said: str) -> None:
    assert NumberText(said).first(PATTERNS[name]) is None
