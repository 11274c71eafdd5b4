"""From what a student says to tools that run: who decides on a call, and how it is carried out.

The router decides first, in a few hundredths of a second. Where it sees no
call, a model that was trained for tools may be asked. Either reads only what
the student said, never a document or a reply, so that no text of the course
can cause a call; and whatever they decide is checked before it is run.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from tutor.citations import escaped
from tutor.config import Sampling
from tutor.errors import ModelError, TutorError
from tutor.labs import LabOptions, Progress, Result
from tutor.prompts import messages
from tutor.records import (
    Evidence,
    Message,
    ToolCall,
    ToolFinished,
    ToolProgress,
    ToolResult,
    ToolStarted,
)
from tutor.tools.choices import said_actions
from tutor.tools.registry import TOOLS, Options, as_tools, check, clamp, report
from tutor.tools.router import Routed, Router
from tutor.tools.worker import LabWorker

CALLS = 3
"""How many tools one message may run at most."""
_DECIDING = Sampling(strategy="greedy", max_new_tokens=200)
_READS_COURSE = {"embeddings", "language_model", "quiz", "search_course"}
"""Tools whose results hold words of documents: after them no model is asked for another call."""
_SAYABLE = ("action", "name", "strategy", "model")
"""Arguments that a heading of the course can mean; its numbers are none."""
_OWN_TEXT = ("topic", "prompt", "text")
_GOING_ON = {"language_model": {"action": "generate"}}
"""What is wanted of a tool to which a prompt is given and no action: compared, it is not read."""
_ALL_TEXT = {"search_course", "tokens", "attention"}
"""Tools of which a command says nothing but their text."""
_NUMBERS = re.compile(r"^(?:\w+ )?\d+[:.)]?\s+|\d+")

Cancelled = Callable[[], bool]
Run = Callable[[ToolCall, Any], ToolResult]
"""Runs a tool that is no lab, given its checked options."""
ToolEvent = ToolStarted | ToolProgress | ToolFinished


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Decides on calls and runs them. `others` run the tools that are no labs."""

    router: Router
    worker: LabWorker
    prompt: str
    others: Mapping[str, Run]
    timeout: float = 60.0
    """Seconds that a model has to decide on a call."""
    shown_by: dict[str, ToolCall | None] = field(default_factory=dict)
    """What shows the topics of the course's headings, as far as asked before."""

    def wanted(self, question: str, history: Sequence[Message]) -> Routed:
        """The call that the student's words mean, by the router."""
        return self.router.route(question, history)

    def commanded(self, name: str, text: str) -> Routed:
        """The call of the tool that the student chose by its name, with what they wrote to it.

        Its words are read as the router reads them; where it does not take them for this tool,
        they are the tool's own text, if it has one.
        """
        text = text.strip()
        own = next((o for o in _OWN_TEXT if o in TOOLS[name].model_fields), None)
        if not text or name in _ALL_TEXT:
            return Routed(*clamp(ToolCall(name, {own: text} if own and text else {})))
        command = f"{name.replace('_', ' ')} {text}"
        found = self.router.route(command)
        if found.call is not None and found.call.name == name:
            return self._with_own_text(found, found.call, own, text)
        if own:
            return Routed(*clamp(ToolCall(name, {**_GOING_ON.get(name, {}), own: text})))
        call, notes = clamp(ToolCall(name, self.router.settings(name, command)))
        if not call.arguments:
            notes = (*notes, f"no setting of {name} is named in '{text[:60]}', so it runs as usual")
        return Routed(call, notes)

    def _with_own_text(self, found: Routed, call: ToolCall, own: str | None, text: str) -> Routed:
        """A command's call with the topic or prompt that was written without a cue to it."""
        if own is None or own == "text" or own in call.arguments:
            return found
        written = self.router.own_text(call.name, text)
        if not written:
            return found
        given = {**call.arguments, own: written}
        if not said_actions(call.name, text.replace(written, "").lower()):
            given.update(_GOING_ON.get(call.name, {}))
        call, notes = clamp(ToolCall(call.name, given))
        return Routed(call, (*found.notes, *notes))

    def run(
        self, wanted: Routed, cancelled: Cancelled
    ) -> Generator[ToolEvent, None, ToolResult | None]:
        """Run a call; returns its result, an error among them, or None when it was cancelled."""
        call, notes = wanted.call, wanted.notes
        assert call is not None
        yield ToolStarted(call, notes)
        result: ToolResult | None = None
        try:
            options = check(call)
            for step in self._steps(call, options, cancelled):
                if isinstance(step, ToolResult):
                    result = step
                elif not cancelled():
                    yield ToolProgress(call, step.fraction, step.text, step.picture)
        except TutorError as error:
            result = ToolResult(call, False, error=str(error))
        if result is not None:
            yield ToolFinished(result, said(result, notes))
        return result

    def _steps(
        self, call: ToolCall, options: Options, cancelled: Cancelled
    ) -> Iterator[Progress | ToolResult]:
        if not isinstance(options, LabOptions):
            yield self.others[call.name](call, options)
            return
        for step in self.worker.run(call.name, options, cancelled):
            if isinstance(step, Result):
                yield ToolResult(call, True, step.caption, step.values, pictures=step.pictures)
            else:
                yield step

    def ask_model(
        self,
        model: BaseChatModel,
        question: str,
        history: Sequence[Message],
        cancelled: Cancelled,
    ) -> Generator[ToolEvent, None, list[ToolResult]]:
        """Let a model that was trained for tools decide; runs what it calls."""
        bound = model.bind_tools(as_tools(_never))
        turns = self._turns(question, history)
        results: list[ToolResult] = []
        while len(results) < CALLS and not cancelled():
            until = time.monotonic() + self.timeout
            options: dict[str, Any] = {
                "sampling": _DECIDING,
                "cancelled": lambda until=until: cancelled() or time.monotonic() > until,
            }
            try:
                reply = bound.invoke(turns, **options)
            except ModelError:  # not every server that has models takes tools
                break
            calls = reply.tool_calls[: CALLS - len(results)]
            if not calls:
                break
            turns.append(AIMessage(content="", tool_calls=calls))
            for call in calls:
                given = ToolCall(str(call["name"]), dict(call["args"]))
                wanted = Routed(*clamp(given)) if given.name in TOOLS else Routed(given)
                result = yield from self.run(wanted, cancelled)
                if result is None:
                    return results
                results.append(result)
                if result.call.name in _READS_COURSE:
                    return results
                turns.append(ToolMessage(report(result), tool_call_id=call["id"] or ""))
        return results

    def _turns(self, question: str, history: Sequence[Message]) -> list[BaseMessage]:
        """What a model reads to decide: the student's own words alone."""
        asked = [HumanMessage(turn.content) for turn in history if turn.role == "user"]
        system, user = messages(self.prompt, {"question": question})
        return [SystemMessage(system.content), *asked[-4:], HumanMessage(user.content)]

    def fitting(self, question: str, evidence: Sequence[Evidence]) -> ToolCall | None:
        """The call that would show what a question and its best quote are about, if one would.

        The question's topic and the headings that the quote stands under are
        read as if the student had said "show me" before them.
        """
        above = evidence[0].headings if evidence else ()
        headings = (above[1:] or above)[::-1][:2]  # without the document's title
        found = self._showing(_topic(question))
        for heading in headings:
            if heading not in self.shown_by:  # one of the course's own: there are not many
                self.shown_by[heading] = self._showing(heading)
            found = found or self.shown_by[heading]
        return found

    def _showing(self, topic: str) -> ToolCall | None:
        """The call of a lab that "show me" with this topic means."""
        call = self.router.route(f"show me {_NUMBERS.sub('', topic).strip().lower()}").call
        if call is None or not issubclass(TOOLS[call.name], LabOptions):
            return None
        return ToolCall(call.name, {k: v for k, v in call.arguments.items() if k in _SAYABLE})


_ASKING = re.compile(
    r"^(?:(?:what|which|why|how|when|where|who|can|could|would|please|explain|describe|define|"
    r"tell me|about|is|are|was|does|do|did|you|meant by|mean|the|an?)\b\s*)+",
    re.IGNORECASE,
)


def _topic(question: str) -> str:
    """A question without the words that ask: "What is mode collapse?" is about mode collapse."""
    return _ASKING.sub("", question).strip(" ?!.")


def trained_for_tools(model: BaseChatModel | None) -> bool:
    """Whether a model decides on calls itself: its own template or its class has a way to."""
    if model is None:
        return False
    own = type(model).bind_tools is not BaseChatModel.bind_tools
    return bool(getattr(model, "takes_tools", own))


def said(result: ToolResult, notes: Sequence[str] = ()) -> str:
    """What a reply says of a result: its caption or its error, and what was changed."""
    text = result.caption if result.ok else sentence(f"This did not work: {result.error}")
    if not result.evidence:  # nothing in it is one of our markers
        text = escaped(text)
    return "\n\n".join(filter(None, [" ".join(map(sentence, notes)), text]))


def sentence(text: str) -> str:
    """A line as a sentence."""
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}."


def subject(call: ToolCall) -> str:
    """What a call shows, in the catalogue's words: by it the passage that explains is found."""
    kind = TOOLS[call.name]
    head, _, _ = kind.summary.partition(":")
    words = [head]
    for option in ("action", "name", "strategy"):
        field = kind.model_fields.get(option)
        if field is None:
            continue
        value = str(call.arguments.get(option, field.default))
        words.append(_clause(field.description or "", value) if option == "action" else value)
    return " ".join(words)


def _clause(description: str, action: str) -> str:
    """What the list of actions says of one of them."""
    for part in description.split(";"):
        name, colon, meaning = part.strip().partition(":")
        if name.strip() == action:
            return meaning.strip() if colon else action
        if part.strip().startswith(action.split("_")[0]):
            return part.strip()
    return action.replace("_", " ")


def _never(call: ToolCall) -> ToolResult:
    """Stands where LangChain wants a function: the dispatcher runs calls itself."""
    raise AssertionError(f"{call.name} is run by the dispatcher")
