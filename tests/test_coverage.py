"""The judge of coverage: what it weighs, and which way each of it pulls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.coverage import BIAS, THRESHOLD, WEIGHTS, features, probability
from tutor.records import Chunk, Evidence, Hit, Place

PLACE = Place("page", 1)
CHUNK = Chunk("a.pdf", PLACE, "text")
SHARES = st.floats(0, 1)


def words(text: str) -> list[str]:
    return text.lower().split()


def weight(word: str) -> float:
    return {"rare": 4.0, "common": 1.0}.get(word, 2.0)


def piece(quote: str, *headings: str) -> Evidence:
    return Evidence(1, "a.pdf", PLACE, quote, 1.0, quote, headings)


def test_the_best_scores_of_any_hit_count() -> None:
    hits = [Hit(CHUNK, 1, 0.5, 0.7, 0.1), Hit(CHUNK, 2, 0.4, 0.2, 0.6)]
    assert features("rare", hits, [], words, weight) == (0.7, 0.6, 0.0)


def test_the_share_of_telling_words_that_the_evidence_holds() -> None:
    _, _, share = features("rare common", [], [piece("a RARE thing")], words, weight)
    assert share == pytest.approx(4 / 5)
    _, _, share = features("rare common other", [], [piece("common")], words, weight)
    assert share == pytest.approx(1 / 7)


def test_headings_and_all_pieces_count_as_evidence() -> None:
    _, _, share = features("rare common", [], [piece("x", "Rare"), piece("common")], words, weight)
    assert share == 1


def test_a_word_asked_twice_counts_once() -> None:
    _, _, share = features("rare rare common", [], [piece("rare")], words, weight)
    assert share == pytest.approx(4 / 5)


def test_nothing_found_nothing_asked() -> None:
    assert features("", [], [], words, weight) == (0.0, 0.0, 0.0)
    assert features("zero", [], [piece("zero")], words, lambda word: 0.0) == (0.0, 0.0, 0.0)


def test_the_probability_is_the_logistic_function_of_the_weighted_sum() -> None:
    assert probability((0, 0, 0)) == pytest.approx(1 / (1 + 2.718281828**-BIAS))
    # Where the weighted sum is zero the judge is undecided.
    assert probability((-BIAS / WEIGHTS[0], 0, 0)) == pytest.approx(0.5)


@given(st.tuples(SHARES, SHARES, SHARES), st.integers(0, 2), SHARES)
def test_more_of_anything_never_speaks_against_coverage(
    values: tuple[float, float, float], which: int, more: float
) -> None:
    higher = list(values)
    higher[which] = max(higher[which], more)
    assert 0 < probability(values) <= probability(higher) < 1


def test_nothing_at_all_is_not_covered_and_everything_is() -> None:
    assert probability((0, 0, 0)) < THRESHOLD < probability((1, 1, 1))


def test_features_and_weights_must_agree_in_number() -> None:
    with pytest.raises(ValueError, match="zip"):
        probability((1, 1))
