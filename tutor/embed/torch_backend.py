"""The embedding model by sentence-transformers on torch: any model, any device."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from sentence_transformers import SentenceTransformer
from transformers.utils import logging

from tutor.embed import Vectors
from tutor.embed.query_adapter import merge
from tutor.errors import ModelError
from tutor.precision import native_bfloat16


def load_sentence_transformer(
    folder: Path, dtype: torch.dtype, adapter: Path | None = None
) -> SentenceTransformer:
    """The model of a local folder, quietly; with the corrections in the file `adapter`.

    Raises:
        ModelError: the folder holds no model that sentence-transformers can open, or the
            adapter is not for it.
    """
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        model = SentenceTransformer(
            str(folder), model_kwargs={"dtype": dtype}, local_files_only=True
        )
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"{folder}: cannot be opened as an embedding model: {reason}") from None
    if adapter:
        merge(network_of(model), adapter)
    return model


def network_of(model: SentenceTransformer) -> torch.nn.Module:
    """The transformer before pooling."""
    network = model[0].auto_model
    assert isinstance(network, torch.nn.Module)
    return network


def fast_dtype() -> torch.dtype:
    """bfloat16 where the processor computes it natively: twice the speed, cosine .9999."""
    fast = torch.cuda.is_available() or native_bfloat16()
    return torch.bfloat16 if fast else torch.float32


class TorchBackend:
    """Runs batches one after the other; torch spreads each over the cores."""

    def __init__(self, folder: Path, adapter: Path | None = None) -> None:
        self._model = load_sentence_transformer(folder, fast_dtype(), adapter)
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.window = int(self._model.get_max_seq_length() or 512)
        self.query_prompt = self._model.prompts.get("query") or ""
        self.document_prompt = self._model.prompts.get("document") or ""

    def run(self, batches: Iterator[list[str]]) -> Iterator[Vectors]:
        for batch in batches:
            rows = self._model.encode(
                batch,
                batch_size=len(batch),
                prompt="",
                convert_to_tensor=True,
                show_progress_bar=False,
            )
            unit = torch.nn.functional.normalize(rows.float(), dim=-1)
            yield np.asarray(unit.cpu().numpy(), dtype=np.float32)
