"""How each OpenAI-compatible server is told about sampling, so that it means what the course says.

OpenAI's interface knows only temperature, top_p and seed, and leaves each server's own defaults
(a top_k of 40, a min_p of 0.05) in force. So what is off is said too, and what a server cannot do
is refused by name rather than dropped in silence.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tutor.config import Sampling
from tutor.errors import ModelError

Fields = dict[str, Any]
"""A part of a request's JSON body."""

NAMES = ("greedy", "random", "top-k", "top-p", "min_p", "repetition_penalty")
"""What sampling may ask for."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """A server's way to be told about sampling. `cannot`: what it does not do as taught."""

    name: str
    say: Callable[[Sampling], Fields]
    cannot: frozenset[str] = frozenset()


def request_fields(dialect: Dialect, sampling: Sampling) -> Fields:
    """The fields of a request's body that stand for `sampling`.

    Raises:
        ModelError: the server cannot do one of its values.
    """
    greedy = _is_greedy(sampling)
    strategy = "greedy" if greedy else sampling.strategy
    asked = {str(strategy)}
    if sampling.min_p and not greedy:
        asked |= {"min_p", f"min_p with {strategy}"}
    if sampling.repetition_penalty != 1.0:
        asked.add("repetition_penalty")
    if refused := sorted(asked & dialect.cannot):
        can = ", ".join(name for name in NAMES if name not in dialect.cannot)
        raise ModelError(
            f"{refused[0]}: {dialect.name} cannot do this as it is asked; it can {can}"
        )
    fields = {"temperature": 0.0 if greedy else sampling.temperature, **dialect.say(sampling)}
    fields["max_tokens"] = sampling.max_new_tokens
    if sampling.seed is not None:
        fields["seed"] = sampling.seed
    return fields


def _is_greedy(sampling: Sampling) -> bool:
    return sampling.strategy == "greedy" or sampling.temperature == 0


def _kept(sampling: Sampling) -> tuple[int, float, float]:
    """top_k (0: all), top_p and min_p, those off that the strategy does not ask for."""
    return (
        sampling.top_k if sampling.strategy == "top-k" else 0,
        sampling.top_p if sampling.strategy == "top-p" else 1.0,
        0.0 if sampling.strategy == "greedy" else sampling.min_p,
    )


def _openai(sampling: Sampling) -> Fields:
    return {"top_p": _kept(sampling)[1]}


def _vllm(sampling: Sampling) -> Fields:
    """vLLM and SGLang; what is not said is taken from the model's generation_config.json."""
    top_k, top_p, min_p = _kept(sampling)
    return {
        "top_k": top_k or -1,
        "top_p": top_p,
        "min_p": min_p,
        "repetition_penalty": sampling.repetition_penalty,
    }


def _llama_cpp(sampling: Sampling) -> Fields:
    """llama.cpp truncates before the temperature unless told the order."""
    top_k, top_p, min_p = _kept(sampling)
    return {
        "samplers": ["penalties", "temperature", "top_k", "top_p", "min_p"],
        "top_k": top_k,
        "top_p": top_p,
        "min_p": min_p,
        "repeat_penalty": sampling.repetition_penalty,
        "repeat_last_n": -1,  # the whole context, not the last 64 tokens
    }


def _transformers(sampling: Sampling) -> Fields:
    """`transformers serve` reads the rest from a generation config, written as a string."""
    top_k, top_p, min_p = _kept(sampling)
    greedy = _is_greedy(sampling)
    config: Fields = {
        "do_sample": not greedy,
        "repetition_penalty": sampling.repetition_penalty,
        "max_new_tokens": sampling.max_new_tokens,
    }
    if not greedy:
        config |= {"top_k": top_k, "top_p": top_p, "min_p": min_p or None}
    return {"generation_config": json.dumps(config)}


OPENAI = Dialect("this server", _openai, frozenset({"top-k", "min_p", "repetition_penalty"}))
DIALECTS = {
    # By what stands in `owned_by` of the server's list of models.
    "llamacpp": Dialect("llama.cpp", _llama_cpp),
    # vLLM applies min-p before top-p, which is another nucleus.
    "vllm": Dialect("vLLM", _vllm, frozenset({"min_p with top-p"})),
    "sglang": Dialect("SGLang", _vllm),
    # Ollama keeps a top_k of its own, 40, that its OpenAI interface cannot change.
    "library": Dialect(
        "Ollama",
        _openai,
        frozenset({"random", "top-k", "top-p", "min_p", "repetition_penalty"}),
    ),
}
TRANSFORMERS = Dialect("transformers serve", _transformers)
"""Known by its paths: its list names the models' makers."""
