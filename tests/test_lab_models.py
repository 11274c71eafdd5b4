"""The tutor's own models as the labs see them."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from tutor.config import Sampling, Settings
from tutor.errors import IndexKindError, IndexMissingError, LabError
from tutor.lab_models import TutorModels
from tutor.labs.models import LabModels

GREEDY = Sampling(strategy="greedy", repetition_penalty=1.0, max_new_tokens=12)


@pytest.fixture(scope="module")
def models(course: Settings) -> TutorModels:
    return TutorModels(course)


def test_it_is_what_the_labs_ask_for(models: TutorModels) -> None:
    lent: LabModels = models
    assert "SmolLM2" in lent.name


def test_the_likeliest_token_is_what_greedy_decoding_writes(models: TutorModels) -> None:
    prompt = "The capital of France is"
    logits = models.next_logits(prompt)
    text = "".join(models.continuation(prompt, GREEDY))
    assert str(models.token(int(logits.argmax()))) == models.tokens(text)[0].data.decode()
    assert "Paris" in text


def test_probabilities_sum_to_one_and_draws_are_from_them(models: TutorModels) -> None:
    logits = models.next_logits("The sea is")
    sampling = Sampling(strategy="top-k", top_k=3, repetition_penalty=1.0)
    shares = models.probabilities(logits, sampling)
    assert shares.sum() == pytest.approx(1)
    assert (shares > 0).sum() == 3
    rng = np.random.default_rng(0)
    drawn = np.bincount(
        [models.draw(logits, sampling, rng) for _ in range(600)], minlength=len(shares)
    )
    assert drawn / 600 == pytest.approx(shares, abs=0.07)
    assert not drawn[shares == 0].any()


def test_a_continuation_never_ends_before_its_time(models: TutorModels) -> None:
    """The prompt is a finished turn, after which the model would end at once."""
    prompt = "<|im_start|>user\nSay yes.<|im_end|>\n<|im_start|>assistant\nYes.<|im_end|>"
    pieces = list(models.continuation(prompt, GREEDY))
    assert len(models.tokens("".join(pieces))) >= 6
    assert "<|im_end|>" not in "".join(pieces)


def test_a_text_longer_than_the_model_reads_is_refused(models: TutorModels) -> None:
    with pytest.raises(LabError, match="tokens; the model reads"):
        models.next_logits("word " * 20_000)


def test_attention_is_among_the_texts_tokens(models: TutorModels) -> None:
    text = "The cat sat."
    n = len(models.tokens(text))
    weights = models.attention(text)
    assert weights.shape[2:] == (n, n)
    assert weights.sum(-1) == pytest.approx(np.ones(weights.shape[:3]), abs=1e-5)


def test_vectors_are_unit_and_alike_for_like_texts(models: TutorModels) -> None:
    vectors = models.vectors(["A cat sleeps.", "The cat is asleep.", "Stocks fell sharply."])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    cosines = vectors @ vectors.T
    assert cosines[0, 1] > cosines[0, 2] + 0.3


def test_passages_and_their_vectors_belong_together(models: TutorModels) -> None:
    passages, vectors = models.passages(), models.passage_vectors()
    assert len(passages) == len(vectors) > 5
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(vectors)), abs=1e-3)
    anew = models.vectors([passages[3].text])[0]
    assert int((vectors @ anew).argmax()) == 3


def test_an_index_that_is_missing_or_of_another_kind_is_named(
    course: Settings, settings: Settings
) -> None:
    nowhere = TutorModels(settings.model_copy(update={"index": course.index / "nowhere"}))
    with pytest.raises(IndexMissingError, match="tutor ingest"):
        nowhere.passages()
    other = TutorModels(course.model_copy(update={"chunk_tokens": 33}))
    with pytest.raises(IndexKindError, match="another kind"):
        other.passage_vectors()


@pytest.mark.parametrize("model", ["none", "http://localhost:1/v1"])
def test_the_bundled_model_stands_in_for_one_without_weights_here(
    model: str, course: Settings
) -> None:
    lent = TutorModels(course.model_copy(update={"model": model}))
    assert "SmolLM2" in lent.name
    assert len(lent.tokens("one two")) == 2


def _sparse(file: Path, size: float) -> Path:
    with file.open("wb") as stream:
        stream.truncate(int(size))
    return file


def test_the_bundled_model_stands_in_for_one_that_the_labs_have_no_memory_for(
    course: Settings, tmp_path: Path
) -> None:
    file = _sparse(tmp_path / "large.gguf", 2e9)
    large = course.model_copy(update={"model": str(file), "adapter": str(tmp_path)})
    lent = TutorModels(large, memory=int(3e9))
    assert lent.name == "SmolLM2-135M-Instruct"  # and without the adapter, which is another's
    assert len(lent.tokens("one two")) == 2
    assert TutorModels(large, memory=int(4e9)).name == "large.gguf (tuned)"
    assert TutorModels(large).name == "large.gguf (tuned)"  # nothing watches its memory


def test_the_weights_of_a_folder_are_counted_together(course: Settings, tmp_path: Path) -> None:
    for part in (1, 2):
        _sparse(tmp_path / f"model-{part}.safetensors", 1e9)
    _sparse(tmp_path / "readme.md", 5e9)
    named = course.model_copy(update={"model": str(tmp_path)})
    assert TutorModels(named, memory=int(3e9)).name == "SmolLM2-135M-Instruct"
    assert TutorModels(named, memory=int(4e9)).name == tmp_path.name


def test_threads_take_turns(models: TutorModels) -> None:
    alone = models.next_logits("The sea is")
    found: list[np.ndarray] = []
    threads = [
        threading.Thread(target=lambda: found.append(models.next_logits("The sea is")))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(logits, alone) for logits in found)
    assert len(found) == 3
