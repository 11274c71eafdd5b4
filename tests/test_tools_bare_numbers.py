"""A number that stands alone after a call is what the call makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from tutor.records import ToolCall
from tutor.tools.bare_numbers import bare_number, stands_alone

GAN = ToolCall("gan", {"action": "sample", "n": 8, "digit": 4})
VAE = ToolCall("vae", {"action": "train", "latent_dim": 2, "steps": 90})
MIXTURE = ToolCall("mixture", {"components": 3})
PLAIN = ToolCall("gan", {"action": "sample"})


@pytest.mark.parametrize(
    ("before", "english", "meant"),
    [
        (GAN, "7", {"digit": 7}),
        (GAN, "and 16 ?", {"n": 16}),
        (GAN, "only 2 of them", {"n": 2}),
        (GAN, "3 more", {"n": 3}),
        (VAE, "now with 16", {"latent_dim": 16}),
        (VAE, "3 instead", {"latent_dim": 3}),
        (MIXTURE, "5", {"components": 5}),
        (PLAIN, "9", {"digit": 9}),
        (PLAIN, "30", {"n": 30}),
        (ToolCall("tokens", {"text": "a"}), "5", {}),
        (ToolCall("distribution", {"name": "poisson", "rate": 3}), "make it 8.5", {"rate": 8.5}),
    ],
)
def test_which_argument_is_meant(before: ToolCall, english: str, meant: dict[str, Any]) -> None:
    assert bare_number(before, before.name, english) == meant


@pytest.mark.parametrize("english", ["a 7", "7 steps", "why 7 ?", "7 or 8", "", "what about it"])
def test_a_number_with_a_noun_is_not_alone(english: str) -> None:
    assert not stands_alone(english)
    assert bare_number(GAN, "gan", english) is None
