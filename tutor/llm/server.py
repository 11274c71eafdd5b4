"""Any OpenAI-compatible server (llama.cpp, vLLM, Ollama, `transformers serve`) as a chat model."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    convert_to_openai_messages,
)
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict

from tutor.config import Sampling, Settings, make_sampling
from tutor.errors import ModelError
from tutor.llm.blocking import blocking
from tutor.llm.connection import Delta, Server, deltas, find
from tutor.llm.dialects import request_fields
from tutor.llm.stops import Visible

KEY = "TUTOR_SERVER_KEY"
"""The environment variable of the server's key, which stands nowhere else."""

_CONTROL = re.compile(r"<\|[^<>|\s]{1,40}\|>|</?s>|\[/?INST\]|<(?:start|end)_of_turn>")
"""Control tokens of the usual families, by which a document could forge a turn."""


def connect(settings: Settings) -> ServerChatModel:
    """The chat model of the server that `settings.model` is the URL of.

    Raises:
        ModelError: see `tutor.llm.connection.find`.
    """
    if settings.engine != "auto":
        raise ModelError(f"engine = '{settings.engine}' runs local models; for a server leave auto")
    server, name = find(
        settings.model, settings.server_model, os.environ.get(KEY), settings.answer_timeout
    )
    request_fields(server.dialect, settings.sampling)  # what it cannot do is said at once
    return ServerChatModel(server=server, model_name=name, defaults=settings.sampling)


class ServerChatModel(BaseChatModel):
    """Streams the replies of a server's model; takes `sampling` and `cancelled` as the local one.

    A chunk comes for each piece that the server sends, which with most is a token.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, protected_namespaces=())

    server: Server
    model_name: str
    defaults: Sampling = Sampling()

    @property
    def _llm_type(self) -> str:
        return "course-tutor-server"

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[Any, AIMessage]:
        """The model with these tools offered to it, in any of LangChain's forms."""
        if tool_choice:
            kwargs["tool_choice"] = "required" if tool_choice == "any" else tool_choice
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        cancelled: Callable[[], bool] = lambda: False,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in blocking(lambda: self._astream(messages, stop, **kwargs), cancelled):
            if run_manager and chunk.text:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk
        # LangChain takes a stream without a chunk for a failure, so there is always this one.
        yield ChatGenerationChunk(message=AIMessageChunk(content="", chunk_position="last"))

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        *,
        sampling: Sampling | None = None,
        **kwargs: Any,
    ) -> AsyncGenerator[ChatGenerationChunk, None]:
        body = self._request(messages, stop, sampling or self.defaults, kwargs)
        visible, text = Visible(stop or ()), ""
        async with aclosing(deltas(self.server, body)) as reply:
            async for delta in reply:
                if not delta.content and not delta.tool_calls:
                    continue
                text += delta.content or ""
                chunk = _chunk(visible.piece(text), delta)
                if run_manager and chunk.text:
                    await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk
                if visible.ended:
                    return
        if rest := visible.rest(text):
            yield _chunk(rest)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    def _request(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        sampling: Sampling,
        others: dict[str, Any],
    ) -> dict[str, Any]:
        """The body of a request. Of `others` tools are passed on, the rest is sampling's."""
        tools = {k: v for k, v in others.items() if k in ("tools", "tool_choice")}
        changes = {k: v for k, v in others.items() if k not in tools}
        chosen = make_sampling(sampling, changes)
        turns = convert_to_openai_messages(messages, text_format="string")
        for turn in turns:
            turn["content"] = _harmless(turn.get("content") or "")
        body = {"model": self.model_name, "messages": turns, "stream": True, **tools}
        if stop:
            body["stop"] = list(stop)
        return {**body, **request_fields(self.server.dialect, chosen)}


def _harmless(content: str) -> str:
    """A content without control tokens; the server's tokenizer would take them for its own."""
    while _CONTROL.search(content):
        content = _CONTROL.sub(" ", content)
    return content


def _chunk(text: str, delta: Delta | None = None) -> ChatGenerationChunk:
    calls = [
        tool_call_chunk(
            name=call.function.name, args=call.function.arguments, id=call.id, index=call.index
        )
        for call in (delta.tool_calls if delta else None) or []
    ]
    return ChatGenerationChunk(message=AIMessageChunk(content=text, tool_call_chunks=calls))
