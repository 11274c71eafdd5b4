"""Starting the chat page: what can be wrong is said before anything is started."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tutor.chat import serve
from tutor.chat.server import address, listen
from tutor.config import Settings
from tutor.errors import IndexMissingError, TutorError


def test_without_an_index_nothing_is_started(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match="tutor ingest"):
        serve(settings.model_copy(update={"index": tmp_path}), "127.0.0.1", 1)


def test_a_port_that_is_taken_is_named() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(TutorError, match=f"port {port} is taken; choose another with --port"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["no such host.example", "203.0.113.7"])
def test_a_host_that_is_not_ours_is_named(host: str) -> None:
    with pytest.raises(TutorError, match=f"cannot listen on {host}, port 8000 .*; check --host"):
        listen(host, 8000)


def test_a_listener_takes_connections() -> None:
    with listen("127.0.0.1", 0) as listener:
        socket.create_connection(listener.getsockname()[:2], timeout=5).close()


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://localhost:80"),
        ("0.0.0.0", "http://localhost:80"),
        ("::", "http://localhost:80"),
        ("10.1.2.3", "http://10.1.2.3:80"),
        ("fe80::1", "http://[fe80::1]:80"),
    ],
)
def test_the_address_is_one_that_a_browser_here_can_open(host: str, url: str) -> None:
    assert address(host, 80) == url


def test_importing_the_page_imports_nothing_heavy() -> None:
    heavy = "{'chainlit', 'uvicorn', 'torch', 'faiss', 'langchain_core'}"
    script = f"import sys, tutor.chat; print(*({heavy} & set(sys.modules)))"
    command = [sys.executable, "-c", script]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.split() == []
