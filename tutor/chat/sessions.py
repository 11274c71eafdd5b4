"""A chat's session: the ids that are accepted, and what the server remembers of it."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import Any

from tutor.config import Sampling
from tutor.records import Message

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_session_id(value: object) -> bool:
    """Whether a browser's word for its session is a UUID.

    Chainlit makes a folder of that name, so nothing else may pass.
    """
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its reply. `question_id` is the message's id in the page."""

    question_id: str
    question: str
    reply_id: str
    reply: str


@dataclass(slots=True)
class Desk:
    """What one chat has: its sampling, its turns so far, and how to stop its answer."""

    sampling: Sampling
    turns: list[Turn] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    cards: dict[str, Any] = field(default_factory=dict)
    """The page's cards of tools by the ids of their messages."""

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
