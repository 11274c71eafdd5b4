"""The language model by transformers: any folder it knows, and GGUF by way of the cache."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from tutor.config import Settings
from tutor.errors import ModelError
from tutor.llm import load_engine
from tutor.llm.decode import Engine
from tutor.llm.transformers_engine import TransformersEngine
from tutor.models import fingerprint, llm_path

PROMPT = "The capital of France is"


@pytest.fixture(scope="module")
def cache(settings: Settings, transformers_engine: Engine) -> Path:
    """The folder of the converted model."""
    return settings.cache / f"llm-{fingerprint(llm_path('bundled'))}" / "transformers"


@pytest.fixture
def tiny(cache: Path, tmp_path: Path) -> Path:
    """A transformers folder with a model of two small layers, weights at random."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=49_152,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=128,
    )
    folder = tmp_path / "tiny"
    LlamaForCausalLM(config).save_pretrained(str(folder))
    shutil.copyfile(cache / "tokenizer.json", folder / "tokenizer.json")
    return folder


def test_the_next_token_makes_sense(transformers_engine: Engine) -> None:
    tokenizer = transformers_engine.tokenizer
    logits = transformers_engine.prefill(tokenizer.encode(PROMPT))
    likeliest = [tokenizer.decode([int(token)]).strip() for token in np.argsort(-logits)[:5]]
    assert "Paris" in likeliest


def test_a_folder_of_ones_own_is_run_as_it_is(
    tiny: Path, settings: Settings, tmp_path: Path
) -> None:
    chosen = settings.model_copy(update={"model": str(tiny), "cache": tmp_path / "cache"})
    engine = load_engine(chosen)
    assert isinstance(engine, TransformersEngine)
    assert engine.context == 128
    assert engine.prefill(engine.tokenizer.encode(PROMPT)).shape == (49_152,)
    assert not (tmp_path / "cache").exists()


def test_it_agrees_with_the_model_called_directly(tiny: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    engine = TransformersEngine(tiny, tmp_path / "not used")
    model = AutoModelForCausalLM.from_pretrained(str(tiny), dtype=torch.float32)
    tokens = engine.tokenizer.encode("Noise becomes a picture, step by step.")
    with torch.inference_mode():
        expected = model(torch.tensor([tokens])).logits[0].numpy()
    engine.prefill(tokens[:1])
    for position, token in enumerate(tokens[1:], start=1):
        assert np.corrcoef(engine.step(token), expected[position])[0, 1] > 0.99


def test_a_model_that_cannot_forget_reads_every_prompt_anew(tiny: Path, tmp_path: Path) -> None:
    """Attention over a sliding window keeps only the last tokens: there is no way back."""
    import torch
    from transformers import MistralConfig, MistralForCausalLM

    torch.manual_seed(0)
    config = MistralConfig(
        vocab_size=49_152,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        sliding_window=8,
        max_position_embeddings=512,
    )
    MistralForCausalLM(config).save_pretrained(str(tiny))
    engine = TransformersEngine(tiny, tmp_path / "not used")
    one, two = list(range(300, 450)), [*range(300, 420), *range(900, 930)]
    first = [engine.prefill(one), engine.step(7)]
    other = [engine.prefill(two), engine.step(7)]
    assert np.array_equal([engine.prefill(one), engine.step(7)], first)
    assert np.array_equal([engine.prefill(two), engine.step(7)], other)
    assert not np.array_equal(first, other)


def test_attention_is_fetched_from_the_devices_memory(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    engine = TransformersEngine(tiny, tmp_path / "not used")
    fetched: list[int] = []
    cpu = torch.Tensor.cpu

    def counted(tensor: torch.Tensor) -> torch.Tensor:
        fetched.append(tensor.ndim)
        return cpu(tensor)

    monkeypatch.setattr(torch.Tensor, "cpu", counted)
    assert engine.attention([300, 301, 302]).shape == (2, 2, 3, 3)
    assert fetched == [4]


def test_a_device_without_room_for_the_model_is_told_in_one_line(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    from transformers import PreTrainedModel

    def refuse(*args: object, **options: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate 9 GiB.")

    monkeypatch.setattr(PreTrainedModel, "to", refuse)
    with pytest.raises(ModelError, match=r"moved to the GPU \(CUDA out of memory\.\)") as error:
        TransformersEngine(tiny, tmp_path / "not used")
    assert len(str(error.value).splitlines()) == 1


def test_a_torch_without_mkldnn_has_nothing_to_ask(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Apple silicon; the labs and the embedding model ask the same."""
    import torch

    from tutor.embed.torch_backend import fast_dtype
    from tutor.labs.layers import mixed_precision

    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    monkeypatch.setattr(torch.ops, "mkldnn", object())
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert fast_dtype() == torch.float32
    with mixed_precision():
        assert not torch.is_autocast_enabled("cpu")
    assert TransformersEngine(tiny, tmp_path / "not used").prefill([300]).shape == (49_152,)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_damaged_folder_is_named_in_one_line(
    name: str, damage: str, tiny: Path, tmp_path: Path
) -> None:
    content = (tiny / name).read_bytes()
    (tiny / name).unlink()
    if damage == "cut":
        (tiny / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelError, match=str(tiny)) as error:
        TransformersEngine(tiny, tmp_path / "not used")
    assert len(str(error.value).splitlines()) == 1


def test_weights_that_are_a_pickle_are_refused(tiny: Path, tmp_path: Path) -> None:
    """A stranger's pickle could run anything; only safetensors are read."""
    import torch

    (tiny / "model.safetensors").unlink()
    torch.save({}, tiny / "pytorch_model.bin")
    with pytest.raises(ModelError, match=str(tiny)):
        TransformersEngine(tiny, tmp_path / "not used")


@pytest.mark.parametrize("content", [b"", b"GGUF", b"GGUF\x03" + bytes(200), b"text"])
def test_a_broken_gguf_file_is_named_in_one_line(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "broken.gguf"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=str(tmp_path)) as error:
        TransformersEngine(file, tmp_path / "cache")
    assert len(str(error.value).splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["broken.gguf"]


@pytest.mark.slow
def test_converting(settings: Settings, transformers_engine: Engine, tmp_path: Path) -> None:
    chosen = settings.model_copy(update={"cache": tmp_path, "engine": "transformers"})
    fresh = load_engine(chosen)
    tokens = fresh.tokenizer.encode(PROMPT)
    assert np.abs(fresh.prefill(tokens) - transformers_engine.prefill(tokens)).max() < 0.25
    (model,) = tmp_path.iterdir()
    assert [path.name for path in model.iterdir()] == ["transformers"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_damaged_cache_is_made_anew(
    name: str,
    cache: Path,
    transformers_engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What conversion gives is known from test_converting; here it is copied, to be quick."""
    module = sys.modules[TransformersEngine.__module__]
    monkeypatch.setattr(
        module, "_convert", lambda path, target: shutil.copytree(cache, target, dirs_exist_ok=True)
    )
    own = tmp_path / "transformers"
    shutil.copytree(cache, own)
    (own / name).write_bytes((own / name).read_bytes()[:100])
    engine = TransformersEngine(llm_path("bundled"), own)
    tokens = engine.tokenizer.encode(PROMPT)
    assert engine.prefill(tokens).argmax() == transformers_engine.prefill(tokens).argmax()
    assert (own / name).read_bytes() == (cache / name).read_bytes()
