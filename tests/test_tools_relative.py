"""More or less of an argument, against what it was: as said before, else as the lab has it."""

from __future__ import annotations

from typing import Any

import pytest

from tutor.labs.usual import STEPS, usual
from tutor.records import ToolCall
from tutor.tools.follow_up import changed, is_change
from tutor.tools.registry import clamp
from tutor.tools.relative import is_wish, relative
from tutor.tools.router import load_reader

READER = load_reader()


@pytest.mark.parametrize(
    ("tool", "before", "said", "new"),
    [
        ("gan", {"action": "train"}, "run it with more steps", {"steps": 1400}),
        ("gan", {"action": "train", "steps": 200}, "run it with more steps", {"steps": 400}),
        ("gan", {"action": "train"}, "half as many steps", {"steps": 350}),
        ("gan", {"action": "train"}, "longer", {"steps": 1400}),
        ("gan", {"action": "train_2d"}, "more steps", {"steps": 1200}),
        ("gan", {"action": "interpolate"}, "more frames", {"steps": 24}),
        ("gan", {"action": "sample"}, "more steps", {}),
        ("vae", {"action": "beta", "steps": 300}, "fewer steps", {"steps": 150}),
        ("diffusion", {}, "more steps", {"steps": 50}),
        ("diffusion", {"action": "train"}, "3 times the steps", {"steps": 450}),
        ("diffusion", {"action": "train"}, "100 more steps", {"steps": 250}),
        ("language_model", {"action": "train", "model": "lstm"}, "fewer steps", {"steps": 225}),
        ("language_model", {"action": "generate"}, "longer", {"n": 400}),
        ("gan", {"action": "sample"}, "show me more of them", {"n": 32}),
        ("gan", {"action": "sample"}, "more realistic", {}),
        ("diffusion", {}, "less guidance and more steps", {"guidance": 1, "steps": 50}),
        ("diffusion", {}, "more and more steps , seed 3", {"steps": 50, "seed": 3}),
        ("classifier", {"action": "curve"}, "fewer points", {"n": 1500}),
        ("sampling", {"temperature": 0}, "hotter", {"temperature": 1}),
        ("sampling", {"strategy": "top-p"}, "a larger p", {"top_p": 0.95}),
        ("sampling", {"action": "compare"}, "longer texts", {"length": 150}),
        ("sampling", {"action": "draw"}, "more draws", {"n": 400}),
        ("sampling", {"min_p": 0.1}, "a smaller min p", {"min_p": 0.05}),
        ("distribution", {"name": "normal"}, "a higher mean", {"mean": 1}),
        ("distribution", {"name": "normal", "mean": -2}, "a higher mean", {"mean": 0}),
        ("distribution", {"name": "normal", "mean": -2}, "a lower mean", {"mean": -3}),
        ("distribution", {"name": "binomial"}, "a higher probability", {"p": 0.75}),
        ("distribution", {"name": "binomial", "p": 0.3}, "twice the probability", {"p": 0.6}),
        ("likelihood", {"name": "bernoulli"}, "more heads", {"successes": 9}),
        ("likelihood", {"name": "bernoulli"}, "more tosses", {"trials": 20}),
        ("quiz", {"topic": "GANs"}, "more questions", {"n": 10}),
    ],
)
def test_more_and_less_of_what_it_was(
    tool: str, before: dict[str, Any], said: str, new: dict[str, Any]
) -> None:
    call = changed(ToolCall(tool, before), READER.read(said), None)
    assert {k: v for k, v in call.arguments.items() if before.get(k) != v and k != "action"} == new


@pytest.mark.parametrize("lab", STEPS)
def test_more_steps_are_more_whatever_the_lab_does(lab: str) -> None:
    chooser = "model" if lab == "language_model" else "action"
    for choice, steps in STEPS[lab].items():
        said = {chooser: choice}
        assert usual(lab, "steps", said) == steps
        assert relative(lab, "more steps", said, {})["steps"] > steps
        assert relative(lab, "fewer steps", said, {})["steps"] < steps


def test_what_stands_in_the_catalogue_is_usual() -> None:
    assert usual("mixture", "steps", {}) == 20
    assert usual("gan", "digit", {}) is None
    assert usual("language_model", "steps", {"model": "ngram"}) is None


def test_at_its_end_an_argument_is_said_to_be_there() -> None:
    call = changed(ToolCall("gan", {"action": "sample", "n": 1000}), READER.read("more"), None)
    clamped, notes = clamp(call)
    assert clamped.arguments["n"] == 1000
    assert "1000 is taken" in notes[0]


@pytest.mark.parametrize(
    ("said", "wish"),
    [
        ("a smaller code", True),
        ("now a larger latent space please", True),
        ("a smaller cat", False),
        ("more noise makes it harder to see", False),
    ],
)
def test_what_is_only_a_wish_for_more(said: str, wish: bool) -> None:
    english = READER.read(said).english
    assert is_wish("autoencoder", english) is wish
    before = ToolCall("autoencoder", {"action": "reconstruct"})
    assert is_change(READER.read(said), before, "autoencoder", 0.0, 0.9) is wish
