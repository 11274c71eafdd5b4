"""A chat's session: the ids that are accepted, and what the server remembers of it."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import Any

from tutor.config import FormName, Sampling
from tutor.records import Message

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

COOKIE = "course-tutor-student"
"""Holds a random mark, so that the tabs of one browser count as one student. It tells no more."""


def is_session_id(value: object) -> bool:
    """Whether a browser's word for its session is a UUID.

    Chainlit makes a folder of that name, so nothing else may pass.
    """
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def student_in(cookies: str) -> str | None:
    """The student's mark in a browser's cookies, if it is one of ours."""
    pairs = (pair.strip().partition("=") for pair in cookies.split(";"))
    mark = next((value for name, _, value in pairs if name == COOKIE), None)
    return mark if is_session_id(mark) else None


def student_of(session: Any) -> str:
    """Whose session of Chainlit's it is: the login's, else the browser's, else its own.

    All tabs of a browser are one student's.
    """
    user = getattr(session, "user", None)
    if user is not None:
        return f"user {user.identifier}"
    return student_in(session.environ.get("HTTP_COOKIE", "")) or str(session.id)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its reply. `question_id` is the message's id in the page."""

    question_id: str
    question: str
    reply_id: str
    reply: str


@dataclass(slots=True)
class Desk:
    """What one chat has: its settings, its turns so far, and how to stop its answer."""

    sampling: Sampling
    form: FormName = "normal"
    turns: list[Turn] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    cards: dict[str, Any] = field(default_factory=dict)
    """The page's cards of tools by the ids of their messages."""
    told: int = 0
    """How many of the classroom's notices this page has shown."""

    def history(self) -> list[Message]:
        """The turns as the tutor reads them."""
        return [
            message
            for turn in self.turns
            for message in (Message("user", turn.question), Message("assistant", turn.reply))
        ]

    def begin(self, question_id: str) -> threading.Event:
        """Stop what is still running and get a new stop sign for the next answer.

        An edited question keeps its id: what came after it is forgotten.
        """
        self.stop.set()
        self.stop = threading.Event()
        ids = [turn.question_id for turn in self.turns]
        if question_id in ids:
            del self.turns[ids.index(question_id) :]
        return self.stop

    def reply(self, reply_id: str) -> str | None:
        """The words of an earlier reply."""
        return next((turn.reply for turn in self.turns if turn.reply_id == reply_id), None)
