"""What all chats of a server share: the course's index, its one tutor, the lines before it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from tutor.answer import Tutor
from tutor.assembly import load_tutor, renewed
from tutor.chat.answering import Lines
from tutor.chat.starters import starters
from tutor.chat.waiting import Line
from tutor.config import Settings
from tutor.errors import TutorError
from tutor.index import Index
from tutor.index.store import current_version

logger = logging.getLogger(__name__)

FOR_A_CLASS = partial(load_tutor, even_without_model=True)
"""Students have quotes at least, while whoever set up the model is somewhere else."""
AT_ONCE = 160
"""Answers that can be in the making: as many as find a place in the lines below."""
LOOKING = 60
EXPLAINED = 40
RUNNING = 10
"""How many students may be before one who waits for evidence, an explanation, a lab: more than a
class of thirty at once, and fewer labs, which take longer."""
SERVED = 32
"""Explanations that a server is asked for at once; it has a line of its own, too."""
BREATH = 0.02
"""Seconds between two passages that are read ahead."""
PATIENCE = 3
"""How many times as long as an explanation or a lab may take at most its turn is waited for."""


class Classroom:
    """The tutor is loaded in the background, so that the page is there at once."""

    def __init__(
        self,
        settings: Settings,
        index: Index,
        load: Callable[[Settings, Callable[[str], None]], Tutor] = FOR_A_CLASS,
    ) -> None:
        self.settings = settings
        self.index = index
        self.starters = starters(index.chunks)
        self.pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="answer")
        self.notices: list[str] = []
        """What every student is to be told once: that there is no model, and why."""
        self._load = load
        patience = PATIENCE * settings.answer_timeout
        self._looking = Line(LOOKING, patience)
        self._explaining = Line(EXPLAINED, patience)
        self._running = Line(RUNNING, PATIENCE * settings.lab_timeout)
        self._closed = threading.Event()
        self._opening = threading.Lock()
        """Held where the room begins to read ahead, so that it does not once it is closed."""
        self._reading: threading.Thread | None = None
        self._version = index.folder
        """Of the index, the last that was or is being opened."""
        self._renewing = threading.Lock()
        """One index after the other, so that an older one is never put over a newer."""
        self._renewed: Tutor | None = None
        """The tutor over an index that was made after the first."""
        self.loading: Future[Tutor] = self.pool.submit(self._loaded)

    def _loaded(self) -> Tutor:
        tutor = self._load(self.settings, self._warned)
        self._explaining.widen(_at_once(tutor))
        tutor.warm_up()
        if tutor.tools:
            tutor.tools.worker.warm_up()
        self._begin_to_read(tutor)
        return tutor

    def _renew(self, tutor: Tutor) -> None:
        """Put the tutor over the index that has come into force since; its models are kept."""
        with self._renewing:
            if self.index.folder == current_version(self.settings.index):
                return  # whoever was before took the latest
            try:
                tutor = renewed(tutor, self.settings)
            except TutorError as error:
                logger.warning("answers go on with the index as it was: %s", error)
                return
            self.index = tutor.retriever.index
            self.starters = starters(self.index.chunks)
            self._renewed = tutor
            self._begin_to_read(tutor)

    def _begin_to_read(self, tutor: Tutor) -> None:
        with self._opening:
            if not self._closed.is_set():
                self._reading = threading.Thread(
                    target=self._read_ahead, args=(tutor,), daemon=True
                )
                self._reading.start()

    def _warned(self, line: str) -> None:
        logger.warning(line)
        self.notices.append(line)

    def _read_ahead(self, tutor: Tutor) -> None:
        """Look at the passages while no student wants anything, so that evidence comes quickly."""
        for _ in tutor.read_ahead():
            for line in (self._looking, self._explaining, self._running):
                line.let_pass(self._closed.is_set)
            if self._closed.wait(BREATH) or self._renewed not in (None, tutor):
                return

    async def tutor(self) -> Tutor:
        """The tutor, once it is loaded. Raises what its loading raised.

        After an ingest it is soon the tutor over the new index, without a pause.
        """
        # Shielded: a student who leaves must not cancel the loading for everyone.
        tutor = await asyncio.shield(asyncio.wrap_future(self.loading))
        tutor = self._renewed or tutor
        version = current_version(self.settings.index)
        if version is not None and version != self._version:
            self._version = version
            self.pool.submit(self._renew, tutor).add_done_callback(_unexpected)
        return tutor

    def lines(self, tutor: Tutor) -> Lines:
        """Where the students of this tutor wait. Call it when the tutor is loaded."""
        return Lines(self._looking, self._explaining if tutor.model else None, self._running)

    def close(self) -> None:
        """Take no more questions; what runs ends by its own stop sign."""
        with self._opening:
            self._closed.set()
        self.pool.shutdown(wait=False, cancel_futures=True)
        if self._reading:  # the interpreter must not end while a model runs
            self._reading.join(timeout=5)
        if self.loading.done() and not self.loading.cancelled() and not self.loading.exception():
            tools = self.loading.result().tools
            if tools:
                tools.worker.close()


def _unexpected(renewal: Future[None]) -> None:
    """Nobody waits for a renewal; what broke it stands in the log."""
    error = None if renewal.cancelled() else renewal.exception()
    if error:
        logger.error("answers go on with the index as it was", exc_info=error)


def _at_once(tutor: Tutor) -> int:
    """How many explanations are written at the same time: a local model tells."""
    from tutor.llm import LocalChatModel

    return tutor.model.at_once if isinstance(tutor.model, LocalChatModel) else SERVED
