"""The weights that ship with the labs: safetensors, with their provenance.

Large matrices and kernels are kept as bytes with a scale for each output row,
the rest in half precision. The pictures are the same to the eye, and the files
half as large.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from tutor.errors import LabError

FOLDER = Path(__file__).with_name("weights")
LARGE = 2048
"""Tensors of fewer numbers stay in half precision: there is little to gain."""
SCALE = ":scale"


def write(file: Path, parts: Mapping[str, nn.Module], provenance: Mapping[str, str]) -> None:
    """Write several networks into one file, each tensor's name beginning with its network's.

    Raises:
        LabError: the file cannot be written.
    """
    tensors: dict[str, Tensor] = {}
    for part, network in parts.items():
        for name, tensor in network.state_dict().items():
            tensors |= _packed(f"{part}.{name}", tensor.detach())
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, file, metadata=dict(provenance))
    except (OSError, SafetensorError) as error:
        raise LabError(f"{file}: cannot be written: {error}") from None


def can_write(file: Path) -> None:
    """Find out before hours of training whether its weights can be written.

    Raises:
        LabError: they cannot.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab"):
            pass
        if not file.stat().st_size:
            file.unlink()
    except OSError as error:
        raise LabError(f"{file}: cannot be written: {error.strerror}") from None


def _packed(name: str, tensor: Tensor) -> dict[str, Tensor]:
    """A tensor as it is written; a large one as bytes from -127 to 127, and `name`:scale."""
    if not tensor.is_floating_point():
        return {name: tensor.contiguous()}
    if tensor.dim() < 2 or tensor.numel() < LARGE:
        return {name: tensor.half().contiguous()}
    rows = tensor.float().flatten(1)
    scale = rows.abs().amax(1, keepdim=True).clamp(min=1e-12) / 127
    whole = (rows / scale).round().to(torch.int8)
    return {name: whole.reshape(tensor.shape), f"{name}{SCALE}": scale[:, 0].contiguous()}


def _unpacked(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors that `_packed` was given."""
    found = {}
    for name, tensor in tensors.items():
        scale = tensors.get(f"{name}{SCALE}")
        if scale is not None:
            tensor = tensor.float() * scale.reshape(-1, *[1] * (tensor.dim() - 1))
        if not name.endswith(SCALE):
            found[name] = tensor
    return found


def read(network: nn.Module, lab: str, part: str) -> nn.Module:
    """Fill `network` with the shipped weights of one part of a lab, ready to be used.

    Raises:
        LabError: the file is missing, damaged, or does not fit the network.
    """
    file = FOLDER / f"{lab}.safetensors"
    try:
        with safe_open(file, "pt") as stored:
            tensors = _unpacked(
                {
                    name.removeprefix(f"{part}."): stored.get_tensor(name)
                    for name in stored.keys()  # noqa: SIM118 (no mapping)
                    if name.startswith(f"{part}.")
                }
            )
        network.load_state_dict(tensors)
    except (OSError, SafetensorError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise LabError(
            f"{file}: its weights cannot be used ({reason}); make them anew with "
            f"`tutor lab train {lab}`"
        ) from None
    return network.eval().requires_grad_(False).to(torch.float32)


def tensor(lab: str, name: str) -> Tensor:
    """One tensor of a lab's shipped weights, by its full name.

    Raises:
        LabError: the file is missing or damaged, or has no such tensor.
    """
    file = FOLDER / f"{lab}.safetensors"
    try:
        with safe_open(file, "pt") as stored:
            found: Tensor = stored.get_tensor(name)
    except (OSError, SafetensorError) as error:
        reason = str(error).splitlines()[0]
        raise LabError(
            f"{file}: its weights cannot be used ({reason}); make them anew with "
            f"`tutor lab train {lab}`"
        ) from None
    return found
