"""The gate before Chainlit: which requests pass, and what the browser is told.

An ASGI application around Chainlit's. It knows nothing of Chainlit but that
every HTML response is its one page.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from tutor.chat.sessions import COOKIE, is_session_id, student_in
from tutor.chat.site import content_policy

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
_OF_A_BODY = {b"content-length", b"content-encoding", b"etag", b"last-modified"}


class Gate:
    """Turns away session ids that are none, and sends `page` in place of Chainlit's HTML."""

    def __init__(self, application: Application, page: str) -> None:
        self._application = application
        self._page = page.encode()
        self._page_headers = [
            (b"content-length", str(len(self._page)).encode()),
            (b"content-security-policy", content_policy(page).encode()),
            (b"cache-control", b"no-cache"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        if not all(is_session_id(value) for value in query.get("session_id", ())):
            await _refuse(send)
            return
        await self._application(scope, receive, self._guarded(send, _mark(scope)))

    def _guarded(self, send: Send, mark: list[Header]) -> Send:
        """`send`, with our headers, and our page wherever the response is HTML.

        With the page goes the `mark` by which a browser's tabs are known as one student's.
        """
        is_page = False

        async def guarded(message: Message) -> None:
            nonlocal is_page
            if message["type"] == "http.response.start":
                headers = [*message["headers"], *_HEADERS]
                is_page = any(
                    name.lower() == b"content-type" and value.startswith(b"text/html")
                    for name, value in headers
                )
                if is_page:
                    kept = [item for item in headers if item[0].lower() not in _OF_A_BODY]
                    headers = [*kept, *self._page_headers, *mark]
                await send({**message, "headers": headers})
            elif not is_page:
                await send(message)
            elif not message.get("more_body", False):  # the original's end: ours takes its place
                await send({"type": "http.response.body", "body": self._page})

        return guarded


def _mark(scope: Scope) -> list[Header]:
    """The header that marks a browser, unless it brings a mark."""
    brought = (value for name, value in scope.get("headers", ()) if name == b"cookie")
    if any(student_in(value.decode("latin-1")) for value in brought):
        return []
    # For the session of the browser alone, and hidden from scripts.
    cookie = f"{COOKIE}={uuid.uuid4()}; Path=/; HttpOnly; SameSite=Lax"
    return [(b"set-cookie", cookie.encode())]


async def _refuse(send: Send) -> None:
    body = b'{"detail":"session_id is not a UUID"}'
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        *_HEADERS,
    ]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": body})
