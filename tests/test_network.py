"""`tutor.judge.network`: what is saved is what training changed, and loads as it was."""

from __future__ import annotations

import torch
from safetensors import safe_open

from tutor.judge import WEIGHTS, WINDOW
from tutor.judge.network import FROZEN, CrossEncoder, features, infer, load, save
from tutor.models import embedding_folder

FOLDER = embedding_folder("bundled")


def test_saved_and_loaded_network_judges_the_same(tmp_path) -> None:
    torch.manual_seed(0)
    network = CrossEncoder(FOLDER).eval()
    with torch.no_grad():
        network.head.weight.copy_(network.head.weight.to(torch.bfloat16))
    file = tmp_path / "weights.safetensors"
    save(network, file, {"made_by": "a test"})
    pairs = [("What?", "That."), ("Why?", "Because it is so.")]
    before, after = infer(network, FOLDER, pairs), infer(load(FOLDER, file), FOLDER, pairs)
    assert abs(before - after).max() < 0.05


def test_shipped_weights_are_small_and_say_how_they_were_made() -> None:
    assert WEIGHTS.stat().st_size < 15_000_000
    with safe_open(WEIGHTS, "pt") as file:
        assert not [name for name in file.keys() if name.startswith(FROZEN)]  # noqa: SIM118
        assert file.metadata()["made_by"].startswith("python -m tutor.train_judge")


def test_a_long_passage_is_cut_and_the_question_kept() -> None:
    rows = features(FOLDER, [("What is said at the very end?", "word " * 1000)])
    assert rows["input_ids"].shape == (1, WINDOW)
    assert rows["token_type_ids"].sum() > 0


def test_no_pairs() -> None:
    assert infer(CrossEncoder(FOLDER).eval(), FOLDER, []).shape == (0,)
