"""The embedder: order, batches and what the vectors mean."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.embeddings import Embeddings

from tutor.config import Settings
from tutor.embed import BATCH_TOKENS, Embedder, Vectors, _batches, load_embedder, token_counter
from tutor.errors import ModelError
from tutor.models import embedding_folder

SENTENCES = [
    "The generator makes samples from noise.",
    "A generator produces examples from random numbers.",
    "Bread is baked from flour and water.",
]


class Lengths:
    """A backend whose vectors say how long each text was and in which batch it came."""

    dimension = 2
    window = 100
    query_prompt = "ask: "
    document_prompt = ""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def run(self, batches: Iterator[list[str]]) -> Iterator[Vectors]:
        for batch in batches:
            self.batches.append(batch)
            yield np.array([[len(text), len(self.batches)] for text in batch], dtype=np.float32)


@pytest.fixture
def backend() -> Lengths:
    return Lengths()


@pytest.fixture
def measured(backend: Lengths) -> Embedder:
    return Embedder(backend, lambda text: len(text.split()), "lengths", "f")


def test_vectors_come_in_the_order_of_the_texts(measured: Embedder) -> None:
    texts = ["x " * length for length in (3, 90, 1, 40, 2, 70, 5)]
    assert measured.encode(texts)[:, 0].tolist() == [len(text) for text in texts]


def test_texts_of_like_length_share_a_batch_and_long_ones_come_first(
    measured: Embedder, backend: Lengths
) -> None:
    measured.encode(["short"] * 20 + ["long " * 90] * 20)
    sizes = [{len(text) for text in batch} for batch in backend.batches]
    assert sizes[0] == {450}
    assert sizes[-1] == {5}
    assert sum(len(batch) for batch in backend.batches) == 40


def test_progress_counts_every_text_once(measured: Embedder) -> None:
    steps: list[int] = []
    measured.encode(["word " * (i % 90) for i in range(200)], progress=steps.append)
    assert sum(steps) == 200
    assert len(steps) > 1


def test_a_query_has_the_models_prompt_and_a_document_has_its_own(
    measured: Embedder, backend: Lengths
) -> None:
    measured.embed_query("what")
    measured.embed_documents(["what"])
    assert backend.batches == [["ask: what"], ["what"]]


def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert embedder.encode([]).shape == (0, 384)
    assert embedder.embed_documents([]) == []


@given(st.lists(st.integers(min_value=1, max_value=256), max_size=200))
def test_batches_hold_every_position_once_within_the_budget(lengths: list[int]) -> None:
    batches = list(_batches(lengths))
    assert sorted(position for batch in batches for position in batch) == list(range(len(lengths)))
    for batch in batches:
        padded = len(batch) * max(lengths[position] for position in batch)
        assert padded <= BATCH_TOKENS or len(batch) == 1
    for batch, after in itertools.pairwise(batches):
        assert min(lengths[i] for i in batch) >= max(lengths[i] for i in after)


# The bundled model


def test_vectors_have_length_one(embedder: Embedder) -> None:
    vectors = embedder.encode([*SENTENCES, "", "word " * 1000, "≠ ∑ 你好 🎓"])
    assert vectors.shape == (6, embedder.dimension) == (6, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-3)


def test_like_meanings_have_like_vectors(embedder: Embedder) -> None:
    same, other, _ = embedder.encode(SENTENCES) @ embedder.encode(SENTENCES).T
    assert same[1] > 0.6 > 0.3 > same[2]
    assert other[0] == pytest.approx(same[1], abs=0.01)


def test_a_text_has_the_same_vector_whatever_it_is_embedded_with(embedder: Embedder) -> None:
    alone = embedder.encode(["The generator makes samples."])[0]
    texts = ["The generator makes samples.", *("word " * i for i in range(1, 60))]
    among = embedder.encode(texts)[0]
    assert float(alone @ among) > 0.999


def test_nothing_beyond_the_window_counts(embedder: Embedder) -> None:
    start = "word " * embedder.window
    one, two = embedder.encode([start + "cat", start + "thermodynamics"])
    assert float(one @ two) > 0.9999


def test_langchain_gets_the_same_numbers(embedder: Embedder) -> None:
    assert isinstance(embedder, Embeddings)
    expected = embedder.encode(SENTENCES[:1], query=True)[0]
    assert embedder.embed_query(SENTENCES[0]) == pytest.approx(expected, abs=1e-2)
    expected = embedder.encode(SENTENCES[:1])[0]
    (document,) = embedder.embed_documents(SENTENCES[:1])
    assert document == pytest.approx(expected, abs=1e-2)
    assert all(type(value) is float for value in document)


def test_tokens_are_counted_without_special_ones_or_a_limit(embedder: Embedder) -> None:
    assert embedder.count_tokens("") == 0
    assert embedder.count_tokens("the cat") == 2
    assert embedder.count_tokens("cat " * 5000) == 5000


def test_it_knows_its_model(embedder: Embedder, torch_embedder: Embedder) -> None:
    assert embedder.name == torch_embedder.name == "all-MiniLM-L6-v2"
    assert embedder.fingerprint == torch_embedder.fingerprint
    assert embedder.window == torch_embedder.window == 256


@pytest.mark.parametrize("backend", ["openvino", "torch"])
def test_questions_have_an_encoder_of_their_own_with_the_bundled_model_alone(
    backend: str, settings: Settings, tmp_path: Path
) -> None:
    changed = {"embedding_backend": backend}
    bundled = load_embedder(settings.model_copy(update=changed))
    asked, plain = bundled.encode(SENTENCES, query=True), bundled.encode(SENTENCES)
    cosines = (asked * plain).sum(axis=1)
    assert 0.7 < cosines.min() <= cosines.max() < 0.999
    passages = load_embedder(settings.model_copy(update=changed), questions=False)
    assert np.allclose(passages.encode(SENTENCES, query=True), plain, atol=1e-2)
    other = {**changed, "embedding_model": str(embedding_folder("bundled"))}
    named = load_embedder(settings.model_copy(update=other))
    assert np.allclose(named.encode(SENTENCES, query=True), plain, atol=1e-2)


# What is not there


def test_openvino_that_is_not_installed_is_said(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutor.embed._has_openvino", lambda: False)
    with pytest.raises(ModelError, match="not installed; use auto, or run: pip install openvino"):
        load_embedder(settings.model_copy(update={"embedding_backend": "openvino"}))


def test_a_folder_without_a_tokenizer(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no tokenizer\.json"):
        token_counter(tmp_path)


def _copy_of_the_model(folder: Path) -> Path:
    """The bundled model's folder, its weights linked."""
    bundled = embedding_folder("bundled")
    for file in bundled.rglob("*"):
        copy = folder / file.relative_to(bundled)
        if file.is_dir():
            copy.mkdir(parents=True, exist_ok=True)
        elif file.suffix == ".safetensors":
            os.symlink(file, copy)
        else:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
    return folder


@pytest.mark.parametrize("backend", ["openvino", "torch"])
@pytest.mark.parametrize(
    "name", ["model.safetensors", "tokenizer.json", "config.json", "modules.json"]
)
def test_a_damaged_model_is_named(
    name: str, backend: str, settings: Settings, tmp_path: Path
) -> None:
    folder = _copy_of_the_model(tmp_path / "model")
    damaged = (folder / name).read_bytes()[:60]
    (folder / name).unlink()
    (folder / name).write_bytes(damaged)
    changed = {
        "embedding_model": str(folder),
        "embedding_backend": backend,
        "cache": tmp_path / "cache",
    }
    with pytest.raises(ModelError, match=str(folder)) as error:
        load_embedder(settings.model_copy(update=changed))
    assert len(str(error.value).splitlines()) == 1


def test_a_folder_that_is_no_model_is_named(settings: Settings, tmp_path: Path) -> None:
    changed = {"embedding_model": str(tmp_path), "cache": tmp_path / "cache"}
    with pytest.raises(ModelError, match=str(tmp_path)):
        load_embedder(settings.model_copy(update=changed))
