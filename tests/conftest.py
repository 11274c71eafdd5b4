"""What the tests share: no network, the real models loaded once, a small real course."""

# The environment is set before anything that reads it is imported.
# ruff: noqa: E402

from __future__ import annotations

import os

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
for _name in [name for name in os.environ if name.startswith("TUTOR_")]:
    if _name not in ("TUTOR_CACHE", "TUTOR_SHARED_DATA"):
        del os.environ[_name]  # a setting of the person who runs the tests is none of a test

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from langchain_core.language_models import BaseChatModel

from tests import courses, program, servers
from tutor.assembly import load_tutor
from tutor.config import Settings, load_settings
from tutor.embed import Embedder, load_embedder
from tutor.index import Index
from tutor.ingest import ingest
from tutor.judge import Judge, load_judge
from tutor.llm import LocalChatModel, load_chat_model, load_engine
from tutor.llm.decode import Engine
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


@pytest.fixture(scope="session")
def embedder(settings: Settings) -> Embedder:
    """The bundled embedding model by OpenVINO."""
    return load_embedder(settings)


@pytest.fixture(scope="session")
def judge(settings: Settings) -> Judge:
    """The bundled judge of answers by OpenVINO."""
    return load_judge(settings)


@pytest.fixture(scope="session")
def torch_embedder(settings: Settings) -> Embedder:
    """The bundled embedding model by sentence-transformers."""
    _one_thread()
    return load_embedder(settings.model_copy(update={"embedding_backend": "torch"}))


def _one_thread() -> None:
    """Two threads of torch wait for each other wherever something else runs too."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def openvino_engine(settings: Settings) -> Engine:
    """The bundled language model by OpenVINO."""
    return load_engine(settings.model_copy(update={"engine": "openvino"}))


@pytest.fixture(scope="session")
def transformers_engine(settings: Settings) -> Engine:
    """The bundled language model by transformers."""
    _one_thread()
    return load_engine(settings.model_copy(update={"engine": "transformers"}))


@pytest.fixture(scope="session")
def server_chat(
    transformers_engine: Engine, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BaseChatModel]:
    """The bundled language model behind `transformers serve`, in a process of its own."""
    (folder,) = settings.cache.glob(f"llm-{fingerprint(llm_path('bundled'))}/transformers")
    with servers.transformers_serve(folder, tmp_path_factory.mktemp("hub")) as url:
        yield load_chat_model(settings.model_copy(update={"model": url}))


@pytest.fixture(
    params=[
        *("openvino", "batched", "transformers"),
        pytest.param("server", marks=pytest.mark.slow),
    ]
)
def chat(request: pytest.FixtureRequest) -> BaseChatModel:
    """The bundled language model as a chat model, by each engine in turn and by a server."""
    if request.param == "server":
        served: BaseChatModel = request.getfixturevalue("server_chat")
        return served
    if request.param == "batched":
        first = request.getfixturevalue("openvino_engine")
        return LocalChatModel(engine=first, beside=first.beside(), model_name=request.param)
    engine = request.getfixturevalue(f"{request.param}_engine")
    return LocalChatModel(engine=engine, model_name=request.param)


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
    """A question asked with an empty cache, so that every model is converted on the way."""
    cache = tmp_path_factory.mktemp("first run") / "cache"
    question = ("ask", "What is mode collapse?", "--json", "--max-new-tokens", 5)
    where = ("--index", course.index)
    done = program.tutor(*question, *where, folder=course.corpus.parent, TUTOR_CACHE=str(cache))
    return program.FirstRun(done, cache)


@pytest.fixture
def make_course(settings: Settings, tmp_path: Path) -> MakeCourse:
    """Writes files into a corpus of the test's own; nothing is indexed yet."""

    def make(files: Mapping[str, str | bytes]) -> Settings:
        courses.write(tmp_path / "corpus", files)
        return settings.model_copy(
            update={"corpus": tmp_path / "corpus", "index": tmp_path / "index"}
        )

    return make
