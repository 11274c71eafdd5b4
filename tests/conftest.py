"""What the tests share: no network, the real models loaded once, a small real course."""

# The environment is set before anything that reads it is imported.
# ruff: noqa: E402

from __future__ import annotations

import json
import os
import subprocess

os.environ["HF_HUB_OFFLINE"] = "1"
# Two threads of torch wait for each other wherever something else runs too.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
for _name in [name for name in os.environ if name.startswith("TUTOR_")]:
    if _name not in ("TUTOR_CACHE", "TUTOR_SHARED_DATA"):
        del os.environ[_name]  # a setting of the person who runs the tests is none of a test

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import settings as hypothesis_settings
from langchain_core.language_models import BaseChatModel

from tests import courses, program, servers
from tutor import assembly
from tutor.assembly import load_tutor
from tutor.config import Settings, load_settings
from tutor.embed import Embedder, load_embedder
from tutor.index import Index
from tutor.ingest import ingest
from tutor.judge import Judge, load_judge
from tutor.llm import LocalChatModel, load_chat_model, load_engine, place_of
from tutor.llm.decode import Engine, SharedEngine
from tutor.models import fingerprint, llm_path
from tutor.retrieve import Retriever

# No test may depend on how fast the machine is, or fail only now and then.
hypothesis_settings.register_profile("tests", deadline=None, derandomize=True)
hypothesis_settings.register_profile("search", deadline=None, max_examples=2000)
hypothesis_settings.load_profile("tests")

MakeCourse = Callable[[Mapping[str, str | bytes]], Settings]


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The defaults, but for the language model's adapter: engines are compared without it.

    Models are converted into the user's cache, once for all runs.
    """
    return load_settings({"adapter": "none"}, file=Path("there is no such file"))


@pytest.fixture(scope="session", autouse=True)
def converted(settings: Settings, request: pytest.FixtureRequest) -> None:
    """Of several workers one converts the models that the cache lacks, and the others wait."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return  # alone, each is converted when it is first asked for
    settings.cache.mkdir(parents=True, exist_ok=True)
    with FileLock(settings.cache / ".tests.lock"):
        for name in ("embedder", "judge"):
            request.getfixturevalue(name)
        for adapter, engine in product(("none", "bundled"), ("openvino", "transformers")):
            chosen = settings.model_copy(update={"adapter": adapter, "engine": engine})
            if not place_of(chosen).cache.is_dir():
                load_engine(chosen)


@pytest.fixture(scope="session")
def embedder(settings: Settings) -> Embedder:
    """The bundled embedding model by OpenVINO."""
    return load_embedder(settings)


@pytest.fixture(scope="session")
def judge(settings: Settings) -> Judge:
    """The bundled judge of answers by OpenVINO."""
    return load_judge(settings)


@pytest.fixture
def loaded_once(embedder: Embedder, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tutor is put together with the embedder and the judge that are loaded already."""
    monkeypatch.setattr(assembly, "load_embedder", lambda settings: embedder)
    monkeypatch.setattr(assembly, "load_judge", lambda settings: judge)


@pytest.fixture(scope="session")
def torch_embedder(settings: Settings) -> Embedder:
    """The bundled embedding model by sentence-transformers."""
    return load_embedder(settings.model_copy(update={"embedding_backend": "torch"}))


@pytest.fixture(scope="session")
def openvino_engine(settings: Settings) -> Engine:
    """The bundled language model by OpenVINO."""
    return load_engine(settings.model_copy(update={"engine": "openvino"}))


@pytest.fixture(scope="session")
def transformers_engine(settings: Settings) -> Engine:
    """The bundled language model by transformers."""
    return load_engine(settings.model_copy(update={"engine": "transformers"}))


@pytest.fixture(scope="session")
def server_chat(
    transformers_engine: Engine, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BaseChatModel]:
    """The bundled language model behind `transformers serve`, in a process of its own."""
    (folder,) = settings.cache.glob(f"llm-{fingerprint(llm_path('bundled'))}/transformers")
    with servers.transformers_serve(folder, tmp_path_factory.mktemp("hub")) as url:
        yield load_chat_model(settings.model_copy(update={"model": url}))


@pytest.fixture(params=["openvino", "transformers", pytest.param("server", marks=pytest.mark.slow)])
def chat(request: pytest.FixtureRequest) -> BaseChatModel:
    """The bundled language model as a chat model, by each engine in turn and by a server.

    Of OpenVINO's engine there are several, as in the tutor; of the other one there is one.
    """
    if request.param == "server":
        served: BaseChatModel = request.getfixturevalue("server_chat")
        return served
    engine: SharedEngine = request.getfixturevalue(f"{request.param}_engine")
    return LocalChatModel(engine=engine, beside=engine.beside(), model_name=request.param)


@pytest.fixture(params=["openvino", "transformers"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn, with the bundled language model."""
    found: Engine = request.getfixturevalue(f"{request.param}_engine")
    return found


@pytest.fixture(scope="session")
def course(
    settings: Settings, embedder: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Settings with the small course as corpus and its index. Not to be changed by a test."""
    folder = tmp_path_factory.mktemp("course")
    courses.write_small(folder / "corpus")
    chosen = settings.model_copy(update={"corpus": folder / "corpus", "index": folder / "index"})
    report = ingest(chosen, embedder)
    assert not report.failed
    assert not report.problems
    return chosen


@pytest.fixture(scope="session")
def retriever(course: Settings, embedder: Embedder) -> Retriever:
    """The retriever over the small course."""
    return Retriever(Index.open(course.index), embedder)


@pytest.fixture(scope="session")
def tutor(course: Settings) -> Any:
    """The tutor of the small course, with the bundled language model and its adapter."""
    loaded = load_tutor(course.model_copy(update={"adapter": "bundled"}))
    assert loaded.model is not None
    return loaded


@pytest.fixture(scope="session")
def first_run(course: Settings, tmp_path_factory: pytest.TempPathFactory) -> program.FirstRun:
    """A question asked with an empty cache, so that every model is converted on the way.

    It takes longest of all, so the worker that asks first does it for the others too.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "first run"
    folder.mkdir(exist_ok=True)
    kept, cache = folder / "done", folder / "cache"
    with FileLock(folder / "lock"):
        if not kept.is_file():
            question = ("ask", "What is mode collapse?", "--json", "--max-new-tokens", 5)
            where = ("--index", course.index)
            done = program.tutor(
                *question, *where, folder=course.corpus.parent, TUTOR_CACHE=str(cache)
            )
            kept.write_text(json.dumps(vars(done), default=str))
    return program.FirstRun(subprocess.CompletedProcess(**json.loads(kept.read_text())), cache)


@pytest.fixture
def make_course(settings: Settings, tmp_path: Path) -> MakeCourse:
    """Writes files into a corpus of the test's own; nothing is indexed yet."""

    def make(files: Mapping[str, str | bytes]) -> Settings:
        courses.write(tmp_path / "corpus", files)
        return settings.model_copy(
            update={"corpus": tmp_path / "corpus", "index": tmp_path / "index"}
        )

    return make
