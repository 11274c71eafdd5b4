"""An answer's events in the page: words to the reply, tools to their cards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.chats import Chat
from tutor.chat.answering import Refused, Waiting
from tutor.chat.drawer import Drawer, refusal
from tutor.records import (
    Evidence,
    EvidenceFound,
    Picture,
    Place,
    TextAdded,
    ToolCall,
    ToolFinished,
    ToolProgress,
    ToolResult,
    ToolStarted,
)

GAN = ToolCall("gan", {"digit": 7})
PICTURE = Picture("gan-sample", "Sevens.", b"\x89PNG first")
LATER = Picture("gan-sample", "More sevens.", b"\x89PNG second")
RESULT = ToolResult(GAN, True, "Sixteen sevens.", {"read_right": 0.94}, pictures=(LATER,))
PASSAGE = EvidenceFound(
    (Evidence(1, "gan.md", Place("section", "A"), "A GAN.", 1.0),), True, "\n\n> A GAN."
)


def drawn(*steps: Any, drawer: Drawer | None = None, stop: bool = False) -> tuple[Chat, Drawer]:
    chat = Chat()
    made: list[Drawer] = []

    async def script() -> None:
        page = drawer or Drawer()
        made.append(page)
        for step in steps:
            await page.draw(step)
            for card in page.cards:
                card._drawn = 0.0  # as if time had passed: every update is drawn
        if stop:
            await page.stopped()
        await page.reply.finish()

    chat.run(script)
    return chat, made[0]


def states(chat: Chat) -> list[dict[str, Any]]:
    return [data["props"] for data in chat.elements() if data["name"] == "Lab"]


def file_of(chat: Chat, url: str) -> Path:
    (found,) = [entry["path"] for id_, entry in chat.session.files.items() if id_ in url]
    return Path(found)


def test_a_lab_is_one_card_that_changes_in_place() -> None:
    progress = ToolProgress(GAN, 0.5, "step 1 of 2", PICTURE)
    chat, drawer = drawn(
        ToolStarted(GAN, ("N is clamped.",)), progress, ToolFinished(RESULT, "Sixteen sevens.")
    )
    assert len({data["id"] for data in chat.elements()}) == 1
    start, running, done = states(chat)
    assert (start["state"], start["heading"], start["notes"]) == (
        *("running", "digit 7"),
        ["N is clamped."],
    )
    assert (running["fraction"], running["text"]) == (0.5, "step 1 of 2")
    assert (done["state"], done["text"]) == ("done", "Sixteen sevens.")
    assert done["figures"] == [["read right", "0.94"]]
    assert file_of(chat, done["pictures"][0]["url"]).read_bytes() == LATER.data
    assert done["pictures"][0]["alt"] == "More sevens."
    assert [knob["name"] for knob in done["knobs"]][-1] == "seed"
    assert chat.texts() == ["**GAN**"]
    assert drawer.said == "Sixteen sevens."


def test_pictures_of_steps_are_not_kept_for_ever() -> None:
    steps = [ToolProgress(GAN, n / 50, f"step {n}", PICTURE) for n in range(50)]
    chat, _ = drawn(ToolStarted(GAN), *steps, ToolFinished(RESULT))
    pictures = [entry for entry in chat.session.files.values() if entry["type"] == "image/png"]
    assert len(pictures) <= 2
    assert all(entry["path"].exists() for entry in pictures)


def test_what_explains_it_stands_below_in_a_message_of_its_own() -> None:
    chat, drawer = drawn(ToolStarted(GAN), ToolFinished(RESULT, "Sixteen sevens."), PASSAGE)
    card, passage = chat.texts()
    assert card == "**GAN**"
    assert passage.startswith("What the course says about it:\n\n> [[1]](#place-1) **gan.md**")
    assert drawer.said == "Sixteen sevens.\n\n> A GAN."


def test_a_stopped_lab_keeps_its_picture_and_its_controls() -> None:
    chat, _ = drawn(ToolStarted(GAN), ToolProgress(GAN, 0.5, "step", PICTURE), stop=True)
    last = states(chat)[-1]
    assert (last["state"], last["text"]) == ("stopped", "Stopped.")
    assert last["pictures"]
    assert last["knobs"]


def test_an_error_is_a_sentence() -> None:
    failed = ToolResult(GAN, False, error="gan: digit is a whole number from 0 to 9, not '12'")
    chat, _ = drawn(ToolStarted(GAN), ToolFinished(failed, "This did not work: ..."))
    last = states(chat)[-1]
    assert last["state"] == "error"
    assert last["text"] == "Digit is a whole number from 0 to 9, not '12'."


def test_who_waits_for_a_lab_is_told_how_many_run_before() -> None:
    chat, _ = drawn(ToolStarted(GAN), Waiting(3, "lab"), Waiting(1, "lab"))
    assert [state["text"] for state in states(chat)[1:]] == [
        "3 labs run before this one",
        "One lab of another student runs before this one",
    ]


def test_who_waits_for_their_answer_is_told_how_many_are_before() -> None:
    chat, drawer = drawn(Waiting(9, "evidence"), PASSAGE, Waiting(1), TextAdded(" So."))
    sent = [str(data) for event, data in chat.sent if event.startswith("stream_")]
    assert "*9 students are before you; the answer follows.*" in sent[0]
    assert any("Another student is before you; the explanation follows." in text for text in sent)
    (text,) = chat.texts()
    assert "before you" not in text
    assert "before you" not in drawer.said


def test_who_finds_no_place_keeps_the_quotes_and_reads_when_to_come_again() -> None:
    chat, drawer = drawn(PASSAGE, Refused(41, 130.0, "explanation"))
    (text,) = chat.texts()
    assert "A GAN." in text
    told = (
        "The class is busy: 41 students are before you, so there is no explanation now. "
        "Please try again in about 2 minutes."
    )
    assert text.endswith(f"*{told}*")
    assert told in drawer.said


def test_the_words_of_a_refusal() -> None:
    one = refusal(Refused(1, 0.0, "evidence"))
    assert "another student is before you, so there is no answer now" in one
    assert one.endswith("in about a minute.")
    own = refusal(Refused(1, 9.0, "explanation", own=True))
    assert own.startswith("Two of your questions come first")


def test_a_refused_lab_says_so_in_its_card() -> None:
    chat, _ = drawn(ToolStarted(GAN), Refused(11, 600.0, "lab"))
    last = states(chat)[-1]
    assert last["state"] == "stopped"
    assert "11 students are before you, so there is no lab now" in last["text"]
    assert "10 minutes" in last["text"]


def test_a_card_runs_again_where_it_stands() -> None:
    chat = Chat()

    async def script() -> None:
        first = Drawer()
        for step in (ToolStarted(GAN), ToolFinished(RESULT)):
            await first.draw(step)
        again = Drawer(first.cards[0])
        other = ToolCall("gan", {"digit": 8})
        for step in (ToolStarted(other), ToolFinished(RESULT)):
            await again.draw(step)

    chat.run(script)
    assert len({data["id"] for data in chat.elements()}) == 1
    assert chat.texts() == ["**GAN**"]
    assert states(chat)[-1]["heading"] == "digit 8"


def test_a_quiz_is_an_element_and_its_answers_are_not_told() -> None:
    quiz = ToolCall("quiz", {})
    row = {"question": "A _____.", "choices": ["a", "b"], "answer": "a"}
    text = "One question.\n\n1. A _____.  (a / b)\n\nAnswers: 1. a [1]"
    result = ToolResult(quiz, True, text, {"questions": [row]})
    chat, drawer = drawn(ToolStarted(quiz), ToolFinished(result, text))
    assert chat.texts() == ["One question."]
    (element,) = chat.elements()
    assert element["name"] == "Quiz"
    assert element["props"]["questions"] == [row]
    assert drawer.said == text


def test_an_answer_has_a_button_for_the_lab_that_fits() -> None:
    fitting = EvidenceFound(PASSAGE.evidence, True, "> A GAN.", (), ToolCall("gan", {}))
    chat, _ = drawn(fitting, TextAdded(" So."))
    (element,) = chat.elements()
    assert element["props"]["showMe"] == {"label": "GAN", "tool": "gan", "arguments": {}}
