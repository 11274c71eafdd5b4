"""Runs transformer encoders over batches by OpenVINO: converted once, then without torch.

Each core has a stream of its own: two batches at once, on one thread each, run
faster than one batch on two threads.
"""

from __future__ import annotations

import json
import os
import warnings
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import openvino
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

Rows = NDArray[np.float32]
Text = str | tuple[str, str]
"""A text, or a pair of texts that the model reads together."""

MODEL = "model.xml"
FACTS = "model.json"


class Encoder:
    """A converted model: batches of texts in, an array [batch, ...] each out."""

    def __init__(self, folder: Path, tokenizer: Tokenizer) -> None:
        """Load what `convert` left in `folder`.

        Raises:
            OSError, ValueError, KeyError, RuntimeError: it is missing or damaged.
        """
        self.facts: dict[str, Any] = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        self._inputs: list[str] = self.facts["inputs"]
        self._tokenizer = tokenizer
        tokenizer.enable_truncation(int(self.facts["window"]))
        tokenizer.enable_padding(
            pad_id=int(self.facts["pad_id"]), pad_token=str(self.facts["pad_token"])
        )
        core = openvino.Core()
        affinity = getattr(os, "sched_getaffinity", None)
        cores = len(affinity(0)) if affinity else os.cpu_count() or 1
        self.streams = min(cores, 16)
        """Batches that run at once."""
        options: dict[str, Any] = {
            "NUM_STREAMS": self.streams,
            "INFERENCE_NUM_THREADS": self.streams,
        }
        if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            options["INFERENCE_PRECISION_HINT"] = "bf16"
        self._compiled = core.compile_model(str(folder / MODEL), "CPU", options)

    def run(self, batches: Iterator[Sequence[Text]]) -> Iterator[Rows]:
        """The model's output for each batch, in the order given."""
        # Requests are waited for in the order they were started, each stream
        # kept busy; an AsyncInferQueue would give them back in any order.
        idle = [self._compiled.create_infer_request() for _ in range(self.streams + 1)]
        busy: deque[Any] = deque()
        for batch in batches:
            if not idle:
                request = busy.popleft()
                yield _result(request)
                idle.append(request)
            request = idle.pop()
            request.start_async(self._features(batch), share_inputs=False)
            busy.append(request)
        while busy:
            yield _result(busy.popleft())

    def _features(self, batch: Sequence[Text]) -> dict[str, Any]:
        encoded = self._tokenizer.encode_batch(list(batch))
        arrays = {
            "input_ids": [item.ids for item in encoded],
            "attention_mask": [item.attention_mask for item in encoded],
            "token_type_ids": [item.type_ids for item in encoded],
        }
        return {name: np.asarray(arrays[name], dtype=np.int64) for name in self._inputs}


def _result(request: Any) -> Rows:
    request.wait()
    return np.array(request.get_output_tensor(0).data, dtype=np.float32)


def convert(
    module: torch.nn.Module,
    example: Mapping[str, torch.Tensor],
    facts: Mapping[str, Any],
    folder: Path,
) -> None:
    """Trace `module`, called with `example`'s tensors in order, and save it in `folder`.

    `facts` must hold `window`, `pad_id` and `pad_token`; the rest is the caller's own.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's remarks on shapes held constant
        converted = openvino.convert_model(module, example_input=tuple(example.values()))
    for port, name in zip(converted.inputs, example, strict=True):
        port.get_tensor().set_names({name})
    openvino.save_model(converted, str(folder / MODEL), compress_to_fp16=True)
    text = json.dumps({**facts, "inputs": list(example)})
    (folder / FACTS).write_text(text, encoding="utf-8")
