"""The student's turns before."""

from __future__ import annotations

from tutor.records import Message
from tutor.study import BEFORE_I_SHOW
from tutor.tools.turns import Turn, turns_of


def test_how_a_reply_begins_tells_that_nothing_ran() -> None:
    history = [
        *(Message("user", "sevens"), Message("assistant", "16 7s.")),
        *(Message("user", "ok"), Message("assistant", "Good.")),
        *(Message("user", "1b"), Message("assistant", "Question 1: “x” is right.")),
        *(Message("user", "why?"), Message("assistant", "> It is.")),
        *(Message("user", "ask me"), Message("assistant", BEFORE_I_SHOW)),
    ]
    assert turns_of(history) == [
        Turn("sevens"),
        Turn("ok", aside=True),
        Turn("1b", aside=True),
        Turn("why?", quiet=True),
        Turn("ask me", quiet=True),
    ]
