"""Servers of a model: a real one in a process of its own, and a script of another's words."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2

SERVED = "course/smollm2"
"""What the model is called there."""
ARCHITECTURE = "LlamaForCausalLM"


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]
    return port


def as_hub_cache(model: Path, folder: Path) -> None:
    """Lay a transformers folder out as the hub's cache does, so that the server finds it."""
    inside = folder / f"models--{SERVED.replace('/', '--')}"
    snapshot = inside / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (inside / "refs").mkdir()
    (inside / "refs" / "main").write_text("0" * 40)
    for file in model.iterdir():
        if file.name != "config.json":
            (snapshot / file.name).symlink_to(file)
    config = json.loads((model / "config.json").read_text())
    (snapshot / "config.json").write_text(json.dumps(config | {"architectures": [ARCHITECTURE]}))


@contextmanager
def transformers_serve(model: Path, folder: Path) -> Iterator[str]:
    """The URL of `transformers serve`, which has loaded the model; no network is used."""
    as_hub_cache(model, folder)
    port = free_port()
    environ = {
        **os.environ,
        "HF_HUB_CACHE": str(folder),
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
    }
    code = "from transformers.cli.transformers import main; main()"
    command = [sys.executable, "-c", code, "serve", SERVED, "--port", str(port), "--device", "cpu"]
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environ, stdout=output, stderr=output)
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(600):
            assert process.poll() is None, log.read_text()[-2000:]
            try:
                if httpx2.get(f"{url}/health", timeout=1).status_code == 200:
                    break
            except httpx2.HTTPError:
                time.sleep(0.1)
        yield f"{url}/v1"
    finally:
        process.terminate()
        process.wait(10)


@dataclass
class Scripted:
    """A server that says what it is told to; remembers what it was asked."""

    url: str = ""
    models: list[tuple[str, str]] = field(default_factory=lambda: [("the-model", "someone")])
    """Names and makers, as its list has them."""
    listing: tuple[int, str] | None = None
    """Status and body instead of that list."""
    paths: tuple[str, ...] = ()
    """Those of its openapi.json."""
    status: int = 200
    reply: list[str] = field(default_factory=list)
    """The lines of a reply's stream, or the body of an error."""
    pause: float = 0.0
    """Seconds before each line, the first too."""
    hold: int | None = None
    """The number of lines after which it says no more until it may `go_on`."""
    go_on: threading.Event = field(default_factory=threading.Event)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)
    """Set when a reader left before the end."""

    def say(self, *pieces: str, done: bool = True) -> None:
        """Have the pieces be the reply."""
        events = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
        self.reply = [f"data: {json.dumps(event)}" for event in events]
        if done:
            self.reply.append("data: [DONE]")


class _Handler(BaseHTTPRequestHandler):
    script: Scripted

    def do_GET(self) -> None:
        script = self.script
        script.headers.append(dict(self.headers))
        if self.path == "/v1/models":
            data = [{"id": name, "owned_by": maker} for name, maker in script.models]
            status, body = script.listing or (200, json.dumps({"object": "list", "data": data}))
            self._send(status, body)
        elif self.path == "/openapi.json" and script.paths:
            self._send(200, json.dumps({"paths": {path: {} for path in script.paths}}))
        else:
            self._send(404, "no such page")

    def do_POST(self) -> None:
        script = self.script
        script.headers.append(dict(self.headers))
        script.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        if script.status != 200:
            self._send(script.status, "".join(script.reply))
            return
        try:
            time.sleep(script.pause)
            self._hold(0)
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream; charset=utf-8")
            self.end_headers()
            for sent, line in enumerate(script.reply, start=1):
                time.sleep(script.pause)
                self.wfile.write(f"{line}\n\n".encode())
                self.wfile.flush()
                self._hold(sent)
        except OSError:
            script.left.set()

    def _hold(self, sent: int) -> None:
        if sent == self.script.hold and not self.script.go_on.wait(30):
            raise TimeoutError("nobody said that it may go on")

    def _send(self, status: int, body: str) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def scripted() -> Iterator[Scripted]:
    """A scripted server, running."""
    script = Scripted()
    handler = type("Handler", (_Handler,), {"script": script})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        script.url = f"http://127.0.0.1:{server.server_port}/v1"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield script
        finally:
            script.go_on.set()
            server.shutdown()
            thread.join()
