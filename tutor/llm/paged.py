"""How an OpenVINO model is run: with a key-value cache that can be shortened, if it allows.

OpenVINO keeps the cache of a stateful model to itself: what is to be cut off
must be read out, cut and written back, which takes as long as computing a hundred tokens,
and every run but a sequence's first uses a slow kernel. Made for paged attention
(Kwon et al. 2023, section 4.1) the cache is an array of ours: to forget tokens
is to give a smaller length, a prompt read in blocks takes no longer, and several
sequences are computed in one run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import openvino
from numpy.typing import NDArray
from openvino import opset13

from tutor.errors import ModelError
from tutor.llm.batching import Batcher, Request
from tutor.llm.sampling import Logits

LATENCY = {"PERFORMANCE_HINT": "LATENCY"}
_AFTER_THE_HEAD = {"Add", "Convert", "Divide", "Multiply", "Reshape", "Tanh", "Unsqueeze"}
"""What may stand between the matrix that makes logits and the result."""


class Runner(Protocol):
    """A compiled model and its key-value caches, one in each slot."""

    slots: int
    """How many sequences it runs at once, each from a thread of its own."""
    shortens: bool
    """Whether `past` may be less than the tokens given so far."""

    def run(self, tokens: Sequence[int], past: int, slot: int = 0) -> Logits:
        """Append tokens to the first `past` ones; the logits [vocabulary] after the last."""
        ...


def open_runner(file: str, context: int, slots: int = 1) -> Runner:
    """Compile the model in `file` for `slots` sequences, if it can, up to `context` tokens each.

    Raises:
        RuntimeError: it is missing, damaged, or no language model.
    """
    core = openvino.Core()
    model = core.read_model(file)
    try:
        return Paged(core, model, context, slots)
    except (ImportError, RuntimeError):  # not every kind of attention can be paged
        return Stateful(core, core.read_model(file))


class Paged:
    """A model whose key-value caches are an array of pages, in each slot in the tokens' order.

    Untouched pages take no memory. Computed beside others, a sequence's numbers are rounded in
    other places than alone: kernels for one row of 4-bit weights and for several differ, and
    threads share a batch's attention by its lengths. So a seed gives the same text to the bit
    while nobody else asks, and in company but for rounding.
    """

    shortens = True

    def __init__(self, core: Any, model: Any, context: int, slots: int = 1) -> None:
        """Changes `model`.

        Raises:
            RuntimeError: its attention is of another kind.
            ImportError: this release of OpenVINO has no such transformation.
        """
        from openvino._offline_transformations import paged_attention_transformation

        paged_attention_transformation(model)
        _last_tokens_only(model)
        # Not 8 bits: there a page is rounded anew whenever it grows, and what was computed changes.
        compiled = core.compile_model(model, "CPU", {**LATENCY, "KV_CACHE_PRECISION": "f16"})
        self.slots = slots
        self._request: Any = compiled.create_infer_request()
        self._context = context
        self._pages = 0
        for port in compiled.inputs:
            name = port.get_any_name()
            if name.startswith(("key_cache.", "value_cache.")):
                heads, self._page, size = (
                    side.get_length() for side in list(port.partial_shape)[1:]
                )
                self._pages = -(-context // self._page)
                shape = openvino.Shape([slots * self._pages, heads, self._page, size])
                self._request.set_tensor(name, openvino.Tensor(port.get_element_type(), shape))
        if not self._pages:
            raise RuntimeError("the model has no attention to page")
        self._batcher = Batcher(self._compute)

    def run(self, tokens: Sequence[int], past: int, slot: int = 0) -> Logits:
        total = past + len(tokens)
        if total > self._context:  # beyond its end the cache is another sequence's
            raise ModelError(f"{total} tokens; the model reads {self._context} at most")
        return self._batcher.run(Request(slot, tokens, past))

    def _compute(self, batch: Sequence[Request]) -> list[Logits]:
        """One run of the model: the batch's tokens one after the other, and what is whose."""
        totals = [one.past + len(one.tokens) for one in batch]
        pages = [
            np.arange(-(-total // self._page)) + one.slot * self._pages
            for one, total in zip(batch, totals, strict=True)
        ]
        ends = np.cumsum([len(one.tokens) for one in batch])
        positions = [np.arange(one.past, total) for one, total in zip(batch, totals, strict=True)]
        values: dict[str, tuple[Any, type[np.integer]]] = {
            "input_ids": (np.concatenate([one.tokens for one in batch]), np.int64),
            "position_ids": (np.concatenate(positions), np.int64),
            "past_lens": ([one.past for one in batch], np.int32),
            "subsequence_begins": ([0, *ends], np.int32),
            "block_indices": (np.concatenate(pages), np.int32),
            "block_indices_begins": (np.cumsum([0, *map(len, pages)]), np.int32),
            "max_context_len": (max(totals), np.int32),
        }
        for name, (value, kind) in values.items():
            self._request.set_tensor(name, openvino.Tensor(np.asarray(value, dtype=kind)))
        self._request.infer()
        rows = _rows(self._request)
        return [
            np.array(row, np.float32)
            for row in (rows if len(rows) == len(batch) else rows[ends - 1])
        ]


class Stateful:
    """A model that keeps its key-value cache to itself and only ever appends to it."""

    slots = 1
    shortens = False

    def __init__(self, core: Any, model: Any) -> None:
        compiled = core.compile_model(model, "CPU", LATENCY)
        self._request: Any = compiled.create_infer_request()
        self._inputs = {port.get_any_name() for port in compiled.inputs}

    def run(self, tokens: Sequence[int], past: int, slot: int = 0) -> Logits:
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
        return np.array(_rows(self._request)[-1], np.float32)


def _rows(request: Any) -> NDArray[np.floating]:
    """The logits [tokens or sequences, vocabulary]; the next run writes over them."""
    logits: NDArray[np.floating] = request.get_tensor("logits").data
    return logits.reshape(-1, logits.shape[-1])


def _last_tokens_only(model: Any) -> None:
    """Have logits computed for each sequence's last token alone: they are a fifth of all work.

    A model that makes them in a way not known here goes on computing them all.
    """
    node = model.output("logits").get_node().input_value(0).get_node()
    while node.get_type_name() in _AFTER_THE_HEAD:
        node = node.input_value(0).get_node()
    if node.get_type_name() != "MatMul":
        return
    begins = model.input("subsequence_begins").get_node().output(0)
    begin, end, step, axis = (opset13.constant(np.asarray([n])) for n in (1, 2**31 - 1, 1, 0))
    after = opset13.slice(begins, begin, end, step, axis)
    last = opset13.subtract(after, opset13.constant(np.asarray(1, dtype=np.int32)))
    rows = opset13.gather(node.input_value(0), last, opset13.constant(np.asarray(0)))
    node.input(0).replace_source_output(rows.output(0))
    model.validate_nodes_and_infer_types()
