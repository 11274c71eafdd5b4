"""The attention weights of the local language model, from whichever engine runs it.

A compiled OpenVINO model keeps them to itself, but its graph can be asked for
what they are made of: the queries and keys that go into each layer's
attention. transformers gives them when attention is computed step by step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tutor.config import Settings
from tutor.errors import ModelError
from tutor.llm import load_engine, place_of

Weights = NDArray[np.float32]


class AttentionModel(Protocol):
    """Gives the attention weights among tokens."""

    def attention(self, tokens: Sequence[int]) -> Weights:
        """Weights [layers, heads, n, n]: row i says how token i reads; it sums to 1."""
        ...


def load_attention(settings: Settings) -> AttentionModel:
    """The model that the settings name, made to show its attention.

    Raises:
        ModelError: it cannot be found, loaded, or made to show it.
    """
    place = place_of(settings)
    if place.openvino:
        if not (place.folder / "openvino_model.xml").is_file():
            load_engine(settings)  # converts it
        try:
            return OpenVinoAttention(place.folder)
        except ModelError:
            if place.path.is_dir():  # transformers reads no OpenVINO folder
                raise
    from tutor.llm.transformers_engine import TransformersEngine

    return TransformersEngine(place.file, place.cache.with_name("transformers"))


class OpenVinoAttention:
    """An OpenVINO model with every layer's queries and keys as outputs.

    softmax(Q K^T / sqrt(d)) over the tokens up to one's own (Vaswani et al.
    2017, section 3.2.1). Heads may share keys in groups (Ainslie et al. 2023).
    """

    def __init__(self, folder: Path) -> None:
        import openvino

        core = openvino.Core()
        try:
            model = core.read_model(str(folder / "openvino_model.xml"))
            layers = [
                node
                for node in model.get_ordered_ops()
                if node.get_type_name() == "ScaledDotProductAttention"
            ]
            if not layers:
                raise ModelError(f"{folder}: this OpenVINO model does not show its attention")
            for node in layers:
                model.add_outputs(node.input_value(0))
                model.add_outputs(_new_keys(node, folder))
            exact = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
            self._request: Any = core.compile_model(model, "CPU", exact).create_infer_request()
        except RuntimeError as error:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            raise ModelError(f"{folder}: OpenVINO cannot load it ({lines[-1]})") from None
        self._inputs = {port.get_any_name() for port in model.inputs}
        self._first = len(model.outputs) - 2 * len(layers)
        self._layers = len(layers)

    def attention(self, tokens: Sequence[int]) -> Weights:
        length = len(tokens)
        values = {
            "input_ids": np.asarray([tokens], dtype=np.int64),
            "attention_mask": np.ones((1, length), dtype=np.int64),
            "position_ids": np.arange(length, dtype=np.int64)[None],
            "beam_idx": np.zeros(1, dtype=np.int32),
        }
        self._request.reset_state()
        self._request.infer({name: values[name] for name in self._inputs})
        return np.stack([self._weights(layer) for layer in range(self._layers)])

    def _weights(self, layer: int) -> Weights:
        """The weights [heads, n, n] of a layer, from its queries [heads, n, d] and keys."""
        queries, keys = (
            np.asarray(self._request.get_output_tensor(self._first + 2 * layer + part).data[0])
            for part in (0, 1)
        )
        keys = np.repeat(keys, len(queries) // len(keys), axis=0)
        scores = queries @ keys.transpose(0, 2, 1) / math.sqrt(queries.shape[-1])
        scores[:, ~np.tri(scores.shape[-1], dtype=bool)] = -np.inf
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        result: Weights = (weights / weights.sum(-1, keepdims=True)).astype(np.float32)
        return result


def _new_keys(attention: Any, folder: Path) -> Any:
    """The keys of the tokens just read [b, heads, n, d], before those remembered are put first.

    They are the later part of a Concat whose earlier part comes from the model's state.
    """
    node = attention.input_value(1).get_node()
    for _ in range(8):
        if node.get_type_name() == "Concat" and _from_state(node.input_value(0).get_node()):
            return node.input_value(1)
        if not node.get_input_size():
            break
        node = node.input_value(0).get_node()
    raise ModelError(f"{folder}: this OpenVINO model does not show its keys")


def _from_state(node: Any) -> bool:
    while node.get_type_name() in ("Gather", "Convert"):
        node = node.input_value(0).get_node()
    return bool(node.get_type_name() == "ReadValue")
