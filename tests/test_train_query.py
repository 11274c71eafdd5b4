"""`tutor.train_query`: questions move towards the passages that answer them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tutor import train_query
from tutor.config import Settings
from tutor.embed import load_embedder
from tutor.embed.query_adapter import merge
from tutor.embed.torch_backend import load_sentence_transformer, network_of
from tutor.models import embedding_folder
from tutor.train_query import Asked, correct, embed, loss_of, read_sets, train
from tutor.training_texts import FOLDERS

PASSAGES = [
    "A keel keeps a sailing boat upright.",
    "Flaps make the wing of a plane larger.",
    "A rudder steers the boat.",
    "The propeller pulls the plane through the air.",
]
QUESTIONS = [
    "thing below that stops it from falling over",
    "bits that come out for landing",
    "how do I turn left on water",
    "what drags it forward",
]


@pytest.fixture(scope="module")
def asked() -> Asked:
    vectors = load_embedder(Settings(), questions=False).encode(PASSAGES)
    return Asked(torch.from_numpy(vectors), tuple(QUESTIONS), ((0,), (1,), (2,), (3,)))


def test_loss_is_the_share_of_the_answering_passages() -> None:
    passages, vectors = torch.eye(3), torch.eye(3)[:1]
    e = torch.tensor(1 / train_query.TEMPERATURE).exp()
    assert loss_of(vectors, passages, [[0]]) == pytest.approx(-torch.log(e / (e + 2)).item())
    assert loss_of(vectors, passages, [[1]]) == pytest.approx(-torch.log(1 / (e + 2)).item())
    assert loss_of(vectors, passages, [[0, 1, 2]]) == pytest.approx(0, abs=1e-6)


def test_training_brings_questions_nearer_and_the_file_holds_what_it_learned(
    asked: Asked, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    model = load_sentence_transformer(embedding_folder("bundled"), torch.float32)
    network = network_of(model)
    with torch.no_grad():
        before = loss_of(embed(network, model.tokenizer, QUESTIONS), asked.passages, asked.answers)
    corrections = correct(network, rank=2)
    assert sum(p.numel() for p in network.parameters() if p.requires_grad) == sum(
        p.numel() for c in corrections.values() for p in c.parameters()
    )
    steps = list(train(network, model.tokenizer, [asked], epochs=12, rate=1e-3, seed=0))
    assert [step for step, _, _ in steps] == list(range(1, 13))
    with torch.no_grad():
        learned = embed(network, model.tokenizer, QUESTIONS)
    assert loss_of(learned, asked.passages, asked.answers) < 0.7 * before
    file = tmp_path / "query.safetensors"
    train_query.save({n: (c.down, c.up) for n, c in corrections.items()}, file, "a test")
    fresh = load_sentence_transformer(embedding_folder("bundled"), torch.float32)
    merge(network_of(fresh).eval(), file)
    with torch.no_grad():
        again = embed(network_of(fresh), fresh.tokenizer, QUESTIONS)
    assert (again * learned).sum(1).min() > 0.999


def test_sets_hold_questions_with_an_answer_alone(tmp_path: Path) -> None:
    rows = tmp_path / "rows"
    rows.mkdir()
    asked = []
    for folder in FOLDERS:
        file = tmp_path / folder / "a.md"
        file.parent.mkdir(parents=True)
        file.write_text("# Boats\n\nA keel keeps a sailing boat upright.\n")
        place = {"source": f"{folder}/a.md", "question": "What keeps it upright?"}
        asked += [{**place, "start": 9, "end": 45}, {**place, "start": 0, "end": 0}]
    write(rows / "judge_questions.jsonl", asked)
    notes = ["A rudder steers.", "A wing lifts."]
    write(
        rows / "replies_free.jsonl",
        [
            {"question": "What steers?", "notes": notes, "reply": "A rudder does [1]."},
            {"question": "What sinks?", "notes": notes, "reply": "The notes do not say."},
        ],
    )
    write(rows / "search_pairs.jsonl", [{"question": "What lifts?", "answer": "A wing lifts."}])
    sets = read_sets(tmp_path, rows, load_embedder(Settings(), questions=False))
    assert [len(found.questions) for found in sets] == [1, 1, 1, 1, 1]
    assert sets[3].answers == ((0,),)
    assert all(found.passages.shape[1] == 384 for found in sets)


def write(file: Path, rows: list[dict[str, object]]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
