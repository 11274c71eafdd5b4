"""A local model as LangChain's `BaseChatModel`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolCall
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict, PrivateAttr

from tutor.config import Sampling, make_sampling
from tutor.llm.adapter import Declining
from tutor.llm.decode import Engine, generate
from tutor.llm.tool_text import calls_in, calls_written, result_written
from tutor.records import Message, Role

Choose = Callable[[Sequence[Message]], list[ToolCall]]
"""What calls a conversation wishes for, told without the model."""

LOOK_AGAIN = 0.05
"""Seconds until one who waits for an engine looks whether they have been cancelled."""

_ROLES: dict[str, Role] = {"human": "user", "ai": "assistant", "system": "system"}


class LocalChatModel(BaseChatModel):
    """Streams the replies of an engine, or of several at once.

    `beside` are further engines of the same model: as many replies are written at the same time,
    and whoever comes then waits for the first that ends.

    Calls take `sampling` (a whole `Sampling`), or single values of it such as
    `temperature`, and `cancelled`, a function asked before each token. Each
    streamed chunk stands for one token; its text may be empty.

    With tools bound, a model whose chat template knows of tools is offered
    them, and what it writes is read for calls. For any other `choose` decides
    whether a tool is called, if it was given.

    `declines`: how the model was taught to decline where notes do not answer, if it was.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, protected_namespaces=())

    engine: Any
    beside: Sequence[Any] = ()
    model_name: str
    defaults: Sampling = Sampling()
    choose: Choose | None = None
    declines: Declining | None = None
    # An engine holds one sequence: the next student's turn comes after this one.
    _moved: threading.Condition = PrivateAttr(default_factory=threading.Condition)
    _taken: set[int] = PrivateAttr(default_factory=set)
    _beginnings: dict[str, list[int]] = PrivateAttr(default_factory=dict)

    @property
    def _llm_type(self) -> str:
        return "course-tutor-local"

    @property
    def at_once(self) -> int:
        """How many replies are written at the same time."""
        return 1 + len(self.beside)

    @contextmanager
    def _turn(self, cancelled: Callable[[], bool]) -> Iterator[Engine | None]:
        """An engine that nobody else uses; None if `cancelled` came before one was free."""
        while (place := self._take()) is None and not cancelled():
            pass  # the taking itself waits a moment
        if place is None:
            yield None
            return
        try:
            yield self.beside[place - 1] if place else self.engine
        finally:
            with self._moved:
                self._taken.remove(place)
                self._moved.notify()

    def _take(self) -> int | None:
        """The first engine without a sequence, after a moment's wait for one; None: there is none.

        The first, so that one student alone finds the beginning of their prompts there.
        """
        with self._moved:
            if len(self._taken) == self.at_once:
                self._moved.wait(LOOK_AGAIN)
            place = next((n for n in range(self.at_once) if n not in self._taken), None)
            if place is not None:
                self._taken.add(place)
            return place

    @property
    def takes_tools(self) -> bool:
        """Whether the model itself was trained to call tools, as far as its template tells."""
        return bool(getattr(self.engine.tokenizer, "takes_tools", False))

    def declining(self, messages: Sequence[BaseMessage]) -> float | None:
        """The log-odds that the reply would decline; None for a model that was not taught to.

        None also where no engine is free: evidence waits for nobody's reply. A reply to the same
        messages need not read them again.
        """
        prompt = self._prompt(messages, self.defaults)
        with self._turn(lambda: True) as engine:
            if engine is None or self.declines is None:
                return None
            logits = engine.prefill(prompt, self._fixed(messages, prompt)).astype(np.float64)
            first = engine.tokenizer.encode(self.declines.reply)[0]
        odds = logits[first] - np.logaddexp.reduce(np.delete(logits, first))
        return float(odds - self.declines.even)

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[Any, AIMessage]:
        """The model with these tools offered to it, in any of LangChain's forms.

        A call cannot be forced on a local model: `tool_choice` is taken for the interface's
        sake, and "none" offers no tool.
        """
        offered = [] if tool_choice == "none" else [convert_to_openai_tool(tool) for tool in tools]
        return self.bind(tools=offered, **kwargs)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        sampling: Sampling | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        tools: Sequence[dict[str, Any]] = (),
        **changes: Any,
    ) -> Iterator[ChatGenerationChunk]:
        chosen = make_sampling(sampling or self.defaults, changes)
        if tools and (message := self._tool_message(messages, tools, stop, chosen, cancelled)):
            yield _whole(message)
            return
        prompt = self._prompt(messages, chosen)
        # LangChain takes a stream without a chunk for a failure, so there is always this last one.
        last = ChatGenerationChunk(message=AIMessageChunk(content="", chunk_position="last"))
        with self._turn(cancelled) as engine:
            options: dict[str, Any] = {"stop": tuple(stop or ()), "cancelled": cancelled}
            if self.declines and engine:
                first = engine.tokenizer.encode(self.declines.reply)[0]
                options["lowered"] = {first: self.declines.writing}
            fixed = self._fixed(messages, prompt)
            for piece in generate(engine, prompt, chosen, fixed=fixed, **options) if engine else ():
                chunk = ChatGenerationChunk(message=AIMessageChunk(content=piece))
                if run_manager:
                    run_manager.on_llm_new_token(piece, chunk=chunk)
                yield chunk
        yield last

    def _prompt(
        self,
        messages: Sequence[BaseMessage],
        sampling: Sampling,
        tools: Sequence[dict[str, Any]] = (),
    ) -> list[int]:
        """The messages in tokens; of the context as much as half is left to the reply."""
        engine: Engine = self.engine
        prompt = engine.tokenizer.prompt(_plain(messages), tools)
        return _fitted(prompt, engine.context - min(sampling.max_new_tokens, engine.context // 2))

    def _fixed(self, messages: Sequence[BaseMessage], prompt: Sequence[int]) -> int:
        """How many of the prompt's tokens all prompts with its system message begin with."""
        if messages[0].type != "system":
            return 0
        system = str(messages[0].text)
        beginning = self._beginnings.get(system)
        if beginning is None:
            tokenizer = self.engine.tokenizer
            turns = [Message("system", system)]
            one, other = (
                tokenizer.prompt([*turns, Message("user", text)]) for text in ("A", "5 b")
            )
            beginning = one[: _alike(one, other)]
            self._beginnings = {system: beginning}  # others may do so too at any moment
        return len(beginning) if _alike(beginning, prompt) == len(beginning) else 0

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        chunks = [c.message for c in self._stream(messages, stop, **kwargs)]
        calls = [call for c in chunks if isinstance(c, AIMessageChunk) for call in c.tool_calls]
        message = AIMessage(content="".join(str(c.content) for c in chunks), tool_calls=calls)
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _tool_message(
        self,
        messages: Sequence[BaseMessage],
        tools: Sequence[dict[str, Any]],
        stop: list[str] | None,
        sampling: Sampling,
        cancelled: Callable[[], bool],
    ) -> AIMessage | None:
        """The message that calls tools, or the model's words; None where it was not asked."""
        names = {tool["function"]["name"] for tool in tools}
        if not self.takes_tools:
            # Only a student's words are read for wishes, never what a tool or a document said.
            asked = self.choose is not None and messages[-1].type == "human"
            calls = self.choose(_plain(messages)) if self.choose and asked else []
            calls = [call for call in calls if call["name"] in names]
            return AIMessage(content="", tool_calls=calls) if calls else None
        prompt = self._prompt(messages, sampling, tools)
        with self._turn(cancelled) as engine:
            if engine is None:
                return AIMessage(content="")
            text = "".join(
                generate(engine, prompt, sampling, stop=tuple(stop or ()), cancelled=cancelled)
            )
        calls = calls_in(text, names)
        return AIMessage(content="" if calls else text, tool_calls=calls)


def _whole(message: AIMessage) -> ChatGenerationChunk:
    chunk = AIMessageChunk(
        content=message.content, tool_calls=message.tool_calls, chunk_position="last"
    )
    return ChatGenerationChunk(message=chunk)


def _plain(messages: Sequence[BaseMessage]) -> list[Message]:
    return [Message(_ROLES.get(item.type, "user"), _text(item)) for item in messages]


def _text(item: BaseMessage) -> str:
    """What a message says; calls and tools' reports in words: every template has room for those."""
    if isinstance(item, AIMessage):
        return calls_written(str(item.text), item.tool_calls)
    return result_written(str(item.text)) if item.type == "tool" else str(item.text)


def _alike(one: Sequence[int], other: Sequence[int]) -> int:
    """With how many tokens both begin."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def _fitted(prompt: list[int], room: int) -> list[int]:
    """A prompt that is too long loses its middle: instructions and question stay."""
    if len(prompt) <= room:
        return prompt
    head = room // 3
    return prompt[:head] + prompt[-(room - head) :]
