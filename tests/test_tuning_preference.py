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
from tutor.tuning.branching import Branch, Branching
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
        branches = [Branch([], [1, 2, 3]), *([Branch([], [4, 5])] if number % 3 else [])]
        found.append(Pair(Branching(prompt, tuple(branches))))
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
        prompt = pair.item.shared
        assert one == pytest.approx(alone(model, prompt, [1, 2, 3]), rel=1e-4)
        worse_one = [4, 5] if pair.worse else []
        assert other == pytest.approx(alone(model, prompt, worse_one), rel=1e-4)


def test_the_loss_is_the_papers() -> None:
    model = tiny_with_adapter().base_model.model
    single, paired = pairs(2)
    better = [alone(model, p.item.shared, [1, 2, 3]) for p in (single, paired)]
    worse = alone(model, paired.item.shared, [4, 5])
    ahead = BETA * (better[1] - worse - 2.0)
    wanted = -better[0] / 3, -better[1] / 3 - torch.tensor(ahead).sigmoid().log().item()
    found = preference_loss(model, [single, replace(paired, ahead=2.0)])
    assert found.item() == pytest.approx(sum(wanted) / 2, rel=1e-4)


def test_an_empty_reply_is_nothing_to_learn_from_and_no_broken_loss() -> None:
    model = tiny_with_adapter().base_model.model
    filled = pairs(1)
    empty = Pair(Branching([9, 8, 7], (Branch([], []),)))
    both = preference_loss(model, [*filled, empty])
    assert both.item() == pytest.approx(preference_loss(model, filled).item() / 2, rel=1e-4)
    both.backward()
    assert all(p.grad.isfinite().all() for p in model.parameters() if p.grad is not None)


def mean_loss(model: Any, items: list[Pair]) -> float:
    with torch.no_grad():
        return preference_loss(model.base_model.model, items).item()


def test_the_better_reply_gains_on_the_worse(tmp_path: Path) -> None:
    model = tiny_with_adapter()
    items = measured(model, pairs(60), 80)
    plan = training.Plan(epochs=4, rate=0.02, batch_tokens=80)
    before = mean_loss(model, items)
    steps = list(training.train(model, items, plan, tmp_path / "state", preference_loss))
    assert len(steps) > 10
    assert mean_loss(model, items) < before - 0.5
    assert won(model, items, 80) > 0.95


def test_a_pair_is_the_prompt_of_the_engine_with_both_replies_and_their_ends(
    openvino_engine: Engine,
) -> None:
    tokenizer = openvino_engine.tokenizer
    notes = ("The generator draws.", "The discriminator judges.")
    example = Example(notes, "Who judges?", "normal", "The discriminator [2].", "who", "gan")
    prompt = read_prompt(ROOT / "prompts", "answer")
    single = pair_of(example, tokenizer, prompt)
    assert single.worse == 0
    pair = pair_of(replace(example, worse="The generator [1]."), tokenizer, prompt)
    assert pair.item.shared == single.item.shared
    assert pair.item.branches[0] == single.item.branches[0]
    assert tokenizer.decode(pair.item.branches[1].reply) == "The generator [1]."
    assert pair.tokens[-1] in tokenizer.ends
