"""A model's text as it grows: whole sentences, as soon as they are whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tutor.writing import Writing


def tokens(*pieces: str) -> Iterator[tuple[str, float]]:
    return ((piece, 100.0 * number) for number, piece in enumerate(pieces, start=1))


def test_a_sentence_comes_as_soon_as_the_next_one_begins() -> None:
    writing = Writing(tokens("A GAN", " has two", " networks.", " They", " play.", " And", " so"))
    sentences = writing.sentences()
    assert next(sentences) == "A GAN has two networks."
    assert writing.tokens == 4
    # What was cut off at the end is no sentence.
    assert list(sentences) == ["They play."]


def test_a_models_own_markers_are_taken_out() -> None:
    assert list(Writing(tokens("It is so [3].")).sentences()) == ["It is so."]


def test_an_interval_is_no_marker_and_becomes_none() -> None:
    said = list(Writing(tokens("All are scaled to [0, 1]. The first", " is x[0] [3].")).sentences())
    assert said == [r"All are scaled to \[0, 1\].", r"The first is x\[0\]."]


@pytest.mark.parametrize(
    "last", ["He calls it “so.”", "It goes on…", "**It learns.**", "It is $x.$", 'It is "so"']
)
def test_a_last_sentence_may_end_in_other_signs(last: str) -> None:
    assert list(Writing(tokens(last)).sentences()) == [last]


@pytest.mark.parametrize("last", ["**It", "It is “so”", "It is $x$", "It is $x.$ and"])
def test_what_has_no_end_is_no_sentence(last: str) -> None:
    assert list(Writing(tokens(last)).sentences()) == []


def test_a_marker_on_its_own_is_no_sentence() -> None:
    lines = tokens("A is b. [1]\n", "C is d. [2]\n", "- [3]\n", "E is f. [3] G is h.")
    assert list(Writing(lines).sentences()) == ["A is b.", "C is d.", "-", "E is f.", "G is h."]


def test_the_rate_counts_from_the_first_token_on() -> None:
    writing = Writing(tokens(*["a "] * 11))
    assert writing.rate(0.0) == 0.0
    assert list(writing.sentences()) == []
    assert writing.first_ms == 100.0
    assert round(writing.rate(1100.0), 6) == 10.0
