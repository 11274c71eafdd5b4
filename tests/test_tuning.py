"""Fine-tuning: examples as the tutor would pose them, the loss on replies alone, what is judged."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.tiny_models import single, tiny_with_adapter
from tutor.config import ROOT
from tutor.embed import Embedder
from tutor.errors import TutorError
from tutor.llm.decode import Engine
from tutor.prompts import read_prompt
from tutor.records import Chunk, Evidence, Place
from tutor.training_texts import make_retriever
from tutor.tuning import training
from tutor.tuning.__main__ import main
from tutor.tuning.branching import Branching
from tutor.tuning.examples import (
    MARKER,
    Example,
    from_own_notes,
    from_places,
    load,
    only_supported,
    read_rows,
    save,
    with_condensed,
)
from tutor.tuning.judging import mark, shares

ROWS = ROOT / "tests" / "data"
PROMPT = read_prompt(ROOT / "prompts", "answer")
EXAMPLE = Example(
    ("The generator draws.", "The discriminator judges."),
    "Who judges?",
    "normal",
    "The discriminator judges [2].",
    "definition",
    "gan",
)


@pytest.mark.parametrize("file", sorted(ROWS.glob("replies_free*.jsonl")), ids=lambda f: f.stem)
def test_every_written_row_cites_only_notes_it_has(file: Path) -> None:
    for row in read_rows(file):
        numbers = {int(n) for n in training_markers(row["reply"])}
        assert numbers <= set(range(1, len(row["notes"]) + 1)), row["question"]
        if row["kind"] == "unanswerable" and row.get("form") not in ("example", "react"):
            assert not numbers, row["question"]


def training_markers(text: str) -> list[str]:
    from tutor.tuning.examples import MARKER

    return MARKER.findall(text)


def test_a_follow_up_becomes_the_question_that_the_tutor_would_pose() -> None:
    row = {
        "notes": ["A GAN has two networks."],
        "question": "shorter please",
        "history": [{"role": "user", "content": "What is a GAN?"}],
        "reply": "Two networks [1].",
        "kind": "shorter",
    }
    (example,) = from_own_notes([row], "own")
    assert example.question.startswith("What is a GAN?")
    assert example.form == "short"


def test_of_a_condensed_reply_what_copies_a_note_is_not_learned(embedder: Embedder) -> None:
    note = "A GAN has a generator, which makes samples, and a discriminator, which judges them."
    own = "A generator makes samples and a discriminator judges them [1]."
    example = Example((note,), "What is a GAN?", "normal", f"{own} {note}", "what", "t")
    assert only_supported(example, embedder, condensed=True) == replace(example, reply=own)
    copied = replace(example, reply=note.replace(".", " [1]."))
    assert only_supported(copied, embedder, condensed=True) is None
    assert only_supported(copied, embedder) == copied


def test_of_a_written_reply_the_supported_sentences_are_learned(embedder: Embedder) -> None:
    notes = ("The generator turns noise into pictures.", "The discriminator tells real from fake.")
    reply = "The discriminator tells real from fake [2]. Canada made it in 1998 [1]."
    example = Example(notes, "What does the discriminator do?", "normal", reply, "why", "t")
    kept = only_supported(example, embedder)
    assert kept
    assert kept.reply == "The discriminator tells real from fake [2]."
    turned = replace(
        example, reply="Canada made it [1]. The discriminator tells real from fake [2]."
    )
    assert only_supported(turned, embedder) is None
    declined = replace(example, reply="The notes do not say this.")
    assert only_supported(declined, embedder) == declined


def test_whole_topics_are_kept_aside() -> None:
    rows = [
        {"notes": ["n"], "question": str(n), "reply": "r [1].", "kind": "why"} for n in range(3000)
    ]
    examples = list(from_own_notes(rows, "own"))
    by_topic: dict[str, set[bool]] = {}
    for example in examples:
        by_topic.setdefault(example.topic, set()).add(example.aside)
    assert all(len(sides) == 1 for sides in by_topic.values())
    assert 0.03 < sum(e.aside for e in examples) / len(examples) < 0.15


def test_a_places_evidence_holds_it_and_the_reply_cites_it(
    tmp_path: Path, embedder: Embedder
) -> None:
    texts = {
        "gan": "The generator turns noise into pictures. The discriminator tells real from fake.",
        "vae": "A variational autoencoder has a latent space with a normal prior.",
        "rnn": "A recurrent network reads one word after the other and keeps a state.",
    }
    chunks = [Chunk(f"{k}.md", Place("section", k), t, (k,)) for k, t in texts.items()]
    (tmp_path / "gan.md").write_text(texts["gan"])
    start = texts["gan"].index("The discriminator")
    rows = [
        {
            "source": "gan.md",
            "question": "What does the discriminator do?",
            "start": start,
            "end": len(texts["gan"]),
            "reply": "The discriminator tells real from fake [1]. Canada made it in 1998 [1].",
        },
        {"source": "gan.md", "question": "What is a flow model?", "start": 0, "end": 0},
    ]
    retriever = make_retriever(chunks, embedder)
    found = list(from_places(rows, tmp_path, retriever, embedder, seed=1))
    assert [example.kind for example in found] == ["place", "unanswerable"]
    number = 1 + next(i for i, n in enumerate(found[0].notes) if "tells real from fake" in n)
    assert found[0].reply == f"The discriminator tells real from fake [{number}]."
    assert "[" not in found[1].reply


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    save([EXAMPLE], tmp_path / "examples.jsonl")
    assert load(tmp_path / "examples.jsonl") == [EXAMPLE]


def test_an_example_is_what_the_engine_would_read_and_the_reply_with_its_end(
    openvino_engine: Engine,
) -> None:
    tokenizer = openvino_engine.tokenizer
    (item,) = training.branchings_of([EXAMPLE], tokenizer, PROMPT)
    (branch,) = item.branches
    assert branch.reply[-1] in tokenizer.ends
    assert tokenizer.decode(branch.reply) == EXAMPLE.reply
    shown = tokenizer.decode(item.shared)
    assert "[2] The discriminator judges." in shown
    assert "Question: Who judges?" in shown


def sequences(count: int) -> list[Branching]:
    """Prompts of noise, each with the reply 1 2 3."""
    pick = random.Random(0)
    return [
        single([pick.randrange(10, 64) for _ in range(n % 5 + 3)], [1, 2, 3]) for n in range(count)
    ]


def learn(
    model: Any, items: Sequence[Branching], plan: training.Plan, state: Path
) -> Iterator[tuple[int, int, float]]:
    return training.train(model, items, plan, state, training.loss_of)


def test_the_loss_is_that_of_the_reply_alone_whatever_the_padding() -> None:
    model = tiny_with_adapter().base_model.model
    short, long = sequences(5)[0], sequences(5)[4]
    alone = []
    for item in (short, long):
        tokens = torch.tensor([item.tokens])
        odds = model(input_ids=tokens).logits[0].log_softmax(-1)
        first = len(item.shared)
        alone += [-odds[p - 1, item.tokens[p]].item() for p in range(first, len(item.tokens))]
    both = training.loss_of(model, [short, long]).item()
    assert both == pytest.approx(sum(alone) / len(alone), rel=1e-4)


def test_training_lowers_the_loss_and_moves_the_adapter_alone(tmp_path: Path) -> None:
    model, items = tiny_with_adapter(), sequences(60)
    frozen = {n: p.clone() for n, p in model.named_parameters() if not p.requires_grad}
    plan = training.Plan(epochs=8, rate=0.02, batch_tokens=60)
    before, _ = training.examined(model, items, 60, 5)
    steps = [loss for _, _, loss in learn(model, items, plan, tmp_path / "state.pt")]
    after, _ = training.examined(model, items, 60, 5)
    assert after < before - 0.8
    assert len(steps) > 20
    for name, parameter in model.named_parameters():
        if name in frozen:
            assert torch.equal(parameter, frozen[name])


def test_a_run_that_was_stopped_goes_on_to_the_same_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "SAVE_EVERY", 4)
    items, plan = sequences(40), training.Plan(epochs=2, rate=0.02, batch_tokens=60)
    whole = tiny_with_adapter()
    losses = [x for _, _, x in learn(whole, items, plan, tmp_path / "whole.safetensors")]
    run = learn(tiny_with_adapter(), items, plan, tmp_path / "half.safetensors")
    for _ in range(6):
        next(run)
    run.close()
    rest = list(learn(tiny_with_adapter(), items, plan, tmp_path / "half.safetensors"))
    assert rest[0][0] == 5
    assert [x for _, _, x in rest] == pytest.approx(losses[4:], rel=1e-3)


@pytest.mark.parametrize("other", ["sequences", "loss", "weight", "layers", "start"])
def test_a_state_of_another_training_is_not_taken_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    monkeypatch.setattr(training, "SAVE_EVERY", 2)
    plan, state = training.Plan(rate=0.02, batch_tokens=60), tmp_path / "half.safetensors"
    deciding = partial(training.deciding_loss, 5, weight=1.0)
    begun = training.train(tiny_with_adapter(), sequences(40), plan, state, deciding)
    for _ in range(3):
        next(begun)
    begun.close()
    model, items = tiny_with_adapter(), sequences(40)
    loss: Any = deciding
    if other == "sequences":
        items[3] = single([11, 12], [1, 2, 3])
    elif other == "loss":
        loss = training.loss_of
    elif other == "weight":
        loss = partial(training.deciding_loss, 5, weight=0.5)
    elif other == "layers":
        training.freeze_below(model, 1)
    else:
        with torch.no_grad():
            next(p for p in model.parameters() if p.requires_grad).add_(1.0)
    with pytest.raises(TutorError, match="not a half-way state of this training"):
        next(training.train(model, items, plan, state, loss))
    assert next(training.train(tiny_with_adapter(), sequences(40), plan, state, deciding))[0] == 3


def test_a_batch_without_a_reply_teaches_nothing_and_breaks_nothing(tmp_path: Path) -> None:
    model = tiny_with_adapter()
    before = {n: p.clone() for n, p in model.named_parameters()}
    plan = training.Plan(epochs=1, rate=0.02)
    (step,) = learn(model, [single([9, 8, 7], [])], plan, tmp_path / "state")
    assert step == (1, 1, 0.0)
    assert all(torch.equal(p, before[n]) for n, p in model.named_parameters())


def test_judged_by_nothing_is_no_perfect_mark() -> None:
    loss, ranked = training.examined(tiny_with_adapter(), [], 60, 5)
    assert math.isnan(loss)
    assert math.isnan(ranked)


def test_each_step_is_taken_at_its_rate_and_there_are_as_many_as_are_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = []
    made = torch.optim.AdamW

    class Told(made):
        def step(self, *given: Any, **named: Any) -> Any:
            rates.extend({group["lr"] for group in self.param_groups})
            return super().step(*given, **named)

    monkeypatch.setattr(torch.optim, "AdamW", Told)
    plan = training.Plan(epochs=50, rate=0.02, batch_tokens=60, steps=7)
    found = list(learn(tiny_with_adapter(), sequences(6), plan, tmp_path / "state"))
    assert [(step, steps) for step, steps, _ in found] == [(n, 7) for n in range(1, 8)]
    assert rates == [training.rate_at(step, 7, 0.02) for step in range(7)]
    assert len(set(rates)) > 5


def test_the_rate_rises_and_falls_to_nothing() -> None:
    rates = [training.rate_at(step, 100, 1.0) for step in range(100)]
    assert rates[:6] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, 1.0])
    assert rates[5:] == sorted(rates[5:], reverse=True)
    # A quarter and half of the way down: (1 + cos(pi / 4)) / 2 and 1 / 2.
    assert rates[5 + 95 // 2] == pytest.approx(0.5, abs=0.01)
    assert 0 < rates[-1] < 0.001


EVIDENCE = [
    Evidence(1, "a.md", Place("section", "a"), "The generator turns noise into pictures.", 1.0),
    Evidence(2, "a.md", Place("section", "b"), "The discriminator tells real from fake.", 0.9),
]


def test_marks_tell_right_citations_from_wrong_ones_and_inventions(embedder: Embedder) -> None:
    text = (
        "The discriminator tells real from fake [2]. The generator turns noise into pictures [2]. "
        "It was invented by Marie Curie in 1903 [1]."
    )
    written = mark(text, "What does the discriminator do?", EVIDENCE, embedder.encode)
    assert not written.declined
    assert (written.sentences, written.supported, written.marked, written.cited) == (3, 2, 3, 1)
    assert len(written.unsupported) == 1


@pytest.mark.parametrize(
    ("text", "declined"),
    [
        ("The notes don't say who invented it.", True),
        ("None of the notes answers this.", True),
        ("Who invented it is not covered in the course notes.", True),
        ("The discriminator tells real from fake [2].", False),
        ("The generator does not see real pictures [1].", False),
        ("It is a network.", False),
    ],
)
def test_a_reply_declines_when_it_says_that_the_notes_do_not_tell(
    text: str, declined: bool, embedder: Embedder
) -> None:
    assert mark(text, "Who invented it?", EVIDENCE, embedder.encode).declined is declined


def test_shares_count_sentences_only_of_replies_that_do_not_decline(embedder: Embedder) -> None:
    encode = embedder.encode
    rows = [
        mark("The notes don't say.", "Who?", EVIDENCE, encode),
        mark("The discriminator tells real from fake [2].", "What?", EVIDENCE, encode),
    ]
    found = shares(rows)
    assert found["declined"] == 0.5
    assert found["supported"] == found["cited"] == found["sentences"] == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["train", "--examples", "nowhere.jsonl", "--out", "x"], "nowhere.jsonl: no examples"),
        (["examples", "--texts", "nowhere", "--out", "x"], "--texts nowhere: no folder notes"),
    ],
)
def test_what_is_missing_gets_one_clear_line(
    given: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(given) == 1
    shown = capsys.readouterr().err.strip()
    assert words in shown
    assert "\n" not in shown


def test_a_condensed_reply_takes_the_place_of_the_one_to_the_same_question_and_notes() -> None:
    rows = [
        {"question": "Why?", "reply": "Because of all of this [1].", "end": 9},
        {"question": "Why?", "notes": ["a"], "reply": "Because of a [1]."},
        {"question": "Who?", "reply": "", "end": 0},
        {"question": "Not answered?", "end": 0},
    ]
    found = with_condensed(rows, [{"question": "Why?", "reply": "This [1]."}])
    assert [row.get("reply") for row in found] == ["This [1].", "Because of a [1].", "", None]
    found = with_condensed(rows, [{"question": "Why?", "notes": ["a"], "reply": "A [1]."}])
    assert [row.get("reply") for row in found][:2] == ["Because of all of this [1].", "A [1]."]


def test_each_condensed_row_belongs_to_a_written_one() -> None:
    asked = {
        (row["question"], tuple(row.get("notes", ())))
        for file in ROWS.glob("replies_*.jsonl")
        if "condensed" not in file.stem
        for row in read_rows(file)
    }
    for name in ("replies_condensed", "replies_condensed_own"):
        for row in read_rows(ROWS / f"{name}.jsonl"):
            assert (row["question"], tuple(row.get("notes", ()))) in asked
            assert MARKER.search(row["reply"])
