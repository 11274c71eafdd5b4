"""Session ids that are let in, and what a chat remembers."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.chat.sessions import COOKIE, Desk, Turn, is_session_id, student_of
from tutor.config import Sampling
from tutor.records import Message


def test_a_uuid_is_a_session_id() -> None:
    assert is_session_id(str(uuid.uuid4()))


@pytest.mark.parametrize(
    "value",
    ["", "..", "../../etc", "a" * 36, f"{uuid.uuid4()}/..", f"{uuid.uuid4()}\n", None, 7, []],
)
def test_nothing_else_is(value: object) -> None:
    assert not is_session_id(value)


@given(st.text())
def test_a_session_id_can_name_a_folder(text: str) -> None:
    assert not is_session_id(text) or set(text) <= set("0123456789abcdefABCDEF-")


class Session:
    """What of a session of Chainlit's tells whose it is."""

    def __init__(self, cookies: str | None = None, user: Any = None) -> None:
        self.id = "7"
        self.environ = {} if cookies is None else {"HTTP_COOKIE": cookies}
        self.user = user


def test_the_tabs_of_a_browser_are_one_student() -> None:
    mark = str(uuid.uuid4())
    session = Session(f"X-Chainlit-Session-id=1; {COOKIE}={mark}")
    assert student_of(session) == mark
    assert student_of(Session(f"{COOKIE}={mark}")) == mark


def test_without_a_mark_of_ours_each_session_is_a_student() -> None:
    for cookies in (None, "", "a=b", COOKIE, f"{COOKIE}=../..", f"x{COOKIE}={uuid.uuid4()}"):
        assert student_of(Session(cookies)) == "7"


def test_a_login_tells_more_than_the_browser() -> None:
    user = SimpleNamespace(identifier="ann")
    assert student_of(Session(f"{COOKIE}={uuid.uuid4()}", user)) == "user ann"


def _desk(*ids: str) -> Desk:
    turns = [Turn(number, f"question {number}", f"r{number}", f"reply {number}") for number in ids]
    return Desk(Sampling(), turns=turns)


def test_the_history_holds_questions_and_replies_in_order() -> None:
    assert _desk("1").history() == [Message("user", "question 1"), Message("assistant", "reply 1")]


def test_a_new_answer_stops_the_one_before() -> None:
    desk = _desk()
    first = desk.begin("1")
    second = desk.begin("2")
    assert first.is_set()
    assert not second.is_set()


def test_an_edited_question_forgets_what_came_after_it() -> None:
    desk = _desk("1", "2", "3")
    desk.begin("2")
    assert [turn.question_id for turn in desk.turns] == ["1"]


def test_a_reply_is_found_by_its_id() -> None:
    assert _desk("1", "2").reply("r2") == "reply 2"
    assert _desk("1").reply("r2") is None
