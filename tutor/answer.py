"""The Tutor: a question in, a stream of events out.

Evidence comes first, word for word; then the model's explanation, sentence by
sentence, each checked against the evidence before it is passed on. A wish to
see something runs a tool instead, and the passage that explains what it showed
follows. Every face draws these same events.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from numpy.typing import NDArray

from tutor import coverage
from tutor.citations import escaped, label, quoted, verbatim
from tutor.config import Sampling, Settings
from tutor.conversation import chatter, standalone
from tutor.evidence import Selector, plain
from tutor.index.words import words_of
from tutor.judge import Judge
from tutor.prompts import fill, messages, read_prompt
from tutor.records import (
    Answer,
    Chunk,
    Done,
    Event,
    Evidence,
    EvidenceFound,
    Hit,
    Message,
    TextAdded,
    Timings,
    ToolCall,
    ToolFinished,
)
from tutor.retrieve import Retriever
from tutor.support import SupportCheck
from tutor.tools.dispatch import Dispatcher, ToolEvent, subject, trained_for_tools
from tutor.tools.router import Routed
from tutor.writing import Writing

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
Cancelled = Callable[[], bool]

REPLY_WORDS = 150
"""A reply's length at most, quotes included."""
RETRIEVED = 8
NEARBY = 3
EXPLAINING_WORDS = 60
"""Of the quotes under what a tool showed."""
RELATED_COSINE = 0.4
"""Below it no passage is about what a tool showed: with its own course each lab has one at .44."""

_MESSAGES: dict[str, type[BaseMessage]] = {
    "system": SystemMessage,
    "user": HumanMessage,
    "assistant": AIMessage,
}


class Clock:
    """Milliseconds since a question arrived."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def __call__(self) -> float:
        return (time.perf_counter() - self._start) * 1000


class Tutor:
    """Answers questions from one index.

    `model` None: the evidence is the whole reply. `tools` None: every message is a question.
    """

    def __init__(
        self,
        settings: Settings,
        retriever: Retriever,
        encode: Encode,
        judge: Judge,
        model: BaseChatModel | None,
        tools: Dispatcher | None = None,
    ) -> None:
        self._settings = settings
        self._retriever = retriever
        self._encode = encode
        self.model = model
        self.tools = tools
        self._judge = judge
        self._selector = Selector(encode, settings.evidence_words)
        self._answer_prompt = read_prompt(settings.prompts, "answer")
        self._not_covered = read_prompt(settings.prompts, "not_covered")
        self._nearby = read_prompt(settings.prompts, "nearby")

    @property
    def retriever(self) -> Retriever:
        return self._retriever

    @property
    def model_name(self) -> str:
        return str(getattr(self.model, "model_name", "")) if self.model else "none"

    def warm_up(self) -> None:
        """Have the models do their first, slow run before a student waits for it."""
        self._encode(["warm up"])
        self._judge.score("warm", ["up"])
        if self.model:
            tiny = Sampling(max_new_tokens=1)
            for _ in self.model.stream([HumanMessage("hi")], sampling=tiny):
                pass

    def answer(
        self,
        question: str,
        history: Sequence[Message] = (),
        *,
        sampling: Sampling | None = None,
        cancelled: Cancelled = lambda: False,
    ) -> Iterator[Event]:
        """The events of one reply; the last is always `Done`."""
        question = question.encode("utf-8", "replace").decode().strip()
        return self._events(question, history, sampling or self._settings.sampling, cancelled)

    def show(
        self, wanted: Routed, question: str, cancelled: Cancelled = lambda: False
    ) -> Iterator[Event]:
        """The events of a reply that runs a tool, as chosen without words; the last is `Done`."""
        assert self.tools is not None
        clock = Clock()
        answer = Answer(question, "", False, model=self.model_name)
        answer = yield from self._shown(answer, self.tools.run(wanted, cancelled), clock)
        yield Done(replace(answer, timings=replace(answer.timings, total_ms=clock())))

    def _events(
        self, question: str, history: Sequence[Message], sampling: Sampling, cancelled: Cancelled
    ) -> Iterator[Event]:
        clock = Clock()
        answer = Answer(question, "", False, model=self.model_name, sampling=sampling.model_dump())
        if reply := chatter(question) if question else "Please ask a question.":
            yield TextAdded(reply)
            yield Done(replace(answer, text=reply, timings=Timings(total_ms=clock())))
            return
        if self.tools and (wanted := self.tools.wanted(question, history)).call:
            yield from self.show(wanted, question, cancelled)
            return
        asked = standalone(question, history)
        vector = self._retriever.embed(asked)
        hits = self._retriever.search(asked, RETRIEVED, vector)
        retrieve_ms = clock()
        selection = self._selector.select(vector, hits)
        covered = coverage.covers(asked, hits, selection.candidates, self._judge.score)
        if not covered and self.tools and self.model and trained_for_tools(self.model):
            yield TextAdded("")  # whoever waits for evidence need not wait for the model
            called = self.tools.ask_model(self.model, question, history, cancelled)
            answer = yield from self._shown(answer, called, clock)
        if not answer.tool_results:
            evidence = verbatim(selection.evidence) if covered else ()
            nearby = () if covered else tuple(hit.chunk for hit in _distinct(hits)[:NEARBY])
            opening = quoted(evidence) if covered else self._refusal(nearby)
            shown_by = self.tools.fitting(asked, evidence) if covered and self.tools else None
            yield EvidenceFound(evidence, covered, opening, nearby, shown_by)
            timings = Timings(retrieve_ms, clock(), total_ms=clock())
            answer = replace(
                answer, text=opening, covered=covered, evidence=evidence, timings=timings
            )
        if covered and self.model:
            answer = yield from self._explain(answer, asked, sampling, cancelled, clock)
        yield Done(replace(answer, timings=replace(answer.timings, total_ms=clock())))

    def _shown(
        self, answer: Answer, events: Generator[ToolEvent, None, object], clock: Clock
    ) -> Generator[Event, None, Answer]:
        """Pass on what tools do, then the passage that explains it; returns the answer so far."""
        with closing(events):  # one who stops listening ends the lab
            for event in events:
                if isinstance(event, ToolFinished):
                    event = replace(event, text=("\n\n" if answer.text else "") + event.text)
                    results = (*answer.tool_results, event.result)
                    answer = replace(answer, text=answer.text + event.text, tool_results=results)
                yield event
        done = [result for result in answer.tool_results if result.ok]
        if not done:
            return answer
        last = done[-1]
        room = REPLY_WORDS - len(answer.text.split())
        asked_at = clock()
        evidence = last.evidence or self._passage(last.call, min(EXPLAINING_WORDS, room))
        timings = Timings(clock() - asked_at, clock())
        answer = replace(answer, covered=bool(evidence), evidence=evidence, timings=timings)
        if not evidence or last.call.name == "quiz":  # its own text has the markers
            return answer
        text = f"\n\n{quoted(evidence)}"
        yield EvidenceFound(evidence, True, text)
        return replace(answer, text=answer.text + text)

    def _passage(self, call: ToolCall, words: int) -> tuple[Evidence, ...]:
        """What the course says of what a lab shows; nothing where it does not speak of it."""
        if call.name in ("quiz", "search_course"):
            return ()
        query = subject(call)
        vector = self._retriever.embed(query)
        hits = self._retriever.search(query, RETRIEVED, vector)
        if not hits or hits[0].cosine < RELATED_COSINE or words < 1:
            return ()
        return verbatim(Selector(self._encode, words).select(vector, hits).evidence[:1])

    def _refusal(self, nearby: Sequence[Chunk]) -> str:
        if not nearby:
            return self._not_covered
        topics = "\n".join(f"- {escaped(label(chunk))}" for chunk in nearby)
        return f"{self._not_covered}\n\n{fill(self._nearby, {'topics': topics})}"

    def _explain(
        self,
        answer: Answer,
        question: str,
        sampling: Sampling,
        cancelled: Cancelled,
        clock: Clock,
    ) -> Generator[Event, None, Answer]:
        """Stream the explanation's supported sentences; returns the answer grown by them."""
        check = SupportCheck(question, answer.evidence, self._encode, words_of)
        writing = Writing(self._model_text(question, answer.evidence, sampling, cancelled, clock))
        room = REPLY_WORDS - len(answer.text.split())
        text, dropped = answer.text, list(answer.dropped)
        heard: set[str] = set()
        for sentence in writing.sentences():
            if sentence.lower() in heard:
                # A small model that repeats itself goes on doing so to the end.
                dropped.append(f"{sentence} (said before)")
                break
            heard.add(sentence.lower())
            words = len(sentence.split()) + 1
            verdict = check.check(sentence)
            if verdict.marker is None:
                dropped.append(f"{sentence} ({verdict.reason})")
                continue
            if words > room:
                dropped.append(f"{sentence} (too long)")
                continue
            room -= words
            piece = f"{' ' if text != answer.text else chr(10) * 2}{sentence} [{verdict.marker}]"
            text += piece
            yield TextAdded(piece)
        timings = replace(
            answer.timings,
            first_token_ms=writing.first_ms,
            new_tokens=writing.tokens,
            tokens_per_second=writing.rate(clock()),
        )
        return replace(answer, text=text, dropped=tuple(dropped), timings=timings)

    def _model_text(
        self,
        question: str,
        evidence: Sequence[Evidence],
        sampling: Sampling,
        cancelled: Cancelled,
        clock: Clock,
    ) -> Iterator[tuple[str, float]]:
        """The model's pieces of text, a token each, with the time each came."""
        assert self.model is not None
        notes = "\n\n".join(plain(piece.quote) for piece in evidence)
        prompt = messages(self._answer_prompt, {"evidence": notes, "question": question})
        turns = [_MESSAGES[message.role](message.content) for message in prompt]
        deadline = clock() + self._settings.answer_timeout * 1000
        options: dict[str, Any] = {
            "sampling": sampling,
            "cancelled": lambda: cancelled() or clock() > deadline,
        }
        for chunk in self.model.stream(turns, **options):
            if chunk.chunk_position != "last" or chunk.text:
                yield str(chunk.text), clock()


def _distinct(hits: Sequence[Hit]) -> list[Hit]:
    """The first hit of each place."""
    seen: dict[str, Hit] = {}
    for hit in hits:
        seen.setdefault(label(hit.chunk), hit)
    return list(seen.values())
