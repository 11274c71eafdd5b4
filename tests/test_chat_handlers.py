"""Chainlit's callbacks, in sessions of Chainlit's own and with the real models."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.chats import Chat, question
from tutor.chat import handlers as handlers_module
from tutor.chat.card import Card
from tutor.chat.classroom import Classroom
from tutor.chat.handlers import GETTING_READY, LONGEST_QUESTION, UNEXPECTED, Handlers
from tutor.chat.sessions import Desk, Shown
from tutor.config import Settings
from tutor.errors import ModelError
from tutor.index import Index
from tutor.records import (
    Answer,
    Done,
    Event,
    EvidenceFound,
    TextAdded,
    ToolCall,
    ToolFinished,
    ToolResult,
    ToolStarted,
)

import chainlit as cl  # isort: skip  # after tests.chats, which says from where it works


@pytest.fixture(scope="module")
def room(course: Settings, tutor: Any) -> Iterator[Classroom]:
    opened = Classroom(course, Index.open(course.index), lambda settings, warn: tutor)
    opened.loading.result(60)
    yield opened
    opened.close()


@pytest.fixture
def handlers(room: Classroom) -> Handlers:
    return Handlers(room)


WAITS = TextAdded("(waits until it is stopped)")


class Scripted:
    """Another party's tutor: it says what it is told to, waits, or fails."""

    model: Any = None
    tools: Any = None

    def __init__(self, *events: Event | Exception) -> None:
        self.events = events
        self.asked: list[Any] = []

    def warm_up(self) -> None:
        pass

    def read_ahead(self) -> Iterator[Any]:
        return iter(())

    def answer(self, asked: str, history: Any = (), **options: Any) -> Iterator[Event]:
        self.asked.append((asked, list(history), options))
        yield from self.run(asked, options["cancelled"])

    def show(self, wanted: Any, asked: str, cancelled: Any) -> Iterator[Event]:
        yield from self.run(wanted, cancelled)

    def run(self, wanted: Any, cancelled: Any) -> Iterator[Event]:
        for event in self.events:
            if isinstance(event, Exception):
                raise event
            if event is WAITS:
                while not cancelled():
                    time.sleep(0.01)
            else:
                yield event


def scripted(course: Settings, *events: Event | Exception) -> tuple[Handlers, Scripted]:
    tutor: Any = Scripted(*events)
    room = Classroom(course, Index.open(course.index), lambda settings, warn: tutor)
    room.loading.result(60)
    return Handlers(room), tutor


async def all_is_done() -> None:
    """Wait for what goes on beside this test."""
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))


def desk() -> Desk:
    session: Any = cl.user_session
    found = session.get("desk")
    assert isinstance(found, Desk)
    return found


def test_an_answer_shows_quotes_then_words_and_can_be_opened_and_copied(
    handlers: Handlers,
) -> None:
    chat = Chat()

    async def script() -> tuple[Any, Any]:
        await handlers.answer(question("What is mode collapse?"))
        (element,) = chat.elements()
        opened = await handlers.open_place(action("open_place", element["props"]["places"][0]))
        reply = {"reply": element["props"]["reply"]}
        return opened, await handlers.copy_reply(action("copy_reply", reply))

    opened, copied = chat.run(script)
    (text,) = chat.texts()
    assert text.startswith("> [[1]](#place-1) **gan.md**, *§ ")
    assert opened["title"].startswith("gan.md, § ")
    (panel,) = opened["elements"]
    assert panel["name"] == "Source"
    assert panel["props"]["quote"] in panel["props"]["text"]
    assert f"[1] {opened['title']}" in copied["text"]


def test_a_reply_that_is_not_known_is_not_copied(handlers: Handlers) -> None:
    copied = Chat().run(lambda: handlers.copy_reply(action("copy_reply", {"reply": "another's"})))
    assert copied == {"problem": "This reply is not whole yet, or not known any more."}


def action(name: str, payload: dict[str, Any]) -> cl.Action:
    return cl.Action(name=name, payload=payload)


def test_a_question_not_covered_offers_places(handlers: Handlers) -> None:
    chat = Chat()
    chat.run(lambda: handlers.answer(question("Who won the football world cup in 2018?")))
    (text,) = chat.texts()
    assert "(#place-1)" in text
    assert not text.startswith(">")
    assert all(not place["quote"] for place in chat.elements()[0]["props"]["places"])


def test_a_pdf_is_lent_to_the_session_and_not_copied(handlers: Handlers, course: Settings) -> None:
    chat = Chat()
    place = {"source": "probability.pdf", "place": {"page": 2}, "quote": ""}

    async def script() -> list[Any]:
        return [await handlers.open_place(action("open_place", place)) for _ in range(2)]

    first, second = chat.run(script)
    _, pdf = first["elements"]
    assert (pdf["type"], pdf["page"]) == ("pdf", 2)
    assert pdf["url"] == second["elements"][1]["url"]
    (entry,) = chat.session.files.values()
    assert entry["path"] == (course.corpus / "probability.pdf").resolve()
    assert pdf["url"] == f"/project/file/{entry['id']}?session_id={chat.session.id}"


def test_a_place_that_is_not_there_is_a_sentence(handlers: Handlers) -> None:
    place = {"source": "../../etc/passwd", "place": {"page": 1}, "quote": ""}
    result = Chat().run(lambda: handlers.open_place(action("open_place", place)))
    assert result == {
        "problem": "This place is not in the course any more; ask again to find it anew."
    }


def test_history_is_this_chats_own_and_an_edit_rewrites_it(course: Settings) -> None:
    handlers, tutor = scripted(course, TextAdded("Yes."), Done(Answer("q", "Yes.", True)))

    async def script() -> None:
        first = question("one")
        await handlers.answer(first)
        await handlers.answer(question("two"))
        first.content = "one, edited"
        await handlers.answer(first)

    Chat().run(script)
    Chat().run(lambda: handlers.answer(question("another student's")))
    asked = [(text, [message.content for message in past]) for text, past, _ in tutor.asked]
    assert asked == [
        ("one", []),
        ("two", ["one", "Yes."]),
        ("one, edited", []),
        ("another student's", []),
    ]


def test_settings_hold_from_the_next_answer_on(course: Settings) -> None:
    handlers, tutor = scripted(course, TextAdded("Yes."), Done(Answer("q", "Yes.", True)))
    chat = Chat()

    async def script() -> None:
        await handlers.start()
        await handlers.change_settings({"strategy": "top-p", "temperature": 0.7, "seed": "5"})
        await handlers.answer(question("one"))
        await handlers.change_settings({"temperature": 9})
        await handlers.answer(question("two"))

    chat.run(script)
    for _, _, options in tutor.asked:
        sampling = options["sampling"]
        assert (sampling.strategy, sampling.temperature, sampling.seed) == ("top-p", 0.7, 5)
    assert any(text.startswith("Sampling: temperature = 9") for text in chat.texts())
    panels = [data for event, data in chat.sent if event == "chat_settings"]
    shown = [{row["id"]: row["initial"] for row in panel} for panel in panels]
    assert shown[0]["temperature"] == 1.0
    assert shown[-1]["temperature"] == 0.7  # the refused value is taken out of the panel


def test_a_stopped_answer_says_so_and_is_remembered(course: Settings) -> None:
    handlers, _ = scripted(course, TextAdded("One."), WAITS, Done(Answer("q", "One.", True)))
    chat = Chat()

    async def script() -> Desk:
        answering = asyncio.create_task(handlers.answer(question("one")))
        while not chat.texts():
            await asyncio.sleep(0.01)
        await handlers.stop()
        await asyncio.wait_for(answering, 1)
        return desk()

    kept = chat.run(script)
    assert chat.texts() == ["One.\n\n*Stopped.*"]
    assert [turn.reply for turn in kept.turns] == ["One."]


@pytest.mark.parametrize("how", ["new chat", "closed", "lost", "lost for a moment"])
def test_an_answer_outlives_a_connection_that_comes_back(
    course: Settings, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(handlers_module, "GRACE", 60.0 if how in ("lost", "new chat") else 0.0)
    handlers, _ = scripted(course, TextAdded("One."), WAITS, Done(Answer("q", "One.", True)))
    chat = Chat()

    async def script() -> bool:
        answering = asyncio.create_task(handlers.answer(question("one")))
        while not chat.texts():
            await asyncio.sleep(0.01)
        chat.session.to_clear = how == "new chat"
        await handlers.leave()
        if how == "lost for a moment":
            chat.session.restore("another socket")
        for _ in range(5):  # as long as the shorter grace takes
            await asyncio.sleep(0)
        goes_on = desk().busy
        await handlers.stop()
        await asyncio.wait_for(answering, 10)
        return goes_on

    assert chat.run(script) == how.startswith("lost")


def test_a_page_that_comes_back_gets_its_stop_button_back(course: Settings) -> None:
    handlers, _ = scripted(course, TextAdded("One."), WAITS, Done(Answer("q", "One.", True)))
    chat = Chat()
    chat.session.emit = Shown(chat.session.emit)  # type: ignore[assignment,arg-type]

    async def script() -> list[list[str]]:
        answering = asyncio.create_task(handlers.answer(question("one")))
        while not chat.texts():
            await asyncio.sleep(0.01)
        came = []
        for _ in range(2):
            chat.sent.clear()
            await handlers.come_back()
            came.append([event for event, _ in chat.sent])
            await handlers.stop()
            await asyncio.wait_for(answering, 10)
        return came

    assert chat.run(script) == [["new_message", "task_start"], ["new_message"]]
    assert chat.texts() == ["One.\n\n*Stopped.*"]


def test_the_stop_button_is_there_as_long_as_something_is_to_come(course: Settings) -> None:
    done = Done(Answer("q", "One. Two.", True))
    handlers, _ = scripted(course, TextAdded("One."), TextAdded(" Two."), done)
    chat = Chat()
    chat.run(lambda: handlers.answer(question("one")))
    events = [event for event, _ in chat.sent]
    before = events.index("stream_token") - 1
    assert events[before] == "task_start"


def test_the_tutors_errors_are_one_line_in_the_chat(course: Settings) -> None:
    handlers, _ = scripted(course, ModelError("the model is gone; start it again"))
    chat = Chat()
    chat.run(lambda: handlers.answer(question("one")))
    assert chat.texts() == ["The model is gone; start it again."]


def test_what_was_said_before_an_error_is_remembered(course: Settings) -> None:
    gone = ModelError("the model is gone; start it again")
    handlers, tutor = scripted(course, TextAdded("So far."), gone)

    async def script() -> tuple[Desk, Any]:
        await handlers.answer(question("one"))
        tutor.events = (gone,)
        await handlers.answer(question("two"))
        reply = {"reply": desk().turns[0].reply_id}
        return desk(), await handlers.copy_reply(action("copy_reply", reply))

    chat = Chat()
    kept, copied = chat.run(script)
    assert [(turn.question, turn.reply) for turn in kept.turns] == [("one", "So far.")]
    assert copied == {"text": "So far."}
    assert not kept.busy
    assert chat.texts() == ["So far.", *["The model is gone; start it again."] * 2]


def test_an_unexpected_error_keeps_its_traceback_on_the_server(
    course: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    handlers, _ = scripted(course, EvidenceFound((), False, "So far."), KeyError("secret"))
    chat = Chat()
    with caplog.at_level(logging.ERROR):
        chat.run(lambda: handlers.answer(question("one")))
    assert chat.texts() == ["So far.", UNEXPECTED]
    assert "KeyError: 'secret'" in caplog.text


def test_a_question_that_is_too_long_is_refused_with_a_word(course: Settings) -> None:
    handlers, tutor = scripted(course)
    chat = Chat()
    chat.run(lambda: handlers.answer(question("x" * 10_000)))
    assert chat.texts() == ["This question has 10,000 characters; please ask in at most 2,000."]
    assert not tutor.asked
    assert LONGEST_QUESTION == 2000


def test_a_question_before_the_models_are_loaded_waits_with_a_word(course: Settings) -> None:
    go = threading.Event()
    tutor: Any = Scripted(TextAdded("Yes."), Done(Answer("q", "Yes.", True)))

    def load(settings: Settings, warn: Any) -> Any:
        assert go.wait(10)
        return tutor

    room = Classroom(course, Index.open(course.index), load)
    chat = Chat()
    threading.Timer(0.2, go.set).start()
    chat.run(lambda: Handlers(room).answer(question("one")))
    room.close()
    words = [data["output"] for event, data in chat.sent if event == "stream_start"]
    assert words == [f"*{GETTING_READY}*\n"]
    assert chat.texts() == ["Yes."]


def test_every_page_is_told_once_that_there_is_no_model(course: Settings) -> None:
    tutor: Any = Scripted(TextAdded("Yes."), Done(Answer("q", "Yes.", True)))

    def load(settings: Settings, warn: Any) -> Any:
        warn("answers are evidence only: model = './gone.gguf' is not there")
        return tutor

    room = Classroom(course, Index.open(course.index), load)
    room.loading.result(10)  # a question before it would have "Getting ready" above the word
    handlers = Handlers(room)
    word = "Answers are evidence only: model = './gone.gguf' is not there."
    for _ in range(2):
        chat = Chat()
        chat.run(lambda: handlers.answer(question("one")))
        chat.run(lambda: handlers.answer(question("two")))
        assert chat.texts() == [word, "Yes.", "Yes."]
    room.close()


def test_the_starters_are_the_rooms(handlers: Handlers, room: Classroom) -> None:
    found = Chat().run(lambda: handlers.starters(None))
    assert [starter.message for starter in found] == room.starters


# Tools


def labs_of(chat: Chat) -> list[dict[str, Any]]:
    return [data["props"] for data in chat.elements() if data["name"] == "Lab"]


@pytest.mark.slow
def test_a_lab_runs_in_the_chat_and_again_by_its_controls(handlers: Handlers) -> None:
    chat = Chat()

    async def script() -> Desk:
        await handlers.answer(question("show me a seven sampled by the GAN"))
        first = labs_of(chat)[-1]
        again = {"card": first["card"], "tool": "gan", "arguments": {"digit": 3, "seed": 5}}
        assert await handlers.run_again(action("run_again", again)) == {}
        await all_is_done()
        return desk()

    kept = chat.run(script)
    shown = labs_of(chat)
    assert (shown[-1]["state"], shown[-1]["heading"]) == ("done", "digit 3 · seed 5")
    assert len({state["card"] for state in shown}) == 1
    assert [turn.question for turn in kept.turns] == [
        "show me a seven sampled by the GAN",
        "show me GAN, digit 3, seed 5",
    ]
    assert any("What the course says" in text for text in chat.texts())


@pytest.mark.slow
def test_a_running_lab_is_stopped_within_a_second(handlers: Handlers) -> None:
    chat = Chat()

    async def script() -> float:
        running = asyncio.create_task(handlers.answer(question("show me mode collapse")))
        while not (shown := labs_of(chat)) or not shown[-1]["pictures"]:
            assert not running.done(), chat.texts()
            await asyncio.sleep(0.02)
        start = time.perf_counter()
        await handlers.stop()
        await running
        return time.perf_counter() - start

    assert chat.run(script) < 1
    assert labs_of(chat)[-1]["state"] == "stopped"


def test_a_slash_command_runs_its_tool(handlers: Handlers) -> None:
    chat = Chat()

    async def script() -> Desk:
        asked = question("mode collapse")
        asked.command = "search_course"
        await handlers.answer(asked)
        return desk()

    kept = chat.run(script)
    (text,) = chat.texts()
    assert text.startswith("Where the course speaks of “mode collapse”:\n\n> [[1]](#place-1)")
    assert kept.turns[0].question == "Search course mode collapse"
    assert kept.turns[0].call == ToolCall("search_course", {"topic": "mode collapse"})


@pytest.mark.parametrize("by", ["words", "show_me", "run_again"])
def test_what_ran_is_handed_on_with_its_turn(course: Settings, by: str) -> None:
    sent = {"action": "interpolate", "digit": "3", "to_digit": 8}
    call = ToolCall("vae", sent)
    finished = ToolFinished(ToolResult(call, True, "A morph."), "A morph.")
    handlers, tutor = scripted(course, ToolStarted(call), finished, Done(Answer("q", "", False)))
    tutor.tools = tutor

    async def script() -> None:
        await handlers.answer(question("morph a 3 into an 8"))
        if by != "words":
            card = next(iter(desk().cards))
            pressed = action(by, {"tool": "vae", "arguments": sent, "card": card})
            assert await getattr(handlers, by)(pressed) == {}
            await all_is_done()
        await handlers.answer(question("now with 12 steps"))

    Chat().run(script)
    _, past, _ = tutor.asked[-1]
    ran = [message.call for message in past if message.role == "user"]
    assert ran == [ToolCall("vae", {**sent, "digit": 3})] * (1 if by == "words" else 2)


def test_what_could_not_run_is_not_handed_on(handlers: Handlers) -> None:
    async def script() -> Desk:
        call = {"tool": "gan", "arguments": {"n": [1, 2]}}
        await handlers.show_me(action("show_me", call))
        await all_is_done()
        return desk()

    assert [turn.call for turn in Chat().run(script).turns] == [None]


def test_every_chat_gets_the_commands(handlers: Handlers) -> None:
    chat = Chat()
    chat.run(handlers.start)
    (sent,) = [data for event, data in chat.sent if event == "set_commands"]
    assert {"gan", "quiz"} <= {command["id"] for command in sent}


@pytest.mark.parametrize(
    "payload",
    [{}, {"tool": "rm", "arguments": {}}, {"tool": "gan", "arguments": "x"}, {"tool": ["gan"]}],
)
def test_a_call_that_the_page_does_not_make_runs_nothing(
    handlers: Handlers, payload: dict[str, Any]
) -> None:
    chat = Chat()
    answered = chat.run(lambda: handlers.show_me(action("show_me", payload)))
    assert answered == {"problem": "There is no such lab."}
    again = chat.run(lambda: handlers.run_again(action("run_again", {**payload, "card": "1"})))
    assert again["problem"].startswith("This lab is not known any more")
    assert not chat.texts()


def shown(handlers: Handlers, chat: Chat, call: dict[str, Any]) -> None:
    """Press the button that shows this, and wait for all that it shows."""

    async def script() -> None:
        assert await handlers.show_me(action("show_me", call)) == {}
        await all_is_done()

    chat.run(script)


def test_arguments_out_of_bounds_are_told_in_the_card(handlers: Handlers) -> None:
    chat = Chat()
    shown(handlers, chat, {"tool": "gan", "arguments": {"digit": 55}})
    last = labs_of(chat)[-1]
    assert (last["state"], last["text"]) == (
        *("error",),
        "Digit is a whole number from 0 to 9, not '55'.",
    )


@pytest.mark.parametrize("value", [[1, 2], {"a": 1}, 10**400], ids=["list", "object", "huge"])
def test_arguments_of_no_sense_are_told_in_the_card_too(handlers: Handlers, value: object) -> None:
    chat = Chat()
    shown(handlers, chat, {"tool": "gan", "arguments": {"n": value}})
    assert labs_of(chat)[-1]["text"].startswith("N is a whole number from 1 to 1000")


def test_a_second_click_does_not_run_the_card_twice(handlers: Handlers) -> None:
    chat = Chat()

    async def script() -> list[dict[str, Any]]:
        call = {"tool": "gan", "arguments": {"digit": 55}}
        await handlers.show_me(action("show_me", call))
        await all_is_done()
        again = action("run_again", {**call, "card": labs_of(chat)[-1]["card"]})
        both = [await handlers.run_again(again) for _ in range(2)]
        await all_is_done()
        return [*both, await handlers.run_again(again)]

    assert chat.run(script) == [{}, {"problem": "This lab is running already."}, {}]


@pytest.mark.parametrize("name", ["show_me", "run_again"])
def test_the_page_is_answered_before_the_lab_has_run(course: Settings, name: str) -> None:
    handlers, tutor = scripted(course, TextAdded("One."), WAITS, Done(Answer("q", "One.", True)))
    tutor.tools = tutor
    chat = Chat()

    async def script() -> None:
        await handlers.start()
        card = desk().cards["1"] = Card(ToolCall("gan", {}))
        call = action(name, {"tool": "gan", "arguments": {}, "card": "1"})
        assert await asyncio.wait_for(getattr(handlers, name)(call), 10) == {}
        assert desk().busy
        assert card.busy == (name == "run_again")
        chat.sent.clear()
        await handlers.stop()
        await all_is_done()
        assert not card.busy

    chat.run(script)
    assert chat.sent[-1][0] == "task_end"
