"""Wishes that change the call before."""

from __future__ import annotations

from typing import Any

import pytest

from tutor.records import ToolCall
from tutor.tools.follow_up import changed, is_change
from tutor.tools.router import load_reader

READER = load_reader()
GAN = ToolCall("gan", {"action": "sample", "digit": 7})
DIFFUSION = ToolCall("diffusion", {"action": "sample", "digit": 3, "steps": 20})
MORPH = ToolCall("vae", {"action": "interpolate", "digit": 3, "to_digit": 8})
NORMAL = ToolCall("distribution", {"name": "normal", "mean": 2, "n": 50})
QUIZ = ToolCall("quiz", {"topic": "GANs", "n": 3})
TEXT = ToolCall("attention", {"text": "The cat sat"})
PICTURE = ToolCall("text_to_image", {"action": "sample", "prompt": "a thin nine", "seed": 4})


@pytest.mark.parametrize(
    ("before", "said", "tool", "arguments"),
    [
        (GAN, "now a nine", "gan", {"action": "sample", "digit": 9}),
        (GAN, "next digit", "gan", {"action": "sample", "digit": 8}),
        (GAN, "another seed", "gan", {"action": "sample", "digit": 7, "seed": 1}),
        (DIFFUSION, "again with 50 steps", "diffusion",
         {"action": "sample", "digit": 3, "steps": 50}),
        (DIFFUSION, "the same from the VAE", "vae", {"action": "sample", "digit": 3}),
        (DIFFUSION, "more guidance", "diffusion",
         {"action": "sample", "digit": 3, "steps": 20, "guidance": 4}),
        (DIFFUSION, "twice the steps", "diffusion", {"action": "sample", "digit": 3, "steps": 40}),
        (MORPH, "the other way round", "vae", {"action": "interpolate", "digit": 8, "to_digit": 3}),
        (MORPH, "with the GAN", "gan", {"action": "interpolate", "digit": 3, "to_digit": 8}),
        (NORMAL, "and std 3", "distribution", {"name": "normal", "mean": 2, "n": 50, "std": 3}),
        (NORMAL, "what about a Poisson with rate 4", "distribution",
         {"name": "poisson", "rate": 4, "n": 50}),
        (QUIZ, "now on VAEs", "quiz", {"topic": "VAEs", "n": 3}),
        (QUIZ, "another one", "quiz", {"topic": "GANs", "n": 3}),
        (QUIZ, "5 more", "quiz", {"topic": "GANs", "n": 5}),
        (GAN, "compare it with the others", "compare", {"digit": 7}),
        (GAN, "for every digit", "gan", {"action": "sample"}),
        (DIFFUSION, "with the linear schedule", "diffusion",
         {"action": "sample", "digit": 3, "steps": 20, "schedule": "linear"}),
        (DIFFUSION, "50", "diffusion", {"action": "sample", "digit": 3, "steps": 50}),
        (ToolCall("sampling", {"prompt": "I", "strategy": "top-k", "top_k": 5}), "greedy",
         "sampling", {"action": "probabilities", "prompt": "I", "strategy": "greedy"}),
        (TEXT, "layer 2", "attention", {"text": "The cat sat", "layer": 2}),
        (TEXT, "now tokenize it", "tokens", {"text": "The cat sat"}),
        (PICTURE, "thicker", "text_to_image",
         {"action": "sample", "prompt": "a thick nine", "seed": 4}),
        (PICTURE, "leaning left", "text_to_image",
         {"action": "sample", "prompt": "a thin nine leaning left", "seed": 4}),
        (ToolCall("gan", {"action": "train", "steps": 200}), "now sample 20 digits", "gan",
         {"action": "sample", "n": 20}),
        (ToolCall("language_model", {"action": "generate", "model": "rnn"}), "colder",
         "language_model", {"action": "generate", "model": "rnn", "temperature": 0.4}),
        (ToolCall("language_model", {"prompt": "The cat"}), "with the lstm",
         "language_model", {"prompt": "The cat", "action": "generate", "model": "lstm"}),
    ],
)  # fmt: skip
def test_what_is_said_changes_and_the_rest_stays(
    before: ToolCall, said: str, tool: str, arguments: dict[str, Any]
) -> None:
    assert changed(before, READER.read(said), None) == ToolCall(tool, arguments)


def test_the_call_before_is_not_touched() -> None:
    changed(GAN, READER.read("now a nine"), None)
    assert GAN.arguments == {"action": "sample", "digit": 7}


@pytest.mark.parametrize(
    ("said", "best", "again", "none", "change"),
    [
        ("again with 50 steps", "gan", 0.9, 0.05, True),
        ("why does it look blurry?", "gan", 0.4, 0.5, False),
        ("and 9?", "gan", 0.1, 0.6, True),
        ("compare all strategies on a new prompt", "sampling", 0.0, 0.0, False),
        ("with the VAE", "vae", 0.1, 0.1, True),
        ("fives", "gan", 0.0, 1.0, True),
        ("16", "gan", 0.0, 1.0, True),
    ],
)
def test_what_counts_as_a_change(
    said: str, best: str, again: float, none: float, change: bool
) -> None:
    assert is_change(READER.read(said), GAN, best, again, none) is change
