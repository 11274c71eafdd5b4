"""Chainlit, set up for the course. To be imported once CHAINLIT_APP_ROOT is set, not before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainlit.chat_context import chat_context, chat_contexts
from chainlit.config import config
from chainlit.context import init_ws_context
from chainlit.message import Message
from chainlit.server import app, get_html_template, sio
from chainlit.session import WebsocketSession, ws_sessions_id
from chainlit.socket import connect as connect_session
from chainlit.socket import connection_successful
from chainlit.socket import edit_message as edit_known_message
from chainlit.user_session import user_sessions

from tutor.chat.classroom import Classroom
from tutor.chat.gate import Gate
from tutor.chat.handlers import Handlers
from tutor.chat.sessions import Shown, is_session_id, same_browser
from tutor.chat.site import local_page


def application(room: Classroom) -> Gate:
    """The ASGI application of the chat page."""
    # The page then follows the reader's system; the configuration file knows
    # only "light" and "dark".
    config.ui.default_theme = "system"
    # None: pages of this address alone may connect. With Chainlit's [] all may, any web
    # site that the student's browser visits among them.
    sio.eio.cors_allowed_origins = None
    handlers = Handlers(room)
    handlers.register()

    async def connected(sid: str) -> None:
        """Chainlit's own handler; then a page that was here before gets what it missed."""
        await connection_successful(sid)
        session = WebsocketSession.get(sid)
        if session and session.restored:
            await handlers.come_back()

    sio.on("connect", connect)
    sio.on("connection_successful", connected)
    sio.on("edit_message", edit_message)
    sio.on("stop", stop)
    template: Callable[[str], str] = get_html_template  # not typed by Chainlit
    return Gate(app, local_page(template("")), may_use)


def may_use(session_id: str, cookies: str) -> bool:
    """Whether a browser with these cookies may use the session: it has begun it, or would now."""
    session = WebsocketSession.get_by_id(session_id)
    return session is None or same_browser(session, cookies)


async def connect(sid: str, environ: dict[str, Any], auth: Any) -> bool:
    """Chainlit's own handler, for browsers whose session and thread ids are UUIDs.

    What the session sends is noted, so that it can be sent again over the next connection.

    Raises:
        ConnectionRefusedError: socket.io's way to refuse.
    """
    if not isinstance(auth, dict) or not is_session_id(auth.get("sessionId")):
        raise ConnectionRefusedError("the session id is not a UUID")
    if auth.get("threadId") and not is_session_id(auth["threadId"]):
        raise ConnectionRefusedError("the thread id is not a UUID")
    if not isinstance(auth.get("clientType"), str):
        raise ConnectionRefusedError("the client type is missing")
    if not may_use(auth["sessionId"], environ.get("HTTP_COOKIE", "")):
        raise ConnectionRefusedError("this session is another browser's")
    before: Any = WebsocketSession.get_by_id(auth["sessionId"])
    shown = before.emit if before else None
    accepted = bool(await connect_session(sid, environ, auth))
    session: Any = WebsocketSession.require(sid)
    if isinstance(shown, Shown):
        shown.send = session.emit
    else:
        shown = Shown(session.emit)
    session.emit = shown
    _forget_ended()
    return accepted


def _forget_ended() -> None:
    """Drop what Chainlit keeps of chats that have ended: their messages, for good; and their
    data, where a last word came after their end."""
    for kept in (chat_contexts, user_sessions):
        for session_id in kept.keys() - ws_sessions_id.keys():
            del kept[session_id]


async def edit_message(sid: str, payload: Any) -> None:
    """Chainlit's own handler, also for a message that this session does not know.

    The page still shows it where its session has ended meanwhile, as when the server was
    started anew. Chainlit would do nothing then; here it is asked like a new question.
    """
    init_ws_context(WebsocketSession.require(sid))
    edited = payload["message"]
    if all(known.id != edited["id"] for known in chat_context.get()):
        chat_context.add(Message.from_dict(edited))
    await edit_known_message(sid, payload)


async def stop(sid: str) -> None:
    """The stop button: the answer ends by itself, with what it has said so far.

    Chainlit's own handler cancels the task that draws the answer, before its
    last words are drawn, and puts a message of its own under it.
    """
    session = WebsocketSession.get(sid)
    if session and config.code.on_stop:
        init_ws_context(session)
        await config.code.on_stop()
