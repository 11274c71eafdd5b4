"""The embedding model by OpenVINO: compiled once, then ready without torch.

The sentence-transformers model is traced whole (transformer, pooling,
normalisation), so any of its architectures converts. Each core has a stream
of its own: two batches at once on one thread each run faster than one batch
on two threads.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openvino

from tutor.embed import Vectors
from tutor.models import building, read_tokenizer


class OpenVinoBackend:
    """Runs a model that was converted from `folder` and is kept in `cache`."""

    def __init__(self, folder: Path, cache: Path) -> None:
        try:
            self._load(folder, cache)
        except (OSError, RuntimeError, ValueError, KeyError):  # not there yet, or damaged
            with building(cache, replace=True) as target:
                _convert(folder, target)
            self._load(folder, cache)

    def _load(self, folder: Path, cache: Path) -> None:
        facts: dict[str, Any] = json.loads((cache / "model.json").read_text(encoding="utf-8"))
        self.dimension = int(facts["dimension"])
        self.window = int(facts["window"])
        self.query_prompt = str(facts["query_prompt"])
        self.document_prompt = str(facts["document_prompt"])
        self._inputs: list[str] = facts["inputs"]
        self._tokenizer = read_tokenizer(folder / "tokenizer.json")
        self._tokenizer.enable_truncation(self.window)
        pad = facts["pad_token"]
        self._tokenizer.enable_padding(pad_id=facts["pad_id"], pad_token=pad)
        self._compiled, self._streams = _compile(cache / "model.xml")

    def run(self, batches: Iterator[list[str]]) -> Iterator[Vectors]:
        # Requests are waited for in the order they were started, each stream
        # kept busy; an AsyncInferQueue would give them back in any order.
        idle = [self._compiled.create_infer_request() for _ in range(self._streams + 1)]
        busy: deque[Any] = deque()
        for batch in batches:
            if not idle:
                request = busy.popleft()
                yield self._result(request)
                idle.append(request)
            request = idle.pop()
            request.start_async(self._features(batch), share_inputs=False)
            busy.append(request)
        while busy:
            yield self._result(busy.popleft())

    def _features(self, batch: list[str]) -> dict[str, Any]:
        encoded = self._tokenizer.encode_batch(batch)
        arrays = {
            "input_ids": [item.ids for item in encoded],
            "attention_mask": [item.attention_mask for item in encoded],
            "token_type_ids": [item.type_ids for item in encoded],
        }
        return {name: np.asarray(arrays[name], dtype=np.int64) for name in self._inputs}

    def _result(self, request: Any) -> Vectors:
        request.wait()
        return np.array(request.get_output_tensor(0).data, dtype=np.float32)


def _compile(file: Path) -> tuple[Any, int]:
    """The compiled model and its number of streams."""
    core = openvino.Core()
    streams = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2, 16)
    options: dict[str, Any] = {"NUM_STREAMS": streams, "INFERENCE_NUM_THREADS": streams}
    if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        options["INFERENCE_PRECISION_HINT"] = "bf16"
    return core.compile_model(str(file), "CPU", options), streams


def _convert(folder: Path, target: Path) -> None:
    """Trace the model of `folder` and save it in `target`, with the facts to run it."""
    import warnings

    import torch

    from tutor.embed.torch_backend import load_sentence_transformer

    model = load_sentence_transformer(folder, torch.float32).eval()
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

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's remarks on shapes held constant
        converted = openvino.convert_model(
            Whole(), example_input=tuple(features[name] for name in names)
        )
    for port, name in zip(converted.inputs, names, strict=True):
        port.get_tensor().set_names({name})
    openvino.save_model(converted, str(target / "model.xml"), compress_to_fp16=True)
    tokenizer = model.tokenizer
    facts = {
        "dimension": model.get_embedding_dimension(),
        "window": model.get_max_seq_length() or 512,
        "query_prompt": model.prompts.get("query", ""),
        "document_prompt": model.prompts.get("document", ""),
        "inputs": names,
        "pad_id": tokenizer.pad_token_id,
        "pad_token": tokenizer.pad_token,
    }
    (target / "model.json").write_text(json.dumps(facts), encoding="utf-8")
