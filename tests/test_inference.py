"""`tutor.inference`: converted modules compute what the originals do, in order."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers

from tutor.inference import Encoder, convert


class Lengths(torch.nn.Module):
    """The number of tokens of each text, and the sum of their ids."""

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        mask = attention_mask.float()
        return torch.stack([mask.sum(1), (input_ids.float() * mask).sum(1)], dim=1)


@pytest.fixture
def tokenizer() -> Tokenizer:
    words = {"[UNK]": 0, "a": 1, "b": 2, "c": 3}
    made = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return made


@pytest.fixture
def encoder(tokenizer, tmp_path) -> Encoder:
    example = {
        "input_ids": torch.ones(2, 3, dtype=torch.long),
        "attention_mask": torch.ones(2, 3, dtype=torch.long),
    }
    facts = {"window": 4, "pad_id": 0, "pad_token": "[UNK]"}
    convert(Lengths(), example, facts, tmp_path)
    return Encoder(tmp_path, tokenizer)


def test_batches_come_back_in_order(encoder) -> None:
    batches = [["a"], ["a b", "c"], ["b b b"], ["c c"], ["a"], ["b"]]
    rows = list(encoder.run(iter(batches)))
    expected = [[[1, 1]], [[2, 3], [1, 3]], [[3, 6]], [[2, 6]], [[1, 1]], [[1, 2]]]
    assert len(rows) == len(expected)
    for row, wanted in zip(rows, expected, strict=True):
        assert np.allclose(row, wanted)


def test_what_is_beyond_the_window_is_cut(encoder) -> None:
    (row,) = encoder.run(iter([["a a a a a a"]]))
    assert row[0, 0] == 4


def test_pairs_are_read_together(encoder) -> None:
    (row,) = encoder.run(iter([[("a b", "c")]]))
    assert np.allclose(row, [[3, 6]])


def test_no_batches(encoder) -> None:
    assert list(encoder.run(iter([]))) == []


def test_a_folder_without_a_model_is_an_os_error(tokenizer, tmp_path) -> None:
    with pytest.raises(OSError, match=r"model\.json"):
        Encoder(tmp_path / "none", tokenizer)
