"""A chat's session: the ids that are accepted, and what the server remembers of it.

Of Chainlit it knows the names of the events that a page is sent.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tutor.config import FormName, Sampling
from tutor.records import Message, ToolCall

Emit = Callable[[str, Any], Awaitable[Any]]
"""Sends an event and its data to a page."""

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


def same_browser(session: Any, cookies: str) -> bool:
    """Whether a session of Chainlit's was begun by the browser that has these cookies.

    Its id alone does not tell: it stands in the addresses of pictures and PDFs, which
    students send to each other. Browsers that keep no cookies are not told apart.
    """
    return student_in(cookies) == student_in(session.environ.get("HTTP_COOKIE", ""))


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
    """A question and its reply. `question_id` is the message's id in the page.

    `call` is the call of a tool that the reply ran, if it ran one.
    """

    question_id: str
    question: str
    reply_id: str
    reply: str
    call: ToolCall | None = None


def _ended() -> threading.Event:
    """The stop sign of no answer."""
    stop = threading.Event()
    stop.set()
    return stop


@dataclass(slots=True)
class Desk:
    """What one chat has: its settings, its turns so far, and how to stop its answer."""

    sampling: Sampling
    form: FormName = "normal"
    turns: list[Turn] = field(default_factory=list)
    stop: threading.Event = field(default_factory=_ended)
    """The stop sign of the answer in the making; set when it is to end, and when it has ended."""
    cards: dict[str, Any] = field(default_factory=dict)
    """The page's cards of tools by the ids of their messages."""
    told: int = 0
    """How many of the classroom's notices this page has shown."""

    @property
    def busy(self) -> bool:
        """Whether an answer is in the making."""
        return not self.stop.is_set()

    def history(self) -> list[Message]:
        """The turns as the tutor reads them."""
        return [
            message
            for turn in self.turns
            for message in (
                Message("user", turn.question, turn.call),
                Message("assistant", turn.reply),
            )
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


class Shown:
    """Sends to a chat's page, and keeps what the page shows of the last answer.

    A connection may be lost for most of a minute before the server knows it, and what is
    sent meanwhile goes nowhere. So all of the last answer is sent again; where it had arrived
    that changes nothing.
    """

    def __init__(self, send: Emit) -> None:
        self.send = send
        """The way to the page: another one with each connection."""
        self._messages: dict[str, dict[str, Any]] = {}
        self._elements: dict[str, dict[str, Any]] = {}

    def __call__(self, event: str, data: Any) -> Awaitable[Any]:
        self._note(event, data)
        return self.send(event, data)

    def _note(self, event: str, data: Any) -> None:
        match event:
            case "new_message" if data["type"] == "run":  # under it comes all of an answer
                self._elements.clear()
                self._messages = {data["id"]: dict(data)}
            case "new_message" | "update_message" | "stream_start":
                self._messages[data["id"]] = dict(data)
            case "stream_token" if data["id"] in self._messages:
                message = self._messages[data["id"]]
                before = "" if data["isSequence"] else message["output"]
                message["output"] = before + data["token"]
            case "delete_message":
                self._messages.pop(data["id"], None)
            case "element":
                self._elements[data["id"]] = data

    async def again(self) -> None:
        """Send the last answer as it stands now: its messages, and what belongs to them."""
        for message in list(self._messages.values()):
            await self.send("new_message", dict(message))
        for element in list(self._elements.values()):
            await self.send("element", element)
