"""The card of a tool in the page."""

from __future__ import annotations

import time

from tests.chats import Chat
from tutor.chat.card import OFTEN, Card
from tutor.records import Picture, ToolCall, ToolResult

GAN = ToolCall("gan", {})


def test_a_lab_that_reports_a_thousand_steps_does_not_flood_the_page() -> None:
    chat = Chat()

    async def script() -> float:
        card = Card(GAN)
        await card.start(GAN, ())
        start = time.monotonic()
        for step in range(1000):
            await card.progress(step / 1000, f"step {step}", None)
        seconds = time.monotonic() - start
        await card.finish(ToolResult(GAN, True, "Done."))
        return seconds

    seconds = chat.run(script)
    shown = [data["props"] for data in chat.elements()]
    assert len(shown) <= 2 + seconds / OFTEN + 1
    assert (shown[-1]["state"], shown[-1]["text"]) == ("done", "Done.")


def test_updates_leave_no_files_but_pictures() -> None:
    chat = Chat()

    async def script() -> None:
        card = Card(GAN)
        for _ in range(5):
            await card.start(GAN, ())
            picture = Picture("a", "A.", b"GIF89a", "gif")
            await card.finish(ToolResult(GAN, True, "Done.", pictures=(picture,)))

    chat.run(script)
    kinds = [entry["type"] for entry in chat.session.files.values()]
    assert kinds == ["image/gif"] * len(kinds)
    assert len(kinds) <= 2


def test_a_card_is_stopped_once() -> None:
    chat = Chat()

    async def script() -> None:
        card = Card(GAN)
        await card.stop()  # nothing was shown yet
        await card.start(GAN, ())
        await card.finish(ToolResult(GAN, True, "Done."))
        await card.stop()  # it is over

    chat.run(script)
    assert [data["props"]["state"] for data in chat.elements()] == ["running", "done"]
