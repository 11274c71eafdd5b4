"""The embedding model by OpenVINO.

The sentence-transformers model is traced whole (transformer, pooling,
normalisation), so any of its architectures converts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tutor.embed import Vectors
from tutor.inference import Encoder, convert
from tutor.models import building, read_tokenizer


class OpenVinoBackend:
    """Runs a model that was converted from `folder`, with `adapter`, and is kept in `cache`."""

    def __init__(self, folder: Path, cache: Path, adapter: Path | None = None) -> None:
        try:
            self._encoder = Encoder(cache, read_tokenizer(folder / "tokenizer.json"))
        except (OSError, RuntimeError, ValueError, KeyError):  # not there yet, or damaged
            with building(cache, replace=True) as target:
                _convert(folder, target, adapter)
            self._encoder = Encoder(cache, read_tokenizer(folder / "tokenizer.json"))
        facts = self._encoder.facts
        self.dimension = int(facts["dimension"])
        self.window = int(facts["window"])
        self.query_prompt = str(facts["query_prompt"])
        self.document_prompt = str(facts["document_prompt"])

    def run(self, batches: Iterator[list[str]]) -> Iterator[Vectors]:
        return self._encoder.run(batches)


def _convert(folder: Path, target: Path, adapter: Path | None) -> None:
    """Trace the model of `folder` with `adapter`; save it in `target` with the facts to run it."""
    import torch

    from tutor.embed.torch_backend import load_sentence_transformer

    model = load_sentence_transformer(folder, torch.float32, adapter).eval()
    features = model.preprocess(["an example of some length", "another"])
    names = [n for n in ("input_ids", "attention_mask", "token_type_ids") if n in features]

    class Whole(torch.nn.Module):
        """Token ids [batch, length] in, unit vectors [batch, dimension] out."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            given = dict(zip(names, tensors, strict=True))
            vectors = self.model(given)["sentence_embedding"]
            return torch.nn.functional.normalize(vectors, dim=-1)

    tokenizer = model.tokenizer
    facts = {
        "dimension": model.get_embedding_dimension(),
        "window": model.get_max_seq_length() or 512,
        "query_prompt": model.prompts.get("query") or "",
        "document_prompt": model.prompts.get("document") or "",
        "pad_id": tokenizer.pad_token_id,
        "pad_token": tokenizer.pad_token,
    }
    convert(Whole(), {name: features[name] for name in names}, facts, target)
