"""What each server is told about sampling, and what it is not asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tutor.config import Sampling
from tutor.errors import ModelError
from tutor.llm.dialects import DIALECTS, OPENAI, TRANSFORMERS, Dialect, request_fields

ALL = [OPENAI, TRANSFORMERS, *DIALECTS.values()]
NAMED = {dialect.name: dialect for dialect in ALL}


def fields(name: str, **values: Any) -> dict[str, Any]:
    return request_fields(NAMED[name], Sampling(**values))


@pytest.mark.parametrize("dialect", ALL, ids=lambda dialect: dialect.name)
def test_the_default_is_understood_by_every_server(dialect: Dialect) -> None:
    said = request_fields(dialect, Sampling())
    assert said["temperature"] == 0
    assert said["max_tokens"] == 160
    assert "seed" not in said


@pytest.mark.parametrize("dialect", ALL, ids=lambda dialect: dialect.name)
def test_a_seed_is_passed_on_and_0_is_one(dialect: Dialect) -> None:
    assert request_fields(dialect, Sampling(seed=0))["seed"] == 0


@pytest.mark.parametrize("name", ["llama.cpp", "vLLM", "SGLang", "transformers serve"])
def test_what_is_not_asked_for_is_said_to_be_off(name: str) -> None:
    """Each has defaults of its own, such as a top_k of 40 and a min_p of 0.05 in llama.cpp."""
    said = fields(name, strategy="random", repetition_penalty=1.0)
    said = {**said, **json.loads(said.get("generation_config", "{}"))}
    assert said["top_k"] in (0, -1)
    assert said["top_p"] == 1
    assert not said["min_p"]
    assert 1.0 in (said.get("repetition_penalty"), said.get("repeat_penalty"))


@pytest.mark.parametrize("name", ["llama.cpp", "SGLang", "transformers serve"])
def test_what_is_asked_for_is_said(name: str) -> None:
    said = fields(name, strategy="top-k", top_k=7, min_p=0.1, temperature=1.5, seed=3)
    assert said["temperature"] == 1.5
    said = {**said, **json.loads(said.get("generation_config", "{}"))}
    assert (said["top_k"], said["top_p"], said["min_p"], said["seed"]) == (7, 1, 0.1, 3)
    assert fields(name, strategy="top-p", top_p=0.7).get("top_p", 0.7) == 0.7


def test_llama_cpp_is_told_the_order_as_it_is_taught() -> None:
    said = fields("llama.cpp", strategy="top-p")
    assert said["samplers"] == ["penalties", "temperature", "top_k", "top_p", "min_p"]
    assert said["repeat_last_n"] == -1


@pytest.mark.parametrize(
    ("name", "values", "refused"),
    [
        ("this server", {"strategy": "top-k"}, "top-k"),
        ("this server", {"strategy": "random", "min_p": 0.1}, "min_p"),
        ("this server", {"repetition_penalty": 1.3}, "repetition_penalty"),
        ("vLLM", {"strategy": "top-p", "min_p": 0.1}, "min_p with top-p"),
        ("Ollama", {"strategy": "random"}, "random"),
        ("Ollama", {"strategy": "top-p"}, "top-p"),
    ],
)
def test_what_a_server_cannot_do_is_refused_by_name(
    name: str, values: dict[str, Any], refused: str
) -> None:
    with pytest.raises(ModelError, match=rf"^{refused}: {name} cannot") as error:
        fields(name, **values)
    assert "it can greedy" in str(error.value)


def test_a_penalty_that_a_server_lacks_is_refused() -> None:
    with pytest.raises(ModelError, match=r"^repetition_penalty: this server cannot"):
        fields("this server", repetition_penalty=1.05)


def test_what_does_not_matter_is_not_refused() -> None:
    assert fields("Ollama", strategy="top-k", temperature=0, min_p=0.5)["temperature"] == 0
    assert fields("this server", strategy="greedy", top_k=3)["temperature"] == 0
    assert "repetition_penalty" not in fields("this server", repetition_penalty=1.0)


def test_a_greedy_generation_config_has_nothing_of_drawing() -> None:
    config = json.loads(fields("transformers serve")["generation_config"])
    assert config["do_sample"] is False
    assert not {"top_k", "top_p", "min_p"} & config.keys()
