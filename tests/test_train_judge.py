"""`tutor.train_judge`: groups hold answers on one side only, and training learns."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import torch

from tutor import train_judge
from tutor.config import ROOT, Settings
from tutor.embed import load_embedder
from tutor.judge.network import CrossEncoder
from tutor.models import embedding_folder
from tutor.train_judge import Asked, Group, from_lessons, loss_of, make_group, pairs_of
from tutor.training_texts import chunks_of, make_retriever

TEXT = """# Boats

A keel keeps a sailing boat upright. It also stops the boat from drifting sideways.

# Planes

A wing lifts the plane because air flows faster above it. Flaps make the wing larger.
"""


@pytest.fixture(scope="module")
def retriever(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    (folder / "a.md").write_text(TEXT)
    embedder = load_embedder(Settings())
    return make_retriever(chunks_of(folder, embedder), embedder)


def test_positives_hold_the_answer_and_negatives_do_not(retriever) -> None:
    gold = "A keel keeps a sailing boat upright."
    group = make_group(Asked("What keeps a boat from falling over?", gold), retriever)
    assert group is not None
    assert group.positive
    assert all(gold in text for text in group.positive)
    assert group.negative
    assert not any(gold in text for text in group.negative)


def test_a_question_without_an_answer_has_only_negatives(retriever) -> None:
    group = make_group(Asked("Who invented the anchor?", ""), retriever)
    assert group is not None
    assert group.positive == ()
    assert group.negative


def test_an_answer_that_is_nowhere_makes_no_group(retriever) -> None:
    assert make_group(Asked("What?", "Words that stand nowhere."), retriever) is None


def test_pairs_carry_both_labels() -> None:
    group = Group("Q?", ("yes", "yes, longer"), tuple(f"no {n}" for n in range(30)))
    pairs = pairs_of(group, random.Random(0))
    assert [label for *_, label in pairs] == [1.0, 1.0, *[0.0] * train_judge.NEGATIVES]
    assert pairs[0][1] == "yes"


def test_loss_is_small_when_right_and_large_when_wrong() -> None:
    labels = torch.tensor([1.0, 0.0, 0.0, 0.0])
    right, wrong = torch.tensor([6.0, -6, -6, -6]), torch.tensor([-6.0, 6, -6, -6])
    assert loss_of(right, labels, [2, 2]) < 0.02
    assert loss_of(wrong, labels, [2, 2]) > 3


@pytest.mark.slow
def test_training_lowers_the_loss_and_leaves_the_lower_layers() -> None:
    torch.manual_seed(0)
    folder = embedding_folder("bundled")
    network = CrossEncoder(folder)
    frozen = network.encoder.encoder.layer[0].output.dense.weight.clone()
    groups = [
        Group(f"What is {n} for?", (f"{n} is for {use}.",), (f"{n} was seen.", "It rains."))
        for n, use in [("salt", "taste"), ("ink", "writing"), ("rope", "tying")] * 2
    ]
    losses = [
        loss
        for *_, loss in train_judge.train(network, groups, folder, epochs=12, rate=2e-4, seed=0)
    ]
    assert sum(losses[-3:]) < 0.5 * sum(losses[:3])
    assert torch.equal(frozen, network.encoder.encoder.layer[0].output.dense.weight)


def test_the_written_questions_name_places() -> None:
    file = ROOT / "tests" / "data" / "judge_questions.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(rows) > 1500
    assert all(0 <= row["start"] <= row["end"] for row in rows)
    unanswered = sum(row["end"] == 0 for row in rows)
    assert 0.1 < unanswered / len(rows) < 0.3
    assert all(Path(row["source"]).parts[0] in ("notes", "training") for row in rows)


def test_a_lessons_question_has_its_own_note_on_one_side_and_the_others_on_the_other(
    tmp_path: Path,
) -> None:
    (tmp_path / "boats.txt").write_text(
        "# keels\n@1 What for\nA keel keeps a sailing boat upright.\n"
        "@2 Weight\nA keel weighs a third of the boat.\n"
        "? why | Why do boats stay upright?\n= A keel keeps a boat upright [1].\n"
        "? compare | Both?\n= Upright [1], heavy [2].\n! Who invented the keel?\n---\n"
    )
    groups = from_lessons([tmp_path / "boats.txt"], load_embedder(Settings()))
    assert [group.question for group in groups] == [
        "Who invented the keel?",
        "Why do boats stay upright?",
    ]
    missed, why = groups
    assert missed.positive == ()
    assert len(missed.negative) == 2
    assert why.positive == ("keels / What for\nA keel keeps a sailing boat upright.",)
    assert why.negative == ("keels / Weight\nA keel weighs a third of the boat.",)
