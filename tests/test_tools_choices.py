"""The words of a wish that choose among a tool's actions, models, laws and strategies."""

from __future__ import annotations

import pytest

from tutor.labs.fields import choices_of
from tutor.tools.choices import actions_of, mentioned, read_choices, said_actions, says_action
from tutor.tools.registry import TOOLS


@pytest.mark.parametrize(
    ("english", "tools"),
    [
        ("draw a 7 with the gan", {"gan"}),
        ("a variational autoencoder", {"vae"}),
        ("an autoencoder", {"autoencoder"}),
        ("gan , vae and diffusion", {"gan", "vae", "diffusion"}),
        ("the elegance of it", set()),
        ("latent diffusion in text to image", {"text_to_image"}),
    ],
)
def test_tools_are_named_by_words_of_their_own(english: str, tools: set[str]) -> None:
    assert mentioned(english) == tools


@pytest.mark.parametrize("tool", TOOLS)
def test_the_default_action_comes_first_and_none_is_lost(tool: str) -> None:
    field = TOOLS[tool].model_fields.get("action")
    actions = actions_of(tool)
    if field is None:
        assert actions == ()
    else:
        assert actions[0] == field.default
        assert set(actions) == set(choices_of(field))
        assert all(says_action(name, name.replace("_", " ").replace("long r", "long-r")) for name in
                   actions if name not in ("train_2d",)), tool  # fmt: skip


def test_sampling_needs_no_word() -> None:
    assert said_actions("gan", "sample from the collapsed gan") == ["collapse"]
    assert says_action("denoise", "denoise it")
    assert not says_action("denoise", "with 20 denoising steps")


@pytest.mark.parametrize(
    ("tool", "english", "choices"),
    [
        ("language_model", "let the lstm write", {"model": "lstm"}),
        ("language_model", "compare rnn and lstm", {}),
        ("sampling", "with top k", {"strategy": "top-k"}),
        ("sampling", "with min p = 0.1", {}),
        ("sampling", "always the likeliest", {"strategy": "greedy"}),
        ("diffusion", "ddpm on a linear schedule", {"sampler": "ddpm", "schedule": "linear"}),
        ("distribution", "a bell curve", {"name": "normal"}),
        ("distribution", "flip a coin", {"name": "bernoulli"}),
        ("likelihood", "of a gaussian mean", {"name": "normal"}),
        ("likelihood", "7 heads", {"name": "bernoulli"}),
        ("classifier", "on a ring", {"shape": "ring"}),
        ("gan", "with the lstm", {}),
    ],
)
def test_a_choice_is_read_where_the_tool_has_it(
    tool: str, english: str, choices: dict[str, str]
) -> None:
    assert read_choices(tool, english) == choices
