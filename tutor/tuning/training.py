"""Trains a low-rank adapter (Hu et al. 2021, "LoRA") on examples, with the loss on replies only.

The bundled model's weights stay as they are; each of its linear layers gets a
correction B A of rank r. Half-way states are kept,
so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import json
import math
import random
import re
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import torch
from torch.nn.functional import cross_entropy

from tutor.explanation import numbered
from tutor.llm.adapter import DECLINES
from tutor.llm.tokenizer import ChatTokenizer
from tutor.prompts import messages
from tutor.study import FORMS
from tutor.tuning import halfway
from tutor.tuning.examples import Example

END = "<|im_end|>"
IGNORED = -100
SAVE_EVERY = 50
"""Steps from one half-way state to the next."""
WARM_UP = 0.05
"""The share of the steps over which the learning rate rises."""
SURE = 1e-6


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train: passes over the data, the adapter's rank, the highest learning rate."""

    epochs: float = 2.0
    rank: int = 32
    rate: float = 4e-4
    batch_tokens: int = 3000
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Tokens:
    """A prompt with its reply, in tokens."""

    tokens: list[int]
    prompt: int
    """How many of them are the prompt's."""
    declines: bool = False


class Sequenced(Protocol):
    """What is learned from: some text in tokens."""

    @property
    def tokens(self) -> list[int]: ...


Item = TypeVar("Item", bound=Sequenced)
_LAYER = re.compile(r"\.layers\.(\d+)\.")


def tokens_of(example: Example, tokenizer: ChatTokenizer, prompt: str) -> Tokens:
    """The example as the engine would feed it to the model, and the reply, if any, with its end."""
    values = {
        "evidence": numbered(example.notes),
        "question": example.question,
        "form": FORMS[example.form].instruction,  # type: ignore[index]
    }
    before = tokenizer.prompt(messages(prompt, values))
    reply = tokenizer.encode(example.reply + END) if example.reply else []
    return Tokens([*before, *reply], len(before), example.kind == "unanswerable")


def batches_of(sequences: Sequence[Item], size: int, pick: random.Random) -> list[list[Item]]:
    """Batches of about `size` tokens, each of sequences alike in length, in any order."""
    order = sorted(sequences, key=lambda item: len(item.tokens) + pick.random() * 40)
    batches: list[list[Item]] = [[]]
    longest = 0
    for item in order:
        longest = max(longest, len(item.tokens))
        if batches[-1] and (len(batches[-1]) + 1) * longest > size:
            batches.append([])
            longest = len(item.tokens)
        batches[-1].append(item)
    pick.shuffle(batches)
    return batches


def loss_of(model: Any, batch: Sequence[Tokens]) -> torch.Tensor:
    """The mean cross-entropy of the batch's reply tokens."""
    return _reply_loss(model, *_states(model, batch))


def deciding_loss(declines: int, model: Any, batch: Sequence[Tokens]) -> torch.Tensor:
    """`loss_of`, and the mean binary cross-entropy of declining.

    Whether a reply declines is decided by its first token, `declines` or another. In the mean over
    all tokens that is one of twenty; and a reply that answers teaches which token comes, but not
    that to decline would be wrong. An example without a reply teaches this decision alone.
    """
    states, wanted = _states(model, batch)
    ends = [item.prompt - 1 for item in batch]
    first = model.lm_head(states[range(len(batch)), ends]).float().log_softmax(-1)[:, declines]
    first = first.clamp(max=-SURE)  # a model quite sure, and wrong, has no infinite loss
    declining = torch.tensor([item.declines for item in batch])
    return (
        _reply_loss(model, states, wanted)
        + torch.where(declining, -first, -torch.log(-torch.expm1(first))).mean()
    )


def _states(model: Any, batch: Sequence[Tokens]) -> tuple[torch.Tensor, torch.Tensor]:
    """The last layer's states [batch, length, width], and the reply token wanted after each."""
    longest = max(len(item.tokens) for item in batch)
    tokens = torch.zeros(len(batch), longest, dtype=torch.long)
    mask = torch.zeros(len(batch), longest, dtype=torch.long)
    wanted = torch.full((len(batch), longest), IGNORED)
    for row, item in enumerate(batch):
        length = len(item.tokens)
        tokens[row, :length] = torch.tensor(item.tokens)
        mask[row, :length] = 1
        wanted[row, item.prompt - 1 : length - 1] = tokens[row, item.prompt : length]
    states = model.model(input_ids=tokens, attention_mask=mask, use_cache=False).last_hidden_state
    return states, wanted


def _reply_loss(model: Any, states: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Only where a reply token follows are logits computed: they are a fifth of the work, and
    four fifths of them would be of the prompt."""
    asked = wanted != IGNORED
    if not asked.any():
        return states.new_zeros((), dtype=torch.float32)
    return cross_entropy(model.lm_head(states[asked]).float(), wanted[asked])


def with_adapter(folder: Path, rank: int, start: Path | None = None) -> Any:
    """The model in `folder` with an untrained adapter, or with the one in `start` to go on from."""
    from peft import load_peft_weights, set_peft_model_state_dict
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(
        str(folder), dtype=torch.bfloat16, local_files_only=True
    )
    model = adapted(model, rank)
    if start:
        set_peft_model_state_dict(model, load_peft_weights(str(start), device="cpu"))
    return model


def adapted(model: torch.nn.Module, rank: int) -> Any:
    """The model with an adapter in every linear layer, by PEFT; it alone is trained."""
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of transformers, at PEFT
        return get_peft_model(model, config, autocast_adapter_dtype=False)


def freeze_below(model: torch.nn.Module, layer: int) -> None:
    """Leave the adapter of the layers before `layer` as it is; they need no gradient."""
    for name, parameter in model.named_parameters():
        found = _LAYER.search(name)
        if found and int(found[1]) < layer:
            parameter.requires_grad_(False)


def train(
    model: Any,
    sequences: Sequence[Item],
    plan: Plan,
    state: Path,
    loss_of: Callable[[Any, Sequence[Item]], torch.Tensor],
) -> Iterator[tuple[int, int, float]]:
    """Train in place; yields step, number of steps and loss. `state` is the half-way file.

    The rate rises over the first 5 % of the steps and falls to nothing by a cosine.
    """
    pick = random.Random(plan.seed)
    epoch = batches_of(sequences, plan.batch_tokens, random.Random(plan.seed))
    steps = int(plan.epochs * len(epoch))
    order = [
        batch
        for _ in range(int(plan.epochs) + 1)
        for batch in batches_of(sequences, plan.batch_tokens, pick)
    ]
    used = {name: p for name, p in model.named_parameters() if p.requires_grad}
    # The model multiplies in bfloat16; steps smaller than its rounding add up in these.
    trained = {name: p.detach().float().clone() for name, p in used.items()}
    optimizer = torch.optim.AdamW(trained.values(), weight_decay=0.0)
    run = f"{plan} on {len(sequences)} examples"
    first = halfway.resumed(state, run, trained, optimizer)
    _copy(trained, used)
    model.train()
    for step in range(first, steps):
        loss = loss_of(model.base_model.model, order[step])
        loss.backward()
        for name, parameter in used.items():
            trained[name].grad = parameter.grad.float()
            parameter.grad = None
        torch.nn.utils.clip_grad_norm_(trained.values(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, steps, plan.rate)
        optimizer.step()
        _copy(trained, used)
        if (step + 1) % SAVE_EVERY == 0:
            halfway.keep(state, run, step + 1, trained, optimizer)
        yield step + 1, steps, loss.item()
    model.eval()


def rate_at(step: int, steps: int, highest: float) -> float:
    """The learning rate of a step (from 0): a straight rise, then a cosine to nothing.

    Loshchilov and Hutter (2017), "SGDR", equation 5, without restarts.
    """
    rise = max(1, round(steps * WARM_UP))
    if step < rise:
        return highest * (step + 1) / rise
    return highest * 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise)))


def _copy(trained: dict[str, torch.Tensor], used: dict[str, Any]) -> None:
    with torch.no_grad():
        for name, parameter in used.items():
            parameter.copy_(trained[name])


def judged(
    model: Any,
    sequences: Sequence[Item],
    size: int,
    loss_of: Callable[[Any, Sequence[Item]], torch.Tensor],
) -> float:
    """The mean loss of the batches of kept-aside examples."""
    with torch.no_grad():
        losses = [
            loss_of(model.base_model.model, batch).item()
            for batch in batches_of(sequences, size, random.Random(0))
        ]
    return sum(losses) / len(losses)


def report(started: float, step: int, steps: int, loss: float) -> str:
    left = (time.monotonic() - started) / step * (steps - step) / 60
    return f"step {step} of {steps}  loss {loss:.3f}  {left:.0f} min left"


def save_adapter(model: Any, folder: Path, declines: str = "") -> None:
    """Write the adapter in PEFT's form, in half precision; `declines` as `tutor.llm` reads it."""
    for name, parameter in model.named_parameters():
        if ".lora_" in name:
            parameter.data = parameter.data.half()
    model.save_pretrained(str(folder), safe_serialization=True)
    if declines:
        text = json.dumps({"reply": declines, "even": 0.0}) + "\n"
        (folder / DECLINES).write_text(text, encoding="utf-8")
