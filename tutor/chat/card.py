"""A tool at work in the page: progress, pictures as they come, the result and its controls.

One message with one element, which is updated in place: also when the student
turns a control and runs the lab again.
"""

from __future__ import annotations

import time
from typing import Any

import chainlit as cl

from tutor.chat.knobs import details, figures, knobs, title
from tutor.chat.markdown import neutral
from tutor.records import Picture, ToolCall, ToolResult
from tutor.tools.dispatch import sentence

OFTEN = 0.2
"""Seconds between two updates of the page at least."""
_ELEMENT = "/public/elements/Lab.jsx"


class Card:
    """The card of one tool."""

    def __init__(self, call: ToolCall) -> None:
        self.call = call
        self.busy = False
        """Whether it was asked to run again and has not ended."""
        self._message: Any = cl.Message("")  # its methods are not typed
        self._element: Any = None
        self._drawn = 0.0
        self._files: list[str] = []

    @property
    def id(self) -> str:
        return str(self._message.id)

    async def start(self, call: ToolCall, notes: tuple[str, ...]) -> None:
        """Show that the tool is about to run; `notes` say what of the call was changed."""
        self.call = call
        if self._element is None:
            self._message.content = f"**{title(call.name)}**"
            await self._message.send()
        before = self._element.props if self._element else {}
        await self._show(
            state="running",
            heading=details(call),
            notes=list(notes),
            fraction=0.0,
            text="getting ready",
            pictures=before.get("pictures", []),
            knobs=knobs(call),
        )

    async def wait(self, before: int) -> None:
        """Show how many labs of other students run first."""
        who = "One lab of another student runs" if before == 1 else f"{before} labs run"
        await self._change(text=f"{who} before this one")

    async def progress(self, fraction: float, text: str, picture: Picture | None) -> None:
        """Show where the tool stands; skipped when the last look was a moment ago."""
        if time.monotonic() - self._drawn < OFTEN:
            return
        changes: dict[str, Any] = {"fraction": fraction, "text": text}
        if picture is not None:
            changes["pictures"] = await self._lent((picture,))
        await self._change(**changes)

    async def finish(self, result: ToolResult) -> None:
        """Show what came of it, and the controls to change and run it again."""
        if not result.ok:
            await self._change(state="error", text=self._problem(result), pictures=[])
            return
        await self._change(
            state="done",
            text=result.caption,
            figures=figures(result.values),
            pictures=await self._lent(result.pictures),
        )

    def _problem(self, result: ToolResult) -> str:
        """The error as a sentence; which tool it is stands above it."""
        name = result.call.name
        return sentence(result.error.removeprefix("lab ").removeprefix(f"{name}: "))

    async def refuse(self, why: str) -> None:
        """Show why it does not run."""
        await self._change(state="stopped", text=why)

    async def stop(self) -> None:
        """Show that it was stopped; a picture so far stays."""
        if self._element is not None and self._element.props["state"] == "running":
            await self._change(state="stopped", text="Stopped.")

    async def _change(self, **changes: Any) -> None:
        await self._show(**{**self._element.props, **changes})

    async def _show(self, **props: Any) -> None:
        props = {**props, "card": self.id, "tool": self.call.name}
        if self._element is None:
            self._element = cl.CustomElement(name="Lab", props=props)
            # With an address of its own Chainlit writes no file for every update.
            self._element.url = _ELEMENT
        self._element.props = props
        await self._element.send(for_id=self.id)
        self._drawn = time.monotonic()

    async def _lent(self, pictures: tuple[Picture, ...]) -> list[dict[str, str]]:
        """The pictures as files of this session; those they take the place of are deleted."""
        session: Any = cl.context.session
        old, self._files = self._files, []
        shown = []
        for picture in pictures:
            mime = f"image/{picture.suffix}"
            entry = await session.persist_file(picture.filename, mime, content=picture.data)
            self._files.append(entry["id"])
            url = f"/project/file/{entry['id']}?session_id={session.id}"
            shown.append({"url": url, "alt": picture.alt, "name": picture.filename})
        for file in old[:-1]:  # the last is perhaps being fetched by the page
            self._delete(session, file)
        self._files = [*old[-1:], *self._files]
        return shown

    def _delete(self, session: Any, file: str) -> None:
        entry = session.files.pop(file, None)
        if entry is not None:
            entry["path"].unlink(missing_ok=True)


class QuizCard:
    """A quiz in the page: its questions are answered by pressing the right word."""

    async def show(self, result: ToolResult) -> str:
        """Show it; returns the message's id."""
        first = neutral(result.caption.split("\n")[0], authored=False)  # it names the topic
        message: Any = cl.Message(first)
        await message.send()
        element = cl.CustomElement(name="Quiz", props={"questions": result.values["questions"]})
        await element.send(for_id=message.id)
        return str(message.id)
