"""Wishes for a lab as the questions that a follow-up leans on.

After "show me sixteen sevens from the GAN" the student asks "why is it blurry?".
What the lab shows says what "it" is; the words of the wish, looked up, would not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tutor.conversation import Meant, meant
from tutor.labs.catalogue import LABS
from tutor.records import Message, ToolCall
from tutor.tools.dispatch import subject
from tutor.tools.router import Routed

Wanted = Callable[[str, Sequence[Message]], Routed]
"""A student's words and the turns before them to the call that they wish for."""

RECENT = 4
"""Turns of the student's that are read for wishes: a follow-up leans on what was just said."""


def meant_after(question: str, history: Sequence[Message], wanted: Wanted | None) -> Meant:
    """What a message means after the turns before, of which some wished for labs."""
    asked = meant(question, history)
    leans = asked.again or asked.question != asked.own
    if wanted is None or asked.reply is not None or not leans:
        return asked
    return meant(question, as_questions(history, wanted))


def as_questions(history: Sequence[Message], wanted: Wanted) -> list[Message]:
    """The turns before, each wish for a lab as a question on what the lab shows."""
    said = [at for at, turn in enumerate(history) if turn.role == "user"][-RECENT:]
    turns = list(history)
    for at in said:
        call = history[at].call or wanted(history[at].content, history[:at]).call
        if call is not None and (text := _asked(call)):
            turns[at] = replace(history[at], content=text)
    return turns


def _asked(call: ToolCall) -> str:
    """What a call shows or searches, as a question; nothing where that is the whole course.

    A lab's usual action shows what the lab is of; another one shows more than that (collapse).
    """
    if call.name not in LABS:
        topic = str(call.arguments.get("topic", "")).strip()
    elif any(call.arguments.get(name, usual) != usual for name, usual in _chosen(call.name)):
        topic = subject(call)
    else:
        topic, _, _ = LABS[call.name].summary.partition(":")
    return f"What is {topic}?" if topic else ""


def _chosen(lab: str) -> list[tuple[str, object]]:
    """The options that say what a lab shows, and their usual values."""
    fields = LABS[lab].model_fields
    return [(name, fields[name].default) for name in ("action", "name") if name in fields]
