"""Binds the port, loads the tutor in the background, and runs Chainlit until it is stopped."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
import webbrowser
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn

from tutor.chat.classroom import Classroom
from tutor.chat.site import lay_out
from tutor.config import SHIPPED, Settings
from tutor.errors import TutorError
from tutor.index import Index

LAST_WORDS = 1
"""Seconds in which open connections may end when the server is stopped."""


def run(settings: Settings, host: str, port: int) -> None:
    """Serve the chat page on `host` and `port` until the process is interrupted.

    Raises:
        IndexMissingError, IndexDamagedError: before anything is started.
        TutorError: the port or host cannot be used, or the tutor cannot be loaded.
    """
    index = Index.open(settings.index)
    listener = listen(host, port)
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s"
    )
    logging.getLogger("chainlit").setLevel(logging.ERROR)  # it warns of what is meant to be so
    signal.signal(signal.SIGTERM, _leave)
    with listener, TemporaryDirectory(prefix="course-tutor-") as folder:
        lay_out(SHIPPED, Path(folder), settings.model)
        # Read when Chainlit is first imported, which is why that happens here.
        os.environ["CHAINLIT_APP_ROOT"] = folder
        from tutor.chat.application import application

        room = Classroom(settings, index)  # loading begins now: before, it would delay the page
        server = Server(application(room), lambda: _announce(host, port))
        room.loading.add_done_callback(server.stop_if_failed)
        try:
            asyncio.run(server.serve(sockets=[listener]))
        finally:
            room.close()
    if room.loading.done() and not room.loading.cancelled() and (e := room.loading.exception()):
        raise e


def _leave(number: int, frame: object) -> None:
    """Told to end: do so by an exception, on whose way out everything is tidied up."""
    raise SystemExit(128 + number)


class Server(uvicorn.Server):
    """uvicorn, which says when it is ready and ends when the tutor cannot be loaded."""

    def __init__(self, application: Any, announce: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                log_level="warning",
                # Chainlit's own start and end are ours: its end exits the
                # process with status 0, whatever has happened.
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=LAST_WORDS,
            )
        )
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()

    def stop_if_failed(self, loading: Future[Any]) -> None:
        if not loading.cancelled() and loading.exception():
            self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on `host` and `port`.

    Raises:
        TutorError: it cannot, and what to do.
    """
    try:
        family, *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"port {port} is taken; choose another with --port"
        elif error.errno == errno.EACCES:
            reason = f"port {port} needs special rights; choose one from 1024 on with --port"
        else:
            why = str(error.strerror).split(" (")[0]  # without the address, which follows anyway
            reason = f"cannot listen on {host}, port {port} ({why}); check --host"
        raise TutorError(reason) from None


def address(host: str, port: int) -> str:
    """Where a browser on this machine finds the page."""
    everywhere_or_here = {"127.0.0.1", "0.0.0.0", "::", "::1", "localhost"}
    name = "localhost" if host in everywhere_or_here else host
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"


def _announce(host: str, port: int) -> None:
    url = address(host, port)
    print(f"Course Tutor: {url}  (Ctrl+C stops it)", flush=True)
    if sys.stdout.isatty() and _has_display():
        asyncio.get_running_loop().run_in_executor(None, webbrowser.open, url)


def _has_display() -> bool:
    """Whether a window can be opened here; under X and Wayland a variable tells."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
