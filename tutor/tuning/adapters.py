"""An adapter's folder, in PEFT's form: its size, the model that goes on from it, how it is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from tutor.errors import TutorError
from tutor.llm.adapter import CONFIG, DECLINES, WEIGHTS
from tutor.tuning.training import adapted

RANK = 32
_OTHERWISE = ("use_rslora", "use_dora", "rank_pattern", "alpha_pattern")
"""Settings by which an adapter is of another kind than the one that is trained here."""


def size_of(start: Path | None, rank: int | None) -> tuple[int, int]:
    """Rank and alpha of the adapter to train: those of `start`, if there is one to go on from.

    Raises:
        TutorError: `start` is no adapter's folder, is of another kind, or of another rank.
    """
    if start is None:
        rank = RANK if rank is None else rank
        return rank, 2 * rank
    try:
        config: dict[str, Any] = json.loads((start / CONFIG).read_text(encoding="utf-8"))
        found, alpha = int(config["r"]), int(config["lora_alpha"])
        otherwise = next((name for name in _OTHERWISE if config.get(name)), None)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TutorError(f"--start {start}: no adapter can be read from it ({error})") from None
    if not (start / WEIGHTS).is_file():
        raise TutorError(f"--start {start}: {WEIGHTS} is missing")
    if otherwise:
        raise TutorError(f"--start {start}: made with {otherwise}, which cannot be trained on")
    if rank not in (None, found):
        raise TutorError(f"--rank {rank}: the adapter in {start} has {found}; leave --rank out")
    return found, alpha


def with_adapter(folder: Path, rank: int, alpha: int, start: Path | None = None) -> Any:
    """The model in `folder` with an untrained adapter, or with the one in `start` to go on from.

    Raises:
        TutorError: the weights in `start` are damaged, or of an adapter of another model.
    """
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(
        str(folder), dtype=torch.bfloat16, local_files_only=True
    )
    model = adapted(model, rank, alpha)
    if start:
        take(model, start)
    return model


def take(model: Any, start: Path) -> None:
    """Put the adapter in `start` into the model's.

    Raises:
        TutorError: as above.
    """
    from peft import load_peft_weights, set_peft_model_state_dict
    from safetensors import SafetensorError

    try:
        found: Any = set_peft_model_state_dict(model, load_peft_weights(str(start), device="cpu"))
    except (OSError, RuntimeError, ValueError, SafetensorError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise TutorError(f"--start {start}: it does not fit the model ({reason})") from None
    if found.unexpected_keys:
        raise TutorError(f"--start {start}: the model has no {found.unexpected_keys[0]}")


def save_adapter(model: Any, folder: Path, declines: str = "") -> None:
    """Write the adapter in PEFT's form, in half precision; `declines` as `tutor.llm` reads it."""
    for name, parameter in model.named_parameters():
        if ".lora_" in name:
            parameter.data = parameter.data.half()
    model.save_pretrained(str(folder), safe_serialization=True)
    if declines:
        text = json.dumps({"reply": declines, "even": 0.0}) + "\n"
        (folder / DECLINES).write_text(text, encoding="utf-8")
    else:
        (folder / DECLINES).unlink(missing_ok=True)  # of a training before, into the same folder
