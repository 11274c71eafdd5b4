"""Chainlit's callbacks: each reads what the page sent, asks the tutor, draws the events."""

from __future__ import annotations

import asyncio
import logging
import threading
import uuid
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import chainlit as cl

from tutor.answer import Tutor
from tutor.chat.answering import Cancelled, Refused, in_line, stream
from tutor.chat.card import Card
from tutor.chat.classroom import Classroom
from tutor.chat.controls import chosen
from tutor.chat.drawer import Drawer
from tutor.chat.knobs import chosen as chosen_arguments
from tutor.chat.knobs import commands, in_words, title
from tutor.chat.panels import elements, show_settings
from tutor.chat.places import find
from tutor.chat.reply import tell, tell_error
from tutor.chat.sessions import Desk, Shown, Turn, student_of
from tutor.errors import SettingsError, TutorError
from tutor.records import Done, Event, ToolCall, ToolFinished
from tutor.tools.dispatch import sentence
from tutor.tools.registry import TOOLS
from tutor.tools.router import Routed

logger = logging.getLogger(__name__)

LONGEST_QUESTION = 2000
"""Characters. The embedding model reads fewer still."""
GRACE = 60.0
"""Seconds for which an answer goes on without its page, whose connection may come back."""

UNEXPECTED = "Something went wrong here; the details are in the server's log."
GETTING_READY = "Getting ready: the models are being loaded. Your answer follows in a moment."


class Handlers:
    """The callbacks of one server; what they share is the classroom."""

    def __init__(self, room: Classroom) -> None:
        self._room = room
        self._beside: set[asyncio.Task[None]] = set()

    def register(self) -> None:
        """Make these the callbacks that Chainlit calls."""
        cl.data_layer(_no_storage)
        cl.set_starters(self.starters)
        cl.on_chat_start(self.start)
        cl.on_message(self.answer)
        cl.on_stop(self.stop)
        cl.on_chat_end(self.leave)
        cl.on_settings_update(self.change_settings)
        cl.action_callback("open_place")(self.open_place)
        cl.action_callback("copy_reply")(self.copy_reply)
        cl.action_callback("show_me")(self.show_me)
        cl.action_callback("run_again")(self.run_again)

    async def starters(self, user: cl.User | None) -> list[cl.Starter]:
        return [cl.Starter(label=text, message=text) for text in self._room.starters]

    async def start(self) -> None:
        """A page was opened, or a new chat begun."""
        await show_settings(self._desk())
        await cl.context.emitter.set_commands(commands())  # type: ignore[arg-type]

    async def stop(self) -> None:
        """The stop button was pressed."""
        self._desk().stop.set()

    async def leave(self) -> None:
        """The connection ended: with its chat, or until the page comes back in a moment."""
        session: Any = cl.context.session
        desk = self._desk()
        if session.to_clear:
            desk.stop.set()
        else:
            self._keep(_stop_unless_back(session, session.socket_id, desk))

    async def come_back(self) -> None:
        """The page has a connection again: it gets what it may have missed."""
        session: Any = cl.context.session
        if isinstance(session.emit, Shown):
            await session.emit.again()
        if self._desk().busy:
            emitter: Any = cl.context.emitter  # not typed by Chainlit
            await emitter.task_start()

    async def answer(self, message: cl.Message) -> None:
        """A question was asked, a slash command given, or an earlier message edited."""
        command = message.command if message.command in TOOLS else None
        question = message.content
        desk = self._desk()

        def ask(tutor: Tutor, cancelled: Cancelled) -> Iterator[Event]:
            if command and tutor.tools:
                wanted = tutor.tools.commanded(command, question)
                return tutor.show(wanted, question, cancelled)
            return tutor.answer(
                question, history, form=desk.form, sampling=desk.sampling, cancelled=cancelled
            )

        asked = f"{title(command)} {question}".strip() if command else question
        stop = desk.begin(message.id)
        history = desk.history()
        await self._run(message.id, asked, ask, stop, Drawer())

    async def show_me(self, action: cl.Action) -> dict[str, Any]:
        """The button under an answer was pressed: the lab that fits it runs."""
        return await self._call(action, None)

    async def run_again(self, action: cl.Action) -> dict[str, Any]:
        """A lab's controls were set, and it is to run again in its card."""
        card = self._desk().cards.get(str(action.payload.get("card")))
        if not isinstance(card, Card):
            return {"problem": "This lab is not known any more; ask for it anew."}
        if card.busy:  # a second click, before the page has seen the first one's effect
            return {"problem": "This lab is running already."}
        return await self._call(action, card)

    async def _call(self, action: cl.Action, card: Card | None) -> dict[str, Any]:
        """Begin to run the tool that the page names, if there is one.

        The page is answered at once and its card tells the rest: a lab may take longer than a
        browser waits for a request.
        """
        name, given = action.payload.get("tool"), action.payload.get("arguments")
        if not isinstance(name, str) or name not in TOOLS or not isinstance(given, dict):
            return {"problem": "There is no such lab."}
        wanted = Routed(ToolCall(name, chosen_arguments(given)))
        question = in_words(wanted.call)

        def ask(tutor: Tutor, cancelled: Cancelled) -> Iterator[Event]:
            assert tutor.tools is not None
            if card is not None:  # what explains it stands under it already
                return tutor.tools.run(wanted, cancelled)
            return tutor.show(wanted, question, cancelled)

        question_id = str(uuid.uuid4())
        stop = self._desk().begin(question_id)
        if card is not None:
            card.busy = True
        self._keep(self._run_beside(question_id, question, ask, stop, card))
        return {}

    async def _run_beside(
        self,
        question_id: str,
        question: str,
        ask: Callable[[Tutor, Cancelled], Iterator[Event]],
        stop: threading.Event,
        card: Card | None,
    ) -> None:
        try:
            await self._run(question_id, question, ask, stop, Drawer(card))
        finally:
            if card is not None:
                card.busy = False
            emitter: Any = cl.context.emitter  # not typed by Chainlit
            await emitter.task_end()

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Have this done beside; the event loop alone would not hold on to it."""
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _run(
        self,
        question_id: str,
        question: str,
        ask: Callable[[Tutor, Cancelled], Iterator[Event]],
        stop: threading.Event,
        drawer: Drawer,
    ) -> None:
        """Draw what `ask` gives; an error becomes a line in the chat.

        What was said before the error is remembered, as it stands in the page.
        """
        desk = self._desk()
        problem = None
        try:
            await self._drawn(question, ask, stop, drawer)
        except TutorError as error:
            problem = str(error)
        except Exception:  # the student gets a sentence, the server's log the traceback
            logger.exception("a question could not be answered")
            problem = UNEXPECTED
        finally:
            stop.set()
        if drawer.said or problem is None:
            desk.turns.append(Turn(question_id, question, drawer.id, drawer.said, drawer.call))
        if problem is None:
            await drawer.reply.finish()
        else:
            await drawer.broken()
            await tell_error(problem)

    async def _drawn(
        self,
        question: str,
        ask: Callable[[Tutor, Cancelled], Iterator[Event]],
        stop: threading.Event,
        drawer: Drawer,
    ) -> None:
        if len(question) > LONGEST_QUESTION:
            raise TutorError(
                f"this question has {len(question):,} characters; "
                f"please ask in at most {LONGEST_QUESTION:,}"
            )
        desk = self._desk()
        if not self._room.loading.done():
            await drawer.reply.note(GETTING_READY)
        tutor = await self._room.tutor()
        while len(self._room.notices) > desk.told:
            await tell(self._room.notices[desk.told])
            desk.told += 1
        lines = self._room.lines(tutor)
        student = student_of(cl.context.session)
        steps = stream(
            lambda: in_line(lambda cancelled: ask(tutor, cancelled), lines, stop, student),
            self._room.pool,
            stop,
        )
        emitter: Any = cl.context.emitter  # not typed by Chainlit
        whole = False
        async for step in steps:
            # The page takes its stop button away when any callback ends, such as
            # a change of settings; this puts it back.
            await emitter.task_start()
            whole = isinstance(step, Done | ToolFinished | Refused) and not stop.is_set()
            await drawer.draw(step)
            desk.cards.update({card.id: card for card in drawer.cards})
        if not whole:
            await drawer.stopped()

    async def change_settings(self, values: dict[str, Any]) -> None:
        """The panel's settings were confirmed; they hold from the next answer on."""
        desk = self._desk()
        try:
            desk.form, desk.sampling = chosen(self._room.settings.sampling, values)
        except SettingsError as error:
            await tell_error(f"{error}; the settings stay as they were")
            await show_settings(desk)
        else:
            await cl.context.emitter.send_toast("These settings hold from the next answer on.")

    async def open_place(self, action: cl.Action) -> dict[str, Any]:
        """A citation was clicked: what the side panel shows."""
        try:
            opened = await asyncio.to_thread(find, self._room.index, action.payload)
        except TutorError as error:
            return {"problem": sentence(str(error))}
        return {"title": opened.title, "elements": elements(opened, self._room.settings.corpus)}

    async def copy_reply(self, action: cl.Action) -> dict[str, Any]:
        """A reply is to be copied: its words, quotes and places as plain text."""
        text = self._desk().reply(str(action.payload.get("reply")))
        if text is None:
            return {"problem": "This reply is not whole yet, or not known any more."}
        return {"text": text}

    def _desk(self) -> Desk:
        """This chat's desk; a new one on its first call."""
        session: Any = cl.user_session  # Chainlit's own is not typed
        desk = session.get("desk")
        if not isinstance(desk, Desk):
            desk = Desk(self._room.settings.sampling, self._room.settings.form)
            session.set("desk", desk)
        return desk


async def _stop_unless_back(session: Any, socket: str, desk: Desk) -> None:
    """Stop the answer in the making, unless the session soon has another socket than this."""
    await asyncio.sleep(GRACE)
    if session.socket_id == socket:
        desk.stop.set()


def _no_storage() -> Any:
    """Chats are not stored.

    Without a word on it Chainlit would store them wherever DATABASE_URL or
    LITERAL_API_KEY in the environment point to.
    """
    return None
