"""The Tutor: a question in, a stream of events out.

Evidence comes first, word for word; then the model's explanation, sentence by
sentence, each checked against the evidence before it is passed on. Every face
draws these same events.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from numpy.typing import NDArray

from tutor import coverage
from tutor.citations import escaped, label, quoted, verbatim, without_markers
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
)
from tutor.retrieve import Retriever
from tutor.support import SupportCheck, sentences_of

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
Cancelled = Callable[[], bool]

REPLY_WORDS = 150
"""A reply's length at most, quotes included."""
RETRIEVED = 8
NEARBY = 3

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
    """Answers questions from one index. `model` None: the evidence is the whole reply."""

    def __init__(
        self,
        settings: Settings,
        retriever: Retriever,
        encode: Encode,
        judge: Judge,
        model: BaseChatModel | None,
    ) -> None:
        self._settings = settings
        self._retriever = retriever
        self._encode = encode
        self.model = model
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

    def _events(
        self, question: str, history: Sequence[Message], sampling: Sampling, cancelled: Cancelled
    ) -> Iterator[Event]:
        clock = Clock()
        answer = Answer(question, "", False, model=self.model_name, sampling=sampling.model_dump())
        if reply := chatter(question) if question else "Please ask a question.":
            yield TextAdded(reply)
            yield Done(replace(answer, text=reply, timings=Timings(total_ms=clock())))
            return
        asked = standalone(question, history)
        vector = self._retriever.embed(asked)
        hits = self._retriever.search(asked, RETRIEVED, vector)
        retrieve_ms = clock()
        selection = self._selector.select(vector, hits)
        covered = coverage.covers(asked, hits, selection.candidates, self._judge.score)
        evidence = verbatim(selection.evidence) if covered else ()
        nearby = () if covered else tuple(hit.chunk for hit in _distinct(hits)[:NEARBY])
        opening = quoted(evidence) if covered else self._refusal(nearby)
        yield EvidenceFound(evidence, covered, opening, nearby)
        answer = replace(
            answer,
            text=opening,
            covered=covered,
            evidence=evidence,
            timings=Timings(retrieve_ms, clock(), total_ms=clock()),
        )
        if covered and self.model:
            answer = yield from self._explain(answer, asked, sampling, cancelled, clock)
        yield Done(replace(answer, timings=replace(answer.timings, total_ms=clock())))

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
        writing = _Writing(self._model_text(question, answer.evidence, sampling, cancelled, clock))
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


class _Writing:
    """A model's text as it grows: cut into sentences, its tokens counted."""

    def __init__(self, pieces: Iterator[tuple[str, float]]) -> None:
        self._pieces = pieces
        self.tokens = 0
        self.first_ms: float | None = None

    def sentences(self) -> Iterator[str]:
        """Each sentence as soon as the next one has begun."""
        held = ""
        for piece, at in self._pieces:
            self.first_ms = at if self.first_ms is None else self.first_ms
            self.tokens += 1
            held += piece
            *whole, _ = sentences_of(held) or [""]
            for sentence in whole:
                yield without_markers(sentence)
                held = held[held.index(sentence) + len(sentence) :]
        # What a cut-off model left unfinished is no sentence.
        if held.strip() and held.rstrip()[-1] in ".!?\"')":
            yield without_markers(held.strip())

    def rate(self, now: float) -> float:
        """Tokens a second from the first token on."""
        if self.first_ms is None or self.tokens < 2:
            return 0.0
        return 1000 * (self.tokens - 1) / max(now - self.first_ms, 1e-3)


def _distinct(hits: Sequence[Hit]) -> list[Hit]:
    """The first hit of each place."""
    seen: dict[str, Hit] = {}
    for hit in hits:
        seen.setdefault(label(hit.chunk), hit)
    return list(seen.values())
