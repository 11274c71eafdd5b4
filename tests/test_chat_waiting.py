"""The line before the model: first come, first served; who is stopped leaves it."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from random import Random

import pytest

from tutor.chat.waiting import Crowded, Line, Ticket


def never() -> bool:
    return False


def test_nobody_waits_before_a_free_model() -> None:
    line = Line()
    assert list(line.wait(line.join(), never)) == []


def test_who_waits_is_told_how_many_are_before() -> None:
    line = Line()
    first, second, third = line.join(), line.join(), line.join()
    told = line.wait(third, never)
    assert next(told) == 2
    line.leave(second)  # gave up
    assert next(told) == 1
    line.leave(first)
    assert list(told) == []


def test_of_a_short_wait_nothing_is_told() -> None:
    line = Line()
    first = line.join()
    threading.Timer(0.05, line.leave, [first]).start()
    assert list(line.wait(line.join(), never, quiet=10.0)) == []


def test_who_is_stopped_waits_no_longer() -> None:
    line = Line()
    line.join()
    stop = threading.Event()
    told = line.wait(line.join(), stop.is_set)
    assert next(told) == 1
    stop.set()
    assert list(told) == []


def test_many_threads_have_the_model_one_at_a_time_and_in_order() -> None:
    line = Line()
    order: list[int] = []
    at_once: list[int] = []
    tickets = [line.join() for _ in range(20)]

    def work(number: int) -> None:
        for _ in line.wait(tickets[number], never):
            pass
        order.append(number)
        at_once.append(1)
        assert len(at_once) == 1
        at_once.pop()
        line.leave(tickets[number])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in reversed(threads):
        thread.start()
    for thread in threads:
        thread.join(10)
    assert order == list(range(20))


def test_a_students_second_place_is_behind_everyones_first() -> None:
    line = Line()
    ann, ben = line.join("Ann"), line.join("Ben")
    again = line.join("Ann")
    cy = line.join("Cy")
    assert next(line.wait(cy, never)) == 2  # Ann and Ben
    assert next(line.wait(again, never)) == 3
    line.leave(ann)
    line.leave(ben)
    assert list(line.wait(cy, never)) == []
    line.leave(cy)
    assert list(line.wait(again, never)) == []


def test_a_student_with_two_places_gets_no_third() -> None:
    line = Line()
    line.join("Ann")
    line.join("Ann")
    with pytest.raises(Crowded) as refused:
        line.join("Ann")
    assert refused.value.own
    line.join("Ben")
    line.join()
    line.join()  # nobody known: never the same


def test_a_full_line_says_how_many_are_before_and_how_long_they_take() -> None:
    line = Line(longest=2)
    first = line.join()
    assert list(line.wait(first, never)) == []
    time.sleep(0.1)
    line.leave(first)
    for _ in range(3):
        line.join()
    with pytest.raises(Crowded) as refused:
        line.join()
    assert (refused.value.before, refused.value.own) == (3, False)
    assert 0.3 <= refused.value.seconds < 3


def test_nobody_is_let_wait_longer_than_the_lines_patience() -> None:
    line = Line(patience=0.3)
    first = line.join()
    told = line.wait(line.join(), never)
    assert next(told) == 1
    with pytest.raises(Crowded):
        next(told)
    assert list(line.wait(first, never)) == []
    time.sleep(0.4)
    line.leave(first)
    # A turn takes longer than anybody would wait for it.
    with pytest.raises(Crowded):
        line.join()


def test_a_line_can_serve_several_but_no_student_twice() -> None:
    line = Line(at_once=2)
    ann, again, ben, cy = (line.join(who) for who in ("Ann", "Ann", "Ben", "Cy"))
    assert list(line.wait(ann, never)) == list(line.wait(ben, never)) == []
    assert next(line.wait(cy, never)) == 1
    assert next(line.wait(again, never)) == 2
    line.leave(ben)
    assert list(line.wait(cy, never)) == []
    line.leave(cy)
    assert next(line.wait(again, never)) == 1
    line.leave(ann)
    assert list(line.wait(again, never)) == []


def test_a_line_that_is_widened_serves_those_who_wait() -> None:
    line = Line()
    tickets = [line.join(who) for who in ("Ann", "Ben", "Cy", "Di")]
    assert [line.before(ticket) for ticket in tickets] == [0, 1, 2, 3]
    line.widen(3)
    assert [line.before(ticket) for ticket in tickets] == [0, 0, 0, 1]


def test_whoever_is_served_stays_so_whoever_comes() -> None:
    random = Random(1)
    line = Line(at_once=3)
    tickets: list[Ticket] = []
    served: set[Ticket] = set()
    for _ in range(2000):
        if tickets and random.random() < 0.45:
            gone = tickets.pop(random.randrange(len(tickets)))
            line.leave(gone)
            served.discard(gone)
        else:
            with suppress(Crowded):
                tickets.append(line.join(random.randrange(6)))
        now = {ticket for ticket in tickets if not line.before(ticket)}
        assert served <= now
        assert len(now) == min(3, len({ticket.who for ticket in tickets}))
        assert len({ticket.who for ticket in now}) == len(now)
        served = now


def test_letting_pass_waits_for_those_who_are_there_or_a_stop() -> None:
    line = Line()
    line.let_pass(never)
    ticket = line.join()
    line.let_pass(lambda: True)
    late: list[Ticket] = []

    def follow() -> None:
        late.append(line.join())
        line.leave(ticket)

    threading.Timer(0.05, follow).start()
    line.let_pass(never)
    assert late
    assert list(line.wait(late[0], never)) == []
