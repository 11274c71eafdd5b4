"""The line before the model: first come, first served; who is stopped leaves it."""

from __future__ import annotations

import threading

import pytest

from tutor.chat.waiting import Line


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


def test_a_turn_is_left_however_it_ends() -> None:
    line = Line()
    with pytest.raises(KeyError), line.turn(never):
        raise KeyError
    with line.turn(never):
        pass
    assert list(line.wait(line.join(), never)) == []


def test_letting_pass_waits_for_an_empty_line_or_a_stop() -> None:
    line = Line()
    line.let_pass(never)
    ticket = line.join()
    line.let_pass(lambda: True)
    threading.Timer(0.05, line.leave, [ticket]).start()
    line.let_pass(never)
    assert list(line.wait(line.join(), never)) == []
