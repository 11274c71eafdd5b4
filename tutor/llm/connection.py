"""A connection to an OpenAI-compatible server: who it is, which models it has, what it sends.

Written on httpx2, which LangChain brings along and which reads server-sent events itself. What
`langchain-openai` would add is little, weighs 35 MB and a second at every start, and reads a dozen
environment variables: another service's key or proxy could reach a server it was not meant for.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx2
from pydantic import BaseModel, SecretStr, ValidationError

from tutor.errors import ModelError
from tutor.llm.dialects import DIALECTS, OPENAI, TRANSFORMERS, Dialect
from tutor.models import reachable

CONNECT = 2.0
"""Seconds until a server that takes no connection counts as down."""
LISTING = 3.0
"""Seconds that it has to list its models."""
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is, and how it is spoken to."""

    url: str
    """Up to and with its `/v1`."""
    key: SecretStr | None = None
    dialect: Dialect = OPENAI
    silence: float = 60.0
    """Seconds without a word from it after which it is given up."""

    def options(self, timeout: float) -> dict[str, Any]:
        """What an HTTP client needs to know to speak to it."""
        secret = self.key.get_secret_value() if self.key else ""
        return {
            "headers": {"Authorization": f"Bearer {secret}"} if secret else {},
            "verify": _certificates(),
            "timeout": httpx2.Timeout(timeout, connect=CONNECT),
            "trust_env": urlsplit(self.url).hostname not in _LOCAL,  # no proxy to this machine
        }


class _Function(BaseModel):
    name: str | None = None
    arguments: str | None = None


class ToolCallPiece(BaseModel):
    """A piece of a tool call: the name and id come first, the arguments bit by bit."""

    index: int = 0
    id: str | None = None
    function: _Function = _Function()


class Delta(BaseModel):
    """What an event adds to the reply."""

    content: str | None = None
    tool_calls: list[ToolCallPiece] | None = None


class _Choice(BaseModel):
    delta: Delta = Delta()


class _Event(BaseModel):
    choices: list[_Choice] = []
    error: Any = None


class _Listed(BaseModel):
    id: str
    owned_by: str = ""


class _Listing(BaseModel):
    data: list[_Listed]


@cache
def _certificates() -> ssl.SSLContext:
    """Those the system trusts; reading them takes longer than all else a client does."""
    return ssl.create_default_context()


def find(url: str, model: str, key: str | None, silence: float) -> tuple[Server, str]:
    """The server at `url` and the model of it to use: `model`, or its only one.

    Raises:
        ModelError: it is down, is no such server, refuses the key, or the model is unknown;
            or no server could have such a key.
    """
    server = Server(_checked(url), _secret(key or ""), silence=silence)
    if not reachable(server.url, CONNECT):
        raise ModelError(f"{server.url}: nothing answers there; is the server running?")
    try:
        with httpx2.Client(**server.options(LISTING)) as client:
            response = client.get(f"{server.url}/models")
            listed = _listed(server, response)
            name = _chosen(server, model, [item.id for item in listed])
            makers = {item.owned_by for item in listed if item.id == name}
            known = next((DIALECTS[maker] for maker in makers if maker in DIALECTS), None)
            return replace(server, dialect=known or _by_paths(server, client)), name
    except httpx2.TimeoutException:
        raise ModelError(f"{server.url}: the server does not answer in {LISTING:g} s") from None
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise ModelError(f"{server.url}: {_one_line(server, error)}") from None


def _secret(key: str) -> SecretStr | None:
    """The key without what is around it: one read from a file often ends with a newline.

    What an HTTP client says of a key that no header can hold would show it.
    """
    key = key.strip()
    if key and not re.fullmatch(r"[\x21-\x7e]+", key):
        raise ModelError("TUTOR_SERVER_KEY holds characters that no key has")
    return SecretStr(key) if key else None


def _checked(url: str) -> str:
    """The URL up to its `/v1`, which may be left out."""
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        whole = False
    if not whole:
        raise ModelError(f"model = '{url}': not a server's URL; give http://host:port/v1")
    return url.rstrip("/") if parts.path.strip("/") else f"{url.rstrip('/')}/v1"


def _listed(server: Server, response: httpx2.Response) -> list[_Listed]:
    """The models that the server has; none if it cannot say."""
    if response.status_code in (401, 403):
        raise problem(server, response.status_code, b"")
    if response.status_code >= 500:
        return []  # `transformers serve` without a hub's cache fails over its list, and works
    try:
        return _Listing.model_validate_json(response.content).data
    except ValidationError:
        raise ModelError(
            f"{server.url}: no OpenAI-compatible server (its /models answers "
            f"{response.status_code}); most have their interface under /v1"
        ) from None


def _chosen(server: Server, model: str, names: list[str]) -> str:
    if not model and len(names) == 1:
        return names[0]
    some = ", ".join(names[:8]) + (" ..." if len(names) > 8 else "")
    if not model:
        has = f"has several models ({some})" if names else "does not say which models it has"
        raise ModelError(f"{server.url}: the server {has}; name one with server_model")
    # Ollama takes a name without its tag; a folder of `transformers serve` is not in its list.
    known = {name for full in names for name in (full, full.removesuffix(":latest"))}
    if names and model not in known and "/" not in model:
        raise ModelError(f"server_model = '{model}': {server.url} has no such model, only {some}")
    return model


def _by_paths(server: Server, client: httpx2.Client) -> Dialect:
    """The dialect of a server whose list of models does not tell: by what paths it has."""
    response = client.get(f"{server.url.removesuffix('/v1')}/openapi.json")
    try:
        paths = response.json()["paths"] if response.status_code == 200 else {}
    except (ValueError, LookupError, TypeError):
        paths = {}
    return TRANSFORMERS if "/load_model" in paths else OPENAI


async def deltas(server: Server, body: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
    """What the server adds to its reply to the request `body`, until it says that it is done.

    Closing the generator, or cancelling the task that reads it, closes the connection.

    Raises:
        ModelError: it refuses the request, breaks off, or falls silent.
    """
    try:
        async with (
            httpx2.AsyncClient(**server.options(server.silence)) as client,
            client.stream("POST", f"{server.url}/chat/completions", json=body) as response,
        ):
            if response.status_code != 200:
                raise problem(server, response.status_code, await response.aread())
            async for sent in httpx2.EventSource(response):
                if sent.data.strip() == "[DONE]":
                    return
                event = _Event.model_validate_json(sent.data)
                if event.error is not None:
                    reason = _reason(server, sent.data.encode())
                    raise ModelError(f"{server.url}: the server broke off: {reason}")
                for choice in event.choices[:1]:
                    yield choice.delta
    except httpx2.ConnectError:
        raise ModelError(f"{server.url}: nothing answers there; is the server running?") from None
    except httpx2.TimeoutException:
        raise ModelError(f"{server.url}: no word from the server for too long") from None
    except httpx2.HTTPError as error:
        reason = _one_line(server, error)
        raise ModelError(f"{server.url}: the connection broke ({reason})") from None
    except ValidationError:
        raise ModelError(f"{server.url}: it sends what is no chat model's reply") from None


def problem(server: Server, status: int, body: bytes) -> ModelError:
    """What to tell the user about a request that was refused."""
    if status in (401, 403):
        reason = "refuses the key in" if server.key else "wants a key: put it into"
        return ModelError(f"{server.url}: the server {reason} TUTOR_SERVER_KEY")
    if status == 429:
        return ModelError(f"{server.url}: the server takes no more requests just now")
    return ModelError(f"{server.url}: the server answers {status}: {_reason(server, body)}")


def _reason(server: Server, body: bytes) -> str:
    """The text in an error's JSON, in the forms that servers use; on one line."""
    text = body.decode(errors="replace")
    try:
        found: Any = httpx2.Response(200, content=body).json()
    except ValueError:
        found = text
    while isinstance(found, dict | list) and found:
        inner = found if isinstance(found, list) else list(found.values())
        names = ("error", "message", "detail", "msg")
        named = [found[n] for n in names if n in found] if isinstance(found, dict) else []
        found = (named or inner)[0]
    return _shown(server, str(found)) or "no reason given"


def _one_line(server: Server, error: Exception) -> str:
    return _shown(server, str(error)) or type(error).__name__


def _shown(server: Server, text: str) -> str:
    """A text of others on one line, without the key, be it where the line is cut."""
    line = " ".join(text.split())
    if server.key:
        line = line.replace(server.key.get_secret_value(), "...")
    return line[:200]
