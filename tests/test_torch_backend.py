"""The embedding model by sentence-transformers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.courses import GAN, SAMPLING
from tutor.embed import Embedder
from tutor.embed.torch_backend import TorchBackend, fast_dtype, load_sentence_transformer
from tutor.errors import ModelError
from tutor.models import embedding_folder

TEXTS = [line for line in (GAN + SAMPLING).splitlines() if line.strip()]


def test_it_agrees_with_sentence_transformers_in_full_precision(torch_embedder: Embedder) -> None:
    model = load_sentence_transformer(embedding_folder("bundled"), torch.float32)
    expected = model.encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)
    cosines = (torch_embedder.encode(TEXTS) * expected).sum(axis=1)
    assert cosines.min() > 0.999


def test_batches_come_back_in_their_order() -> None:
    backend = TorchBackend(embedding_folder("bundled"))
    batches = [TEXTS[:3], TEXTS[3:4], TEXTS[4:9]]
    results = list(backend.run(iter(batches)))
    assert [len(result) for result in results] == [3, 1, 5]
    (alone,) = backend.run(iter([[TEXTS[3]]]))
    assert float(results[1][0] @ alone[0]) > 0.9999
    assert results[0].dtype == np.float32


def test_the_bundled_model_has_no_prompts() -> None:
    backend = TorchBackend(embedding_folder("bundled"))
    assert (backend.query_prompt, backend.document_prompt) == ("", "")


def test_bfloat16_only_where_it_is_native(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    native = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    assert fast_dtype() == (torch.bfloat16 if native else torch.float32)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert fast_dtype() == torch.bfloat16


def test_a_folder_without_a_model_is_a_model_error(tmp_path: object) -> None:
    with pytest.raises(ModelError, match="cannot be opened as an embedding model"):
        load_sentence_transformer(tmp_path, torch.float32)  # type: ignore[arg-type]
