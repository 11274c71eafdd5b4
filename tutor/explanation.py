"""What a model says of the quotes, streamed: of its sentences only those that they support.

A sentence that stands in the quotes themselves is not said again. The model
reads the plain quotes, the question and a line on the form of study. It knows
nothing of markers: the check puts in the right ones.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from numpy.typing import NDArray

from tutor.config import Sampling, Settings
from tutor.evidence import plain
from tutor.index.words import words_of
from tutor.prompts import messages, read_prompt
from tutor.records import Answer, Evidence, Message, TextAdded
from tutor.study import NORMAL, Form
from tutor.support import SupportCheck, Verdict
from tutor.writing import Writing

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
Cancelled = Callable[[], bool]
Clock = Callable[[], float]
"""Milliseconds since the question arrived."""

_MESSAGES: dict[str, type[BaseMessage]] = {
    "system": SystemMessage,
    "user": HumanMessage,
    "assistant": AIMessage,
}


@dataclass(frozen=True, slots=True)
class Explainer:
    """Explains quotes. `prompt` is a prompt file's text, `timeout` in seconds.

    `strike`: what the quotes do not support is shown struck through, with the reason. `strict`:
    how closely sentences are checked, see `tutor.support`.
    """

    prompt: str
    encode: Encode
    timeout: float
    strike: bool = False
    strict: bool = True

    @classmethod
    def of(cls, settings: Settings, encode: Encode) -> Explainer:
        """As the settings say.

        Raises:
            PromptError: the prompt's file cannot be read.
        """
        return cls(
            read_prompt(settings.prompts, "answer"),
            encode,
            settings.answer_timeout,
            strike=settings.unsupported == "strike",
            strict=settings.checks_strictly,
        )

    def explain(
        self,
        model: BaseChatModel,
        answer: Answer,
        question: str,
        form: Form,
        cancelled: Cancelled,
        clock: Clock,
    ) -> Generator[TextAdded, None, Answer]:
        """Stream the explanation's supported sentences; returns the answer grown by them.

        `question` stands on its own, as the answer's may not. The reply stays
        within the form's words.
        """
        check = SupportCheck(question, answer.evidence, self.encode, words_of, strict=self.strict)
        turns = self._turns(question, answer.evidence, form)
        pieces = self._model_text(model, turns, answer, cancelled, clock)
        writing = Writing(pieces)
        room = form.reply_words - len(answer.text.split())
        text, dropped = answer.text, list(answer.dropped)
        heard: set[str] = set()
        said = 0
        for sentence in writing.sentences():
            if sentence.lower() in heard:
                # A small model that repeats itself goes on doing so to the end.
                dropped.append(f"{sentence} (said before)")
                break
            heard.add(sentence.lower())
            words = len(sentence.split()) + 1
            verdict = check.check(sentence)
            if reason := verdict.reason or _needless(verdict, words, room):
                dropped.append(f"{sentence} ({reason})")
                if not self.strike or not verdict.reason:
                    continue
                shown = f"~~{sentence}~~ *({reason})*"
            else:
                room -= words
                said += 1
                shown = f"{sentence} [{verdict.marker}]"
            piece = f"{chr(10) * 2 if text == answer.text else ' '}{shown}"
            text += piece
            yield TextAdded(piece)
            if said == form.sentences:
                break
        timings = replace(
            answer.timings,
            first_token_ms=writing.first_ms,
            new_tokens=writing.tokens,
            tokens_per_second=writing.rate(clock()),
        )
        return replace(answer, text=text, dropped=tuple(dropped), timings=timings)

    def doubt(
        self, model: BaseChatModel, question: str, evidence: Sequence[Evidence]
    ) -> float | None:
        """The log-odds that a model that was taught to decline would; None for any other."""
        declining = getattr(model, "declining", None)
        return declining(self._turns(question, evidence, NORMAL)) if declining else None

    def _turns(self, question: str, evidence: Sequence[Evidence], form: Form) -> list[BaseMessage]:
        """What the model reads."""
        notes = [note(piece) for piece in evidence]
        turns = asked_of(self.prompt, notes, question, form)
        return [_MESSAGES[message.role](message.content) for message in turns]

    def _model_text(
        self,
        model: BaseChatModel,
        turns: list[BaseMessage],
        answer: Answer,
        cancelled: Cancelled,
        clock: Clock,
    ) -> Iterator[tuple[str, float]]:
        """The model's pieces of text, a token each, with the time each came."""
        deadline = clock() + self.timeout * 1000
        options: dict[str, Any] = {
            "sampling": Sampling.model_validate(answer.sampling),
            "cancelled": lambda: cancelled() or clock() > deadline,
        }
        for chunk in model.stream(turns, **options):
            if chunk.chunk_position != "last" or chunk.text:
                yield str(chunk.text), clock()


def _needless(verdict: Verdict, words: int, room: int) -> str:
    """Why a supported sentence is not shown; empty if it is."""
    if verdict.copied:
        return "the quotes say it in the same words"
    return "too long" if words > room else ""


def note(piece: Evidence) -> str:
    """A quote as the model reads it: without marks of emphasis, under its heading."""
    text = plain(piece.quote)
    heading = plain(piece.headings[-1]) if piece.headings else ""
    return text if text.startswith(heading) else f"{heading}\n{text}"


def asked_of(prompt: str, notes: Sequence[str], question: str, form: Form) -> list[Message]:
    """The prompt's parts with the notes, the question and the form put in."""
    values = {"evidence": numbered(notes), "question": question}
    if "{{form}}" in prompt:  # a prompt of one's own may do without
        values["form"] = form.instruction
    return messages(prompt, values)


def numbered(notes: Sequence[str]) -> str:
    """Notes as the prompt holds them, each behind its number."""
    return "\n\n".join(f"[{number}] {text}" for number, text in enumerate(notes, start=1))
