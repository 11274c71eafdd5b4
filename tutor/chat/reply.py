"""The tutor's messages in the page: a reply as it grows, and lines of its own."""

from __future__ import annotations

from typing import Any

import chainlit as cl

from tutor.tools.dispatch import sentence


class Reply:
    """What is said so far, and under it at times a passing note.

    It is streamed from the beginning, so that the page shows the cursor
    wherever something is still to come.
    """

    def __init__(self) -> None:
        self._message: Any = cl.Message("")  # its methods are not typed
        self._said = ""
        self._noted = False

    @property
    def id(self) -> str:
        return str(self._message.id)

    async def note(self, text: str) -> None:
        """Show a line that the next words take the place of."""
        # The page puts its cursor right behind: without the line end that would undo the `*`.
        note = f"{self._said}\n\n*{text}*\n".lstrip()
        await self._message.stream_token(note, is_sequence=True)
        self._noted = True

    async def say(self, piece: str) -> None:
        """Add a piece of Markdown."""
        self._said += piece
        if self._noted:
            await self._message.stream_token(self._said, is_sequence=True)
        else:
            await self._message.stream_token(piece)
        self._noted = False

    async def carry(
        self, places: list[dict[str, Any]], show_me: dict[str, Any] | None = None
    ) -> None:
        """Give the message the places that its citations open, and a lab that fits it.

        Once and early: a later change of a message's elements closes the side
        panel, which the student may be reading.
        """
        props = {"places": places, "reply": self.id, "showMe": show_me}
        await cl.CustomElement(name="Citations", props=props).send(for_id=self.id)

    async def finish(self) -> None:
        """End the message; without a word said there is none."""
        if not self._said:
            if self._noted:
                await self._message.remove()
            return
        self._message.content = self._said.strip()
        await self._message.send()


async def tell(text: str) -> None:
    """A line of the tutor's own, not an answer."""
    message: Any = cl.Message(sentence(text), type="system_message")
    await message.send()


async def tell_error(text: str) -> None:
    """A line on what went wrong."""
    message: Any = cl.ErrorMessage(sentence(text))
    await message.send()
