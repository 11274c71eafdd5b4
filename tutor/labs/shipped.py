"""The weights that ship with the labs: safetensors in half precision, with their provenance."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from tutor.errors import LabError

FOLDER = Path(__file__).with_name("weights")


def write(file: Path, parts: Mapping[str, nn.Module], provenance: Mapping[str, str]) -> None:
    """Write several networks into one file, each tensor's name beginning with its network's.

    Raises:
        LabError: the file cannot be written.
    """
    tensors = {
        f"{part}.{name}": tensor.detach().half().contiguous() if tensor.is_floating_point()
        else tensor.detach().contiguous()
        for part, network in parts.items()
        for name, tensor in network.state_dict().items()
    }  # fmt: skip
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, file, metadata=dict(provenance))
    except (OSError, SafetensorError) as error:
        raise LabError(f"{file}: cannot be written: {error}") from None


def read(network: nn.Module, lab: str, part: str) -> nn.Module:
    """Fill `network` with the shipped weights of one part of a lab, ready to be used.

    Raises:
        LabError: the file is missing, damaged, or does not fit the network.
    """
    file = FOLDER / f"{lab}.safetensors"
    try:
        with safe_open(file, "pt") as stored:
            tensors: dict[str, Tensor] = {
                name.removeprefix(f"{part}."): stored.get_tensor(name)
                for name in stored.keys()  # noqa: SIM118 (no mapping)
                if name.startswith(f"{part}.")
            }
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
