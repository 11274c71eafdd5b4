"""Draws the steps of one answer in the page: the reply's words, and the card of a tool."""

from __future__ import annotations

from typing import Any

from tutor.chat.answering import Refused, Step, Waiting, What
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
from tutor.tools.registry import settled


class Drawer:
    """One answer as it is drawn. `card` given: a lab of before runs again in its place."""

    def __init__(self, card: Card | None = None) -> None:
        self.reply = Reply()
        self.said = ""
        self.call: ToolCall | None = None
        """The call that it ran, with which further wishes go on."""
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
        if isinstance(step, ToolStarted):
            self.call = settled(step.call) or self.call
        match step:
            case EvidenceFound():
                await self._evidence(step)
            case TextAdded(text) if text:
                await self.reply.say(added(text, self._places))
            case Waiting(before, "lab"):
                await self._card.wait(before)
            case Waiting(before, what):
                await self.reply.note(f"{_before(before)} before you; the {_NAMES[what]} follows.")
            case Refused(_, _, what):
                await self._refused(refusal(step), what)
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

    async def _refused(self, why: str, what: What) -> None:
        self.said += f"\n\n{why}"
        if what == "lab":
            await self._card.refuse(why)
        else:
            await self.reply.say(f"*{why}*\n\n")

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


_NAMES: dict[What, str] = {"evidence": "answer", "explanation": "explanation", "lab": "lab"}
"""What the student calls it."""


def _before(students: int) -> str:
    return "Another student is" if students == 1 else f"{students} students are"


def refusal(step: Refused) -> str:
    """What a student is told who finds no place in a line, and when to come again."""
    if step.own:
        first = "Two of your questions come first, on other pages of yours"
        return f"{first}; ask again when one of them has its answer."
    minutes = max(1, round(step.seconds / 60))
    when = "a minute" if minutes == 1 else f"{minutes} minutes"
    return (
        f"The class is busy: {_before(step.before).lower()} before you, so there is no "
        f"{_NAMES[step.what]} now. Please try again in about {when}."
    )


def show_me(call: ToolCall | None) -> dict[str, Any] | None:
    """The button that shows what a reply speaks of."""
    if call is None:
        return None
    return {"label": heading(call), "tool": call.name, "arguments": call.arguments}
