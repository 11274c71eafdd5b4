"""What all chats of a server share: the course's index, its one tutor, the lines before it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from tutor.answer import Tutor
from tutor.assembly import load_tutor
from tutor.chat.answering import Lines
from tutor.chat.starters import starters
from tutor.chat.waiting import Line
from tutor.config import Settings
from tutor.index import Index

logger = logging.getLogger(__name__)

AT_ONCE = 128
"""Answers that can be in the making; whoever comes then waits for one to end."""


class Classroom:
    """The tutor is loaded in the background, so that the page is there at once."""

    def __init__(
        self,
        settings: Settings,
        index: Index,
        load: Callable[[Settings, Callable[[str], None]], Tutor] = load_tutor,
    ) -> None:
        self.settings = settings
        self.index = index
        self.starters = starters(index.chunks)
        self.pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="answer")
        self._load = load
        self._looking = Line()
        self._explaining = Line()
        self._running = Line()
        self.loading: Future[Tutor] = self.pool.submit(self._loaded)

    def _loaded(self) -> Tutor:
        tutor = self._load(self.settings, logger.warning)
        tutor.warm_up()
        if tutor.tools:
            tutor.tools.worker.warm_up()
        return tutor

    async def tutor(self) -> Tutor:
        """The tutor, once it is loaded. Raises what its loading raised."""
        # Shielded: a student who leaves must not cancel the loading for everyone.
        return await asyncio.shield(asyncio.wrap_future(self.loading))

    def lines(self, tutor: Tutor) -> Lines:
        """Where the students of this tutor wait. Only a local model serves one at a time."""
        from tutor.llm import LocalChatModel

        local = isinstance(tutor.model, LocalChatModel)
        return Lines(self._looking, self._explaining if local else None, self._running)

    def close(self) -> None:
        """Take no more questions; what runs ends by its own stop sign."""
        self.pool.shutdown(wait=False, cancel_futures=True)
        if self.loading.done() and not self.loading.cancelled() and not self.loading.exception():
            tools = self.loading.result().tools
            if tools:
                tools.worker.close()
