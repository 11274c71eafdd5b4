"""An adapter's folder: taken up as it is, or refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.tiny_models import tiny_with_adapter
from tutor.config import ROOT
from tutor.errors import TutorError
from tutor.tuning import training
from tutor.tuning.adapters import RANK, save_adapter, size_of, take


@pytest.fixture
def start(tmp_path: Path) -> Path:
    """The adapter of a tiny model, of rank 4, its halves that are born 0 filled."""
    model = tiny_with_adapter()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.fill_(0.25)
    save_adapter(model, tmp_path / "start")
    return tmp_path / "start"


def changed(folder: Path, **settings: Any) -> None:
    file = folder / "adapter_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **settings}))


def test_rank_and_alpha_are_those_of_the_start(start: Path) -> None:
    assert size_of(None, None) == (RANK, 2 * RANK)
    assert size_of(None, 8) == (8, 16)
    assert size_of(start, None) == size_of(start, 4) == (4, 8)
    changed(start, lora_alpha=4)
    assert size_of(start, None) == (4, 4)
    assert (
        training.adapted(tiny_with_adapter().unload(), 4, 4).peft_config["default"].lora_alpha == 4
    )


def test_the_shipped_adapter_can_be_gone_on_from() -> None:
    rank, alpha = size_of(ROOT / "tutor" / "llm" / "tuned", None)
    assert alpha == 2 * rank


def test_another_rank_is_refused(start: Path) -> None:
    with pytest.raises(TutorError, match=r"--rank 32: the adapter in .*start has 4"):
        size_of(start, 32)


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}", '{"r": "x", "lora_alpha": 8}'])
def test_what_is_no_adapter_is_named(start: Path, text: str | None) -> None:
    (start / "adapter_config.json").unlink()
    if text is not None:
        (start / "adapter_config.json").write_text(text)
    with pytest.raises(TutorError, match=r"--start .*start: no adapter can be read"):
        size_of(start, None)


def test_an_adapter_without_weights_or_of_another_kind_is_refused(start: Path) -> None:
    changed(start, use_rslora=True)
    with pytest.raises(TutorError, match="made with use_rslora"):
        size_of(start, None)
    (start / "adapter_model.safetensors").unlink()
    with pytest.raises(TutorError, match=r"adapter_model\.safetensors is missing"):
        size_of(start, None)


def test_its_weights_become_the_models(start: Path) -> None:
    model = tiny_with_adapter()
    take(model, start)
    halves = [p for name, p in model.named_parameters() if "lora_B" in name]
    assert halves
    assert all(half.eq(0.25).all() for half in halves)


def test_weights_that_do_not_fit_are_refused(start: Path) -> None:
    from safetensors.torch import load_file, save_file

    file = start / "adapter_model.safetensors"
    weights = load_file(file)
    name, tensor = next(iter(weights.items()))
    for bad in (
        {**weights, name: tensor[:1].contiguous()},
        {**weights, name.replace("layers.0", "layers.9"): tensor.clone()},
    ):
        save_file(bad, file)
        with pytest.raises(TutorError, match=r"--start .*start: "):
            take(tiny_with_adapter(), start)
    file.write_bytes(b"torn")
    with pytest.raises(TutorError, match="does not fit"):
        take(tiny_with_adapter(), start)
