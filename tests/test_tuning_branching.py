"""Several questions in one sequence: read as each would be alone."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
import torch

from tests.tiny_models import single, tiny_with_adapter
from tutor.config import ROOT
from tutor.llm.decode import Engine
from tutor.prompts import read_prompt
from tutor.tuning import training
from tutor.tuning.branching import Branch, Branching, batches_of, read
from tutor.tuning.examples import Example


def noise(pick: random.Random, count: int) -> list[int]:
    return [pick.randrange(10, 64) for _ in range(count)]


def trees() -> list[Branching]:
    """One, three and five questions after notes; some without a reply, or without words."""
    pick = random.Random(0)
    return [
        Branching(
            noise(pick, 7),
            tuple(
                Branch(noise(pick, n % 3), noise(pick, (n + 2) % 4), bool(n % 2)) for n in range(k)
            ),
        )
        for k in (1, 3, 5)
    ]


def apart(items: list[Branching]) -> list[Branching]:
    """Each question in a sequence of its own."""
    return [
        single([*item.shared, *branch.asked], branch.reply, declines=branch.declines)
        for item in items
        for branch in item.branches
    ]


def test_each_branch_is_read_as_if_it_stood_alone() -> None:
    model = tiny_with_adapter().base_model.model
    together, alone = read(model, trees()), read(model, apart(trees()))
    assert torch.equal(together.wanted, alone.wanted)
    assert torch.equal(together.branch, alone.branch)
    torch.testing.assert_close(together.decided, alone.decided, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(together.before, alone.before, rtol=1e-4, atol=1e-4)


def test_the_states_are_those_of_the_model_itself() -> None:
    model = tiny_with_adapter().base_model.model
    item = trees()[1]
    last = item.branches[2]
    tokens = [*item.shared, *last.asked, *last.reply]
    states = model.model(input_ids=torch.tensor([tokens])).last_hidden_state[0]
    first = len(item.shared) + len(last.asked) - 1
    reading = read(model, [item])
    torch.testing.assert_close(reading.decided[2], states[first], rtol=1e-4, atol=1e-4)
    of_last = reading.before[reading.branch == 2]
    torch.testing.assert_close(of_last, states[first:-1], rtol=1e-4, atol=1e-4)


def test_the_losses_are_the_same_together_and_apart() -> None:
    model = tiny_with_adapter().base_model.model
    for loss in (training.loss_of, lambda m, b: training.deciding_loss(5, m, b, 0.5)):
        assert loss(model, trees()).item() == pytest.approx(
            loss(model, apart(trees())).item(), rel=1e-4
        )


def test_questions_to_the_same_notes_share_them(openvino_engine: Engine) -> None:
    tokenizer = openvino_engine.tokenizer
    prompt = read_prompt(ROOT / "prompts", "answer")
    first = Example(("The generator draws.",), "Who draws?", "normal", "It [1].", "place", "gan")
    second = replace(first, question="Who judges?", reply="None.", kind="unanswerable")
    other = replace(first, notes=("The critic judges.",))
    lesson, alone = training.branchings_of([first, second, other], tokenizer, prompt)
    assert [branch.declines for branch in lesson.branches] == [False, True]
    for example, branch in zip((first, second), lesson.branches, strict=True):
        (whole,) = training.branchings_of([example], tokenizer, prompt)
        assert [*lesson.shared, *branch.asked] == whole.shared
        assert branch.reply == whole.branches[0].reply
    assert len(alone.branches) == 1
    apart = training.branchings_of([first, second], tokenizer, prompt, most=1)
    assert [len(item.branches) for item in apart] == [1, 1]


def test_every_sequence_is_in_one_batch_and_no_batch_is_too_large() -> None:
    items = trees() * 20
    batches = batches_of(items, 60, random.Random(0))
    assert sorted(map(id, items)) == sorted(id(item) for batch in batches for item in batch)
    for batch in batches:
        assert len(batch) * max(len(item.tokens) for item in batch) <= 60 or len(batch) == 1
    assert batches_of([], 60, random.Random(0)) == []
