"""Continuous batching: everybody gets their own result, and few wait alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from tutor.errors import ModelError
from tutor.llm.batching import PROMPT_TOKENS, Batcher, Request
from tutor.llm.sampling import Logits


class Model:
    """Gives each request back as logits; remembers its batches."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.batches: list[list[Request]] = []
        self.seconds = seconds
        self._inside = threading.Lock()

    def __call__(self, batch: Sequence[Request]) -> list[Logits]:
        assert self._inside.acquire(blocking=False), "two batches at a time"
        self.batches.append(list(batch))
        time.sleep(self.seconds)
        self._inside.release()
        return [np.array([one.slot, one.past, *one.tokens], np.float32) for one in batch]


def together(jobs: Sequence[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
        assert not thread.is_alive()


def test_a_request_alone_is_computed_at_once() -> None:
    model = Model()
    assert Batcher(model).run(Request(3, [7, 8], 5)).tolist() == [3, 5, 7, 8]
    assert len(model.batches) == 1


def test_everybody_gets_their_own_result_in_their_own_order() -> None:
    batcher, steps = Batcher(Model(0.001)), 40
    found: dict[int, list[list[float]]] = {}

    def writer(slot: int) -> None:
        found[slot] = [batcher.run(Request(slot, [slot], n)).tolist() for n in range(steps)]

    together([lambda slot=slot: writer(slot) for slot in range(8)])  # type: ignore[misc]
    for slot in range(8):
        assert found[slot] == [[slot, n, slot] for n in range(steps)]


def test_steps_that_take_long_are_computed_together() -> None:
    model, steps = Model(0.02), 20
    batcher = Batcher(model)

    def writer(slot: int) -> None:
        for n in range(steps):
            batcher.run(Request(slot, [1], n))

    together([lambda slot=slot: writer(slot) for slot in range(4)])  # type: ignore[misc]
    assert sum(len(batch) for batch in model.batches) == 4 * steps
    assert len(model.batches) < 2 * steps  # 4 * steps if nobody waited for company
    assert all(len({one.slot for one in batch}) == len(batch) for batch in model.batches)


def test_of_two_prompts_one_is_read_to_its_end_while_others_write() -> None:
    model, block = Model(0.02), [5] * PROMPT_TOKENS
    batcher = Batcher(model)

    def reader(slot: int) -> None:
        for n in range(4):
            batcher.run(Request(slot, block, n * len(block)))

    def writer() -> None:
        for n in range(8):
            batcher.run(Request(9, [1], n))

    together([lambda: reader(1), lambda: reader(2), writer])
    blocks = [[one.slot for one in batch if len(one.tokens) > 1] for batch in model.batches]
    assert all(len(slots) <= 1 for slots in blocks)
    order = [slot for slots in blocks for slot in slots]
    assert order in ([1] * 4 + [2] * 4, [2] * 4 + [1] * 4)


def test_a_prompts_block_larger_than_the_room_is_computed() -> None:
    long = [1] * (3 * PROMPT_TOKENS)
    assert len(Batcher(Model()).run(Request(0, long, 0))) == len(long) + 2


def test_a_batch_that_fails_is_named_to_all_of_it_and_the_next_goes_on() -> None:
    entered, go_on = threading.Event(), threading.Event()
    fail = [False]

    def compute(batch: Sequence[Request]) -> list[Logits]:
        if not entered.is_set():
            entered.set()
            go_on.wait(10)
        if fail[0]:
            raise RuntimeError("out of memory")
        return [np.zeros(1, np.float32) for _ in batch]

    batcher = Batcher(compute)
    errors: list[Exception] = []

    def writer(slot: int) -> None:
        try:
            batcher.run(Request(slot, [1], 0))
        except (ModelError, RuntimeError) as error:
            errors.append(error)

    threads = [threading.Thread(target=writer, args=(slot,)) for slot in range(4)]
    threads[0].start()
    entered.wait(10)
    for thread in threads[1:]:
        thread.start()
    while len(batcher._waiting) < 3:
        time.sleep(0.001)
    fail[0] = True
    go_on.set()
    for thread in threads:
        thread.join(10)
    # The first was being computed, and failed itself; the other three were one batch.
    assert sorted(type(error).__name__ for error in errors) == [
        *["ModelError"] * 2,
        *["RuntimeError"] * 2,
    ]
    fail[0] = False
    assert batcher.run(Request(1, [1], 1)).tolist() == [0.0]


@pytest.mark.parametrize("slots", [1, 3])
def test_who_does_not_come_back_holds_nobody_up_for_long(slots: int) -> None:
    model = Model(0.01)
    batcher = Batcher(model)
    together([lambda s=s: batcher.run(Request(s, [1], 0)) for s in range(slots)])  # type: ignore[misc]
    start = time.perf_counter()
    batcher.run(Request(0, [1], 1))
    assert time.perf_counter() - start < 5  # not for ever; the bound itself is a share of 10 ms
