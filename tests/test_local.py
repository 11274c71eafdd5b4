"""The local model as LangChain's chat model."""

from __future__ import annotations

import threading
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np
import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolCall,
)
from langchain_core.tools import tool

from tests.engines import VOCABULARY, ScriptedEngine
from tutor.config import Sampling
from tutor.errors import SettingsError
from tutor.llm.adapter import Declining
from tutor.llm.decode import Engine
from tutor.llm.local import LocalChatModel

TURNS: list[BaseMessage] = [
    SystemMessage("Be kind."),
    HumanMessage("Hi"),
    AIMessage("Hello"),
    HumanMessage("Why?"),
]


def model(script: str, **options: Any) -> LocalChatModel:
    engine = ScriptedEngine(script, options.pop("context", 10_000))
    return LocalChatModel(engine=engine, model_name="scripted", **options)


def test_it_is_a_chat_model_of_langchain() -> None:
    assert isinstance(model(""), BaseChatModel)
    assert model("")._llm_type == "course-tutor-local"


def test_the_whole_reply_at_once() -> None:
    reply = model("A reply.").invoke(TURNS)
    assert isinstance(reply, AIMessage)
    assert reply.content == "A reply."


def test_the_reply_as_a_stream_a_chunk_for_each_token() -> None:
    chunks = [c for c in model("A reply.").stream(TURNS) if str(c.content)]
    assert [chunk.content for chunk in chunks] == list("A reply.")
    assert all(isinstance(chunk, AIMessageChunk) for chunk in chunks)


def test_roles_reach_the_prompt() -> None:
    chat = model("x")
    chat.invoke(TURNS)
    (prompt,) = chat.engine.prompts
    assert bytes(prompt) == b"<system>Be kind.<user>Hi<assistant>Hello<user>Why?"


def test_a_message_of_parts_is_read_as_its_text() -> None:
    chat = model("x")
    chat.invoke([HumanMessage([{"type": "text", "text": "Why?"}])])
    assert bytes(chat.engine.prompts[0]) == b"<user>Why?"


def test_sampling_is_the_default_the_one_given_or_changed_by_name() -> None:
    chat = model("abcdef", defaults=Sampling(max_new_tokens=2))
    assert chat.invoke("?").content == "ab"
    assert chat.invoke("?", sampling=Sampling(max_new_tokens=4)).content == "abcd"
    assert chat.invoke("?", max_new_tokens=3).content == "abc"
    assert chat.bind(max_new_tokens=1).invoke("?").content == "a"


@pytest.mark.parametrize(
    ("changes", "said"), [({"temperature": -1}, "temperature"), ({"beams": 2}, "unknown setting")]
)
def test_a_wrong_sampling_value_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        model("abc").invoke("?", **changes)


def test_stop_texts_are_langchains() -> None:
    assert model("one. two.").invoke("?", stop=[". "]).content == "one"


def test_it_can_be_cancelled() -> None:
    asked = count()
    chunks = model("abcdefgh").stream("?", cancelled=lambda: next(asked) >= 3)
    assert "".join(str(chunk.content) for chunk in chunks) == "abc"


def test_callbacks_hear_every_token() -> None:
    class Listening(BaseCallbackHandler):
        def __init__(self) -> None:
            self.tokens: list[str] = []

        def on_llm_new_token(self, token: Any, **kwargs: Any) -> None:
            self.tokens.append(token)

    listening = Listening()
    list(model("abc").stream("?", config={"callbacks": [listening]}))
    assert "".join(listening.tokens) == "abc"


def test_a_prompt_too_long_loses_its_middle() -> None:
    chat = model("x" * 100, context=90, defaults=Sampling(max_new_tokens=30))
    chat.invoke([SystemMessage("BEGIN" + "-" * 500), HumanMessage("END")])
    (prompt,) = chat.engine.prompts
    assert len(prompt) == 60
    text = bytes(prompt).decode()
    assert text.startswith("<system>BEGIN")
    assert text.endswith("<user>END")


def test_more_tokens_than_the_context_holds_leave_half_of_it_to_the_prompt() -> None:
    chat = model("x" * 500, context=100, defaults=Sampling(max_new_tokens=4096))
    reply = chat.invoke([HumanMessage("-" * 500)])
    assert len(chat.engine.prompts[0]) == 50
    assert reply.content == "x" * 50


# One engine, many students


class Meeting(ScriptedEngine):
    """Notices when two sequences run at once."""

    def __init__(self, script: str) -> None:
        super().__init__(script)
        self.inside = 0
        self.met = False

    def step(self, token: int):  # type: ignore[no-untyped-def]
        self.inside += 1
        self.met |= self.inside > 1
        threading.Event().wait(0.001)
        self.inside -= 1
        return super().step(token)


def test_replies_to_several_students_come_one_after_the_other() -> None:
    chat = LocalChatModel(engine=Meeting("a whole reply"), model_name="m")
    replies: list[str] = []
    threads = [
        threading.Thread(target=lambda: replies.append(str(chat.invoke("?").content)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert replies == ["a whole reply"] * 4
    assert not chat.engine.met


def test_with_several_engines_as_many_replies_are_written_at_once() -> None:
    engines = [ScriptedEngine("a whole reply") for _ in range(3)]
    chat = LocalChatModel(engine=engines[0], beside=engines[1:], model_name="m")
    assert chat.at_once == 3
    streams = [chat.stream("?") for _ in range(3)]
    begun = [str(next(stream).content) for stream in streams]
    assert begun == ["a"] * 3
    assert [len(engine.prompts) for engine in engines] == [1, 1, 1]
    waited = count()
    fourth = chat.stream("?", cancelled=lambda: next(waited) > 1)
    assert "".join(str(chunk.content) for chunk in fourth) == ""
    streams[1].close()
    assert chat.invoke("?").content == "a whole reply"
    assert len(engines[1].prompts) == 2
    for stream in (streams[0], streams[2]):
        assert "".join(str(chunk.content) for chunk in stream) == " whole reply"


def test_one_student_alone_stays_with_the_first_engine() -> None:
    engines = [ScriptedEngine("reply") for _ in range(2)]
    chat = LocalChatModel(engine=engines[0], beside=engines[1:], model_name="m")
    for _ in range(3):
        chat.invoke("?")
    assert [len(engine.prompts) for engine in engines] == [3, 0]


def test_a_reader_who_leaves_lets_the_next_one_in() -> None:
    chat = model("a whole reply")
    stream = chat.stream("?")
    next(stream)
    stream.close()
    assert chat.invoke("?").content == "a whole reply"


def test_a_reply_without_a_token_is_empty() -> None:
    assert model("").invoke("?").content == ""
    assert "".join(str(chunk.content) for chunk in model("").stream("?")) == ""


def test_who_cancels_before_the_first_token_gets_an_empty_reply() -> None:
    chunks = model("abc").stream("?", cancelled=lambda: True)
    assert "".join(str(chunk.content) for chunk in chunks) == ""


def test_whoever_waits_for_a_turn_can_be_cancelled() -> None:
    chat = model("a whole reply")
    busy = chat.stream("?")
    next(busy)
    waited = count()
    reply = "".join(str(c.content) for c in chat.stream("?", cancelled=lambda: next(waited) > 1))
    assert reply == ""
    assert "".join(str(c.content) for c in busy) == " whole reply"


def test_an_engine_that_fails_lets_the_next_one_in() -> None:
    class Failing(ScriptedEngine):
        def prefill(self, tokens, *rest):  # type: ignore[no-untyped-def]
            logits = super().prefill(tokens, *rest)
            if len(self.prompts) == 1:
                raise RuntimeError("out of memory")
            return logits

    chat = LocalChatModel(engine=Failing("fine"), model_name="m")
    with pytest.raises(RuntimeError, match="out of memory"):
        chat.invoke("?")
    assert chat.invoke("?").content == "fine"


# With the real model


def test_the_real_model_answers_and_seeds_hold(engine: Engine) -> None:
    chat = LocalChatModel(engine=engine, model_name="SmolLM2")
    question = [HumanMessage("What is the capital of France? Answer with one word.")]
    assert "Paris" in str(chat.invoke(question, max_new_tokens=10).content)
    warm = Sampling(strategy="top-p", temperature=1.5, max_new_tokens=8, seed=7)
    replies = [str(chat.invoke(question, sampling=warm).content) for _ in range(2)]
    assert replies[0] == replies[1]
    other = warm.model_copy(update={"seed": 8})
    assert str(chat.invoke(question, sampling=other).content) != replies[0]


def test_the_beginning_that_others_keep_meanwhile_does_no_harm() -> None:
    """Two students with two system messages: each forgets the other's beginning."""
    made = model("Yes.")

    class Forgotten(dict[str, list[int]]):
        """Another thread comes between asking and reading."""

        def __contains__(self, key: object) -> bool:
            found = super().__contains__(key)
            made._beginnings = {}
            return found

    made.invoke(TURNS)
    made._beginnings = Forgotten(made._beginnings)
    assert made.invoke(TURNS).text == "Yes."


# Tools

GAN_CALL = '<tool_call>{"name": "draw", "arguments": {"digit": 7}}</tool_call>'


@tool
def draw(digit: int) -> str:
    """Draw a digit."""
    return str(digit)


def with_template(script: str, *, takes_tools: bool, **options: Any) -> LocalChatModel:
    made = model(script, **options)
    made.engine.tokenizer.takes_tools = takes_tools
    return made


def test_a_model_whose_template_knows_tools_is_offered_them() -> None:
    made = with_template(GAN_CALL, takes_tools=True)
    reply = made.bind_tools([draw]).invoke("Draw a seven.")
    (call,) = reply.tool_calls
    assert (call["name"], call["args"]) == ("draw", {"digit": 7})
    assert reply.content == ""
    assert '"name": "draw"' in bytes(made.engine.prompts[0]).decode()


def test_its_words_are_a_reply_when_it_calls_nothing() -> None:
    reply = with_template("A seven is 7.", takes_tools=True).bind_tools([draw]).invoke("What is 7?")
    assert (reply.content, reply.tool_calls) == ("A seven is 7.", [])


def test_for_any_other_model_it_is_decided_without_it() -> None:
    asked: list[Any] = []

    def choose(turns: Any) -> list[ToolCall]:
        asked.append([turn.content for turn in turns])
        return [ToolCall(name="draw", args={"digit": 7}, id="1")]

    made = with_template("Words.", takes_tools=False, choose=choose)
    bound = made.bind_tools([draw])
    assert bound.invoke("Draw a seven.").tool_calls[0]["args"] == {"digit": 7}
    assert asked == [["Draw a seven."]]
    assert not made.engine.prompts
    (chunk,) = [c for c in bound.stream("Draw a seven.") if c.tool_calls]
    assert chunk.tool_calls[0]["name"] == "draw"


def test_a_call_of_a_tool_that_was_not_bound_is_none() -> None:
    wrong = [ToolCall(name="shell", args={}, id="1")]
    made = with_template("Words.", takes_tools=False, choose=lambda turns: wrong)
    reply = made.bind_tools([draw]).invoke("Draw.")
    assert (reply.content, reply.tool_calls) == ("Words.", [])


def test_no_tool_is_offered_when_none_shall_be_called() -> None:
    made = with_template("Words.", takes_tools=False, choose=None)
    assert made.bind_tools([draw], tool_choice="none").invoke("Draw.").content == "Words."


NONE = Declining("None of it.")


def test_a_model_that_was_taught_to_decline_tells_how_likely_it_would() -> None:
    willing, answering = (model(said, declines=NONE) for said in ("None", "It is"))
    # The script's token has 20 nats more than any other of the vocabulary's.
    others = np.log(VOCABULARY - 1)
    assert willing.declining(TURNS) == pytest.approx(20 - others, abs=1e-3)
    assert answering.declining(TURNS) == pytest.approx(-20, abs=1e-3)
    later = model("None", declines=replace(NONE, even=1.5))
    assert later.declining(TURNS) == pytest.approx(18.5 - others, abs=1e-3)
    assert model("None").declining(TURNS) is None


def test_it_declines_only_where_it_is_sure_enough() -> None:
    assert model("None", declines=replace(NONE, writing=19.0)).invoke(TURNS).content == "None"
    assert model("None", declines=replace(NONE, writing=21.0)).invoke(TURNS).content != "None"
    assert model("It is", declines=replace(NONE, writing=21.0)).invoke(TURNS).content == "It is"


def test_nobody_waits_for_an_engine_to_learn_whether_it_would_decline() -> None:
    busy = model("None", declines=NONE)
    reply = busy.stream(TURNS)
    next(reply)
    assert busy.declining(TURNS) is None
    reply.close()
    assert busy.declining(TURNS) is not None
