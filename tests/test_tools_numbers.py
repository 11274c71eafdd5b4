"""Numbers in words are read as their value, in every language of the glossary."""

from __future__ import annotations

import pytest

from tutor.tools import numbers


@pytest.mark.parametrize(
    ("language", "words", "value"),
    [
        ("en", "seven", 7),
        ("en", "twenty five", 25),
        ("en", "one hundred and five", 105),
        ("en", "two thousand three hundred", 2300),
        ("en", "a dozen", 12),
        ("en", "a million", 10**6),
        ("de", "funfundzwanzig", 25),
        ("de", "dreihundert", 300),
        ("fr", "soixante douze", 72),
        ("fr", "quatre vingts", 80),
        ("es", "treinta y dos", 32),
        ("it", "ventuno", 21),
        ("pt", "quarenta e dois", 42),
        ("nl", "tweeendertig", 32),
    ],
)
def test_a_number_in_words(language: str, words: str, value: int) -> None:
    split = words.split()
    assert numbers.read(split, 0, language) == (value, len(split))


def test_a_number_ends_where_its_words_end() -> None:
    words = "draw sixteen sevens and four".split()
    assert numbers.read(words, 1, "en") == (16, 1)
    assert numbers.read(words, 0, "en") is None
    assert numbers.read(words, 2, "en") is None, "several sevens are no number"


def test_the_article_alone_is_no_number() -> None:
    assert numbers.read(["a", "gan"], 0, "en") is None
    assert not numbers.is_number_word("ein", "de")


def test_several_of_a_digit() -> None:
    assert numbers.plural_digit("sevens", "en") == 7
    assert numbers.plural_digit("neunen", "de") == 9
    assert numbers.plural_digit("vans", "en") is None


def test_no_number_grows_without_end() -> None:
    words = ["nine", "hundred", "thousand", "million", "billion"] * 400
    value, used = numbers.read(words, 0, "en") or (0, 0)
    assert 10**9 < value <= numbers.MOST
    assert used > 3
