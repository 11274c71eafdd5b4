"""Puts the parts together as the settings say: index, embedder, model, tutor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import ToolCall

from tutor.answer import Tutor
from tutor.config import Settings
from tutor.embed import Embedder, load_embedder
from tutor.embed.memory import Encode, Memory
from tutor.errors import IndexMissingError, ModelError
from tutor.index import Index
from tutor.index.store import current_version
from tutor.ingest import kind_of
from tutor.judge import load_judge
from tutor.prompts import read_prompt
from tutor.quiz import QuizMaker
from tutor.records import Message
from tutor.retrieve import Retriever
from tutor.tools.course_search import CourseSearch
from tutor.tools.dispatch import Dispatcher, Run
from tutor.tools.router import Router, load_router
from tutor.tools.worker import LabWorker

Warn = Callable[[str], None]


def load_retriever(settings: Settings) -> tuple[Retriever, Embedder]:
    """The retriever over the index in force, and the embedder it uses.

    Raises:
        IndexMissingError, IndexKindError, IndexDamagedError, ModelError
    """
    if current_version(settings.index) is None:  # before a model is loaded in vain
        raise IndexMissingError(f"no index in {settings.index}; make one with: tutor ingest")
    embedder = load_embedder(settings)
    index = Index.open(settings.index, kind_of(embedder, settings))
    retriever = Retriever(
        index,
        embedder,
        dense_weight=settings.dense_weight,
        candidates=settings.candidates,
    )
    return retriever, embedder


def load_tutor(
    settings: Settings, warn: Warn = lambda line: None, *, even_without_model: bool = False
) -> Tutor:
    """The tutor. Without the bundled language model it still answers, with evidence alone.

    `even_without_model`: also where the settings name a model that cannot be loaded.

    Raises:
        IndexMissingError, IndexKindError, IndexDamagedError, ModelError, PromptError
    """
    retriever, embedder = load_retriever(settings)
    encode = Memory(embedder.encode)
    tools = load_tools(settings, retriever, encode)
    model = _model(settings, warn, tools.router, even_without_model)
    return Tutor(settings, retriever, encode, load_judge(settings), model, tools)


def load_tools(settings: Settings, retriever: Retriever, encode: Encode) -> Dispatcher:
    """What decides on tool calls and runs them; no lab's process is started yet.

    Raises:
        ModelError, PromptError
    """
    bundled = settings.embedding_model == "bundled"
    return Dispatcher(
        load_router(settings, encode if bundled else None),
        LabWorker(settings),
        read_prompt(settings.prompts, "tools"),
        _tools_of_the_course(retriever, encode),
        settings.answer_timeout,
    )


def _tools_of_the_course(retriever: Retriever, encode: Encode) -> dict[str, Run]:
    find = retriever.search
    return {
        "quiz": QuizMaker(retriever.index.chunks, find),
        "search_course": CourseSearch(find, encode),
    }


def renewed(tutor: Tutor, settings: Settings) -> Tutor:
    """The tutor over the index that is in force now, with the same models and lab processes.

    Raises:
        IndexMissingError, IndexKindError, IndexDamagedError
    """
    kind = tutor.retriever.index.manifest.kind
    retriever = tutor.retriever.over(Index.open(settings.index, kind))
    tools = tutor.tools
    if tools is not None:
        others = _tools_of_the_course(retriever, tutor.encode)
        tools = replace(tools, others=others, shown_by={})
    return tutor.over(retriever, tools)


def _model(
    settings: Settings, warn: Warn, router: Router, even_without: bool
) -> BaseChatModel | None:
    if settings.model == "none":
        return None
    from tutor.llm import LocalChatModel, load_chat_model

    def choose(turns: Sequence[Message]) -> list[ToolCall]:
        call = router.route(turns[-1].content, turns[:-1]).call
        return [ToolCall(name=call.name, args=call.arguments, id="routed")] if call else []

    try:
        model = load_chat_model(settings)
        if isinstance(model, LocalChatModel):
            model.choose = choose
        return model
    except ModelError as error:
        if settings.model != "bundled" and not even_without:
            raise  # the user named it and is there to read a clear error
        warn(f"answers are evidence only: {error}")
        return None
