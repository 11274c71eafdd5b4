"""The embedding model by OpenVINO: converted once, and the same numbers as torch."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.courses import ATTENTION, DIFFUSION, GAN, SAMPLING
from tests.program import FirstRun
from tutor.config import Settings
from tutor.embed import Embedder, load_embedder
from tutor.embed.openvino_backend import OpenVinoBackend
from tutor.models import embedding_folder, fingerprint

TEXTS = [line for line in (GAN + SAMPLING + DIFFUSION).splitlines() if line.strip()]


@pytest.fixture(scope="module")
def cache(settings: Settings, embedder: Embedder) -> Path:
    """The folder of the converted model."""
    return settings.cache / f"embedding-{fingerprint(embedding_folder('bundled'))}"


@pytest.fixture
def own_cache(cache: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copytree(cache, tmp_path / "embedding"))


def test_it_agrees_with_torch(embedder: Embedder, torch_embedder: Embedder) -> None:
    texts = [*TEXTS, "", "≠ ∑ 你好", "word " * 400, *(body for _, body in ATTENTION)]
    cosines = (embedder.encode(texts) * torch_embedder.encode(texts)).sum(axis=1)
    assert cosines.min() > 0.998


def test_more_batches_than_streams_come_back_in_their_order(cache: Path) -> None:
    backend = OpenVinoBackend(embedding_folder("bundled"), cache)
    batches = [[text] * (1 + number % 3) for number, text in enumerate(TEXTS)]
    results = list(backend.run(iter(batches)))
    assert [len(result) for result in results] == [len(batch) for batch in batches]
    (together,) = backend.run(iter([TEXTS]))
    alone = np.array([result[0] for result in results])
    assert (alone * together).sum(axis=1).min() > 0.999


def test_results_are_not_overwritten_by_later_batches(cache: Path) -> None:
    backend = OpenVinoBackend(embedding_folder("bundled"), cache)
    runs = backend.run(iter([[text] for text in TEXTS[:8]]))
    first = next(runs)
    before = first.copy()
    list(runs)
    assert (first == before).all()


def test_two_may_run_at_a_time(cache: Path) -> None:
    backend = OpenVinoBackend(embedding_folder("bundled"), cache)
    one, two = backend.run(iter([[TEXTS[0]]])), backend.run(iter([[TEXTS[1]]]))
    mixed = [next(one)[0], next(two)[0]]
    (both,) = backend.run(iter([TEXTS[:2]]))
    assert (np.array(mixed) * both).sum(axis=1).min() > 0.999


def test_a_converted_model_is_opened_without_torch(cache: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from tutor.embed.openvino_backend import OpenVinoBackend\n"
        "from tutor.models import embedding_folder\n"
        f"OpenVinoBackend(embedding_folder('bundled'), Path({str(cache)!r}))\n"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", ["model.xml", "model.bin", "model.json"])
@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_damaged_cache_is_made_anew(
    name: str,
    damage: str,
    cache: Path,
    own_cache: Path,
    embedder: Embedder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What conversion gives is known from test_converting; here it is copied, to be quick."""
    module = sys.modules[OpenVinoBackend.__module__]
    monkeypatch.setattr(
        module,
        "_convert",
        lambda folder, target, adapter: shutil.copytree(cache, target, dirs_exist_ok=True),
    )
    file = own_cache / name
    beginning = file.read_bytes()[:50]
    file.unlink()
    if damage == "cut":
        file.write_bytes(beginning)
    backend = OpenVinoBackend(embedding_folder("bundled"), own_cache)
    (rows,) = backend.run(iter([TEXTS[:1]]))
    assert float(rows[0] @ embedder.encode(TEXTS[:1])[0]) > 0.99
    assert file.read_bytes() == (cache / name).read_bytes()


@pytest.mark.slow
def test_converting(first_run: FirstRun, settings: Settings, embedder: Embedder) -> None:
    assert first_run.done.returncode == 0, first_run.done.stderr
    passages, questions = sorted(first_run.cache.glob("embedding-*"))
    assert questions.name.startswith(f"{passages.name}-query-")
    files = [passages / name for name in ("model.xml", "model.bin", "model.json")]
    files += [questions / file.name for file in files]
    before = [file.stat().st_mtime_ns for file in files]
    fresh = load_embedder(settings.model_copy(update={"cache": first_run.cache}))
    for query in (False, True):
        cosines = fresh.encode(TEXTS, query=query) * embedder.encode(TEXTS, query=query)
        assert cosines.sum(axis=1).min() > 0.9999
    assert [file.stat().st_mtime_ns for file in files] == before
    assert {file for place in (passages, questions) for file in place.iterdir()} == set(files)
