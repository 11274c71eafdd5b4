"""The gate before Chainlit: ids, headers, and its one page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import pytest

from tutor.chat.gate import LONGEST_BODY, Gate
from tutor.chat.sessions import student_in

PAGE = "<html><script>go()</script>ours</html>"
SESSION = "9b1c6a52-7f0e-4d1b-8a53-0d6f6f2f4c11"
ANOTHERS = "1f0d3a77-52c4-4b7e-9e55-6c1f0a9be222"


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


def _may_use(session_id: str, cookies: str) -> bool:
    return session_id != ANOTHERS or "mine=1" in cookies


def _ask(
    application: Any,
    query: str = "",
    cookie: bytes | None = None,
    method: str = "GET",
    path: str = "/",
    body: Iterable[bytes] = (b"",),
) -> tuple[int, dict[bytes, bytes], bytes]:
    """The answer to a request whose body comes in pieces, each with word that more follows."""
    sent: list[Any] = []
    pieces = iter(body)

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        piece = next(pieces, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [] if cookie is None else [(b"cookie", cookie)],
    }
    asyncio.run(Gate(application, PAGE, _may_use)(scope, receive, send))
    answer = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), answer


def test_html_is_replaced_by_our_page_and_its_policy() -> None:
    status, headers, body = _ask(_application(b"text/html; charset=utf-8", b"their", b"s"))
    assert (status, body) == (200, PAGE.encode())
    assert headers[b"content-length"] == str(len(PAGE)).encode()
    assert b"content-encoding" not in headers
    assert b"default-src 'self'" in headers[b"content-security-policy"]


def test_everything_else_passes_with_the_headers() -> None:
    status, headers, body = _ask(_application(b"application/json", b"[1,", b"2]"))
    assert (status, body) == (200, b"[1,2]")
    assert headers[b"content-encoding"] == b"gzip"
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"referrer-policy"] == b"no-referrer"


@pytest.mark.parametrize("value", ["..%2F..%2Fetc", "x", f"{SESSION}%00", "%E2%80%AE"])
def test_a_session_id_that_is_no_uuid_is_refused(value: str) -> None:
    status, _, body = _ask(_application(b"text/plain", b"secret"), f"session_id={value}")
    assert status == 400
    assert b"secret" not in body


def test_one_bad_session_id_beside_a_good_one_is_refused() -> None:
    query = f"session_id={SESSION}&session_id=.."
    assert _ask(_application(b"text/plain", b"secret"), query)[0] == 400


def test_a_uuid_passes() -> None:
    query = f"session_id={SESSION}"
    assert _ask(_application(b"text/plain", b"file"), query)[::2] == (200, b"file")


def test_a_session_is_for_its_own_browser_alone() -> None:
    query = f"session_id={SESSION}&session_id={ANOTHERS}"
    secret = _application(b"text/plain", b"secret")
    for cookie in (None, b"mine=0"):
        status, _, answer = _ask(secret, query, cookie)
        assert status == 403
        assert json.loads(answer) == {"detail": "this session is another browser's"}
    assert _ask(secret, query, b"mine=1")[::2] == (200, b"secret")


def test_a_session_that_a_body_names_is_looked_at_too() -> None:
    def status(body: bytes, cookie: bytes | None = None) -> int:
        application = _application(b"application/json", b"{}")
        return _ask(application, cookie=cookie, method="POST", body=[body])[0]

    anothers = json.dumps({"sessionId": ANOTHERS, "action": {}}).encode()
    assert status(anothers) == 403
    assert status(anothers, b"mine=1") == 200
    assert status(anothers.replace(ANOTHERS.encode(), SESSION.encode())) == 200
    assert status(anothers.replace(ANOTHERS.encode(), b"../x")) == 400
    assert status(b'{"sessionId": ["x"]}') == 400
    for other in (b"", b"[1]", b'"sessionId"', b"42[", b"[" * 500_000, b"\xff\xfe"):
        assert status(other) == 200


def _echo() -> Any:
    """An application that answers with the body it was sent, as Starlette reads it."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]
        await _application(b"text/plain", body)(scope, receive, send)

    return application


def test_a_body_comes_through_in_whole() -> None:
    assert _ask(_echo(), method="POST", body=[b"a", b"", b"bc"])[::2] == (200, b"abc")
    longest = b"x" * LONGEST_BODY
    assert _ask(_echo(), method="POST", body=[longest])[::2] == (200, longest)


def test_a_body_without_end_is_ended() -> None:
    pieces = [b"x" * 100_000] * 100
    unread = iter(pieces)
    status, headers, answer = _ask(_echo(), method="PUT", body=unread)
    assert status == 413
    assert json.loads(answer) == {"detail": "the request has more than 1,000,000 bytes"}
    assert headers[b"connection"] == b"close"
    assert len(list(unread)) == len(pieces) - 11  # no more is read than shows that it is too long


def test_who_leaves_while_sending_is_told_to_the_application() -> None:
    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(await receive())

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    asyncio.run(Gate(application, PAGE, _may_use)(scope, receive, None))  # type: ignore[arg-type]
    assert seen == [{"type": "http.disconnect"}]


@pytest.mark.parametrize("path", ["/project/file", "/project/file/"])
def test_files_are_not_taken_nor_read(path: str) -> None:
    unread = iter([b"x"])
    status, _, answer = _ask(
        _echo(), f"session_id={SESSION}", method="POST", path=path, body=unread
    )
    assert (status, json.loads(answer)) == (403, {"detail": "files are not taken"})
    assert list(unread)
    assert _ask(_application(b"image/png", b"dots"), path=path)[::2] == (200, b"dots")


def test_web_sockets_pass_untouched() -> None:
    seen: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    gate = Gate(application, PAGE, _may_use)
    asyncio.run(gate({"type": "websocket"}, None, None))  # type: ignore[arg-type]
    assert seen == ["websocket"]


def test_a_browser_is_marked_once_with_its_page() -> None:
    page = _application(b"text/html", b"theirs")
    cookie = _ask(page)[1][b"set-cookie"]
    mark = cookie.split(b";")[0]
    assert student_in(mark.decode())
    assert {b" HttpOnly", b" SameSite=Lax"} <= set(cookie.split(b";"))
    assert b"set-cookie" not in _ask(page, cookie=b"other=1; " + mark)[1]
    assert b"set-cookie" in _ask(page, cookie=b"course-tutor-student=made-up")[1]
    assert _ask(page)[1][b"set-cookie"] != cookie
    assert b"set-cookie" not in _ask(_application(b"text/css", b"x"))[1]
