"""`tutor.embed.query_adapter`: a file of corrections is written, read and merged."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tutor.embed import QUERY_ADAPTER
from tutor.embed.query_adapter import SCALE, merge, save
from tutor.errors import ModelError


def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(6, 4), torch.nn.Linear(4, 3))


@pytest.fixture
def corrections() -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    return {"1": (torch.arange(8.0).reshape(2, 4), torch.ones(3, 2))}


def test_a_correction_is_added_to_its_layer_alone(tmp_path: Path, corrections) -> None:
    save(corrections, tmp_path / "q.safetensors", "a test")
    before, after = network(), network()
    merge(after, tmp_path / "q.safetensors")
    down, up = corrections["1"]
    assert torch.equal(after[0].weight, before[0].weight)
    assert torch.allclose(after[1].weight, before[1].weight + SCALE * up @ down)


@pytest.mark.parametrize("damage", ["missing", "cut off", "of another network", "of other sizes"])
def test_what_does_not_fit_is_one_clear_line(tmp_path: Path, corrections, damage: str) -> None:
    file = tmp_path / "q.safetensors"
    if damage == "of another network":
        corrections = {"encoder.layer.0": corrections["1"]}
    if damage == "of other sizes":
        corrections = {"0": corrections["1"]}
    if damage != "missing":
        save(corrections, file, "a test")
    if damage == "cut off":
        file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(ModelError, match=r"q\.safetensors does not fit .*; install") as error:
        merge(network(), file)
    assert len(str(error.value).splitlines()) == 1


def test_the_shipped_file_is_small_and_says_what_made_it() -> None:
    from safetensors import safe_open

    assert QUERY_ADAPTER.stat().st_size < 1_000_000
    with safe_open(QUERY_ADAPTER, "pt") as stored:
        assert "tutor.train_query" in stored.metadata()["made_by"]
