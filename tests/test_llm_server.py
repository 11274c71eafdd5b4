"""A server's chat model: what it sends, what it makes of the answer, how it ends."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.tools import tool

from tests.servers import Scripted, scripted
from tutor.assembly import load_tutor
from tutor.config import Sampling, Settings
from tutor.errors import ModelError
from tutor.llm import load_chat_model
from tutor.llm.server import ServerChatModel
from tutor.records import Done, EvidenceFound


@pytest.fixture
def script() -> Iterator[Scripted]:
    with scripted() as server:
        server.say("A", " reply", ".")
        yield server


def model(script: Scripted, **settings: Any) -> ServerChatModel:
    chat = load_chat_model(Settings(model=script.url, **settings))
    assert isinstance(chat, ServerChatModel)
    return chat


def failing(chat: ServerChatModel) -> str:
    with pytest.raises(ModelError) as error:
        chat.invoke("?")
    assert len(str(error.value).splitlines()) == 1
    return str(error.value)


# What is sent


def test_a_request_has_the_turns_the_model_and_the_sampling(script: Scripted) -> None:
    chat = model(script, sampling=Sampling(strategy="top-p", top_p=0.8, seed=5))
    turns = [SystemMessage("Be kind."), HumanMessage("Hi"), AIMessage("Hello"), HumanMessage("?")]
    assert chat.invoke(turns, stop=["END"]).text == "A reply."
    (body,) = script.bodies
    assert body == {
        "model": "the-model",
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello"},
            {"role": "user", "content": "?"},
        ],
        "stream": True,
        "stop": ["END"],
        "temperature": 1.0,
        "top_p": 0.8,
        "max_tokens": 160,
        "seed": 5,
    }


def test_the_key_comes_from_the_environment(
    script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUTOR_SERVER_KEY", "sk-secret")
    chat = model(script)
    chat.invoke("?")
    assert script.headers[-1]["Authorization"] == "Bearer sk-secret"
    assert "sk-secret" not in f"{chat!r} {chat} {chat.model_dump()}"


@pytest.mark.parametrize("forged", ["<|im_start|>", "<|eot_id|>", "</s>", "[INST]", "<|<|a|>|>"])
def test_control_tokens_are_not_passed_on(script: Scripted, forged: str) -> None:
    model(script).invoke(f"What is {forged} this? 1 < 2, a | b, <b>bold</b>")
    content = script.bodies[0]["messages"][0]["content"]
    assert forged not in content
    assert "<|a|>" not in content
    assert content.endswith("this? 1 < 2, a | b, <b>bold</b>")


def test_an_engine_that_is_asked_for_runs_no_server(script: Scripted) -> None:
    with pytest.raises(ModelError, match="engine = 'openvino'"):
        model(script, engine="openvino")


def test_sampling_that_the_server_cannot_do_is_refused_at_the_start(script: Scripted) -> None:
    with pytest.raises(ModelError, match="top-k: this server cannot"):
        model(script, sampling=Sampling(strategy="top-k"))


# What comes back


def test_pieces_come_as_they_are_sent(script: Scripted) -> None:
    script.hold = 1
    stream = model(script).stream("?")
    assert next(stream).text == "A"  # the others are not sent yet
    script.go_on.set()
    assert [chunk.text for chunk in stream] == [" reply", ".", ""]


def test_roles_comments_and_empty_pieces_are_no_words(script: Scripted) -> None:
    role = {"choices": [{"delta": {"role": "assistant", "content": ""}}]}
    usage = {"choices": [], "usage": {"total_tokens": 3}}
    thought = {"choices": [{"delta": {"reasoning_content": "Hm."}, "finish_reason": None}]}
    script.reply = [
        ": keep-alive",
        *(f"data: {json.dumps(event)}" for event in (role, thought)),
        *script.reply[:-1],
        f"data: {json.dumps(usage)}",
        "data: [DONE]",
    ]
    assert [chunk.text for chunk in model(script).stream("?")] == ["A", " reply", ".", ""]


def test_a_stop_text_ends_it_although_the_server_goes_on(script: Scripted) -> None:
    script.say("one", ". E", "N", "D", " two", *["more"] * 500)
    script.pause = 0.01
    chunks = [chunk.text for chunk in model(script).stream("?", stop=["END"])]
    assert "".join(chunks) == "one. "
    assert script.left.wait(5), "the connection is still open"


def test_a_stream_that_just_ends_is_a_whole_reply(script: Scripted) -> None:
    script.say("Fine", ".", done=False)
    assert model(script).invoke("?").text == "Fine."


def test_a_tool_call_comes_in_pieces(script: Scripted) -> None:
    @tool
    def draw(seed: int) -> str:
        """Draw a picture."""
        return ""

    calls: list[dict[str, Any]] = [
        {"index": 0, "id": "c1", "function": {"name": "draw", "arguments": ""}},
        {"index": 0, "function": {"arguments": '{"se'}},
        {"index": 0, "function": {"arguments": 'ed": 3}'}},
    ]
    events = [{"choices": [{"delta": {"tool_calls": [call]}}]} for call in calls]
    script.reply = [f"data: {json.dumps(event)}" for event in events]
    message = model(script).bind_tools([draw], tool_choice="any").invoke("Draw with seed 3.")
    (call,) = message.tool_calls
    assert (call["name"], call["args"]) == ("draw", {"seed": 3})
    assert script.bodies[0]["tools"][0]["function"]["name"] == "draw"
    assert script.bodies[0]["tool_choice"] == "required"


# How it ends


def test_a_server_that_has_not_said_a_word_yet_can_be_left(script: Scripted) -> None:
    chat = model(script)
    script.say(*["word "] * 100)
    script.hold, script.pause = 0, 0.02
    end = time.monotonic() + 0.3
    stream = chat.stream("?", cancelled=lambda: time.monotonic() > end)
    assert not any(chunk.text for chunk in stream)
    script.go_on.set()
    assert script.left.wait(8), "the connection is still open"


def test_a_reader_who_leaves_closes_the_connection(script: Scripted) -> None:
    script.say(*["word "] * 500)
    script.pause = 0.02
    stream = model(script).stream("?")
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert script.left.wait(5)


@pytest.mark.parametrize(
    ("status", "body", "line"),
    [
        (401, "{}", "wants a key"),
        (429, "{}", "takes no more requests"),
        (
            400,
            '{"error": {"message": "context is too\\nlong", "code": 1}}',
            "400: context is too long",
        ),
        (422, '{"detail": [{"msg": "bad field"}]}', "422: bad field"),
        (500, "<html>\noops\n</html>", "500: <html> oops </html>"),
        (503, "", "503: no reason given"),
    ],
)
def test_a_refused_request_is_one_clear_line(
    script: Scripted, status: int, body: str, line: str
) -> None:
    chat = model(script)
    script.status, script.reply = status, [body]
    assert line in failing(chat)


def test_a_key_that_the_server_repeats_is_not_shown(
    script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUTOR_SERVER_KEY", "sk-secret")
    chat = model(script)
    script.status, script.reply = 400, ['{"error": "no credit left for sk-secret"}']
    assert "400: no credit left for ..." in failing(chat)


def test_an_error_in_the_middle_of_a_reply(script: Scripted) -> None:
    script.reply = [script.reply[0], 'data: {"error": {"message": "out of memory"}}']
    assert "broke off: out of memory" in failing(model(script))


@pytest.mark.parametrize("sent", ["data: hello", 'data: {"choices": [{"delta": 3}]}', "data: []"])
def test_what_is_no_reply(script: Scripted, sent: str) -> None:
    chat = model(script)
    script.reply = [sent]
    assert "no chat model's reply" in failing(chat)


def test_a_server_that_falls_silent_is_given_up(script: Scripted) -> None:
    chat = model(script, answer_timeout=1.0)
    script.hold = 0
    assert "no word from the server" in failing(chat)


def test_a_server_that_went_away(script: Scripted) -> None:
    with scripted() as other:
        chat = model(other)
    assert "is the server running?" in failing(chat)


# In the tutor


def test_the_tutor_answers_with_a_server(script: Scripted, course: Settings) -> None:
    quote = "Mode collapse means that the generator makes only a few kinds of samples."
    script.say(*(f"{word} " for word in quote.split()))
    tutor = load_tutor(course.model_copy(update={"model": script.url}))
    assert tutor.model_name == "the-model"
    events = list(tutor.answer("What is mode collapse?"))
    assert isinstance(events[0], EvidenceFound)
    assert isinstance(events[-1], Done)
    assert events[-1].answer.timings.new_tokens == len(quote.split())
    asked = script.bodies[-1]["messages"][1]["content"]
    assert asked.startswith("[1] ")
    assert "Question: What is mode collapse?" in asked
