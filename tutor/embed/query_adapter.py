"""The question's side of the bundled embedding model: a low-rank adapter of its linear layers.

Questions and passages are put in different words, so the encoder of questions
is trained apart (Karpukhin et al. 2020, "Dense Passage Retrieval", section 3.1)
while the passages keep the vectors of the bundled model: an index stays good
whatever becomes of the adapter. A weight W becomes W + scale B A (Hu et al.
2021, "LoRA", section 4.1). `tutor.train_query` makes the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from tutor.errors import ModelError

Corrections = Mapping[str, tuple[torch.Tensor, torch.Tensor]]
"""For each linear layer's name its A [rank, in] and B [out, rank]."""
SCALE = 2.0


def merge(network: torch.nn.Module, weights: Path) -> None:
    """Add the corrections in the file `weights` to the network's linear layers.

    Raises:
        ModelError: the file is missing, damaged, or made for another network.
    """
    try:
        for name, (down, up) in read(weights).items():
            weight = network.get_submodule(name).get_parameter("weight")
            with torch.no_grad():
                weight.add_((SCALE * up @ down).to(weight.dtype))
    except (OSError, SafetensorError, AttributeError, KeyError, RuntimeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(
            f"{weights.name} does not fit the embedding model ({reason}); install the tutor again"
        ) from None


def read(file: Path) -> Corrections:
    """The corrections that `save` wrote, in float32."""
    tensors = load_file(file)
    names = [key.removesuffix(".down") for key in tensors if key.endswith(".down")]
    return {n: (tensors[f"{n}.down"].float(), tensors[f"{n}.up"].float()) for n in names}


def mean_of(adapters: Sequence[Corrections]) -> Corrections:
    """One adapter whose corrections are the mean of all; its rank is the sum of theirs.

    The factors stand beside each other, [B1 B2] [A1; A2] = B1 A1 + B2 A2: the means of the
    factors themselves would multiply what does not belong together.
    """
    return {
        name: (
            torch.cat([adapter[name][0] for adapter in adapters]),
            torch.cat([adapter[name][1] / len(adapters) for adapter in adapters], dim=1),
        )
        for name in adapters[0]
    }


def save(corrections: Corrections, file: Path, made_by: str) -> None:
    """Write for each linear layer's name its A [rank, in] and B [out, rank], in bfloat16."""
    tensors = {}
    for name, (down, up) in corrections.items():
        tensors[f"{name}.down"] = down.detach().to(torch.bfloat16).contiguous()
        tensors[f"{name}.up"] = up.detach().to(torch.bfloat16).contiguous()
    save_file(tensors, file, metadata={"made_by": made_by})
