"""Chainlit, set up for the course. To be imported once CHAINLIT_APP_ROOT is set, not before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainlit.config import config
from chainlit.context import init_ws_context
from chainlit.server import app, get_html_template, sio
from chainlit.session import WebsocketSession
from chainlit.socket import connect as connect_session

from tutor.chat.classroom import Classroom
from tutor.chat.gate import Gate
from tutor.chat.handlers import Handlers
from tutor.chat.sessions import is_session_id
from tutor.chat.site import local_page


def application(room: Classroom) -> Gate:
    """The ASGI application of the chat page."""
    # The page then follows the reader's system; the configuration file knows
    # only "light" and "dark".
    config.ui.default_theme = "system"
    Handlers(room).register()
    sio.on("connect", connect)
    sio.on("stop", stop)
    template: Callable[[str], str] = get_html_template  # not typed by Chainlit
    return Gate(app, local_page(template("")))


async def connect(sid: str, environ: dict[str, Any], auth: Any) -> bool:
    """Chainlit's own handler, for browsers whose session and thread ids are UUIDs.

    Raises:
        ConnectionRefusedError: socket.io's way to refuse.
    """
    if not isinstance(auth, dict) or not is_session_id(auth.get("sessionId")):
        raise ConnectionRefusedError("the session id is not a UUID")
    if auth.get("threadId") and not is_session_id(auth["threadId"]):
        raise ConnectionRefusedError("the thread id is not a UUID")
    if not isinstance(auth.get("clientType"), str):
        raise ConnectionRefusedError("the client type is missing")
    return bool(await connect_session(sid, environ, auth))


async def stop(sid: str) -> None:
    """The stop button: the answer ends by itself, with what it has said so far.

    Chainlit's own handler cancels the task that draws the answer, before its
    last words are drawn, and puts a message of its own under it.
    """
    session = WebsocketSession.get(sid)
    if session and config.code.on_stop:
        init_ws_context(session)
        await config.code.on_stop()
