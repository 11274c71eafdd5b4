"""Batch files: a JSON row per line, each a question."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.errors import TutorError
from tutor.records import Hit, Message

if TYPE_CHECKING:
    from tutor.retrieve import Retriever


@dataclass(frozen=True, slots=True)
class Row:
    """A question of a batch file. `id` is None for the command line's one question."""

    id: str | int | None
    question: str
    history: tuple[Message, ...] = ()

    def identity(self) -> dict[str, Any]:
        return {"id": self.id, "question": self.question}


def read_rows(path: os.PathLike[str]) -> list[Row]:
    """The rows of a file; blank lines are passed over.

    Raises:
        TutorError: the file cannot be read, or a line is not such a row.
    """
    file = Path(path)
    try:  # split, not splitlines: JSON strings may hold other line separators
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise TutorError(f"{file} cannot be read: {error}") from None
    return [
        _row(line, f"{file}, line {number}")
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]


def _row(line: str, where: str) -> Row:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise TutorError(f"{where}: not JSON ({error})") from None
    if not isinstance(row, dict):
        raise TutorError(f"{where}: not a JSON object")
    question = row.get("question", row.get("text"))
    if not isinstance(question, str) or not question.strip():
        raise TutorError(f"{where}: no question; a row has 'id' and 'question'")
    history = row.get("history") or []
    try:
        turns = tuple(Message(t["role"], _text(str(t["content"] or ""))) for t in history)
    except (TypeError, KeyError):
        raise TutorError(
            f"{where}: 'history' is a list of objects with 'role' and 'content'"
        ) from None
    return Row(row.get("id", row.get("_id")), _text(question), turns)


def _text(value: str) -> str:
    """A string of JSON as text: half a surrogate pair is none."""
    return value.encode("utf-8", "replace").decode()


def read_summary(path: os.PathLike[str]) -> dict[str, Any]:
    """What `tutor eval --json` printed into a file.

    Raises:
        TutorError: it is not there or not that.
    """
    try:
        summary = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TutorError(f"{path} is no summary of `tutor eval --json`: {error}") from None
    if not isinstance(summary, dict) or "kinds" not in summary:
        raise TutorError(f"{path} is no summary of `tutor eval --json`")
    return summary


def search_row(retriever: Retriever, row: Row, k: int) -> tuple[list[Hit], float]:
    """The hits of a row's question and the milliseconds they took."""
    from tutor.conversation import standalone

    started = time.perf_counter()
    hits = retriever.search(standalone(row.question, row.history), k)
    return hits, (time.perf_counter() - started) * 1000
