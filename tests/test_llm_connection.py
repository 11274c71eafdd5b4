"""Finding a server: which one it is, which model it has, and one clear line where it fails."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import httpx2
import pytest

from tests.servers import Scripted, free_port, scripted
from tutor.errors import ModelError
from tutor.llm import connection
from tutor.llm.connection import Server, find
from tutor.llm.dialects import OPENAI, TRANSFORMERS


@pytest.fixture
def script() -> Iterator[Scripted]:
    with scripted() as server:
        yield server


def failing(url: str, model: str = "", key: str | None = None) -> str:
    """The one line that finding the server there ends with."""
    with pytest.raises(ModelError) as error:
        find(url, model, key, 60)
    text = str(error.value)
    assert len(text.splitlines()) == 1
    return text


# Which model


def test_the_only_model_is_taken(script: Scripted) -> None:
    server, name = find(script.url, "", None, 60)
    assert (server.url, name) == (script.url, "the-model")


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/"])
def test_v1_may_be_left_out(script: Scripted, ending: str) -> None:
    assert find(script.url.removesuffix("/v1") + ending, "", None, 60)[0].url == script.url


def test_of_several_one_must_be_named(script: Scripted) -> None:
    script.models = [(f"model-{n}", "") for n in range(12)]
    text = failing(script.url)
    assert "name one with server_model" in text
    assert "model-7 ..." in text
    assert find(script.url, "model-11", None, 60)[1] == "model-11"


def test_a_model_it_does_not_have_is_refused(script: Scripted) -> None:
    assert "'other'" in failing(script.url, "other")
    assert "only the-model" in failing(script.url, "other")


def test_ollamas_latest_may_be_left_out(script: Scripted) -> None:
    script.models = [("smollm2:latest", "library"), ("qwen2.5:1.5b", "library")]
    assert find(script.url, "smollm2", None, 60)[1] == "smollm2"
    assert "qwen2.5:1.5b" in failing(script.url, "qwen2.5")


def test_a_server_that_cannot_list_its_models_wants_one_named(script: Scripted) -> None:
    script.listing = (500, "Internal Server Error")
    assert "server_model" in failing(script.url)
    assert find(script.url, "/models/mine", None, 60)[1] == "/models/mine"


# Which server


@pytest.mark.parametrize(
    ("maker", "name"),
    [("llamacpp", "llama.cpp"), ("vllm", "vLLM"), ("sglang", "SGLang"), ("library", "Ollama")],
)
def test_a_server_is_known_by_its_list(script: Scripted, maker: str, name: str) -> None:
    script.models = [("m", maker), ("n", "someone")]
    assert find(script.url, "m", None, 60)[0].dialect.name == name


def test_transformers_is_known_by_its_paths_and_others_are_openais(script: Scripted) -> None:
    assert find(script.url, "", None, 60)[0].dialect is OPENAI
    script.paths = ("/v1/models", "/load_model")
    assert find(script.url, "", None, 60)[0].dialect is TRANSFORMERS


# What goes wrong


def test_a_server_that_is_down_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CONNECT", 30.0)
    began = time.monotonic()
    text = failing(f"http://127.0.0.1:{free_port()}/v1")
    assert "is the server running?" in text
    assert time.monotonic() - began < 10


def test_a_name_that_nobody_answers_for_is_waited_for_no_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "CONNECT", 0.2)
    end = threading.Event()

    def look_up(*args: object, **options: object) -> None:
        end.wait(30)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    began = time.monotonic()
    assert "is the server running?" in failing("http://nowhere.invalid:8080/v1")
    assert time.monotonic() - began < 10
    end.set()


def test_a_server_that_takes_the_connection_and_says_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "LISTING", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        text = failing(f"http://127.0.0.1:{listening.getsockname()[1]}/v1")
    assert "does not answer in 0.2 s" in text


def test_something_else_that_answers(script: Scripted) -> None:
    for listing in [(404, "not found"), (200, "<html>"), (200, "[]"), (200, '{"data": [1]}')]:
        script.listing = listing
        assert "no OpenAI-compatible server" in failing(script.url)


@pytest.mark.parametrize("url", ["http://", "http:///v1", "http://host:99999/v1", "http://[x/v1"])
def test_what_is_no_url(url: str) -> None:
    assert "http://host:port/v1" in failing(url)


# The key


def test_the_key_is_sent_and_never_shown(script: Scripted) -> None:
    server, _ = find(script.url, "", "sk-secret", 60)
    assert script.headers[0]["Authorization"] == "Bearer sk-secret"
    assert "sk-secret" not in repr(server)


def test_white_space_around_a_key_is_none_of_it(script: Scripted) -> None:
    find(script.url, "", " sk-secret\r\n", 60)
    assert script.headers[0]["Authorization"] == "Bearer sk-secret"
    find(script.url, "", "\n", 60)
    assert "Authorization" not in script.headers[-1]


@pytest.mark.parametrize(
    "key", ["sk-sec\nret", "sk secret", "sk-s\u00e9cret", "sk-\x7f", "\u201csk\u201d"]
)
def test_what_can_be_no_key_is_refused_without_showing_it(script: Scripted, key: str) -> None:
    assert failing(script.url, key=key) == "TUTOR_SERVER_KEY holds characters that no key has"
    assert not script.headers


@pytest.mark.parametrize("before", [0, 190])
def test_no_failure_of_the_connection_shows_the_key(
    script: Scripted, before: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even half of it, where a long text is cut."""

    def refuse(*args: object, **options: object) -> None:
        raise httpx2.LocalProtocolError("x" * before + " Illegal header value b'Bearer sk-secret'")

    monkeypatch.setattr(httpx2.Client, "get", refuse)
    assert "sk-" not in failing(script.url, key="sk-secret")


def test_without_a_key_none_is_sent(script: Scripted) -> None:
    find(script.url, "", None, 60)
    assert "Authorization" not in script.headers[0]


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_missing_or_wrong(script: Scripted, status: int) -> None:
    script.listing = (status, "Incorrect key sk-secret")
    assert "wants a key: put it into TUTOR_SERVER_KEY" in failing(script.url)
    text = failing(script.url, key="sk-secret")
    assert "refuses the key in TUTOR_SERVER_KEY" in text
    assert "sk-secret" not in text


def test_no_proxy_stands_between_this_machine_and_itself(
    script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    assert find(script.url, "", None, 60)[1] == "the-model"
    assert Server("http://far.example/v1").options(1)["trust_env"]
