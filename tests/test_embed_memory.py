"""Vectors that are kept: computed once, in any order, from any thread, and not without end."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from tutor.embed import Embedder, Vectors
from tutor.embed.memory import Memory


class Lengths:
    """An encoder that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return np.array([[len(text), 1] for text in texts], np.float32).reshape(-1, 2)


def test_each_text_is_computed_once_and_keeps_its_place() -> None:
    encode = Lengths()
    memory = Memory(encode)
    assert memory(["a", "bbb"])[:, 0].tolist() == [1, 3]
    assert memory(["bbb", "cc", "a", "cc"])[:, 0].tolist() == [3, 2, 1, 2]
    assert encode.asked == ["a", "bbb", "cc"]
    assert memory([]).shape == (0, 2)


def test_the_one_not_asked_for_the_longest_gives_way() -> None:
    encode = Lengths()
    memory = Memory(encode, kept=2)
    memory(["a", "bb"])
    assert memory.full
    memory(["a"])
    memory(["ccc"])
    memory(["a"])
    assert encode.asked == ["a", "bb", "ccc"]
    assert memory(["bb", "ccc", "a"])[:, 0].tolist() == [2, 3, 1]  # more than it keeps
    assert len(memory) == 2


def test_a_change_of_what_it_gave_does_not_reach_it() -> None:
    memory = Memory(Lengths())
    memory(["a"])[:] = 9
    assert memory(["a"])[0].tolist() == [1, 1]


def test_many_threads_get_the_right_rows() -> None:
    memory = Memory(Lengths(), kept=50)
    wrong: list[int] = []

    def work(seed: int) -> None:
        random = np.random.default_rng(seed)
        for _ in range(200):
            sizes = random.integers(1, 100, 5).tolist()
            if memory(["x" * size for size in sizes])[:, 0].tolist() != sizes:
                wrong.append(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not wrong
    assert len(memory) == 50


def test_the_real_embedder_gives_the_same_vectors_through_it(embedder: Embedder) -> None:
    texts = ["What is a GAN?", "A generator and a discriminator."]
    memory = Memory(embedder.encode)
    first = memory(texts)
    np.testing.assert_array_equal(memory(texts[::-1])[::-1], first)
    np.testing.assert_allclose(first, embedder.encode(texts), atol=2e-2)
