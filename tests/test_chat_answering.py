"""A blocking generator as an async stream: in order, with its error, and stoppable."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tutor.chat.answering import Cancelled, Lines, Refused, Step, Waiting, in_line, stream
from tutor.chat.waiting import Line
from tutor.errors import ModelError
from tutor.records import (
    Event,
    Evidence,
    EvidenceFound,
    Place,
    TextAdded,
    ToolCall,
    ToolFinished,
    ToolResult,
    ToolStarted,
)

FOUND = EvidenceFound((Evidence(1, "a.md", Place("section", "A"), "a", 1.0),), True, "> a")
REFUSED = EvidenceFound((), False, "not covered")


def steps_of(*steps: Step) -> Generator[Step, None, None]:
    yield from steps


def read(make: Generator[Step, None, None], stop: threading.Event | None = None) -> list[Step]:
    async def reading() -> list[Step]:
        with ThreadPoolExecutor(1) as pool:
            return [step async for step in stream(lambda: make, pool, stop or threading.Event())]

    return asyncio.run(reading())


def test_the_steps_come_in_order() -> None:
    steps = [FOUND, *(TextAdded(str(number)) for number in range(50))]
    assert read(steps_of(*steps)) == steps


def test_an_error_is_raised_in_the_reader_after_what_came_before_it() -> None:
    def failing() -> Generator[Step, None, None]:
        yield FOUND
        raise ModelError("the model is gone")

    seen: list[Step] = []

    async def reading() -> None:
        with ThreadPoolExecutor(1) as pool:
            async for step in stream(failing, pool, threading.Event()):
                seen.append(step)

    with pytest.raises(ModelError, match="the model is gone"):
        asyncio.run(reading())
    assert seen == [FOUND]


def test_the_page_stays_responsive_while_the_thread_blocks() -> None:
    def slow() -> Generator[Step, None, None]:
        time.sleep(0.3)
        yield FOUND

    async def reading() -> int:
        turns = 0

        async def counting() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0.01)

        counter = asyncio.create_task(counting())
        with ThreadPoolExecutor(1) as pool:
            async for _ in stream(slow, pool, threading.Event()):
                pass
        counter.cancel()
        return turns

    assert asyncio.run(reading()) > 5


def test_a_stop_ends_the_thread_and_closes_the_generator() -> None:
    stop = threading.Event()
    closed = threading.Event()

    def endless() -> Generator[Step, None, None]:
        try:
            while True:
                yield TextAdded("on and ")
                stop.set()
        finally:
            closed.set()

    assert read(endless(), stop)
    assert closed.is_set()


def test_a_reader_who_leaves_stops_the_thread() -> None:
    stop = threading.Event()
    closed = threading.Event()

    def endless() -> Generator[Step, None, None]:
        try:
            while not stop.wait(0.01):
                yield TextAdded("on and ")
        finally:
            closed.set()

    async def leaving(pool: ThreadPoolExecutor) -> None:
        steps = stream(endless, pool, stop)
        async for _ in steps:
            break
        await steps.aclose()  # type: ignore[attr-defined]

    with ThreadPoolExecutor(1) as pool:
        asyncio.run(leaving(pool))
    assert closed.is_set()


def asking(*events: Event) -> Callable[[Cancelled], Iterator[Event]]:
    return lambda cancelled: iter(events)


def test_the_explanation_waits_in_line_but_the_evidence_does_not() -> None:
    lines = Lines(Line(), Line())
    assert lines.explaining is not None
    before = lines.explaining.join()
    steps = in_line(asking(FOUND, TextAdded("so")), lines, threading.Event())
    assert next(steps) == FOUND
    assert next(steps) == Waiting(1)
    lines.explaining.leave(before)
    assert list(steps) == [TextAdded("so")]
    assert list(lines.explaining.wait(lines.explaining.join(), lambda: False)) == []  # it is free


def test_what_needs_no_model_does_not_wait() -> None:
    lines = Lines(Line(), Line())
    assert lines.explaining is not None
    lines.explaining.join()
    assert list(in_line(asking(REFUSED), lines, threading.Event())) == [REFUSED]
    assert list(in_line(asking(FOUND), Lines(Line(), None), threading.Event())) == [FOUND]
    assert list(in_line(asking(), lines, threading.Event())) == []


def test_who_is_stopped_in_line_leaves_it_without_an_explanation() -> None:
    lines = Lines(Line(), Line())
    assert lines.explaining is not None
    lines.explaining.join()
    stop = threading.Event()
    steps = in_line(asking(FOUND, TextAdded("so")), lines, stop)
    assert [next(steps), next(steps)] == [FOUND, Waiting(1)]
    stop.set()
    assert list(steps) == []
    # Only the one before is left.
    assert next(lines.explaining.wait(lines.explaining.join(), lambda: False)) == 1


def test_an_explanation_rests_while_another_students_evidence_is_looked_for() -> None:
    lines = Lines(Line(), None)
    order: list[str] = []

    def explaining(cancelled: Cancelled) -> Iterator[Event]:
        yield FOUND
        visitor = lines.looking.join()

        def served() -> None:
            order.append("visitor")
            lines.looking.leave(visitor)

        threading.Timer(0.1, served).start()
        assert not cancelled()
        order.append("next token")
        yield TextAdded("so")

    assert list(in_line(explaining, lines, threading.Event())) == [FOUND, TextAdded("so")]
    assert order == ["visitor", "next token"]


def test_a_failing_look_up_leaves_the_line() -> None:
    lines = Lines(Line(), None)

    def failing(cancelled: Cancelled) -> Iterator[Event]:
        raise ModelError("no")
        yield FOUND

    for _ in range(2):
        with pytest.raises(ModelError):
            list(in_line(failing, lines, threading.Event()))


# Labs

GAN = ToolCall("gan", {})
STARTED = ToolStarted(GAN)
FINISHED = ToolFinished(ToolResult(GAN, True, "Sevens."), "Sevens.")


def test_a_lab_waits_for_the_lab_before_it_and_then_makes_room() -> None:
    lines = Lines(Line(), None)
    before = lines.running.join()
    steps = in_line(asking(STARTED, FINISHED, FOUND), lines, threading.Event())
    assert next(steps) == STARTED
    assert next(steps) == Waiting(1, "lab")
    lines.running.leave(before)
    assert next(steps) == FINISHED
    assert next(steps) == FOUND
    # The next lab need not wait for what comes after this one.
    assert list(lines.running.wait(lines.running.join(), lambda: False)) == []


def test_a_quiz_waits_for_no_lab() -> None:
    lines = Lines(Line(), None)
    lines.running.join()
    quiz = ToolCall("quiz", {})
    events = [ToolStarted(quiz), ToolFinished(ToolResult(quiz, True))]
    assert list(in_line(asking(*events), lines, threading.Event())) == events


def test_a_running_lab_keeps_nobody_from_their_evidence() -> None:
    lines = Lines(Line(), None)
    running = in_line(asking(STARTED, FINISHED), lines, threading.Event())
    assert next(running) == STARTED
    assert list(in_line(asking(FOUND), lines, threading.Event())) == [FOUND]


def test_who_is_stopped_before_their_lab_leaves_the_line() -> None:
    lines = Lines(Line(), None)
    lines.running.join()
    stop = threading.Event()
    ran: list[bool] = []

    def lab(cancelled: Cancelled) -> Iterator[Event]:
        yield STARTED
        ran.append(not cancelled())

    steps = in_line(lab, lines, stop)
    assert [next(steps), next(steps)] == [STARTED, Waiting(1, "lab")]
    stop.set()
    assert list(steps) == []
    assert ran == [False]
    assert next(lines.running.wait(lines.running.join(), lambda: False)) == 1


# Too many


def is_free(line: Line) -> bool:
    ticket = line.join()
    before = list(line.wait(ticket, lambda: False))
    line.leave(ticket)
    return not before


def test_who_finds_no_place_keeps_the_evidence_and_is_told() -> None:
    explaining = Line(longest=1)
    lines = Lines(Line(), explaining)
    tickets = [explaining.join(), explaining.join()]
    steps = list(in_line(asking(FOUND, TextAdded("so")), lines, threading.Event()))
    assert steps == [FOUND, Refused(2, 0.0, "explanation")]
    for ticket in tickets:
        explaining.leave(ticket)
    assert is_free(explaining)
    assert is_free(lines.looking)


def test_who_waited_too_long_is_told() -> None:
    lines = Lines(Line(), Line(patience=0.05))
    assert lines.explaining is not None
    lines.explaining.join()
    steps = list(in_line(asking(FOUND, TextAdded("so")), lines, threading.Event()))
    assert steps == [FOUND, Waiting(1), Refused(1, 0.0, "explanation")]


def test_a_refused_lab_is_never_begun() -> None:
    lines = Lines(Line(), None, Line(longest=0))
    lines.running.join()
    ran: list[bool] = []

    def lab(cancelled: Cancelled) -> Iterator[Event]:
        yield STARTED
        ran.append(True)

    assert list(in_line(lab, lines, threading.Event())) == [STARTED, Refused(1, 0.0, "lab")]
    assert not ran


def test_a_students_third_question_at_once_is_refused_and_the_second_comes_after_others() -> None:
    lines = Lines(Line(), Line())
    mine = [
        in_line(asking(FOUND, TextAdded("so")), lines, threading.Event(), "me") for _ in range(3)
    ]
    assert [next(steps) for steps in mine] == [FOUND] * 3
    assert next(mine[0]) == TextAdded("so")  # mine is being explained, until it is read to its end
    assert next(mine[1]) == Waiting(1)
    assert list(mine[2]) == [Refused(1, 0.0, "explanation", own=True)]
    other = in_line(asking(FOUND, TextAdded("so")), lines, threading.Event(), "other")
    assert [next(other), next(other)] == [FOUND, Waiting(1)]
    assert next(mine[1]) == Waiting(2)
    assert list(mine[0]) == []
    assert next(other) == TextAdded("so")
    assert list(other) == []
    assert next(mine[1]) == TextAdded("so")


def test_a_long_wait_for_evidence_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tutor.chat.answering.MOMENT", 0.1)
    lines = Lines(Line(), None)
    before = lines.looking.join()
    steps = in_line(asking(FOUND), lines, threading.Event())
    assert next(steps) == Waiting(1, "evidence")
    lines.looking.leave(before)
    assert list(steps) == [FOUND]


def test_a_model_that_decides_on_tools_is_stood_in_line_for_and_left_for_the_lab() -> None:
    lines = Lines(Line(), Line())
    assert lines.explaining is not None
    before = lines.explaining.join()
    steps = in_line(asking(TextAdded(""), STARTED, FINISHED, FOUND), lines, threading.Event())
    assert [next(steps), next(steps)] == [TextAdded(""), Waiting(1)]
    lines.explaining.leave(before)
    assert next(steps) == STARTED
    assert next(steps) == FINISHED
    assert is_free(lines.explaining)
    assert list(steps) == [FOUND]  # what the course says about it needs no model
