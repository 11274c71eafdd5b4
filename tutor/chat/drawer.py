"""Draws the steps of one answer in the page: the reply's words, and the card of a tool."""

from __future__ import annotations

from typing import Any

from tutor.chat.answering import Step, Waiting
from tutor.chat.card import Card, QuizCard
from tutor.chat.drawing import added, opening, places
from tutor.chat.knobs import heading
from tutor.chat.reply import Reply
from tutor.labs import LABS
from tutor.records import (
    EvidenceFound,
    TextAdded,
    ToolCall,
    ToolFinished,
    ToolProgress,
    ToolStarted,
)


class Drawer:
    """One answer as it is drawn. `card` given: a lab of before runs again in its place."""

    def __init__(self, card: Card | None = None) -> None:
        self.reply = Reply()
        self.said = ""
        self.cards: list[Card] = []
        self._again = card
        self._places = 0

    @property
    def _card(self) -> Card:
        return self.cards[-1]

    async def draw(self, step: Step) -> None:
        """Draw a step."""
        if isinstance(step, EvidenceFound | TextAdded | ToolFinished):
            self.said += step.text
        match step:
            case EvidenceFound():
                await self._evidence(step)
            case TextAdded(text) if text:
                await self.reply.say(added(text, self._places))
            case Waiting(before, True):
                await self._card.wait(before)
            case Waiting(before):
                who = "Another student is" if before == 1 else f"{before} students are"
                await self.reply.note(f"{who} before you; the explanation follows.")
            case ToolStarted(call, notes) if call.name in LABS:
                self.cards.append(self._again or Card(call))
                await self._card.start(call, notes)
            case ToolProgress(_, fraction, text, picture):
                await self._card.progress(fraction, text, picture)
            case ToolFinished(result, text):
                if result.call.name in LABS:
                    await self._card.finish(result)
                elif result.call.name == "quiz" and result.ok:
                    await QuizCard().show(result)
                else:
                    await self.reply.say(added(text.strip(), 0) + "\n\n")
            case _:
                pass

    async def _evidence(self, event: EvidenceFound) -> None:
        shown = places(event)
        self._places = len(shown)
        if self.cards and event.evidence:
            await self.reply.say("What the course says about it:\n\n")
        await self.reply.say(opening(event) + "\n\n")
        if shown:
            await self.reply.carry(shown, show_me(event.shown_by))

    async def stopped(self) -> None:
        """The student stopped it."""
        if self.cards:
            await self._card.stop()
        else:
            await self.reply.say("\n\n*Stopped.*")

    async def broken(self) -> None:
        """Something went wrong, which is told below."""
        for card in self.cards:
            await card.stop()
        await self.reply.finish()

    @property
    def id(self) -> str:
        return self.reply.id


def show_me(call: ToolCall | None) -> dict[str, Any] | None:
    """The button that shows what a reply speaks of."""
    if call is None:
        return None
    return {"label": heading(call), "tool": call.name, "arguments": call.arguments}
