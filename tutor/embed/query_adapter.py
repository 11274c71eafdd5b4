"""The question's side of the bundled embedding model: a low-rank adapter of its linear layers.

Questions and passages are put in different words, so the encoder of questions
is trained apart (Karpukhin et al. 2020, "Dense Passage Retrieval", section 3.1)
while the passages keep the vectors of the bundled model: an index stays good
whatever becomes of the adapter. A weight W becomes W + scale B A (Hu et al.
2021, "LoRA", section 4.1). `tutor.train_query` makes the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from tutor.errors import ModelError

SCALE = 2.0


def merge(network: torch.nn.Module, weights: Path) -> None:
    """Add the corrections in the file `weights` to the network's linear layers.

    Raises:
        ModelError: the file is missing, damaged, or made for another network.
    """
    try:
        tensors = load_file(weights)
        for name in (key.removesuffix(".down") for key in tensors if key.endswith(".down")):
            weight = network.get_submodule(name).get_parameter("weight")
            down, up = tensors[f"{name}.down"].float(), tensors[f"{name}.up"].float()
            with torch.no_grad():
                weight.add_((SCALE * up @ down).to(weight.dtype))
    except (OSError, SafetensorError, AttributeError, KeyError, RuntimeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(
            f"{weights.name} does not fit the embedding model ({reason}); install the tutor again"
        ) from None


def save(
    corrections: Mapping[str, tuple[torch.Tensor, torch.Tensor]], file: Path, made_by: str
) -> None:
    """Write for each linear layer's name its A [rank, in] and B [out, rank], in bfloat16."""
    tensors = {}
    for name, (down, up) in corrections.items():
        tensors[f"{name}.down"] = down.detach().to(torch.bfloat16).contiguous()
        tensors[f"{name}.up"] = up.detach().to(torch.bfloat16).contiguous()
    save_file(tensors, file, metadata={"made_by": made_by})
