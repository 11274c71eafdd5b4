"""An adapter merged into the bundled model: the right matrices, the right order, clear errors."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import safetensors.torch
import torch
from gguf import GGUFReader, ReaderTensor, dequantize
from langchain_core.messages import HumanMessage, SystemMessage
from safetensors.numpy import save_file
from torch import zeros
from transformers.modeling_gguf_pytorch_utils import LlamaTensorProcessor

from tutor.config import Sampling, Settings
from tutor.errors import ModelError
from tutor.explanation import numbered
from tutor.llm import LocalChatModel, load_chat_model, load_engine, place_of
from tutor.llm.adapter import (
    CONFIG,
    DECLINES,
    MERGED,
    WEIGHTS,
    Declining,
    declining,
    merged,
    read_adapter,
)
from tutor.llm.decode import generate
from tutor.models import BUNDLED_ADAPTER, adapter_folder, llm_path
from tutor.prompts import messages, read_prompt
from tutor.study import NORMAL

BEFORE = "base_model.model.model.layers."
RANK, ALPHA = 2, 8
SHAPES = {
    "3.self_attn.q_proj": (576, 576),
    "3.self_attn.k_proj": (192, 576),
    "3.self_attn.v_proj": (192, 576),
    "29.mlp.down_proj": (576, 1536),
}


def write_adapter(folder: Path, shapes: dict[str, tuple[int, int]], **config: object) -> Path:
    """A random adapter of PEFT's form."""
    random = np.random.default_rng(0)
    tensors = {}
    for name, (out, into) in shapes.items():
        a, b = random.normal(size=(RANK, into)), random.normal(size=(out, RANK))
        tensors[f"{BEFORE}{name}.lora_A.weight"] = (0.1 * a).astype(np.float16)
        tensors[f"{BEFORE}{name}.lora_B.weight"] = (0.1 * b).astype(np.float16)
    folder.mkdir(exist_ok=True)
    (folder / CONFIG).write_text(json.dumps({"r": RANK, "lora_alpha": ALPHA, **config}))
    save_file(tensors, folder / WEIGHTS)
    return folder


def save(folder: Path, a: torch.Tensor, b: torch.Tensor) -> None:
    """One layer's adapter of torch's numbers, in place of those that are there."""
    name = f"{BEFORE}3.self_attn.q_proj"
    tensors = {f"{name}.lora_A.weight": a, f"{name}.lora_B.weight": b}
    safetensors.torch.save_file(tensors, folder / WEIGHTS)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """A merged file and its adapter's folder."""
    folder = tmp_path_factory.mktemp("adapter")
    adapter = write_adapter(folder / "small", SHAPES)
    yield merged(llm_path("bundled"), adapter, folder / "merged"), adapter
    shutil.rmtree(folder)


class Read(NamedTuple):
    """Both files as they are read, which takes seconds."""

    after: GGUFReader
    before: GGUFReader


@pytest.fixture(scope="module")
def bundled() -> GGUFReader:
    """The bundled model's file."""
    return GGUFReader(llm_path("bundled"))


@pytest.fixture(scope="module")
def read(made: tuple[Path, Path], bundled: GGUFReader) -> Read:
    """The merged file, and the one it was made of."""
    return Read(GGUFReader(made[0]), bundled)


def weights(reader: GGUFReader) -> dict[str, tuple[str, ReaderTensor]]:
    return {t.name: (t.tensor_type.name, t) for t in reader.tensors}


def correction(read: Read, name: str) -> np.ndarray:
    """What the merged file adds to a matrix of the bundled model's."""
    after, before = (weights(reader)[name][1] for reader in read)
    difference: np.ndarray = dequantize(after.data, after.tensor_type) - dequantize(
        before.data, before.tensor_type
    )
    return difference


def wanted(adapter: Path, layer: str) -> np.ndarray:
    from safetensors.numpy import load_file

    tensors = {k: v.astype(np.float32) for k, v in load_file(adapter / WEIGHTS).items()}
    up, down = (tensors[f"{BEFORE}{layer}.lora_{side}.weight"] for side in "BA")
    product: np.ndarray = ALPHA / RANK * up @ down
    return product


@pytest.mark.parametrize(
    ("layer", "name", "heads"),
    [
        ("3.self_attn.q_proj", "blk.3.attn_q.weight", (9, 9)),
        ("3.self_attn.k_proj", "blk.3.attn_k.weight", (9, 3)),
        ("3.self_attn.v_proj", "blk.3.attn_v.weight", None),
        ("29.mlp.down_proj", "blk.29.ffn_down.weight", None),
    ],
)
def test_each_matrix_gets_its_product_in_the_order_that_transformers_reads(
    made: tuple[Path, Path], read: Read, layer: str, name: str, heads: tuple[int, int] | None
) -> None:
    found = correction(read, name)
    if heads:
        found = LlamaTensorProcessor()._reverse_permute_weights(found, *heads)
    expected = wanted(made[1], layer)
    # Eight bits a weight: half a step of the largest of its block.
    assert np.abs(found - expected).max() < 0.02
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.99


def test_what_is_not_corrected_is_left_bit_for_bit(read: Read) -> None:
    after, before = (weights(reader) for reader in read)
    assert after.keys() == before.keys()
    changed = {name for name in after if after[name][0] != before[name][0]}
    assert len(changed) == len(SHAPES)
    for name in ("token_embd.weight", "blk.4.attn_q.weight", "blk.0.attn_norm.weight"):
        assert np.array_equal(after[name][1].data, before[name][1].data)


def test_the_metadata_stay(read: Read) -> None:
    after, before = (reader.fields for reader in read)
    for name in before:
        if not name.startswith("GGUF."):
            assert after[name].contents() == before[name].contents(), name


def test_merging_is_done_once(made: tuple[Path, Path]) -> None:
    stamp = made[0].stat().st_mtime_ns
    assert merged(llm_path("bundled"), made[1], made[0].parent).stat().st_mtime_ns == stamp
    assert [file.name for file in made[0].parent.iterdir()] == [MERGED]


def test_a_settings_adapter_has_a_cache_of_its_own(tmp_path: Path, settings: Settings) -> None:
    adapter = write_adapter(tmp_path / "own", SHAPES)
    own = place_of(settings.model_copy(update={"adapter": str(adapter)}))
    plain = place_of(settings.model_copy(update={"adapter": "none"}))
    assert own.cache.parent != plain.cache.parent
    assert plain.adapter is None
    assert plain.file == plain.path


def test_the_bundled_adapter_is_for_the_bundled_model_alone() -> None:
    assert adapter_folder("bundled", "bundled") == BUNDLED_ADAPTER
    assert adapter_folder("bundled", "other.gguf") is None
    assert adapter_folder("none", "bundled") is None


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda f: (f / CONFIG).unlink(), "not a PEFT folder, or damaged"),
        (lambda f: (f / CONFIG).write_text("{"), "not a PEFT folder, or damaged"),
        (lambda f: (f / CONFIG).write_text('{"r": 2}'), "not a PEFT folder, or damaged"),
        (lambda f: (f / CONFIG).write_text("[]"), "not a PEFT folder, or damaged"),
        (lambda f: (f / WEIGHTS).write_bytes(b"\0" * 40), "not a PEFT folder, or damaged"),
        (lambda f: write_adapter(f, {"3.self_attn.z_proj": (9, 9)}), "z_proj.* is no layer"),
        (lambda f: save(f, zeros(0, 9), zeros(9, 0)), "the halves of blk.3.attn_q.* do not fit"),
        (lambda f: save(f, zeros(2, 9), zeros(9, 3)), "the halves of blk.3.attn_q.* do not fit"),
    ],
)
def test_a_damaged_adapter_gets_a_clear_line(tmp_path: Path, damage: object, words: str) -> None:
    folder = write_adapter(tmp_path / "own", SHAPES)
    damage(folder)  # type: ignore[operator]
    with pytest.raises(ModelError, match=words) as raised:
        read_adapter(folder)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("config", "rank", "scale"),
    [
        ({}, 4, 2.0),
        ({"use_rslora": True}, 4, 4.0),
        ({"rank_pattern": {"q_proj": 16}}, 16, 0.5),  # the matrix shows its rank
        ({"use_dora": False, "alpha_pattern": {}}, 4, 2.0),
    ],
)
def test_a_correction_is_scaled_as_peft_does(
    tmp_path: Path, config: dict[str, object], rank: int, scale: float
) -> None:
    write_adapter(tmp_path, SHAPES, **{"r": 4, "lora_alpha": 8, **config})
    save(tmp_path, torch.ones(rank, 9), torch.ones(9, rank))
    ((up, down),) = read_adapter(tmp_path).values()
    assert (up == scale).all()
    assert (down == 1.0).all()


def test_an_adapter_in_bfloat16_is_read(tmp_path: Path) -> None:
    write_adapter(tmp_path, SHAPES)
    a, b = torch.full((2, 9), 0.1).bfloat16(), torch.ones(9, 2).bfloat16()
    save(tmp_path, a, b)
    ((up, down),) = read_adapter(tmp_path).values()
    assert up.dtype == down.dtype == np.float32
    assert down[0, 0] == a[0, 0].item()


@pytest.mark.parametrize(
    ("name", "value"), [("use_dora", True), ("alpha_pattern", {"q_proj": 4}), ("use_qalora", True)]
)
def test_what_cannot_be_merged_is_refused_by_name(tmp_path: Path, name: str, value: object) -> None:
    write_adapter(tmp_path, SHAPES, **{name: value})
    with pytest.raises(ModelError, match=f"made with {name}, which cannot be merged"):
        read_adapter(tmp_path)


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        ({"40.self_attn.q_proj": (576, 576)}, "has no blk.40.attn_q.weight"),
        ({"3.self_attn.q_proj": (288, 576)}, "another shape"),
    ],
)
def test_an_adapter_for_another_model_is_refused_and_leaves_nothing(
    tmp_path: Path,
    bundled: GGUFReader,
    monkeypatch: pytest.MonkeyPatch,
    shapes: dict[str, tuple[int, int]],
    words: str,
) -> None:
    monkeypatch.setattr("tutor.llm.adapter.check_gguf", lambda path: bundled)  # read already
    adapter = write_adapter(tmp_path / "own", shapes)
    with pytest.raises(ModelError, match=words):
        merged(llm_path("bundled"), adapter, tmp_path / "merged")
    assert [file.name for file in tmp_path.iterdir()] == ["own"]


def test_other_models_than_gguf_are_refused(tmp_path: Path) -> None:
    adapter = write_adapter(tmp_path / "own", SHAPES)
    with pytest.raises(ModelError, match="only GGUF models take one"):
        merged(tmp_path / "folder", adapter, tmp_path / "merged")


def test_a_missing_adapter_gets_a_clear_line(settings: Settings) -> None:
    with pytest.raises(ModelError, match="no such folder"):
        load_engine(settings.model_copy(update={"adapter": "nowhere"}))


PENDULUM = "A pendulum's period grows with the square root of its length."
LATHE = "In our workshop the lathe may be used only with a second person there."


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["openvino", "transformers"])
def test_the_bundled_adapter_cites_the_note_that_answers_on_every_engine(
    settings: Settings, engine: str
) -> None:
    tuned = load_engine(settings.model_copy(update={"adapter": "bundled", "engine": engine}))
    prompt = read_prompt(settings.prompts, "answer")
    question = "How does a pendulum's period depend on its length?"
    says = declining(BUNDLED_ADAPTER)
    assert says is not None
    lowered = {tuned.tokenizer.encode(says.reply)[0]: says.even}
    for place, notes in enumerate(([PENDULUM, LATHE], [LATHE, PENDULUM]), start=1):
        values = {"evidence": numbered(notes), "question": question, "form": NORMAL.instruction}
        tokens = tuned.tokenizer.prompt(messages(prompt, values))
        sampling = Sampling(max_new_tokens=60)
        reply = "".join(generate(tuned, tokens, sampling, lowered=lowered))
        assert "square root" in reply
        assert f"[{place}]" in reply
        assert f"[{3 - place}]" not in reply


def test_the_bundled_adapter_is_small_safe_and_says_how_it_was_made() -> None:
    names = {file.name for file in BUNDLED_ADAPTER.iterdir()}
    assert {CONFIG, WEIGHTS, "README.md"} <= names
    assert not [name for name in names if name.endswith((".bin", ".pt", ".pkl"))]
    assert (BUNDLED_ADAPTER / WEIGHTS).stat().st_size < 25e6
    assert "python -m tutor.tuning train" in (BUNDLED_ADAPTER / "README.md").read_text()


def test_what_says_how_to_decline_is_read_or_named_as_damaged(tmp_path: Path) -> None:
    assert declining(tmp_path) is None
    (tmp_path / DECLINES).write_text('{"reply": "None of it.", "even": 1}')
    assert declining(tmp_path) == Declining("None of it.", 1.0, 1.0)
    (tmp_path / DECLINES).write_text('{"reply": "None of it.", "even": 1, "writing": 0.5}')
    assert declining(tmp_path) == Declining("None of it.", 1.0, 0.5)
    for damaged in ("{", '{"reply": "None"}', '{"reply": "None", "even": "x"}', "[]"):
        (tmp_path / DECLINES).write_text(damaged)
        with pytest.raises(ModelError, match=r"declines\.json is damaged"):
            declining(tmp_path)


def test_the_shipped_adapter_declines_what_its_notes_do_not_answer(
    settings: Settings,
) -> None:
    chat = load_chat_model(settings.model_copy(update={"adapter": "bundled"}))
    assert isinstance(chat, LocalChatModel)
    prompt = read_prompt(settings.prompts, "answer")
    notes = ["The generator turns noise into pictures.", "The discriminator tells real from fake."]

    def odds(question: str) -> float:
        form = NORMAL.instruction
        values = {"evidence": numbered(notes), "question": question, "form": form}
        system, user = messages(prompt, values)
        found = chat.declining([SystemMessage(system.content), HumanMessage(user.content)])
        assert found is not None
        return found

    assert odds("What does the discriminator do?") < 0 < odds("Who won the world cup in 1998?")
