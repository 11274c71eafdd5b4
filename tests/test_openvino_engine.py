"""The language model by OpenVINO: conversion, damage, and no way to crash the process."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.program import FirstRun
from tutor.config import Settings
from tutor.errors import ModelError
from tutor.llm import load_engine
from tutor.llm.decode import Engine
from tutor.llm.openvino_engine import OpenVinoEngine
from tutor.models import fingerprint, llm_path

PROMPT = "The capital of France is"


@pytest.fixture(scope="module")
def cache(settings: Settings, openvino_engine: Engine) -> Path:
    """The folder of the converted model."""
    return settings.cache / f"llm-{fingerprint(llm_path('bundled'))}" / "openvino-exact"


def test_it_is_opened_from_the_cache_without_torch_or_transformers(cache: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from tutor.llm.openvino_engine import OpenVinoEngine\n"
        "from tutor.models import llm_path\n"
        f"OpenVinoEngine(llm_path('bundled'), Path({str(cache)!r})).prefill([1, 2, 3])\n"
        "assert not {'torch', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_folder_of_an_openvino_model_is_run_as_it_is(
    cache: Path, openvino_engine: Engine, tmp_path: Path
) -> None:
    engine = OpenVinoEngine(cache, tmp_path / "not used")
    tokens = engine.tokenizer.encode(PROMPT)
    assert engine.prefill(tokens).argmax() == openvino_engine.prefill(tokens).argmax()
    assert not (tmp_path / "not used").exists()


def test_the_next_token_makes_sense(openvino_engine: Engine) -> None:
    tokenizer = openvino_engine.tokenizer
    logits = openvino_engine.prefill(tokenizer.encode(PROMPT))
    likeliest = [tokenizer.decode([int(token)]).strip() for token in np.argsort(-logits)[:5]]
    assert "Paris" in likeliest


@pytest.mark.parametrize("name", ["openvino_model.xml", "openvino_model.bin", "tokenizer.json"])
def test_a_damaged_folder_is_named_with_a_reason(name: str, cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(cache, folder)
    (folder / name).write_bytes((folder / name).read_bytes()[:1000])
    with pytest.raises(ModelError) as error:
        OpenVinoEngine(folder, tmp_path / "not used")
    text = str(error.value)
    assert str(folder) in text
    assert len(text.splitlines()) == 1
    assert "Exception from src" not in text


@pytest.mark.parametrize(
    ("name", "left"),
    [("openvino_model.bin", 1000), ("openvino_model.xml", 0), ("tokenizer.json", 9)],
)
def test_a_damaged_cache_is_made_anew(
    name: str,
    left: int,
    cache: Path,
    openvino_engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What conversion gives is known from test_converting; here it is copied, to be quick."""
    module = sys.modules[OpenVinoEngine.__module__]
    monkeypatch.setattr(
        module, "_convert", lambda path, target: shutil.copytree(cache, target, dirs_exist_ok=True)
    )
    own = tmp_path / "openvino"
    shutil.copytree(cache, own)
    (own / name).write_bytes((own / name).read_bytes()[:left])
    engine = OpenVinoEngine(llm_path("bundled"), own)
    tokens = engine.tokenizer.encode(PROMPT)
    assert engine.prefill(tokens).argmax() == openvino_engine.prefill(tokens).argmax()
    assert [path.name for path in tmp_path.iterdir()] == ["openvino"]
    assert (own / name).read_bytes() == (cache / name).read_bytes()


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Files that are called GGUF and are none, or only the beginning of one."""
    whole, folder = llm_path("bundled").read_bytes(), tmp_path_factory.mktemp("broken")
    contents = {
        "empty": b"",
        "magic": b"GGUF",
        "noise": b"GGUF" + np.random.default_rng(0).bytes(2000),
        "version": whole[:4] + b"\xff" + whole[5:4000],
        "counts": whole[:8] + b"\xff" * 16 + whole[24:4000],
        "header": whole[:100_000],
        "half": whole[: len(whole) // 2],
        "almost": whole[:-4096],
    }
    for name, content in contents.items():
        (folder / f"{name}.gguf").write_bytes(content)
    return sorted(folder.iterdir())


def test_a_broken_gguf_file_is_an_error_and_not_the_end_of_the_process(
    broken: list[Path], tmp_path: Path
) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from tutor.errors import ModelError\n"
        "from tutor.llm.openvino_engine import OpenVinoEngine\n"
        "for name in sys.argv[2:]:\n"
        "    try:\n"
        "        OpenVinoEngine(Path(name), Path(sys.argv[1]) / 'cache')\n"
        "    except ModelError as error:\n"
        "        assert len(str(error).splitlines()) == 1, error\n"
        "        print(str(error).partition(':')[0])\n"
        "    assert not list(Path(sys.argv[1]).iterdir()), 'left half a conversion'\n"
    )
    names = [str(path) for path in broken]
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), *names],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split("\n")[:-1] == names


@pytest.mark.slow
def test_converting(first_run: FirstRun, settings: Settings) -> None:
    assert first_run.done.returncode == 0, first_run.done.stderr
    (model,) = first_run.cache.glob("llm-*")
    folder = model / "openvino-exact"
    assert {path.name for path in model.iterdir()} == {"merged", "openvino-exact"}
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert "openvino_model.xml" in before
    assert not [name for name in before if name.endswith(".gguf")]
    assert not list(llm_path("bundled").parent.glob("*.xml"))  # nothing beside the original
    changes = {"adapter": "bundled", "engine": "openvino"}
    known = load_engine(settings.model_copy(update=changes))
    fresh = load_engine(settings.model_copy(update={**changes, "cache": first_run.cache}))
    tokens = fresh.tokenizer.encode(PROMPT)
    assert np.abs(fresh.prefill(tokens) - known.prefill(tokens)).max() < 0.25
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
