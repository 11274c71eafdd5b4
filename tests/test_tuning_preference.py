"""Learning from pairs of replies: what the loss weighs, and that the better reply gains."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.tiny_models import tiny_with_adapter
from tutor.config import ROOT
from tutor.llm.decode import Engine
from tutor.prompts import read_prompt
from tutor.tuning import training
from tutor.tuning.examples import Example
from tutor.tuning.preference import (
    BETA,
    Pair,
    log_likelihoods,
    measured,
    pair_of,
    preference_loss,
    won,
)


def pairs(count: int) -> list[Pair]:
    """Prompts of noise; 1 2 3 is better than 4 5, and every third has no worse reply."""
    pick = random.Random(0)
    found = []
    for number in range(count):
        prompt = [pick.randrange(10, 64) for _ in range(number % 5 + 3)]
        worse = [4, 5] if number % 3 else []
        found.append(Pair([*prompt, 1, 2, 3, *worse], len(prompt), 3))
    return found


def alone(model: Any, prompt: list[int], reply: list[int]) -> float:
    """The log likelihood of a reply after a prompt, in a sequence of its own."""
    odds = model(input_ids=torch.tensor([[*prompt, *reply]])).logits[0].log_softmax(-1)
    return sum(odds[len(prompt) - 1 + i, token].item() for i, token in enumerate(reply))


def test_each_reply_is_as_likely_as_in_a_sequence_of_its_own() -> None:
    model = tiny_with_adapter().base_model.model
    batch = pairs(5)
    better, worse = log_likelihoods(model, batch)
    for pair, one, other in zip(batch, better.tolist(), worse.tolist(), strict=True):
        prompt = pair.tokens[: pair.prompt]
        assert one == pytest.approx(alone(model, prompt, [1, 2, 3]), rel=1e-4)
        after = pair.tokens[pair.prompt + pair.better :]
        assert other == pytest.approx(alone(model, prompt, after), rel=1e-4)


def test_the_loss_is_the_papers() -> None:
    model = tiny_with_adapter().base_model.model
    single, paired = pairs(2)
    better = [alone(model, p.tokens[: p.prompt], [1, 2, 3]) for p in (single, paired)]
    worse = alone(model, paired.tokens[: paired.prompt], [4, 5])
    ahead = BETA * (better[1] - worse - 2.0)
    wanted = -better[0] / 3, -better[1] / 3 - torch.tensor(ahead).sigmoid().log().item()
    found = preference_loss(model, [single, replace(paired, ahead=2.0)])
    assert found.item() == pytest.approx(sum(wanted) / 2, rel=1e-4)


def test_the_better_reply_gains_on_the_worse(tmp_path: Path) -> None:
    model = tiny_with_adapter()
    items = measured(model, pairs(60), 80)
    plan = training.Plan(epochs=4, rate=0.02, batch_tokens=80)
    before = training.judged(model, items, 80, preference_loss)
    steps = list(training.train(model, items, plan, tmp_path / "state", preference_loss))
    assert len(steps) > 10
    assert training.judged(model, items, 80, preference_loss) < before - 0.5
    assert won(model, items, 80) > 0.95


def test_a_pair_is_the_prompt_of_the_engine_with_both_replies_and_their_ends(
    openvino_engine: Engine,
) -> None:
    tokenizer = openvino_engine.tokenizer
    notes = ("The generator draws.", "The discriminator judges.")
    example = Example(notes, "Who judges?", "normal", "The discriminator [2].", "who", "gan")
    prompt = read_prompt(ROOT / "prompts", "answer")
    single = pair_of(example, tokenizer, prompt)
    assert len(single.tokens) == single.prompt + single.better
    pair = pair_of(replace(example, worse="The generator [1]."), tokenizer, prompt)
    end = pair.prompt + pair.better
    assert pair.tokens[:end] == single.tokens
    assert tokenizer.decode(pair.tokens[end:]) == "The generator [1]."
    assert pair.tokens[-1] in tokenizer.ends
