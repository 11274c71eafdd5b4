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


def test_of_two_prompts_one_is_read_to_its_end_while_others_write() -> None:
    model, block = Model(0.001), [5] * PROMPT_TOKENS
    batcher = Batcher(model, company=1e6, longest_wait=1)

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


def test_a_prompts_block_larger_than_the_room_is_computed_whoever_writes() -> None:
    model, long = Model(0.001), [1] * (3 * PROMPT_TOKENS)
    batcher = Batcher(model, company=1e6, longest_wait=1)
    found: list[int] = []

    def writer() -> None:
        for n in range(20):
            batcher.run(Request(1, [1], n))

    together([writer, lambda: found.append(len(batcher.run(Request(0, long, 0))))])
    assert found == [len(long) + 2]


def test_a_request_without_tokens_is_refused() -> None:
    with pytest.raises(ValueError, match="without tokens"):
        Batcher(Model()).run(Request(0, [], 0))


class Gated:
    """A model whose first batch waits for a sign, and which fails when it is told to."""

    def __init__(self) -> None:
        self.entered, self.go_on = threading.Event(), threading.Event()
        self.fails: set[int] = set()
        self.batches: list[set[int]] = []

    def __call__(self, batch: Sequence[Request]) -> list[Logits]:
        self.batches.append({one.slot for one in batch})
        assert len(self.batches[-1]) == len(batch)
        if not self.entered.is_set():
            self.entered.set()
            self.go_on.wait(10)
        if self.fails & {one.slot for one in batch}:
            raise RuntimeError("out of memory")
        return [np.array([one.slot], np.float32) for one in batch]


def test_sequences_wait_for_each_other_and_are_computed_together() -> None:
    model, steps = Gated(), 20
    batcher = Batcher(model, company=1e6, longest_wait=10)  # whoever was there is waited for

    def first() -> None:
        for n in range(steps + 1):
            batcher.run(Request(0, [1], n))

    def other(slot: int) -> None:
        model.entered.wait(10)
        for n in range(steps):
            batcher.run(Request(slot, [1], n))

    def gatekeeper() -> None:
        while len(batcher._pending) < 3:
            time.sleep(0.001)
        model.go_on.set()

    others = [lambda slot=slot: other(slot) for slot in (1, 2, 3)]  # type: ignore[misc]
    together([first, *others, gatekeeper])
    assert model.batches == [{0}, *[{0, 1, 2, 3}] * steps]


def outcomes(batcher: Batcher, model: Gated, requests: Sequence[Request]) -> dict[int, object]:
    """What each request came to: the first is computed alone, the others are there behind it."""
    found: dict[int, object] = {}

    def ask(request: Request) -> None:
        try:
            found[request.slot] = batcher.run(request).tolist()
        except ModelError as error:
            found[request.slot] = str(error)

    threads = [threading.Thread(target=ask, args=(request,)) for request in requests]
    threads[0].start()
    model.entered.wait(10)
    for thread in threads[1:]:
        thread.start()
    while len(batcher._pending) < len(requests) - 1:
        time.sleep(0.001)
    model.go_on.set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    return found


def test_a_batch_that_fails_is_named_to_all_of_it_and_the_next_goes_on() -> None:
    model = Gated()
    model.fails = {2}
    batcher = Batcher(model)
    found = outcomes(batcher, model, [Request(slot, [1], 0) for slot in range(4)])
    word = "the model could not go on (out of memory)"
    assert found == {0: [0.0], 1: word, 2: word, 3: word}
    assert batcher.run(Request(1, [1], 1)).tolist() == [1.0]


def test_whoever_computes_a_batch_of_others_does_not_fail_with_it() -> None:
    model, block = Gated(), [1] * PROMPT_TOKENS
    model.fails = {1}  # two blocks do not fit into one batch, whoever computes it
    found = outcomes(
        Batcher(model), model, [Request(0, [1], 0), Request(1, block, 0), Request(2, block, 0)]
    )
    assert found == {0: [0.0], 1: "the model could not go on (out of memory)", 2: [2.0]}


def test_too_few_results_are_an_error_and_no_hang() -> None:
    batcher = Batcher(lambda batch: [])
    for _ in range(2):
        with pytest.raises(ModelError, match="could not go on"):
            batcher.run(Request(0, [1], 0))


def test_whoever_does_not_come_back_is_not_waited_for_long() -> None:
    batcher = Batcher(Model(0.01), longest_wait=0.02)
    together([lambda s=s: batcher.run(Request(s, [1], 0)) for s in range(3)])  # type: ignore[misc]
    batcher.run(Request(0, [1], 1))
    assert batcher._wait <= 0.02
