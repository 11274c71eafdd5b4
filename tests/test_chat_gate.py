"""The gate before Chainlit: ids, headers, and its one page."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

from tutor.chat.gate import Gate
from tutor.chat.sessions import student_in

PAGE = "<html><script>go()</script>ours</html>"


def _application(content_type: bytes, *bodies: bytes) -> Any:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        headers = [
            (b"content-type", content_type),
            (b"content-encoding", b"gzip"),
            (b"content-length", b"99"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for number, body in enumerate(bodies, start=1):
            more = number < len(bodies)
            await send({"type": "http.response.body", "body": body, "more_body": more})

    return application


def _get(
    application: Any, query: str = "", cookie: bytes | None = None
) -> tuple[int, dict[bytes, bytes], bytes]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    headers = [] if cookie is None else [(b"cookie", cookie)]
    scope = {"type": "http", "path": "/", "query_string": query.encode(), "headers": headers}
    asyncio.run(Gate(application, PAGE)(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body


def test_html_is_replaced_by_our_page_and_its_policy() -> None:
    status, headers, body = _get(_application(b"text/html; charset=utf-8", b"their", b"s"))
    assert (status, body) == (200, PAGE.encode())
    assert headers[b"content-length"] == str(len(PAGE)).encode()
    assert b"content-encoding" not in headers
    assert b"default-src 'self'" in headers[b"content-security-policy"]


def test_everything_else_passes_with_the_headers() -> None:
    status, headers, body = _get(_application(b"application/json", b"[1,", b"2]"))
    assert (status, body) == (200, b"[1,2]")
    assert headers[b"content-encoding"] == b"gzip"
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"referrer-policy"] == b"no-referrer"


@pytest.mark.parametrize("value", ["..%2F..%2Fetc", "x", f"{uuid.uuid4()}%00", "%E2%80%AE"])
def test_a_session_id_that_is_no_uuid_is_refused(value: str) -> None:
    status, _, body = _get(_application(b"text/plain", b"secret"), f"session_id={value}")
    assert status == 400
    assert b"secret" not in body


def test_one_bad_session_id_beside_a_good_one_is_refused() -> None:
    query = f"session_id={uuid.uuid4()}&session_id=.."
    assert _get(_application(b"text/plain", b"secret"), query)[0] == 400


def test_a_uuid_passes() -> None:
    query = f"session_id={uuid.uuid4()}"
    assert _get(_application(b"text/plain", b"file"), query)[::2] == (200, b"file")


def test_web_sockets_pass_untouched() -> None:
    seen: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    asyncio.run(Gate(application, PAGE)({"type": "websocket"}, None, None))  # type: ignore[arg-type]
    assert seen == ["websocket"]


def test_a_browser_is_marked_once_with_its_page() -> None:
    page = _application(b"text/html", b"theirs")
    cookie = _get(page)[1][b"set-cookie"]
    mark = cookie.split(b";")[0]
    assert student_in(mark.decode())
    assert {b" HttpOnly", b" SameSite=Lax"} <= set(cookie.split(b";"))
    assert b"set-cookie" not in _get(page, cookie=b"other=1; " + mark)[1]
    assert b"set-cookie" in _get(page, cookie=b"course-tutor-student=made-up")[1]
    assert _get(page)[1][b"set-cookie"] != cookie
    assert b"set-cookie" not in _get(_application(b"text/css", b"x"))[1]
