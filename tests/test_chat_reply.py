"""The tutor's message as it grows."""

from __future__ import annotations

from tests.chats import Chat
from tutor.chat.reply import Reply, tell, tell_error


def test_words_are_streamed_and_end_as_one_message() -> None:
    async def script() -> None:
        reply = Reply()
        await reply.say("One.\n\n")
        await reply.say("Two.")
        await reply.finish()

    chat = Chat()
    chat.run(script)
    assert chat.texts() == ["One.\n\nTwo."]
    assert [event for event, _ in chat.sent] == ["stream_start", "stream_token", "new_message"]


def test_a_note_gives_way_to_the_next_words() -> None:
    noted: list[str] = []
    chat = Chat()

    async def script() -> None:
        reply = Reply()
        await reply.note("Getting ready.")
        noted.extend(chat.texts())
        await reply.say("One.")
        await reply.note("Another student is before you.")
        noted.extend(chat.texts())
        await reply.say(" Two.")
        await reply.finish()

    chat.run(script)
    assert noted == ["*Getting ready.*\n", "One.\n\n*Another student is before you.*\n"]
    assert chat.texts() == ["One. Two."]


def test_a_note_alone_is_taken_away() -> None:
    async def script() -> None:
        reply = Reply()
        await reply.note("Getting ready.")
        await reply.finish()

    chat = Chat()
    chat.run(script)
    assert chat.texts() == []


def test_the_places_belong_to_the_message() -> None:
    async def script() -> str:
        reply = Reply()
        await reply.say("One.")
        await reply.carry([{"source": "a.md"}])
        await reply.finish()
        return reply.id

    chat = Chat()
    reply_id = chat.run(script)
    (element,) = chat.elements()
    assert (element["name"], element["forId"], element["display"]) == (
        "Citations",
        reply_id,
        "inline",
    )
    assert element["props"] == {
        "places": [{"source": "a.md"}],
        "reply": reply_id,
        "showMe": None,
    }


def test_lines_of_the_tutors_own_are_sentences_and_no_answers() -> None:
    async def script() -> None:
        await tell("there is no model")
        await tell_error("the model is gone")

    chat = Chat()
    chat.run(script)
    assert chat.texts() == ["There is no model.", "The model is gone."]
    lines = [data for event, data in chat.sent if event == "new_message"]
    assert lines[0]["type"] == "system_message"
    assert [line["isError"] for line in lines] == [False, True]
