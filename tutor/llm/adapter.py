"""Merges a low-rank adapter into a GGUF model (Hu et al. 2021, "LoRA", section 4.1).

Every engine reads the merged file like any other, so an adapter costs nothing
while it is used. A weight W becomes W + (alpha / r) B A, or (alpha / sqrt(r)) B A
in a rank-stabilised one (Kalajdzievski 2023, "rsLoRA"); the adapter is in PEFT's form,
a folder with `adapter_config.json` and `adapter_model.safetensors`.
Merged matrices are written in 8 bits (Q8_0): 4 would round the correction away.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tutor.errors import ModelError
from tutor.models import building, check_gguf

if TYPE_CHECKING:
    from gguf import GGUFReader, GGUFWriter

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
MERGED = "merged.gguf"
DECLINES = "declines.json"
"""Beside an adapter: how the model declines since then."""
_LAYER = re.compile(r"layers\.(\d+)\.(?:self_attn|mlp)\.(\w+)\.lora_([AB])\.weight$")
_NAMES = {
    "q_proj": "attn_q",
    "k_proj": "attn_k",
    "v_proj": "attn_v",
    "o_proj": "attn_output",
    "gate_proj": "ffn_gate",
    "up_proj": "ffn_up",
    "down_proj": "ffn_down",
}

_OTHERWISE = ("use_dora", "use_qalora", "use_bdlora", "alpha_pattern", "layer_replication")
"""Settings of PEFT's by which A and B mean something else than one product for one weight."""

Matrix = NDArray[np.float32]


def merged(model: Path, adapter: Path, folder: Path) -> Path:
    """The GGUF file in `folder` of `model` with `adapter` merged in, made if it is not there.

    Raises:
        ModelError: the model is none of Llama's architecture in GGUF, or the adapter is
            damaged or made for another.
    """
    file = folder / MERGED
    if file.is_file():
        return file
    if model.suffix != ".gguf":
        raise ModelError(
            f"adapter = '{adapter}': only GGUF models take one; merge it into {model.name} "
            "with PEFT, or set adapter to none"
        )
    reader = check_gguf(model)
    corrections = read_adapter(adapter)
    with building(folder) as target:
        _write(reader, model.name, corrections, target / MERGED, adapter)
    return file


def read_adapter(folder: Path) -> dict[str, tuple[Matrix, Matrix]]:
    """For each GGUF matrix that it corrects: scaled B [out, r] and A [r, in].

    Raises:
        ModelError: it is missing or damaged, or corrects what is no linear layer of Llama's.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file  # numpy has no bfloat16

    try:
        config: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        alpha = float(config["lora_alpha"])
        otherwise = next((name for name in _OTHERWISE if config.get(name)), None)
        power = 0.5 if config.get("use_rslora") else 1.0
        tensors = load_file(folder / WEIGHTS)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, SafetensorError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(
            f"adapter = '{folder}': not a PEFT folder, or damaged ({reason})"
        ) from None
    if otherwise:
        raise ModelError(f"adapter = '{folder}': made with {otherwise}, which cannot be merged")
    parts: dict[str, dict[str, Matrix]] = {}
    for name, tensor in tensors.items():
        found = _LAYER.search(name)
        if not found or found[2] not in _NAMES:
            raise ModelError(f"adapter = '{folder}': '{name}' is no layer that can be merged")
        layer, part, side = found.groups()
        parts.setdefault(f"blk.{layer}.{_NAMES[part]}.weight", {})[side] = tensor.float().numpy()
    if bad := [name for name, sides in parts.items() if set(sides) != {"A", "B"}]:
        raise ModelError(f"adapter = '{folder}': half of {bad[0]} is missing")
    if bad := [name for name, sides in parts.items() if not _fit(sides["A"], sides["B"])]:
        raise ModelError(f"adapter = '{folder}': the halves of {bad[0]} do not fit")
    # Each by its own rank: with PEFT's rank_pattern they differ.
    return {
        name: (alpha / len(sides["A"]) ** power * sides["B"], sides["A"])
        for name, sides in parts.items()
    }


def _fit(down: Matrix, up: Matrix) -> bool:
    """Whether these are A [r, in] and B [out, r] of one rank."""
    return down.ndim == up.ndim == 2 and 0 < len(down) == up.shape[1]


@dataclass(frozen=True, slots=True)
class Declining:
    """How a model was taught to decline where notes do not answer."""

    reply: str
    """It begins as no reply that answers does, so its first token tells."""
    even: float = 0.0
    """What is taken from its log-odds when the judge asks: a whole answer is at stake."""
    writing: float = 0.0
    """What is taken from its logit when a reply is written: the quotes stand without one."""


def declining(folder: Path) -> Declining | None:
    """What `folder`'s adapter says of declining; None if it taught nothing of it.

    Raises:
        ModelError: the file that says so is damaged.
    """
    file = folder / DECLINES
    if not file.is_file():
        return None
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        even = float(said["even"])
        return Declining(str(said["reply"]), even, float(said.get("writing", even)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"adapter = '{folder}': {DECLINES} is damaged ({error})") from None


def _write(
    reader: GGUFReader,
    model: str,
    corrections: dict[str, tuple[Matrix, Matrix]],
    file: Path,
    adapter: Path,
) -> None:
    from gguf import GGMLQuantizationType, GGUFWriter, dequantize, quantize

    architecture = str(reader.fields["general.architecture"].contents())
    if architecture != "llama":
        raise ModelError(f"adapter = '{adapter}': made for Llama's kind, not '{architecture}'")
    if missing := sorted(corrections.keys() - {tensor.name for tensor in reader.tensors}):
        raise ModelError(f"adapter = '{adapter}': {model} has no {missing[0]}")
    writer = GGUFWriter(file, architecture)
    _copy_fields(reader, writer)
    heads = {
        "attn_q": int(reader.fields["llama.attention.head_count"].contents()),
        "attn_k": int(reader.fields["llama.attention.head_count_kv"].contents()),
    }
    for tensor in reader.tensors:
        if tensor.name not in corrections:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
            continue
        weight = dequantize(tensor.data, tensor.tensor_type)
        up, down = corrections[tensor.name]
        part = tensor.name.split(".")[2]
        if part in heads:
            up = _interleaved(up, heads[part])
        if (len(up), down.shape[1]) != weight.shape:
            raise ModelError(f"adapter = '{adapter}': {tensor.name} has another shape")
        packed = quantize(weight + up @ down, GGMLQuantizationType.Q8_0)
        writer.add_tensor(tensor.name, packed, raw_dtype=GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _interleaved(rows: Matrix, heads: int) -> Matrix:
    """Rows [out, r] of a query or key matrix in GGUF's order: rotary pairs side by side.

    Transformers keeps the first halves of all pairs of a head, then the second ones.
    """
    paired = rows.reshape(heads, 2, -1, rows.shape[1]).swapaxes(1, 2)
    return np.ascontiguousarray(paired).reshape(rows.shape)


def _copy_fields(reader: GGUFReader, writer: GGUFWriter) -> None:
    """The metadata as they are; what begins with GGUF. the writer adds itself."""
    from gguf import GGUFValueType

    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        kind = field.types[0]
        inner = field.types[-1] if kind == GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, sub_type=inner)
