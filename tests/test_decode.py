"""The loop from logits to text: where it ends, and what it shows when."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engines import ByteTokenizer, ScriptedEngine
from tutor.config import Sampling
from tutor.llm.decode import generate

GREEDY = Sampling(repetition_penalty=1.0, max_new_tokens=4096)
PROMPT = [1, 2, 3]


def say(script: str | bytes, **options: object) -> list[str]:
    """The pieces of a reply of that script."""
    return list(generate(ScriptedEngine(script), PROMPT, GREEDY, **options))  # type: ignore[arg-type]


def test_a_piece_for_every_token_up_to_the_end_token() -> None:
    assert say("Noise.") == ["N", "o", "i", "s", "e", "."]


def test_an_empty_reply() -> None:
    assert say("") == []


def test_the_engine_is_given_the_prompt_once_and_every_token_but_the_last() -> None:
    engine = ScriptedEngine("abc")
    list(generate(engine, PROMPT, GREEDY))
    assert engine.prompts == [PROMPT]
    assert bytes(engine.steps) == b"abc"
    list(generate(engine, PROMPT, GREEDY.model_copy(update={"max_new_tokens": 2})))
    assert bytes(engine.steps) == b"a"


@pytest.mark.parametrize("limit", [1, 3, 6])
def test_it_ends_at_max_new_tokens(limit: int) -> None:
    engine = ScriptedEngine("abcdefghi")
    sampling = GREEDY.model_copy(update={"max_new_tokens": limit})
    assert "".join(generate(engine, PROMPT, sampling)) == "abcdefghi"[:limit]


def test_it_ends_at_the_end_of_the_context() -> None:
    engine = ScriptedEngine("abcdefghi", context=len(PROMPT) + 4)
    assert "".join(generate(engine, PROMPT, GREEDY)) == "abcd"


def test_a_prompt_that_fills_the_context_leaves_no_room() -> None:
    assert list(generate(ScriptedEngine("abc", context=len(PROMPT)), PROMPT, GREEDY)) == []


@pytest.mark.parametrize("after", [0, 1, 4])
def test_it_can_be_cancelled_between_any_two_tokens(after: int) -> None:
    asked = count()
    engine = ScriptedEngine("abcdefghi")
    pieces = list(generate(engine, PROMPT, GREEDY, cancelled=lambda: next(asked) >= after))
    assert pieces == list("abcdefghi"[:after])
    assert len(engine.steps) == after


def test_a_reader_who_leaves_ends_it() -> None:
    engine = ScriptedEngine("abcdefghi")
    pieces = generate(engine, PROMPT, GREEDY)
    assert next(pieces) == "a"
    pieces.close()
    assert len(engine.steps) == 0


# Characters of several bytes


@pytest.mark.parametrize("text", ["Größe", "≠ ∑", "你好", "🎓 cap", "é"])
def test_no_piece_ends_inside_a_character(text: str) -> None:
    pieces = say(text)
    assert "".join(pieces) == text
    assert all("�" not in piece for piece in pieces)
    assert len(pieces) == len(text.encode())


def test_half_a_character_at_the_end_is_not_shown() -> None:
    assert "".join(say("good 🎓".encode()[:-2])) == "good "
    sampling = GREEDY.model_copy(update={"max_new_tokens": 6})
    assert "".join(generate(ScriptedEngine("good 🎓"), PROMPT, sampling)) == "good "


# Stop texts


@pytest.mark.parametrize(
    ("script", "stop", "shown"),
    [
        ("one\n\ntwo", ["\n\n"], "one"),
        ("one\ntwo", ["\n\n"], "one\ntwo"),
        ("abcdef", ["abcdef"], ""),
        ("abcdex", ["abcdef"], "abcdex"),
        ("xabab!", ["abab!"], "x"),
        ("aaab", ["aab"], "a"),
        ("one END two", ["STOP", "END"], "one "),
        ("to be or not", ["or", "be"], "to "),
        ("a #é b", ["#é"], "a "),
        ("a #è b", ["#é"], "a #è b"),
        ("ends with EN", ["END"], "ends with EN"),
    ],
)
def test_a_stop_text_ends_the_reply_and_is_not_shown(
    script: str, stop: list[str], shown: str
) -> None:
    assert "".join(say(script, stop=stop)) == shown


def test_what_may_begin_a_stop_text_is_held_back_until_it_does_not() -> None:
    assert say("abcabd", stop=["abd"]) == ["", "", "abc", "", "", ""]


def until_stopped(text: str, stop: list[str]) -> str:
    """The definition: the reply grows byte by byte until a stop text stands in it."""
    data = text.encode()
    for length in range(len(data) + 1):
        grown = data[:length].decode(errors="replace")
        if found := [grown.index(item) for item in stop if item in grown]:
            return grown[: min(found)]
    return text


LETTERS = st.text("ab#é🎓\n", max_size=14)


@given(LETTERS, st.lists(st.text("ab#é🎓\n", min_size=1, max_size=4), max_size=3))
def test_replies_with_stop_texts_by_definition(text: str, stop: list[str]) -> None:
    pieces = say(text, stop=stop)
    assert "".join(pieces) == until_stopped(text, stop)
    assert all("�" not in piece for piece in pieces)


@given(LETTERS, st.text("ab#é🎓\n", min_size=1, max_size=5))
def test_nothing_of_a_stop_text_is_ever_shown(text: str, stop: str) -> None:
    shown = ""
    final = until_stopped(text, [stop])
    for piece in say(text, stop=[stop]):
        shown += piece
        assert final.startswith(shown)


# Sampling


def test_the_repetition_penalty_sees_prompt_and_reply() -> None:
    class Undecided(ScriptedEngine):
        """Likes 'a', then 'b', then 'c', each a little less."""

        def _next(self):  # type: ignore[no-untyped-def]
            logits = super()._next() * 0 - 10
            logits[ord("a")], logits[ord("b")], logits[ord("c")] = 3.0, 2.9, 2.8
            return logits

    sampling = Sampling(repetition_penalty=1.2, max_new_tokens=2)
    assert "".join(generate(Undecided(""), PROMPT, sampling)) == "ab"
    assert "".join(generate(Undecided(""), [ord("a")], sampling)) == "bc"


def test_the_same_seed_gives_the_same_reply_and_another_another() -> None:
    class Even(ScriptedEngine):
        """Finds all letters equally good."""

        def _next(self):  # type: ignore[no-untyped-def]
            logits = super()._next() * 0 - 10
            logits[ord("a") : ord("z") + 1] = 5
            return logits

    def reply(seed: int) -> str:
        sampling = Sampling(strategy="random", seed=seed, max_new_tokens=40)
        return "".join(generate(Even(""), PROMPT, sampling))

    assert reply(1) == reply(1)
    assert reply(1) != reply(2)
    assert len(set(reply(1))) > 8


def test_the_byte_tokenizer_is_what_a_tokenizer_must_be() -> None:
    tokenizer = ByteTokenizer()
    assert tokenizer.decode(tokenizer.encode("Größe 🎓")) == "Größe 🎓"
