"""Examples of when to answer and when to decline, and the loss that teaches it."""

from __future__ import annotations

import json
import math
import random
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.tiny_models import single, tiny_with_adapter
from tutor.config import ROOT
from tutor.embed import Embedder
from tutor.llm.adapter import Declining, declining
from tutor.llm.decode import Engine
from tutor.prompts import read_prompt
from tutor.tuning import training
from tutor.tuning.adapters import save_adapter
from tutor.tuning.branching import Branching
from tutor.tuning.decisions import DECLINES, from_paragraphs, kept, marked
from tutor.tuning.examples import MARKER, Example, read_rows

ROWS = ROOT / "tests" / "data"
NOTES = ["The generator turns noise into pictures.", "A critic tells real from fake."]
FIELD = [
    {
        "field": "gans",
        "title": title,
        "text": text,
        "answered": [{"question": asked, "gold": text, "reply": text}],
        "unanswered": [missed],
    }
    for title, text, asked, missed in (
        ("Critic", "The critic tells real from fake.", "Who tells fakes?", "Who invented critics?"),
        (
            "Noise",
            "Noise becomes a picture.",
            "What does noise become?",
            "How much noise?",
        ),
        ("Turns", "Both networks learn in turns.", "How do both learn?", "How long do they learn?"),
    )
]


def test_of_a_written_reply_what_the_evidence_holds_is_learned() -> None:
    reply = marked("The critic tells real from fake. It was invented by an engineer in Montreal.")
    assert kept(reply, NOTES, "Who judges?") == "The critic tells real from fake [2]."
    assert kept(marked("An engineer invented it."), NOTES, "Who invented it?") == ""


def test_paragraphs_teach_both_to_answer_and_to_decline(embedder: Embedder) -> None:
    examples = list(from_paragraphs(FIELD * 4, embedder, random.Random(0)))
    for example in examples:
        declines = example.kind == "unanswerable"
        assert (example.reply == DECLINES) is declines
        assert bool(MARKER.search(example.reply)) is not declines
    answered = [e for e in examples if e.question == "Who tells fakes?"]
    with_gold = [e for e in answered if any("tells real" in note for note in e.notes)]
    # Where its own paragraph is not among the notes, the same question is to be declined.
    assert with_gold
    assert all(e.kind == "place" for e in with_gold)
    missed = [e for e in examples if e.question == "Who invented critics?"]
    assert missed
    assert all(e.kind == "unanswerable" for e in missed)


def test_a_question_is_declined_where_its_own_paragraph_is_missing(embedder: Embedder) -> None:
    class Always(random.Random):
        def random(self) -> float:
            return 0.0

    examples = list(from_paragraphs(FIELD, embedder, Always(0)))
    elsewhere = [e for e in examples if e.question == "Who tells fakes?" and e.reply == DECLINES]
    assert len(elsewhere) == 1
    assert not any("tells real" in note for note in elsewhere[0].notes)


def test_the_paragraphs_hold_what_their_examples_need() -> None:
    rows = read_rows(ROWS / "paragraphs.jsonl")
    assert len(rows) > 600
    for row in rows:
        for asked in row["answered"]:
            assert asked["gold"] in row["text"], asked["question"]
            assert not asked["reply"].startswith(DECLINES.split()[0])
        assert len(row["answered"]) >= 2
        assert row["unanswered"]


def batch() -> list[Branching]:
    """Two that answer, one without its reply, and one that declines by token 5."""
    return [
        single([9, 8, 7], [1, 2]),
        single([9, 8, 6, 4], []),
        single([8, 8], [5, 3, 3], declines=True),
    ]


def test_the_decision_adds_its_own_cross_entropy() -> None:
    model = tiny_with_adapter().base_model.model
    odds = [
        model(input_ids=torch.tensor([item.shared])).logits[0, -1].log_softmax(-1)[5]
        for item in batch()
    ]
    wanted = [-torch.log1p(-odds[0].exp()), -torch.log1p(-odds[1].exp()), -odds[2]]
    both = training.deciding_loss(5, model, batch())
    # Padding of another length rounds otherwise.
    assert (both - training.loss_of(model, batch())).item() == pytest.approx(
        sum(wanted).item() / 3, rel=1e-3
    )


def test_to_be_wrong_and_sure_is_no_infinite_loss_and_still_teaches() -> None:
    model = tiny_with_adapter().base_model.model
    with torch.no_grad():
        model.lm_head.weight.zero_()
        model.model.norm.weight.fill_(1e3)
        model.lm_head.weight[5] = torch.sign(state_after(model, [9, 8, 6, 4]))
    loss = training.deciding_loss(5, model, [single([9, 8, 6, 4], [])])
    assert 20 < loss.item() < math.inf
    loss.backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    assert all(gradient.isfinite().all() for gradient in gradients)
    assert any(gradient.ne(0).any() for gradient in gradients)


def test_the_surer_a_wrong_decision_the_larger_its_loss_on_either_side() -> None:
    losses: dict[bool, list[float]] = {True: [], False: []}
    for declines, found in losses.items():
        for sure in (1.0, 10.0, 100.0):
            model = tiny_with_adapter().base_model.model
            with torch.no_grad():
                model.lm_head.weight.zero_()
                state = state_after(model, [9, 8, 6, 4])
                model.lm_head.weight[5] = (-sure if declines else sure) * state / state.dot(state)
            loss = training.deciding_loss(5, model, [single([9, 8, 6, 4], [], declines=declines)])
            found.append(loss.item())
    # Of 64 tokens that are alike otherwise: log(1 + 63 / e^-s) and log(1 + e^s / 63).
    wanted = [math.log1p(63 * math.e), math.log1p(63 * math.exp(10)), 100 + math.log(63)]
    assert losses[True] == pytest.approx(wanted, rel=1e-3)
    wanted = [math.log1p(math.e / 63), math.log1p(math.exp(10) / 63), 100 - math.log(63)]
    assert losses[False] == pytest.approx(wanted, rel=1e-3)


def state_after(model: Any, tokens: list[int]) -> torch.Tensor:
    states: torch.Tensor = model.model(input_ids=torch.tensor([tokens])).last_hidden_state[0, -1]
    return states


def test_it_learns_to_decide(tmp_path: Path) -> None:
    pick = random.Random(0)
    items = [
        single(
            [*(pick.randrange(10, 64) for _ in range(4)), 7 if n % 2 else 8],
            [],
            declines=bool(n % 2),
        )
        for n in range(60)
    ]
    model = tiny_with_adapter()
    loss = partial(training.deciding_loss, 5)
    plan = training.Plan(epochs=8, rate=0.02, batch_tokens=60)
    for _ in training.train(model, items, plan, tmp_path / "state", loss):
        pass
    new = [[11, 12, 13, 14, last] for last in (7, 8)]
    odds = model.base_model.model(input_ids=torch.tensor(new)).logits[:, -1].softmax(-1)[:, 5]
    assert odds[0] > 0.8
    assert odds[1] < 0.2
    assert training.examined(model, items, 60, 5)[1] > 0.95


def test_layers_that_are_left_alone_need_no_gradient() -> None:
    model = tiny_with_adapter()
    training.freeze_below(model, 1)
    trained = [name for name, p in model.named_parameters() if p.requires_grad]
    assert trained
    assert all(".layers.1." in name for name in trained)


def test_an_adapter_says_by_what_reply_it_declines(tmp_path: Path) -> None:
    save_adapter(tiny_with_adapter(), tmp_path / "with", DECLINES)
    save_adapter(tiny_with_adapter(), tmp_path / "without", DECLINES)
    save_adapter(tiny_with_adapter(), tmp_path / "without")  # trained once more, otherwise
    assert declining(tmp_path / "with") == Declining(DECLINES)
    assert declining(tmp_path / "without") is None
    assert json.loads((tmp_path / "with" / "adapter_config.json").read_text())["r"] == 4


def test_an_example_tells_whether_it_declines(openvino_engine: Engine) -> None:
    prompt = read_prompt(ROOT / "prompts", "answer")
    tokenizer = openvino_engine.tokenizer
    example = Example(tuple(NOTES), "Who paid?", "normal", DECLINES, "unanswerable", "gans")
    (item,) = training.branchings_of([example], tokenizer, prompt)
    assert item.branches[0].declines
    assert tokenizer.decode(item.branches[0].reply) == DECLINES
    unwritten = Example(tuple(NOTES), "Who judges?", "normal", "", "place", "gans")
    (bare,) = training.branchings_of([unwritten], tokenizer, prompt)
    assert not bare.branches[0].declines
    assert bare.branches[0].reply == []
