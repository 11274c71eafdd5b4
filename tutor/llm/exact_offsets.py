"""Gives a converted GGUF model the exact offsets of its Q4_1 blocks.

A Q4_1 block holds 32 weights w = d q + m, with q in 0..15. OpenVINO GenAI reads
it as w = d (q - z) with z = -m / d rounded to an integer, which shifts every
block by up to half a step: the bundled model's perplexity on course text rises
from 23 to 28. Here each z is put back as it was, in float16.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import openvino
from numpy.typing import NDArray
from openvino import opset13

if TYPE_CHECKING:
    from gguf import GGUFReader

BLOCK_BYTES = 20
"""Of a Q4_1 block: scale and offset in float16, then 32 weights, two to a byte."""


def restore(model_file: Path, reader: GGUFReader) -> int:
    """Rewrite the model with the exact offsets of the GGUF file that was read.

    Returns how many matrices were mended.
    """
    exact = _offsets_by_row(reader)
    if not exact:
        return 0
    model = openvino.Core().read_model(str(model_file))
    mended = sum(_mend(node, exact) for node in model.get_ordered_ops())
    # What was read is mapped from the file, so the new one is written beside it.
    beside = model_file.with_name("exact.xml")
    openvino.save_model(model, str(beside), compress_to_fp16=False)
    del model
    beside.with_suffix(".bin").replace(model_file.with_suffix(".bin"))
    beside.replace(model_file)
    return mended


def _offsets_by_row(reader: GGUFReader) -> dict[bytes, NDArray[np.float16]]:
    """Each Q4_1 row's -m/d [blocks], by its weights q as bytes [blocks * 32].

    Rows are known by their weights because conversion renames and reorders them.
    """
    offsets: dict[bytes, NDArray[np.float16]] = {}
    for tensor in reader.tensors:
        if tensor.tensor_type.name != "Q4_1":
            continue
        rows = np.asarray(tensor.data)
        blocks = rows.reshape(rows.shape[0], -1, BLOCK_BYTES)
        scale = blocks[..., 0:2].copy().view(np.float16)[..., 0].astype(np.float32)
        offset = blocks[..., 2:4].copy().view(np.float16)[..., 0].astype(np.float32)
        packed = blocks[..., 4:]
        weights = np.concatenate([packed & 15, packed >> 4], axis=-1)
        # A block of one value alone has scale 0; any z will do for it.
        zero = np.divide(-offset, scale, out=np.zeros_like(offset), where=scale != 0)
        for row, value in zip(weights, zero.astype(np.float16), strict=True):
            offsets[row.tobytes()] = value
    return offsets


def _mend(node: Any, exact: dict[bytes, NDArray[np.float16]]) -> bool:
    """Replace the rounded z of a `q - z`, if that is what the node is."""
    if node.get_type_name() != "Subtract":
        return False
    sides = [node.input_value(side).get_node() for side in (0, 1)]
    if any(side.get_type_name() != "Convert" for side in sides):
        return False
    constant = sides[0].input_value(0).get_node()
    if constant.get_type_name() != "Constant":
        return False
    if constant.get_output_element_type(0) != openvino.Type.u4:
        return False
    found = [exact.get(row.tobytes()) for row in _unpacked(constant)]
    if any(row is None for row in found):
        return False
    zero = np.stack([row for row in found if row is not None])[..., None]  # [rows, blocks, 1]
    node.input(1).replace_source_output(opset13.constant(zero, openvino.Type.f16).output(0))
    return True


def _unpacked(constant: Any) -> NDArray[np.uint8]:
    """A 4-bit constant's values, a byte each, in its own shape [rows, blocks, 32]."""
    packed = constant.get_data().ravel()
    values = np.empty(packed.size * 2, dtype=np.uint8)
    values[0::2], values[1::2] = packed & 15, packed >> 4
    shape: list[int] = list(constant.get_output_shape(0))
    return values.reshape(shape)
