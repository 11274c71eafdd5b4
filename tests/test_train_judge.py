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
from tutor.records import Chunk, Place
from tutor.train_judge import (
    Asked,
    Group,
    from_lessons,
    loss_of,
    make_group,
    pairs_of,
    read_notes,
)
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


def test_the_passage_with_the_answer_is_added_where_retrieval_misses_it() -> None:
    told = "Its third plank was nailed by a man called Olaf."
    chunks = [
        Chunk("a", Place("section", str(n)), f"The anchor of boat {n} is heavy.", ("Boats",))
        for n in range(12)
    ]
    chunks.append(Chunk("a", Place("section", "x"), f"Something else stands here. {told}", ("X",)))
    retriever = make_retriever(chunks, load_embedder(Settings()))
    asked = "How heavy is the anchor of a boat?"
    assert chunks[-1] not in [hit.chunk for hit in retriever.search(asked, 8)]
    group = make_group(Asked(asked, told), retriever)
    assert group is not None
    assert group.positive[0].endswith(f"\n{told}")
    assert len(group.positive) == 2
    assert all("anchor" in text or "Something" in text for text in group.negative)
    assert make_group(Asked(asked, ""), retriever).positive == ()


def test_rows_with_notes_of_their_own_are_split_by_what_the_reply_cites(tmp_path: Path) -> None:
    notes = ["**Keels** are heavy.", "Sails are light.", "Masts are tall."]
    rows = [
        {"notes": notes, "question": "What is heavy?", "reply": "Keels [1]. Masts, too [3]."},
        {"notes": notes, "question": "Who built it?", "reply": "The notes do not say."},
        {"notes": [], "question": "Hm?", "reply": "Nothing."},
        {"notes": notes, "question": "And?", "reply": "It [1].", "history": [{"role": "user"}]},
    ]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    keels, sails, masts = "Keels are heavy.", "Sails are light.", "Masts are tall."
    assert read_notes(file) == [
        Group("What is heavy?", (keels, masts), (sails,)),
        Group("Who built it?", (), (keels, sails, masts)),
    ]


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


@pytest.mark.slow
@pytest.mark.parametrize(("count", "steps"), [(0, 0), (1, 2), (4, 2), (7, 2)])
def test_few_groups_make_a_small_batch(count: int, steps: int) -> None:
    folder = embedding_folder("bundled")
    groups = [Group(f"What is {n}?", (f"{n} is it.",), ("It rains.",)) for n in range(count)]
    network = CrossEncoder(folder)
    found = list(train_judge.train(network, groups, folder, epochs=2, rate=1e-4, seed=0))
    assert [step for step, *_ in found] == list(range(1, steps + 1))


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


def test_only_what_a_reply_draws_on_is_the_answer_in_a_note_of_five_sentences(
    tmp_path: Path,
) -> None:
    drawn = "Lead is used because it is cheap and heavy."
    others = [
        "A keel keeps a sailing boat upright.",
        "It weighs a third of the whole boat.",
        "Older boats carried stones in their bilge.",
        "Racing boats tilt theirs from side to side.",
    ]
    lesson = (
        "# {topic}\n@1 One\n{note}\n@2 Two\nThe {topic} needs paint every {n} years.\n"
        "? why | Why is a {topic} made of lead?\n= Lead is cheap and heavy [1].\n"
        "? twice | Does it float?\n= It is heavy [1].\n! Who sells a {topic}?\n! Can it fly?\n"
    )
    note = " ".join([*others[:2], drawn, *others[2:]])
    kinds = ["keel", "fin", "bulb", "board", "rudder", "ballast"]
    texts = [
        lesson.format(topic=kind, n=n, note=f"{note} This is a {kind}.")
        for n, kind in enumerate(kinds)
    ]
    (tmp_path / "boats.txt").write_text("---\n".join(texts))
    groups = from_lessons([tmp_path / "boats.txt"], load_embedder(Settings()))
    answered = [group for group in groups if group.positive]
    # What stands in every lesson, answered or missed, is left out.
    assert {group.question for group in groups} == {
        text.format(kind)
        for kind in kinds
        for text in ("Why is a {} made of lead?", "Who sells a {}?")
    }
    assert len(answered) == len(kinds)
    for group in answered:
        assert all(drawn in text for text in group.positive)
        assert group.positive[0].endswith(f"\n{drawn}")
        shown = [text.partition("\n")[2] for text in group.negative]
        assert not any(drawn in text for text in shown)
        assert {*others} <= {*shown}
