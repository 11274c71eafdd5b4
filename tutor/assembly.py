"""Puts the parts together as the settings say: index, embedder, model, tutor."""

from __future__ import annotations

from collections.abc import Callable

from langchain_core.language_models import BaseChatModel

from tutor.answer import Tutor
from tutor.config import Settings
from tutor.embed import Embedder, load_embedder
from tutor.errors import IndexMissingError, ModelError
from tutor.index import Index
from tutor.index.store import current_version
from tutor.ingest import kind_of
from tutor.judge import load_judge
from tutor.retrieve import Retriever

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


def load_tutor(settings: Settings, warn: Warn = lambda line: None) -> Tutor:
    """The tutor. Without its language model it still answers, with evidence alone.

    Raises:
        IndexMissingError, IndexKindError, IndexDamagedError, ModelError, PromptError
    """
    retriever, embedder = load_retriever(settings)
    return Tutor(settings, retriever, embedder.encode, load_judge(settings), _model(settings, warn))


def _model(settings: Settings, warn: Warn) -> BaseChatModel | None:
    if settings.model == "none":
        return None
    from tutor.llm import load_chat_model

    try:
        return load_chat_model(settings)
    except ModelError as error:
        if settings.model != "bundled":
            raise  # the user named it: better a clear error than another model's words
        warn(f"answers are evidence only: {error}")
        return None
