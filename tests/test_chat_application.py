"""Chainlit set up for the course: who may connect, and what the stop button does."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

from tests.chats import Chat

from chainlit.config import config  # isort: skip  # after tests.chats
from chainlit.session import ws_sessions_id  # isort: skip

from tutor.chat.application import application, connect, stop  # isort: skip
from tutor.chat.classroom import Classroom
from tutor.config import Settings
from tutor.index import Index


def _auth(**changes: Any) -> dict[str, Any]:
    return {
        "sessionId": str(uuid.uuid4()),
        "clientType": "webapp",
        "userEnv": "{}",
        "chatProfile": "",
        "threadId": "",
        **changes,
    }


def _connect(auth: Any) -> bool:
    return asyncio.run(connect(str(uuid.uuid4()), {"HTTP_ACCEPT_LANGUAGE": "en"}, auth))


def test_a_browser_with_a_uuid_connects() -> None:
    auth = _auth()
    assert _connect(auth)
    assert auth["sessionId"] in ws_sessions_id


@pytest.mark.parametrize(
    "auth",
    [
        None,
        [],
        {},
        _auth(sessionId="../../etc"),
        _auth(sessionId=f"{uuid.uuid4()}/../x"),
        _auth(sessionId=["x"]),
        _auth(threadId="'; drop table threads"),
        _auth(clientType=None),
    ],
)
def test_any_other_is_refused_before_chainlit_sees_it(auth: Any) -> None:
    before = set(ws_sessions_id)
    with pytest.raises(ConnectionRefusedError):
        _connect(auth)
    assert set(ws_sessions_id) == before


def test_the_stop_button_only_tells_the_handlers() -> None:
    chat = Chat()
    told: list[str] = []

    async def on_stop() -> None:
        told.append("stopped")

    before, config.code.on_stop = config.code.on_stop, on_stop
    try:
        chat.run(lambda: stop(chat.session.socket_id))
        chat.run(lambda: stop("nobody's"))
    finally:
        config.code.on_stop = before
    assert told == ["stopped"]
    assert not chat.sent


def test_the_application_follows_the_readers_theme_and_stores_nothing(
    course: Settings, tutor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chainlit.data import get_data_layer

    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere.example/db")
    room = Classroom(course, Index.open(course.index), lambda settings, warn: tutor)
    assert application(room)
    room.close()
    assert str(config.ui.default_theme) == "system"
    assert get_data_layer() is None
