"""The gate before Chainlit: which requests pass, and what the browser is told.

An ASGI application around Chainlit's. It knows nothing of Chainlit but that
every HTML response is its one page, where it takes files, and how a request
names the session that it is for.
"""

from __future__ import annotations

import json
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

LONGEST_BODY = 1_000_000
"""Bytes of a request: what Chainlit's connection takes of a message, too."""
_UPLOADS = "/project/file"
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
_OF_A_BODY = {b"content-length", b"content-encoding", b"etag", b"last-modified"}


class Gate:
    """Turns away what no page of ours asks, and sends `page` in place of Chainlit's HTML.

    `may_use` tells of a session's id and a browser's cookies whether the one is for the other.
    """

    def __init__(
        self, application: Application, page: str, may_use: Callable[[str, str], bool]
    ) -> None:
        self._application = application
        self._may_use = may_use
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
        if scope["method"] == "POST" and scope["path"].rstrip("/") == _UPLOADS:
            # Chainlit would write the whole body to the disk before it looks whose it is.
            await _refuse(send, 403, "files are not taken")
            return
        body = await _body(receive)
        cookies = _cookies(scope)
        if body is None:
            await _refuse(send, 413, f"the request has more than {LONGEST_BODY:,} bytes")
        elif why := self._refusal(_sessions(scope, body.get("body", b"")), cookies):
            await _refuse(send, *why)
        else:
            guarded = self._guarded(send, _mark(cookies))
            await self._application(scope, _again(body, receive), guarded)

    def _refusal(self, sessions: list[Any], cookies: str) -> tuple[int, str] | None:
        """The status and the reason with which a request for these sessions is turned away."""
        if not all(is_session_id(session) for session in sessions):
            return 400, "session_id is not a UUID"
        if not all(self._may_use(session, cookies) for session in sessions):
            return 403, "this session is another browser's"
        return None

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


def _sessions(scope: Scope, body: bytes) -> list[Any]:
    """What the request names as its session, in the address and in the body."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    named: list[Any] = [*query.get("session_id", [])]
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):  # no JSON, so nothing that Chainlit would read
        return named
    if isinstance(content, dict) and "sessionId" in content:
        named.append(content["sessionId"])
    return named


def _cookies(scope: Scope) -> str:
    """What cookies the browser brings."""
    brought = (value for name, value in scope.get("headers", ()) if name == b"cookie")
    return "; ".join(value.decode("latin-1") for value in brought)


def _mark(cookies: str) -> list[Header]:
    """The header that marks a browser, unless it brings a mark."""
    if student_in(cookies):
        return []
    # For the session of the browser alone, and hidden from scripts.
    cookie = f"{COOKIE}={uuid.uuid4()}; Path=/; HttpOnly; SameSite=Lax"
    return [(b"set-cookie", cookie.encode())]


async def _body(receive: Receive) -> Message | None:
    """The whole body, or word that the browser left; None when the body is too long."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return message
        body += message.get("body", b"")
        if len(body) > LONGEST_BODY:  # counted, since the length that is claimed need not be true
            return None
        if not message.get("more_body", False):
            return {"type": "http.request", "body": bytes(body), "more_body": False}


def _again(first: Message, receive: Receive) -> Receive:
    """`receive`, with a message before that was taken from it."""
    taken = [first]

    async def received() -> Message:
        return taken.pop() if taken else await receive()

    return received


async def _refuse(send: Send, status: int, why: str) -> None:
    body = json.dumps({"detail": why}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),  # what is left of a body is not waited for
        *_HEADERS,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
