"""Loading a language model, and what both engines must do alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tutor.config import Sampling, Settings
from tutor.errors import ModelError
from tutor.llm import LocalChatModel, load_chat_model, load_engine
from tutor.llm.decode import Engine, generate
from tutor.llm.openvino_engine import OpenVinoEngine
from tutor.records import Message

QUESTIONS = [
    "What is the capital of France?",
    "Explain in one sentence what noise is.",
    "Count from one to five.",
]


def prompt(engine: Engine, question: str) -> list[int]:
    return engine.tokenizer.prompt([Message("user", question)])


# Which engine


def test_a_gguf_file_is_run_by_openvino_unless_told_otherwise(settings: Settings) -> None:
    assert isinstance(load_engine(settings), OpenVinoEngine)


def test_transformers_runs_it_when_asked_to(transformers_engine: Engine) -> None:
    assert type(transformers_engine).__name__ == "TransformersEngine"


def test_openvino_refuses_a_transformers_folder_and_says_so(
    settings: Settings, tmp_path: Path
) -> None:
    chosen = settings.model_copy(update={"model": str(tmp_path), "engine": "openvino"})
    with pytest.raises(ModelError, match=r"runs GGUF files and OpenVINO folders.*use auto"):
        load_engine(chosen)


def test_openvino_that_is_not_installed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutor.llm.find_spec", lambda name: None)
    with pytest.raises(ModelError, match="'openvino' is not installed"):
        load_engine(settings.model_copy(update={"engine": "openvino"}))


def test_a_model_that_is_not_there(settings: Settings) -> None:
    with pytest.raises(ModelError, match="no such file or folder"):
        load_chat_model(settings.model_copy(update={"model": "./missing.gguf"}))


def test_a_file_or_folder_that_is_no_model(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no model")
    for path in (tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(ModelError, match=r"tokenizer\.json") as error:
            load_engine(settings.model_copy(update={"model": str(path)}))
        assert str(tmp_path) in str(error.value)


def test_the_chat_model_has_the_settings_sampling_and_a_name(settings: Settings) -> None:
    sampling = Sampling(strategy="top-k", top_k=3)
    chat = load_chat_model(settings.model_copy(update={"sampling": sampling}))
    assert isinstance(chat, LocalChatModel)
    assert chat.defaults == sampling
    assert chat.model_name == "SmolLM2-135M-Instruct"


# The contract of an engine


def test_logits_are_one_for_each_token_of_the_vocabulary(engine: Engine) -> None:
    logits = engine.prefill(prompt(engine, QUESTIONS[0]))
    assert logits.dtype == np.float32
    assert logits.shape == (49_152,)
    assert np.isfinite(logits).all()
    assert engine.step(int(logits.argmax())).shape == logits.shape


def test_the_context_holds_any_prompt_of_ours(engine: Engine) -> None:
    assert engine.context >= 2048


def test_a_prompt_begun_anew_forgets_the_one_before(engine: Engine) -> None:
    tokens = prompt(engine, QUESTIONS[0])
    first = engine.prefill(tokens)
    engine.step(100)
    engine.prefill(prompt(engine, QUESTIONS[1]))
    engine.step(200)
    again = engine.prefill(tokens)
    assert again.argmax() == first.argmax()
    assert again == pytest.approx(first, abs=0.25)  # bfloat16 has steps of 1/16 at ten


def test_logits_handed_out_are_not_overwritten(engine: Engine) -> None:
    first = engine.prefill(prompt(engine, QUESTIONS[0]))
    before = first.copy()
    engine.step(100)
    assert (first == before).all()


def test_tokens_one_by_one_give_what_they_give_at_once(engine: Engine) -> None:
    tokens = prompt(engine, QUESTIONS[1])
    at_once = engine.prefill(tokens)
    engine.prefill(tokens[:-3])
    for token in tokens[-3:]:
        one_by_one = engine.step(token)
    assert np.corrcoef(at_once, one_by_one)[0, 1] > 0.995
    assert len(best(at_once) & best(one_by_one)) >= 4


def test_what_came_before_matters(engine: Engine) -> None:
    one, two = (engine.prefill(prompt(engine, question)) for question in QUESTIONS[:2])
    assert np.corrcoef(one, two)[0, 1] < 0.995


def test_the_same_seed_gives_the_same_text(engine: Engine) -> None:
    sampling = Sampling(strategy="random", temperature=1.5, max_new_tokens=8, seed=11)
    tokens = prompt(engine, QUESTIONS[2])
    texts = ["".join(generate(engine, tokens, sampling)) for _ in range(2)]
    assert texts[0] == texts[1]
    assert texts[0]


def test_a_reply_ends_by_itself(engine: Engine) -> None:
    tokens = prompt(engine, QUESTIONS[0])
    pieces = list(generate(engine, tokens, Sampling(max_new_tokens=60)))
    assert 0 < len(pieces) < 60


def best(logits: np.ndarray, count: int = 5) -> set[int]:
    return set(np.argsort(-logits)[:count].tolist())


@pytest.mark.parametrize("question", QUESTIONS)
def test_both_engines_say_about_the_same(
    question: str, openvino_engine: Engine, transformers_engine: Engine
) -> None:
    tokens = prompt(openvino_engine, question)
    assert tokens == prompt(transformers_engine, question)
    one, two = openvino_engine.prefill(tokens), transformers_engine.prefill(tokens)
    assert np.corrcoef(one, two)[0, 1] > 0.98
    assert one.argmax() == two.argmax() or len(best(one) & best(two)) >= 3
