"""Half-way states of a training: weights, Adam's two averages and the step, as safetensors.

Nothing of a state is code, so one from a stranger can do no more than train badly.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from tutor.errors import TutorError

WEIGHT = "weight"
AVERAGES = ("exp_avg", "exp_avg_sq")
"""What Adam keeps of each parameter (Kingma and Ba 2015, algorithm 1: m and v)."""


def run_of(plan: str, sequences: Sequence[Sequence[int]], trained: dict[str, torch.Tensor]) -> str:
    """What is trained how, in words and a fingerprint: of the sequences' tokens, and of the names
    and values that training begins with."""
    digest = hashlib.sha256()
    for tokens in sequences:
        digest.update(f"{list(tokens)}\n".encode())
    for name, parameter in trained.items():
        digest.update(f"{name} {tuple(parameter.shape)}\n".encode())
        digest.update(parameter.detach().cpu().numpy().tobytes())
    return f"{plan} on {len(sequences)} examples ({digest.hexdigest()[:12]})"


def keep(
    state: Path,
    run: str,
    step: int,
    trained: dict[str, torch.Tensor],
    optimizer: torch.optim.Optimizer,
) -> None:
    """Write the state after `step` steps; a plug pulled meanwhile leaves the one before.

    `run` says what is trained how (`run_of`): another run will not take it up.
    """
    tensors = {}
    for name, parameter in trained.items():
        tensors[f"{WEIGHT}:{name}"] = parameter
        for average in AVERAGES:
            tensors[f"{average}:{name}"] = optimizer.state[parameter][average]
    beside = state.with_name(state.name + ".new")
    save_file(tensors, beside, metadata={"run": run, "step": str(step)})
    beside.replace(state)


def resumed(
    state: Path, run: str, trained: dict[str, torch.Tensor], optimizer: torch.optim.Optimizer
) -> int:
    """Take up a kept state in place; gives the step to go on from, 0 where none is kept.

    Raises TutorError where the file is damaged or of another run.
    """
    if not state.is_file():
        return 0
    try:
        with safe_open(state, framework="pt") as kept, torch.no_grad():
            about = kept.metadata()
            if about["run"] != run:
                raise ValueError(f"it is of {about['run']}, this is {run}")
            step = int(about["step"])
            for name, parameter in trained.items():
                parameter.copy_(kept.get_tensor(f"{WEIGHT}:{name}"))
                averages = {
                    a: kept.get_tensor(f"{a}:{name}").to(parameter.device) for a in AVERAGES
                }
                optimizer.state[parameter] = {"step": torch.tensor(float(step)), **averages}
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise TutorError(
            f"{state}: not a half-way state of this training ({error}); "
            "delete it to train from the start"
        ) from error
    return step
