"""A local model as LangChain's `BaseChatModel`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, PrivateAttr

from tutor.config import Sampling, make_sampling
from tutor.llm.decode import Engine, generate
from tutor.records import Message, Role

_ROLES: dict[str, Role] = {"human": "user", "ai": "assistant", "system": "system"}


class LocalChatModel(BaseChatModel):
    """Streams the replies of an engine.

    Calls take `sampling` (a whole `Sampling`), or single values of it such as
    `temperature`, and `cancelled`, a function asked before each token. Each
    streamed chunk stands for one token; its text may be empty.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, protected_namespaces=())

    engine: Any
    model_name: str
    defaults: Sampling = Sampling()
    # The engine holds one sequence: the next student's turn comes after this one.
    _turn: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    @property
    def _llm_type(self) -> str:
        return "course-tutor-local"

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        sampling: Sampling | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        **changes: Any,
    ) -> Iterator[ChatGenerationChunk]:
        engine: Engine = self.engine
        chosen = make_sampling(sampling or self.defaults, changes)
        prompt = engine.tokenizer.prompt(_plain(messages))
        prompt = _fitted(prompt, engine.context - min(chosen.max_new_tokens, engine.context // 2))
        # LangChain takes a stream without a chunk for a failure, so there is always this last one.
        last = ChatGenerationChunk(message=AIMessageChunk(content="", chunk_position="last"))
        while not self._turn.acquire(timeout=0.05):
            if cancelled():
                yield last
                return
        try:
            for piece in generate(
                engine, prompt, chosen, stop=tuple(stop or ()), cancelled=cancelled
            ):
                chunk = ChatGenerationChunk(message=AIMessageChunk(content=piece))
                if run_manager:
                    run_manager.on_llm_new_token(piece, chunk=chunk)
                yield chunk
        finally:
            self._turn.release()
        yield last

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        pieces = [str(c.message.content) for c in self._stream(messages, stop, **kwargs)]
        message = AIMessage(content="".join(pieces))
        return ChatResult(generations=[ChatGeneration(message=message)])


def _plain(messages: Sequence[BaseMessage]) -> list[Message]:
    return [Message(_ROLES.get(item.type, "user"), str(item.text)) for item in messages]


def _fitted(prompt: list[int], room: int) -> list[int]:
    """A prompt that is too long loses its middle: instructions and question stay."""
    if len(prompt) <= room:
        return prompt
    head = room // 3
    return prompt[:head] + prompt[-(room - head) :]
