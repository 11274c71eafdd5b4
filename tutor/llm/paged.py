"""How an OpenVINO model is run: with a key-value cache that can be shortened, if it allows.

OpenVINO keeps the cache of a stateful model to itself: what is to be cut off
must be read out, cut and written back, which takes as long as computing a hundred tokens,
and every run but a sequence's first uses a slow kernel. Made for paged attention
(Kwon et al. 2023, section 4.1) the cache is an array of ours: to forget tokens
is to give a smaller length, and a prompt read in blocks takes no longer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import openvino
from numpy.typing import NDArray
from openvino import opset13

from tutor.errors import ModelError
from tutor.llm.sampling import Logits

LATENCY = {"PERFORMANCE_HINT": "LATENCY"}
_AFTER_THE_HEAD = {"Add", "Convert", "Divide", "Multiply", "Reshape", "Tanh", "Unsqueeze"}
"""What may stand between the matrix that makes logits and the result."""


class Runner(Protocol):
    """A compiled model and its key-value cache."""

    shortens: bool
    """Whether `past` may be less than the tokens given so far."""

    def run(self, tokens: Sequence[int], past: int) -> Logits:
        """Append tokens to the first `past` ones; the logits [vocabulary] after the last."""
        ...


def open_runner(file: str, context: int) -> Runner:
    """Compile the model in `file` for sequences up to `context` tokens.

    Raises:
        RuntimeError: it is missing, damaged, or no language model.
    """
    core = openvino.Core()
    model = core.read_model(file)
    try:
        return Paged(core, model, context)
    except (ImportError, RuntimeError):  # not every kind of attention can be paged
        return Stateful(core, core.read_model(file))


class Paged:
    """A model whose key-value cache is an array of pages, in the order of the tokens."""

    shortens = True

    def __init__(self, core: Any, model: Any, context: int) -> None:
        """Changes `model`.

        Raises:
            RuntimeError: its attention is of another kind.
            ImportError: this release of OpenVINO has no such transformation.
        """
        from openvino._offline_transformations import paged_attention_transformation

        paged_attention_transformation(model)
        _last_token_only(model)
        # Not 8 bits: there a page is rounded anew whenever it grows, and what was computed changes.
        compiled = core.compile_model(model, "CPU", {**LATENCY, "KV_CACHE_PRECISION": "f16"})
        self._request: Any = compiled.create_infer_request()
        self._context = context
        self._page = 0
        for port in compiled.inputs:
            name = port.get_any_name()
            if name.startswith(("key_cache.", "value_cache.")):
                heads, self._page, size = (
                    side.get_length() for side in list(port.partial_shape)[1:]
                )
                shape = openvino.Shape([-(-context // self._page), heads, self._page, size])
                self._request.set_tensor(name, openvino.Tensor(port.get_element_type(), shape))
        if not self._page:
            raise RuntimeError("the model has no attention to page")

    def run(self, tokens: Sequence[int], past: int) -> Logits:
        total = past + len(tokens)
        if total > self._context:  # beyond its end the cache is somebody else's memory
            raise ModelError(f"{total} tokens; the model reads {self._context} at most")
        pages = -(-total // self._page)
        values: dict[str, NDArray[np.integer]] = {
            "input_ids": np.asarray(tokens, dtype=np.int64),
            "position_ids": np.arange(past, total, dtype=np.int64),
            "past_lens": np.asarray([past], dtype=np.int32),
            "subsequence_begins": np.asarray([0, len(tokens)], dtype=np.int32),
            "block_indices": np.arange(pages, dtype=np.int32),
            "block_indices_begins": np.asarray([0, pages], dtype=np.int32),
            "max_context_len": np.asarray(total, dtype=np.int32),
        }
        for name, value in values.items():
            self._request.set_tensor(name, openvino.Tensor(value))
        self._request.infer()
        return _last(self._request)


class Stateful:
    """A model that keeps its key-value cache to itself and only ever appends to it."""

    shortens = False

    def __init__(self, core: Any, model: Any) -> None:
        compiled = core.compile_model(model, "CPU", LATENCY)
        self._request: Any = compiled.create_infer_request()
        self._inputs = {port.get_any_name() for port in compiled.inputs}

    def run(self, tokens: Sequence[int], past: int) -> Logits:
        if not past:
            self._request.reset_state()
        total = past + len(tokens)
        values = {
            "input_ids": np.asarray([tokens], dtype=np.int64),
            "attention_mask": np.ones((1, total), dtype=np.int64),
            "position_ids": np.arange(past, total, dtype=np.int64)[None],
            "beam_idx": np.zeros(1, dtype=np.int32),
        }
        self._request.infer({name: values[name] for name in self._inputs}, share_inputs=True)
        return _last(self._request)


def _last(request: Any) -> Logits:
    """The last token's logits [vocabulary], copied: the next run writes over them."""
    logits = request.get_tensor("logits").data
    return np.array(logits.reshape(-1, logits.shape[-1])[-1], np.float32)


def _last_token_only(model: Any) -> None:
    """Have logits computed for the last token [tokens, 1, width] alone: a fifth of all work.

    A model that makes them in a way not known here goes on computing them all.
    """
    node = model.output("logits").get_node().input_value(0).get_node()
    while node.get_type_name() in _AFTER_THE_HEAD:
        node = node.input_value(0).get_node()
    if node.get_type_name() != "MatMul":
        return
    begin, end, step, axis = (opset13.constant(np.asarray([n])) for n in (-1, 2**31 - 1, 1, 0))
    last = opset13.slice(node.input_value(0), begin, end, step, axis)
    node.input(0).replace_source_output(last.output(0))
    model.validate_nodes_and_infer_types()
