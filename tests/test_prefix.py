"""A prompt's beginning is computed once, and a text never depends on whether it was."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import HumanMessage, SystemMessage

from tutor.config import ROOT, Sampling
from tutor.llm.decode import Engine, generate
from tutor.llm.local import LocalChatModel
from tutor.llm.prefix import Prefix
from tutor.llm.sampling import Logits
from tutor.llm.stops import Stopped
from tutor.prompts import messages, read_prompt
from tutor.records import Message

BLOCK = 64

SYSTEM = Message(
    "system",
    "You are a friendly tutor. You explain to a student what the course says, in two or three "
    "short sentences of plain English. Use only the notes you are given. " * 3,
)
FIRST = Message("user", "What does the encoder of a variational autoencoder give for a picture?")
SECOND = Message("user", "And why is the decoder given a random code?")


# Which blocks are missing


def places(prefix: Prefix, tokens: list[int]) -> list[tuple[int, int]]:
    """Where each block that has to be computed begins, and its length."""
    return [(start, len(block)) for start, block in prefix.missing(tokens)]


def test_a_new_prompt_is_computed_in_blocks_from_its_first_token() -> None:
    tokens = list(range(2 * BLOCK + 5))
    assert places(Prefix(BLOCK), tokens) == [(0, BLOCK), (BLOCK, BLOCK), (2 * BLOCK, 5)]
    assert [token for _, block in Prefix(BLOCK).missing(tokens) for token in block] == tokens


def test_the_same_prompt_again_is_its_last_block_alone() -> None:
    for length, last in ((2 * BLOCK, BLOCK), (2 * BLOCK + 1, 1), (BLOCK - 1, BLOCK - 1)):
        prefix, tokens = Prefix(BLOCK), list(range(length))
        places(prefix, tokens)
        assert places(prefix, tokens) == [(length - last, last)]


def test_a_token_that_differs_forgets_its_block_and_all_after_it() -> None:
    prefix, tokens = Prefix(BLOCK), list(range(4 * BLOCK))
    places(prefix, tokens)
    other = [*tokens[: 2 * BLOCK + 3], -1, *tokens[2 * BLOCK + 4 :]]
    assert places(prefix, other) == [(2 * BLOCK, BLOCK), (3 * BLOCK, BLOCK)]
    assert places(prefix, tokens)[0] == (2 * BLOCK, BLOCK)


def test_a_block_whose_computation_failed_is_not_there() -> None:
    prefix, tokens = Prefix(BLOCK), list(range(3 * BLOCK))
    for start, _ in prefix.missing(tokens):
        if start == BLOCK:
            break
    assert places(prefix, tokens)[0] == (BLOCK, BLOCK)


def test_what_all_prompts_begin_with_ends_a_block() -> None:
    prefix, begin = Prefix(BLOCK), list(range(BLOCK + 20))
    one, other = [*begin, *[100] * BLOCK, 1], [*begin, 200]
    blocks = [(start, len(block)) for start, block in prefix.missing(one, len(begin))]
    assert blocks == [(0, BLOCK), (BLOCK, 20), (BLOCK + 20, BLOCK), (2 * BLOCK + 20, 1)]
    assert [start for start, _ in prefix.missing(other, len(begin))] == [len(begin)]
    # Counted from another place the blocks are others, and none is there.
    assert [start for start, _ in prefix.missing(other, 10)] == [0, 10, 10 + BLOCK]


def test_whoever_cancels_is_not_kept_waiting_for_the_rest_of_the_prompt() -> None:
    prefix, tokens, computed = Prefix(BLOCK), list(range(4 * BLOCK)), []
    blocks = prefix.missing(tokens, cancelled=lambda: len(computed) == 2)
    with pytest.raises(Stopped):
        computed.extend(iter(lambda: next(blocks)[0], None))
    assert computed == [0, BLOCK]
    assert places(prefix, tokens)[0] == (2 * BLOCK, BLOCK)


@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(0, 1), min_size=1, max_size=4 * BLOCK),
            st.sampled_from([0, 1, 20, BLOCK, BLOCK + 1, 3 * BLOCK]),
        ),
        max_size=6,
    )
)
def test_the_cache_always_holds_the_prompt(prompts: list[tuple[list[int], int]]) -> None:
    """Played on a list instead of a cache: what is kept and what is added make the prompt."""
    prefix = Prefix(BLOCK)
    cache: list[int] = []
    for prompt, fixed in prompts:
        blocks = list(Prefix(BLOCK).missing(prompt, fixed))  # those of one who knows nothing
        assert all(0 < len(block) <= BLOCK for _, block in blocks)
        for start, block in prefix.missing(prompt, fixed):
            assert (start, block) in blocks
            cache = cache[:start] + block
        assert cache == prompt
        cache += [7, 8, 9]  # the reply's tokens come after it


# With the real engines


def sampled(engine: Engine, tokens: list[int], sampling: Sampling) -> str:
    return "".join(generate(engine, tokens, sampling))


def forget(engine: Any) -> None:
    """Have nothing of any prompt of ours in the cache."""
    engine.prefill([3] * (engine._prefix.size + 1))


def computed(engine: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of tokens of each run of the engine from now on."""
    owner, name = (engine._runner, "run") if hasattr(engine, "_runner") else (engine, "_run")
    run, counts = getattr(owner, name), []

    def counted(tokens: list[int], *rest: Any) -> Any:
        counts.append(len(tokens))
        return run(tokens, *rest)

    monkeypatch.setattr(owner, name, counted)
    return counts


GREEDY = Sampling(max_new_tokens=12)
DRAWN = Sampling(strategy="top-p", top_p=0.95, temperature=1.3, max_new_tokens=12, seed=5)


@pytest.mark.parametrize("sampling", [GREEDY, DRAWN], ids=["greedy", "drawn"])
def test_the_text_is_the_same_whether_or_not_the_beginning_was_there(
    engine: Engine, sampling: Sampling
) -> None:
    first = engine.tokenizer.prompt([SYSTEM, FIRST])
    forget(engine)
    reply = sampled(engine, first, sampling)
    turns = [SYSTEM, FIRST, Message("assistant", reply), SECOND]
    second = engine.tokenizer.prompt(turns)
    with_all_before = sampled(engine, second, sampling)
    forget(engine)
    assert sampled(engine, second, sampling) == with_all_before
    assert sampled(engine, first, sampling) == reply  # its beginning is there, the rest is not


@cache
def logits_of_the_first(engine: Engine) -> list[Logits]:
    """After the first prompt with nothing of it there, and after two tokens more."""
    forget(engine)
    tokens = engine.tokenizer.prompt([SYSTEM, FIRST])
    return [engine.prefill(tokens), engine.step(100), engine.step(200)]


@pytest.mark.parametrize("known", [1, 63, 64, 128, 137, 10_000])
def test_not_a_bit_of_the_logits_differs(engine: Engine, known: int) -> None:
    tokens = engine.tokenizer.prompt([SYSTEM, FIRST])
    fresh = logits_of_the_first(engine)
    engine.prefill([*tokens[:known], 300, 301])
    engine.step(400)
    again = [engine.prefill(tokens), engine.step(100), engine.step(200)]
    assert np.array_equal(fresh, again)


def test_only_what_is_new_is_computed(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = engine.tokenizer.prompt([SYSTEM, FIRST])
    forget(engine)
    counts = computed(engine, monkeypatch)
    sampled(engine, first, Sampling(max_new_tokens=1))
    assert sum(counts) == len(first)
    counts.clear()
    reply = Message("assistant", "A mean and a variance.")
    second = engine.tokenizer.prompt([SYSTEM, FIRST, reply, SECOND])
    sampled(engine, second, Sampling(max_new_tokens=1))
    assert sum(counts) < len(second) - len(first) + engine._prefix.size
    assert max(counts) <= engine._prefix.size


def test_the_shipped_prompts_beginning_is_computed_once(
    engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = LocalChatModel(engine=engine, model_name="m", defaults=Sampling(max_new_tokens=1))
    prompt = read_prompt(ROOT / "prompts", "answer")
    forget(engine)
    sizes = []
    for word in ("encoder", "decoder"):
        values = {
            "evidence": f"[1] An {word}.",
            "question": f"What is an {word}?",
            "form": "Short.",
        }
        system, user = messages(prompt, values)
        counts = computed(engine, monkeypatch)
        chat.invoke([SystemMessage(system.content), HumanMessage(user.content)])
        sizes.append(sum(counts))
        monkeypatch.undo()
    whole = len(engine.tokenizer.prompt([system, user]))
    assert sizes[0] == whole
    assert sizes[1] < whole - 30


def test_a_computation_that_failed_leaves_a_cache_that_can_be_used(
    engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = engine.tokenizer.prompt([SYSTEM, FIRST])
    forget(engine)
    fresh = engine.prefill(tokens)
    owner, name = (engine._runner, "run") if hasattr(engine, "_runner") else (engine, "_run")
    run = getattr(owner, name)

    def out_of_memory(given: list[int], *rest: Any) -> Any:
        result = run(given, *rest)
        if given[0] == tokens[engine._prefix.size]:
            raise RuntimeError("out of memory")
        return result

    forget(engine)
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, out_of_memory)
        with pytest.raises(RuntimeError, match="out of memory"):
            engine.prefill(tokens)
    assert np.array_equal(engine.prefill(tokens), fresh)
