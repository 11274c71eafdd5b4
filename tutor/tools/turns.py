"""The student's turns before: their words, the call that each ran, and which ran none for sure.

The words of a turn whose call is not known are read again for one. How its reply begins tells of
some that there was none, so that an answer to the tutor's question never becomes a wish later on.
Nothing else of a reply is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tutor.chatter import aside
from tutor.records import Message, ToolCall
from tutor.study import BEFORE_I_SHOW

MARKED = "Question "
"""How a reply begins that says whether an answer to a quiz is right, with the question's number."""
_MARKED = re.compile(
    rf"{MARKED}\d+(?:: (?:“|it is not “|the answer is “)| (?:is the only|or another) one)"
)
_FROM_COURSE = (">", BEFORE_I_SHOW)
"""How replies begin that no tool made: quotes, and a leading question."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a student said, and the call it ran if that is known.

    `quiet`: it ran none. `aside`: nor was it a question, but "thanks" or an answer to a quiz.
    """

    text: str
    call: ToolCall | None = None
    quiet: bool = False
    aside: bool = False


def turns_of(history: Sequence[Message]) -> list[Turn]:
    """The student's turns."""
    return [
        _turn(turn, next((r.content for r in history[at + 1 : at + 2] if r.role != "user"), ""))
        for at, turn in enumerate(history)
        if turn.role == "user"
    ]


def is_marked(reply: str) -> bool:
    """Whether a reply says of an answer to a quiz whether it is right."""
    return _MARKED.match(reply) is not None


def _turn(turn: Message, reply: str) -> Turn:
    by_the_way = turn.call is None and (aside(turn.content) is not None or is_marked(reply))
    quiet = turn.call is None and reply.lstrip().startswith(_FROM_COURSE)
    return Turn(turn.content, turn.call, quiet, by_the_way)
