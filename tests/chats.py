"""A chat session of Chainlit's own without a browser: what it would be sent is kept in a list."""

from __future__ import annotations

import asyncio
import atexit
import os
import tempfile
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tutor.chat.site import lay_out
from tutor.config import ROOT

if "CHAINLIT_APP_ROOT" not in os.environ:  # read once, when Chainlit is first imported
    _folder = tempfile.TemporaryDirectory(prefix="course-tutor-tests-")
    atexit.register(_folder.cleanup)
    lay_out(ROOT, Path(_folder.name))
    os.environ["CHAINLIT_APP_ROOT"] = _folder.name

import chainlit as cl
from chainlit.context import init_ws_context
from chainlit.session import WebsocketSession

Sent = list[tuple[str, Any]]
Script = Callable[[], Awaitable[Any]]


class Chat:
    """One student's page: `run` a callback in it, then look at what was `sent`."""

    def __init__(self) -> None:
        self.sent: Sent = []

        async def emit(event: str, data: Any) -> None:
            self.sent.append((event, data))

        self.session = WebsocketSession(
            id=str(uuid.uuid4()),
            socket_id=str(uuid.uuid4()),
            emit=emit,  # type: ignore[arg-type]
            emit_call=lambda *_: None,
            user_env={},
            client_type="webapp",
        )

    def run(self, script: Script) -> Any:
        async def within() -> Any:
            init_ws_context(self.session)
            return await script()

        return asyncio.run(within())

    def texts(self) -> list[str]:
        """The messages as they stand in the end, oldest first."""
        shown: dict[str, str] = {}
        for event, data in self.sent:
            if event in ("new_message", "update_message", "stream_start"):
                if data["type"] != "run":
                    shown[data["id"]] = data["output"]
            elif event == "delete_message":
                shown.pop(data["id"], None)
            elif event == "stream_token":
                before = "" if data["isSequence"] else shown[data["id"]]
                shown[data["id"]] = before + data["token"]
        return list(shown.values())

    def elements(self) -> list[dict[str, Any]]:
        return [data for event, data in self.sent if event == "element"]


def question(text: str) -> cl.Message:
    """A message as it comes from the page. To be made within a running chat."""
    return cl.Message(text, type="user_message", id=str(uuid.uuid4()))
