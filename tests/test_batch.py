"""Batch files: a row per line, and a wrong one is named by its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.cli.batch import Row, read_rows, read_summary, search_row
from tutor.errors import TutorError
from tutor.records import Message
from tutor.retrieve import Retriever


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "questions.jsonl"


def test_rows_with_and_without_history(file: Path) -> None:
    file.write_text(
        '{"id": 7, "question": "Why?", "history": [{"role": "user", "content": "What is x?"},'
        ' {"role": "assistant", "content": "It is y."}]}\n'
        '{"id": "b", "question": "How?"}\n'
    )
    assert read_rows(file) == [
        Row(7, "Why?", (Message("user", "What is x?"), Message("assistant", "It is y."))),
        Row("b", "How?"),
    ]


def test_the_names_of_retrieval_benchmarks_are_read_too(file: Path) -> None:
    file.write_text('{"_id": "q1", "text": "Why?", "metadata": {}}\n')
    assert read_rows(file) == [Row("q1", "Why?")]


def test_the_contracts_names_come_first(file: Path) -> None:
    file.write_text('{"id": 1, "_id": 2, "question": "a", "text": "b"}\n')
    assert read_rows(file) == [Row(1, "a")]


def test_a_row_without_an_id_has_none(file: Path) -> None:
    file.write_text('{"question": "Why?"}')
    (row,) = read_rows(file)
    assert row.identity() == {"id": None, "question": "Why?"}


def test_blank_lines_and_a_byte_order_mark_are_passed_over(file: Path) -> None:
    file.write_bytes(b'\xef\xbb\xbf\n{"question": "a"}\r\n\r\n  \n{"question": "b"}')
    assert [row.question for row in read_rows(file)] == ["a", "b"]


def test_no_rows(file: Path) -> None:
    file.write_text("\n")
    assert read_rows(file) == []


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x85", "\x7f"])
def test_only_a_line_feed_ends_a_row(file: Path, character: str) -> None:
    question = f"What is{character}this?"
    rows = [{"id": i, "question": question} for i in range(2)]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    file.write_text(text, encoding="utf-8")
    assert [row.question for row in read_rows(file)] == [question] * 2


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip), max_size=4))
def test_any_question_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, questions: list[str]
) -> None:
    file = tmp_path_factory.mktemp("batch") / "rows.jsonl"
    rows = [{"id": i, "question": question} for i, question in enumerate(questions)]
    for ascii_only in (True, False):
        text = "".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in rows)
        file.write_text(text, encoding="utf-8")
        assert [row.question for row in read_rows(file)] == questions


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not JSON"),
        ("Why?", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a JSON object"),
        ('"Why?"', "not a JSON object"),
        ("{}", "no question"),
        ('{"question": ""}', "no question"),
        ('{"question": "  "}', "no question"),
        ('{"question": null}', "no question"),
        ('{"question": 3}', "no question"),
        ('{"question": "a", "history": 3}', "'history' is a list"),
        ('{"question": "a", "history": "b"}', "'history' is a list"),
        ('{"question": "a", "history": [{"role": "user"}]}', "'history' is a list"),
        ('{"question": "a", "history": {"role": "user", "content": "b"}}', "'history' is a list"),
    ],
)
def test_a_wrong_line_is_named(file: Path, line: str, said: str) -> None:
    file.write_text(f'{{"question": "fine"}}\n\n{line}\n')
    with pytest.raises(TutorError) as error:
        read_rows(file)
    assert str(error.value).startswith(f"{file}, line 3: ")
    assert said in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_a_turn_without_words_is_an_empty_one(file: Path) -> None:
    """OpenAI's format writes a turn that only called a tool with null as its content."""
    turns = [{"role": "assistant", "content": None}]
    file.write_text(json.dumps({"question": "Why?", "history": turns}))
    assert read_rows(file)[0].history == (Message("assistant", ""),)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xfa"])
def test_a_file_that_cannot_be_read(file: Path, content: bytes | None) -> None:
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(TutorError, match=r"questions\.jsonl cannot be read"):
        read_rows(file)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(TutorError, match="cannot be read"):
        read_rows(tmp_path)


def test_half_characters_are_replaced_so_that_every_stage_can_bear_them(
    file: Path, retriever: Retriever
) -> None:
    broken = '{"question": "Why? \\ud83d", "history": [{"role": "user", "content": "GAN \\udc00"}]}'
    file.write_text(broken)
    (row,) = read_rows(file)
    json.dumps(row.identity(), ensure_ascii=False).encode()
    assert search_row(retriever, row, 3)[0]


def test_a_follow_up_row_is_searched_with_its_history(retriever: Retriever) -> None:
    history = (Message("user", "What is mode collapse?"), Message("assistant", "..."))
    hits, milliseconds = search_row(retriever, Row(1, "Why does it happen?", history), 2)
    assert len(hits) == 2
    assert "Mode collapse" in hits[0].chunk.text
    assert milliseconds > 0


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"questions": 3}', "\x00"])
def test_a_summary_that_is_none(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "before.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(TutorError, match="no summary of `tutor eval --json`"):
        read_summary(file)
