"""The command line as a program: its channels, exit statuses and one-line errors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import courses, program
from tests.conftest import MakeCourse
from tests.program import COMMAND, FirstRun
from tutor import cli
from tutor.cli import commands, main
from tutor.config import Settings
from tutor.errors import TutorError
from tutor.index.store import only_writer

# The whole way, each command a process


@pytest.mark.slow
def test_from_documents_to_an_answer(tmp_path: Path) -> None:
    courses.write_small(tmp_path / "corpus")

    ingest = program.tutor("ingest", "--json", folder=tmp_path)
    assert ingest.returncode == 0, ingest.stderr
    (report,) = map(json.loads, ingest.stdout.splitlines())
    assert report["added"] == list(courses.SOURCES)
    assert "reading" in ingest.stderr

    search = program.tutor("search", "What is mode collapse?", "--json", folder=tmp_path)
    assert search.returncode == 0, search.stderr
    (found,) = map(json.loads, search.stdout.splitlines())
    assert found["hits"][0]["source"] == "gan.md"

    ask = program.tutor(
        "ask", "What is mode collapse?", "--json", "--max-new-tokens", 10, folder=tmp_path
    )
    assert ask.returncode == 0, ask.stderr
    (answer,) = map(json.loads, ask.stdout.splitlines())
    assert answer["covered"]
    assert answer["timings"]["new_tokens"]

    doctor = program.tutor("doctor", "--json", folder=tmp_path)
    assert doctor.returncode == 0, doctor.stdout
    assert len([json.loads(line) for line in doctor.stdout.splitlines()]) > 5


@pytest.mark.slow
def test_the_very_first_answer_keeps_standard_output_clean(first_run: FirstRun) -> None:
    """Converting the models, which their libraries like to talk about, happens here."""
    assert first_run.done.returncode == 0, first_run.done.stderr
    (answer,) = map(json.loads, first_run.done.stdout.splitlines())
    assert answer["timings"]["new_tokens"] == 5
    assert "Traceback" not in first_run.done.stderr


@pytest.mark.slow
def test_two_at_once_the_second_is_told(make_course: MakeCourse, tmp_path: Path) -> None:
    course = make_course({"cats.md": courses.GAN})
    with only_writer(course.index):
        second = program.tutor("ingest", folder=tmp_path)
    assert second.returncode == 1
    assert second.stderr.splitlines()[-1].startswith("tutor: another `tutor ingest` is writing")
    assert "Traceback" not in second.stderr
    assert program.tutor("ingest", folder=tmp_path).returncode == 0


# Help is quick


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "--help"], ["--version"], ["fly"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "from tutor.cli import main\n"
        "try:\n"
        f"    main({arguments!r})\n"
        "except SystemExit:\n"
        "    pass\n"
        "heavy = {'torch', 'transformers', 'faiss', 'openvino', 'chainlit', 'langchain', 'numpy',\n"
        "         'langchain_core', 'pydantic', 'sentence_transformers', 'bm25s'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"


def test_the_package_alone_imports_nothing() -> None:
    code = "import sys; import tutor; print(*[m for m in sys.modules if m.startswith('tutor')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["tutor"]


# Errors


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def failure(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one line that a failing command writes."""
    assert main([str(argument) for argument in arguments]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    (line,) = shown.err.splitlines()
    assert line.startswith("tutor: ")
    return line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask", "Why?"], "no index in index; make one with: tutor ingest"),
        (["search", "Why?", "--index", "x"], "no index in x"),
        (["ingest"], "no corpus folder corpus"),
        (["ask", "Why?", "--temperature", "-1"], "temperature = -1.0"),
        (["ask", "Why?", "--temperature", "nan"], "temperature = nan"),
        (["ask", "Why?", "--top-p", "2"], "top_p = 2.0"),
        (["ask", "Why?", "--top-k", "0"], "top_k = 0"),
        (["ask", "Why?", "--max-new-tokens", "0"], "max_new_tokens = 0"),
        (["ask", "Why?", "--seed", "-1"], "seed = -1"),
        (["ask", "Why?", "--repetition-penalty", "3"], "repetition_penalty = 3.0"),
        (["ask", "--questions", "missing.jsonl"], "missing.jsonl cannot be read"),
        (["search", "--queries", "missing.jsonl"], "missing.jsonl cannot be read"),
        (["ask", ""], "the question is empty"),
        (["search", "  "], "the question is empty"),
        (["eval", "--qa", "missing.jsonl"], "missing.jsonl"),
    ],
)
def test_a_clear_error_is_one_line_and_status_1(
    arguments: list[str], said: str, inside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in failure(capsys, *arguments)


@pytest.mark.parametrize("arguments", [["ask"], ["search"], ["ask", "a", "--questions", "b"]])
def test_a_question_or_a_file_but_not_both(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    assert "give either a QUESTION or --" in capsys.readouterr().err


def test_a_wrong_line_of_a_batch_is_named(inside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (inside / "q.jsonl").write_text('{"question": "fine"}\nnot this\n')
    assert "q.jsonl, line 2: not JSON" in failure(capsys, "ask", "--questions", "q.jsonl")


def test_an_unknown_setting_is_named_for_every_command(
    inside: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUTOR_TEMPRATURE", "1")
    for arguments in (["doctor"], ["ask", "Why?"], ["ingest"], ["search", "Why?"]):
        assert "unknown setting 'temprature'" in failure(capsys, *arguments)


def test_a_settings_file_that_is_none(inside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (inside / "tutor.toml").write_text("temperature = \n")
    assert "tutor.toml: not a TOML file" in failure(capsys, "doctor")


@pytest.mark.usefixtures("loaded_once")
def test_an_unknown_model_is_named(
    course: Settings, inside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("no-such-model", "./missing.gguf", "owner/model"):
        line = failure(capsys, "ask", "Why?", "--index", course.index, "--model", name)
        assert f"model = '{name}'" in line


@pytest.mark.usefixtures("loaded_once")
def test_an_index_of_another_kind_says_how_to_mend_it(
    course: Settings,
    inside: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TUTOR_CHUNK_TOKENS", "64")
    for command in ("search", "ask"):
        assert "--rebuild" in failure(capsys, command, "Why?", "--index", course.index)


@pytest.mark.parametrize("where", ["index", "corpus"])
def test_a_file_in_the_place_of_a_folder(
    where: str, inside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if where == "index":
        courses.write(inside / "corpus", {"cats.md": "# Cats\n\nThey sleep."})
    (inside / where).write_text("a file")
    assert where in failure(capsys, "ingest")


def test_one_line_even_when_the_reason_has_several(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(arguments: object) -> int:
        raise TutorError("what and where")

    monkeypatch.setattr(commands, "run_doctor", fail)
    assert failure(capsys, "doctor") == "tutor: what and where"


def test_control_c_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "run_doctor", interrupt)
    assert main(["doctor"]) == 130
    assert capsys.readouterr().err == "tutor: stopped\n"


def test_a_reader_who_has_seen_enough_is_no_error(course: Settings, tmp_path: Path) -> None:
    """As with `tutor search ... --json | head -1`."""
    file = tmp_path / "queries.jsonl"
    file.write_text('{"question": "What is mode collapse?"}\n' * 200)
    arguments = ["search", "--queries", str(file), "--index", str(course.index), "--json"]
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        json.loads(process.stdout.readline())
        process.stdout.close()
        error = process.stderr.read()
    assert process.returncode == 0
    assert error == b""


def test_a_question_that_is_no_text_is_asked_all_the_same(course: Settings, tmp_path: Path) -> None:
    question = b"What is mode collapse \xff?".decode("utf-8", "surrogateescape")
    done = program.tutor("search", question, "--index", course.index, "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["hits"][0]["source"] == "gan.md"


def test_a_terminal_that_knows_ascii_alone_still_shows_an_answer(
    course: Settings, tmp_path: Path
) -> None:
    done = program.tutor(
        *("search", "What is mode collapse?", "--index", course.index),
        folder=tmp_path,
        PYTHONIOENCODING="ascii",
    )
    assert done.returncode == 0, done.stderr
    assert "gan.md" in done.stdout


def test_json_is_utf_8_wherever_it_is_written(course: Settings, tmp_path: Path) -> None:
    done = program.tutor(
        *("search", "What is “mode collapse”?", "--index", course.index, "--json"),
        folder=tmp_path,
        PYTHONIOENCODING="ascii",
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["question"] == "What is “mode collapse”?"


def test_libraries_are_kept_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_DISABLE_TELEMETRY", raising=False)
    monkeypatch.setenv("TRANSFORMERS_VERBOSITY", "info")
    cli._quiet_libraries()
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
    assert os.environ["TRANSFORMERS_VERBOSITY"] == "info", "what a user has set stays"
