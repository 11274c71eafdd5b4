"""What a student said, as plain English with a way back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.tools.router import load_reader
from tutor.tools.words import QUOTE, Reader

READER = load_reader()


@pytest.fixture(scope="module")
def reader() -> Reader:
    return READER


@pytest.mark.parametrize(
    ("said", "english"),
    [
        ("Twenty-five THREES from the GAN", "25 3s from the gan"),
        ("genrate difusion samples", "generate diffusion samples"),
        ("zeig mir acht Siebenen vom GAN", "show me 8 7s from gan"),
        ("this one, please", "this one , please"),
        ("3 million steps", "3000000 steps"),
    ],
)
def test_plain_english(reader: Reader, said: str, english: str) -> None:
    assert reader.read(said).english == english


def test_a_real_word_is_no_typing_error(reader: Reader) -> None:
    assert "van" in reader.read("the van is red").english


def test_the_way_back_gives_the_students_words(reader: Reader) -> None:
    said = reader.read("Zeichne eine dicke Vier, bitte")
    start = said.english.index("4")
    assert said.original(start, start + 1) == "Vier"


def test_quotes_are_not_read_as_words(reader: Reader) -> None:
    said = reader.read('Tokenize "run the GAN 7 times"')
    assert said.english == f"tokenize {QUOTE}"
    assert said.quotes == ("run the GAN 7 times",)


def test_a_short_turn_keeps_the_language_of_the_talk(reader: Reader) -> None:
    assert reader.read("7", "de").language == "de"


@given(st.text(max_size=120))
def test_nothing_that_is_said_breaks_the_reader(said: str) -> None:
    read = READER.read(said)
    for at in range(0, len(read.english), 5):
        assert read.original(at, at + 3) in read.raw
