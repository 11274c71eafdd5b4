"""Chainlit set up for the course: who may connect, and what the stop button and an edit do."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

from tests.chats import Chat, question

import chainlit as cl  # isort: skip  # after tests.chats
from chainlit.chat_context import chat_contexts  # isort: skip
from chainlit.config import config  # isort: skip
from chainlit.context import init_ws_context  # isort: skip
from chainlit.server import sio  # isort: skip
from chainlit.session import ws_sessions_id  # isort: skip
from chainlit.user_session import user_sessions  # isort: skip

from tutor.chat.application import application, connect, edit_message, stop  # isort: skip
from tutor.chat.classroom import Classroom
from tutor.chat.gate import Gate
from tutor.chat.sessions import COOKIE
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


def _connect(auth: Any, **environ: str) -> bool:
    environ = {"HTTP_ACCEPT_LANGUAGE": "en", **environ}
    return asyncio.run(connect(str(uuid.uuid4()), environ, auth))


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


@pytest.mark.parametrize("ended", [False, True])
def test_an_edited_question_is_asked_also_where_its_session_has_ended(
    ended: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = Chat()
    asked: list[str] = []

    async def on_message(message: cl.Message) -> None:
        asked.append(message.content)

    monkeypatch.setattr(config.code, "on_message", on_message)

    async def script() -> None:
        first: Any = question("What is a GNA?")
        edited = first.to_dict()
        if not ended:
            await first.send()
        for text in ("What is a GAN?", "What is a VAE?"):
            await edit_message(chat.session.socket_id, {"message": {**edited, "output": text}})

    chat.run(script)
    assert asked == ["What is a GAN?", "What is a VAE?"]
    updates = [data["output"] for event, data in chat.sent if event == "update_message"]
    assert updates == asked
    assert [event for event, _ in chat.sent][-1] == "task_end"


def test_the_page_reaches_our_own_handlers(gate: Gate) -> None:
    ours = {"connect": connect, "edit_message": edit_message, "stop": stop}
    assert {event: sio.handlers["/"][event] for event in ours} == ours


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


@pytest.fixture
def gate(settings: Settings) -> Gate:
    """The application of a room that nobody asks anything."""
    room: Any = SimpleNamespace(settings=settings)
    return application(room)


# Connections from elsewhere, and to another's session


def _answer(gate: Gate, scope: dict[str, Any], headers: dict[str, str]) -> list[Any]:
    """What the application answers to a request or a connection that ends at once."""
    sent: list[Any] = []
    kind = scope["type"]
    first = {"http": "http.request", "websocket": "websocket.connect"}[kind]
    received = iter([{"type": first}, {"type": f"{kind}.disconnect", "code": 1000}])

    async def receive() -> Any:
        return next(received)

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    asyncio.run(gate({"root_path": "", "headers": raw, **scope}, receive, send))
    return sent


def _first(
    gate: Gate, host: str, origin: str, proxied: Mapping[str, str] = MappingProxyType({})
) -> str:
    """How the server answers to a connection from a page of this origin."""
    scope = {
        "type": "websocket",
        "path": "/ws/socket.io/",
        "query_string": b"EIO=4&transport=websocket",
    }
    headers = {"Host": host, "Origin": origin, "Connection": "Upgrade", "Upgrade": "websocket"}
    return str(_answer(gate, scope, {**headers, **proxied})[0]["type"])


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "http://tutor.example:81", "null"])
def test_a_page_of_another_address_does_not_connect(gate: Gate, origin: str) -> None:
    assert _first(gate, "tutor.example", origin) == "websocket.close"


def test_our_own_page_connects_also_through_a_proxy(gate: Gate) -> None:
    here, ours = "localhost:8000", "tutor.example"
    proxied = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": ours}
    assert _first(gate, here, f"http://{here}") == "websocket.accept"
    assert _first(gate, here, f"https://{ours}", proxied) == "websocket.accept"
    assert _first(gate, here, f"https://{ours}") == "websocket.close"


def test_the_id_of_a_session_does_not_suffice_to_take_it_over() -> None:
    auth = _auth()
    mine, yours = (f"{COOKIE}={uuid.uuid4()}" for _ in range(2))
    assert _connect(auth, HTTP_COOKIE=mine)
    session = ws_sessions_id[auth["sessionId"]]
    for other in ({"HTTP_COOKIE": yours}, {}):
        with pytest.raises(ConnectionRefusedError, match="another browser's"):
            _connect(auth, **other)
    assert not session.restored
    assert _connect(auth, HTTP_COOKIE=f"{mine}; other=1")
    assert session.restored


def test_a_file_of_a_session_is_for_its_browser_alone(gate: Gate) -> None:
    auth = _auth()
    mine, yours = (f"{COOKIE}={uuid.uuid4()}" for _ in range(2))
    assert _connect(auth, HTTP_COOKIE=mine)
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/project/file/none",
        "query_string": f"session_id={auth['sessionId']}".encode(),
    }
    status = [_answer(gate, scope, {"Cookie": cookie})[0]["status"] for cookie in (mine, yours)]
    assert status == [404, 403]


# A connection that is lost


def test_a_page_that_comes_back_gets_what_it_missed(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, str, Any]] = []

    async def emit(event: str, data: Any, to: str) -> None:
        sent.append((to, event, data))

    monkeypatch.setattr(sio, "emit", emit)
    connected = sio.handlers["/"]["connection_successful"]
    auth = _auth()

    async def script() -> None:
        await connect("first", {}, auth)
        session = ws_sessions_id[auth["sessionId"]]
        session.has_first_interaction = session.chat_started = True
        init_ws_context(session)
        reply: Any = cl.Message("")
        await connected("first")
        for _ in range(2):
            await reply.stream_token("One. ")
        await connect("second", {}, auth)
        await connected("second")
        await reply.stream_token("Three.")
        await connect("third", {}, auth)
        await connected("third")

    asyncio.run(script())
    assert not [data for to, event, data in sent if (to, event) == ("first", "new_message")]
    for socket, output in (("second", "One. One. "), ("third", "One. One. Three.")):
        (again,) = [data for to, event, data in sent if (to, event) == (socket, "new_message")]
        assert (again["output"], again["streaming"]) == (output, True)
    assert ("second", "stream_token") in {(to, event) for to, event, _ in sent}


def test_what_chainlit_keeps_of_ended_chats_is_dropped() -> None:
    ended, lasting = Chat(), Chat()
    for chat in (ended, lasting):

        async def say() -> None:
            await cl.Message("kept").send()
            cl.user_session.set("kept", True)

        chat.run(say)
    asyncio.run(ended.session.delete())
    assert _connect(_auth())
    for kept in (chat_contexts, user_sessions):
        assert ended.session.id not in kept
        assert lasting.session.id in kept
