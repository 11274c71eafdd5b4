"""Trains a low-rank adapter (Hu et al. 2021, "LoRA") on examples, with the loss on replies only.

The bundled model's weights stay as they are; each of its linear layers gets a
correction B A of rank r. Half-way states are kept,
so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import math
import random
import re
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy, softplus

from tutor.explanation import asked_of
from tutor.llm.tokenizer import ChatTokenizer
from tutor.study import FORMS
from tutor.tuning import halfway
from tutor.tuning.branching import Branch, Branching, Item, Reading, batches_of, read
from tutor.tuning.examples import Example

END = "<|im_end|>"
MOST = 16
"""Questions to the same notes that stand in one sequence at most."""
SAVE_EVERY = 50
"""Steps from one half-way state to the next."""
WARM_UP = 0.05
"""The share of the steps over which the learning rate rises."""
_LAYER = re.compile(r"\.layers\.(\d+)\.")


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train: passes over the data, the adapter's rank, the highest learning rate.

    `steps`, if given, are how many there are, whatever `epochs` says.
    """

    epochs: float = 2.0
    rank: int = 32
    rate: float = 4e-4
    batch_tokens: int = 3000
    seed: int = 0
    steps: int = 0


def branchings_of(
    examples: Sequence[Example], tokenizer: ChatTokenizer, prompt: str, most: int = MOST
) -> list[Branching]:
    """The examples as the engine would feed them to the model; neighbours that have the same notes
    stand in one sequence, up to `most` of them."""
    found = []
    for _, group in groupby(examples, key=lambda example: example.notes):
        together = list(group)
        for first in range(0, len(together), most):
            found.append(_branching(together[first : first + most], tokenizer, prompt))
    return found


def _branching(examples: Sequence[Example], tokenizer: ChatTokenizer, prompt: str) -> Branching:
    prompts = [
        tokenizer.prompt(asked_of(prompt, example.notes, example.question, FORMS[example.form]))
        for example in examples
    ]
    # The first place at which they differ: the prompts of one question twice do not.
    shared = next(
        (n for n, tokens in enumerate(zip(*prompts, strict=False)) if len(set(tokens)) > 1),
        min(map(len, prompts)),
    )
    branches = []
    for example, before in zip(examples, prompts, strict=True):
        reply = tokenizer.encode(example.reply + END) if example.reply else []
        branches.append(Branch(before[shared:], reply, example.kind == "unanswerable"))
    return Branching(prompts[0][:shared], tuple(branches))


def loss_of(model: Any, batch: Sequence[Branching]) -> torch.Tensor:
    """The mean cross-entropy of the batch's reply tokens."""
    return _reply_loss(model, read(model, batch))


def deciding_loss(
    declines: int, model: Any, batch: Sequence[Branching], weight: float = 1.0
) -> torch.Tensor:
    """`loss_of`, and `weight` times the mean binary cross-entropy of declining.

    Whether a reply declines is decided by its first token, `declines` or another. In the mean over
    all tokens that is one of twenty; and a reply that answers teaches which token comes, but not
    that to decline would be wrong. An example without a reply teaches this decision alone.
    """
    reading = read(model, batch)
    odds = _odds_of_declining(model, reading, declines)
    declining = torch.tensor(_declining(batch), device=odds.device)
    # By the odds, so a model quite sure, and wrong, has a finite loss and still learns from it.
    decision = softplus(torch.where(declining, -odds, odds)).mean()
    return _reply_loss(model, reading) + weight * decision


def _odds_of_declining(model: Any, reading: Reading, declines: int) -> torch.Tensor:
    """Of each branch the log odds that its reply begins with the token `declines`: its logit,
    less the log of the sum of the others' exponentials."""
    logits = model.lm_head(reading.decided).float()
    others = torch.arange(logits.shape[1], device=logits.device) != declines
    odds: torch.Tensor = logits[:, declines] - logits[:, others].logsumexp(-1)
    return odds


def _declining(batch: Sequence[Branching]) -> list[bool]:
    return [branch.declines for item in batch for branch in item.branches]


def _reply_loss(model: Any, reading: Reading) -> torch.Tensor:
    if not len(reading.wanted):
        return reading.decided.float().sum() * 0.0  # not a plain 0: it is to have a gradient
    return cross_entropy(model.lm_head(reading.before).float(), reading.wanted)


def examined(
    model: Any, sequences: Sequence[Branching], size: int, declines: int
) -> tuple[float, float]:
    """How well a model reads kept-aside examples, and how well it decides.

    Returns:
        the mean cross-entropy of the tokens of replies that answer, in nats (not a number where
        there are none); and how often the model holds a question that the notes do not answer for
        likelier to be declined than one that they answer (the area under the curve; not a number
        where all are of one sort).
    """
    total, count = 0.0, 0
    odds: list[float] = []
    wanted: list[bool] = []
    with torch.no_grad():
        for batch in batches_of(sequences, size, random.Random(0)):
            reading = read(model.base_model.model, batch)
            declining = _declining(batch)
            odds += _odds_of_declining(model.base_model.model, reading, declines).tolist()
            wanted += declining
            answers = ~torch.tensor(declining, device=reading.branch.device)[reading.branch]
            if answers.any():
                logits = model.base_model.model.lm_head(reading.before[answers]).float()
                losses = cross_entropy(logits, reading.wanted[answers], reduction="sum")
                total += losses.item()
                count += int(answers.sum())
    no, yes = (
        [o for o, w in zip(odds, wanted, strict=True) if w is kind] for kind in (True, False)
    )
    ahead = [float(high > low) + 0.5 * float(high == low) for high in no for low in yes]
    ranked = sum(ahead) / len(ahead) if ahead else math.nan
    return total / count if count else math.nan, ranked


def adapted(model: torch.nn.Module, rank: int, alpha: int | None = None) -> Any:
    """The model with an adapter in every linear layer, by PEFT; it alone is trained.

    `alpha` scales it (twice the rank).
    """
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=rank, lora_alpha=alpha or 2 * rank, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of transformers, at PEFT
        found = get_peft_model(model, config, autocast_adapter_dtype=False)
    return found.to("cuda") if torch.cuda.is_available() else found


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
    steps = plan.steps or int(plan.epochs * len(epoch))
    order = [
        batch
        for _ in range(steps // len(epoch) + 1)
        for batch in batches_of(sequences, plan.batch_tokens, pick)
    ]
    used = {name: p for name, p in model.named_parameters() if p.requires_grad}
    # The model multiplies in bfloat16; steps smaller than its rounding add up in these.
    trained = {name: p.detach().float().clone() for name, p in used.items()}
    optimizer = torch.optim.AdamW(trained.values(), weight_decay=0.0)
    run = halfway.run_of(f"{plan} by {_named(loss_of)}", [i.tokens for i in sequences], trained)
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


def _named(loss_of: Callable[..., Any]) -> str:
    """The loss's name, with what is fixed of it, such as its weight."""
    if isinstance(loss_of, partial):
        return f"{_named(loss_of.func)}{loss_of.args}{loss_of.keywords}"
    return getattr(loss_of, "__name__", type(loss_of).__name__)


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


def report(started: float, step: int, steps: int, loss: float) -> str:
    left = (time.monotonic() - started) / step * (steps - step) / 60
    return f"step {step} of {steps}  loss {loss:.3f}  {left:.0f} min left"
