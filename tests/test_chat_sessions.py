"""Session ids that are let in, and what a chat remembers."""

from __future__ import annotations

import asyncio
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.chat.sessions import (
    COOKIE,
    Desk,
    Shown,
    Turn,
    is_session_id,
    same_browser,
    student_of,
)
from tutor.config import Sampling
from tutor.records import Message, ToolCall

ID = "9b1c6a52-7f0e-4d1b-8a53-0d6f6f2f4c11"


def test_a_uuid_is_a_session_id() -> None:
    assert is_session_id(str(uuid.uuid4()))


@pytest.mark.parametrize(
    "value",
    ["", "..", "../../etc", "a" * 36, f"{ID}/..", f"{ID}\n", None, 7, []],
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


def test_a_session_is_its_browsers() -> None:
    mine, yours = (f"{COOKIE}={uuid.uuid4()}" for _ in range(2))
    assert same_browser(Session(f"a=b; {mine}"), f"{mine}; c=d")
    for other in (yours, "", f"{COOKIE}=made-up"):
        assert not same_browser(Session(mine), other)
    assert not same_browser(Session(), mine)
    assert same_browser(Session(), "")


def _desk(*ids: str) -> Desk:
    turns = [Turn(number, f"question {number}", f"r{number}", f"reply {number}") for number in ids]
    return Desk(Sampling(), turns=turns)


def test_the_history_holds_questions_and_replies_in_order() -> None:
    assert _desk("1").history() == [Message("user", "question 1"), Message("assistant", "reply 1")]


def test_the_history_holds_what_a_turn_ran() -> None:
    call = ToolCall("gan", {"digit": 7})
    desk = Desk(Sampling(), turns=[Turn("1", "show me GAN, digit 7", "r1", "Here.", call)])
    assert [message.call for message in desk.history()] == [call, None]


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


def test_a_desk_is_busy_from_the_question_to_the_end_of_its_answer() -> None:
    desk = _desk()
    assert not desk.busy
    stop = desk.begin("1")
    assert desk.busy
    stop.set()
    assert not desk.busy


# What the page shows


def _step(id: str, output: str = "", type: str = "assistant_message", **more: Any) -> Any:
    return {"id": id, "type": type, "output": output, **more}


def _token(id: str, token: str, whole: bool = False) -> tuple[str, Any]:
    return "stream_token", {"id": id, "token": token, "isSequence": whole}


def _sent_again(*events: tuple[str, Any]) -> list[tuple[str, Any]]:
    """What a page gets that comes back when the one before it was sent these events."""
    lost: list[tuple[str, Any]] = []
    sent: list[tuple[str, Any]] = []

    def to(kept: list[tuple[str, Any]]) -> Any:
        async def send(event: str, data: Any) -> None:
            kept.append((event, data))

        return send

    async def script() -> None:
        shown = Shown(to(lost))
        for event, data in events:
            await shown(event, data)
        shown.send = to(sent)
        await shown.again()

    asyncio.run(script())
    assert lost == list(events)
    return sent


def test_a_half_written_reply_is_sent_again_as_it_stands() -> None:
    started = _step("r", "One.", streaming=True)
    events = [("stream_start", started), _token("r", " Two."), _token("r", " Three.")]
    assert _sent_again(*events) == [("new_message", _step("r", "One. Two. Three.", streaming=True))]
    assert started["output"] == "One."  # Chainlit's own is not changed
    assert _sent_again(*events, _token("r", "None.", whole=True)) == [
        ("new_message", _step("r", "None.", streaming=True))
    ]
    done = _step("r", "Done.", streaming=False)
    assert _sent_again(*events, ("new_message", done)) == [("new_message", done)]
    assert not _sent_again(*events, ("delete_message", started))


def test_of_an_element_the_last_state_is_sent_again_after_its_message() -> None:
    first, last = ({"id": "e", "forId": "m", "props": {"fraction": n}} for n in (0.1, 0.2))
    events = [("element", first), ("new_message", _step("m")), ("element", last)]
    assert _sent_again(*events) == [("new_message", _step("m")), ("element", last)]


def test_only_the_last_answer_is_sent_again() -> None:
    runs = [_step("run", type="run"), _step("run2", type="run")]
    events = [
        ("new_message", runs[0]),
        ("new_message", _step("m")),
        ("element", {"id": "e"}),
        ("new_message", runs[1]),
        _token("m", "late"),
        ("toast", {"message": "not kept"}),
    ]
    assert _sent_again(*events) == [("new_message", runs[1])]
    assert _sent_again(*events, ("update_message", _step("m", "ended"))) == [
        ("new_message", runs[1]),
        ("new_message", _step("m", "ended")),
    ]
