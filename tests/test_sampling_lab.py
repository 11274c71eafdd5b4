"""The sampling lab: what is drawn follows what is shown, and its figures are their formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tests.lab_runs import opened
from tutor.config import Settings
from tutor.lab_models import TutorModels
from tutor.labs import Progress, Result, parse, run
from tutor.labs.continuations import Way, distinct, draw_texts, repeated, ways, words
from tutor.labs.lettering import drawable, font, shortened, visible, wrapped
from tutor.labs.options import SamplingLab
from tutor.labs.sampling import chi_square, entropy, named, sampling_of


@pytest.fixture(scope="module")
def tutors(settings: Settings) -> TutorModels:
    return TutorModels(settings)


def finish(tutors: TutorModels, **options: object) -> Result:
    *progress, result = run("sampling", parse("sampling", options), tutors)
    assert all(isinstance(step, Progress) for step in progress)
    assert isinstance(result, Result)
    return result


# Formulas


def test_entropy_is_in_bits() -> None:
    assert entropy(np.full(8, 1 / 8)) == pytest.approx(3)
    assert entropy(np.array([1.0, 0.0])) == 0
    assert entropy(np.array([0.5, 0.25, 0.25])) == pytest.approx(1.5)


def test_the_chi_square_test_is_scipys() -> None:
    theory = np.array([0.5, 0.3, 0.2])
    counts = np.array([45, 35, 20])
    statistic, freedom, p = chi_square(theory, counts)
    theirs = stats.chisquare(counts, 100 * theory)
    assert statistic == pytest.approx(theirs.statistic)
    assert freedom == 2
    assert p == pytest.approx(theirs.pvalue)


def test_rare_tokens_are_tested_together() -> None:
    theory = np.array([0.9, *[0.01] * 10])
    counts = np.array([90, *[1] * 10])
    statistic, freedom, _ = chi_square(theory, counts)
    assert freedom == 1
    assert statistic == pytest.approx(0)
    assert chi_square(np.array([1.0, 0.0]), np.array([50, 0])) == (None, 0, None)


@given(st.integers(0, 100))
def test_fair_draws_pass_and_foul_ones_do_not(seed: int) -> None:
    theory = np.array([0.4, 0.3, 0.2, 0.1])
    rng = np.random.default_rng(seed)
    fair = rng.multinomial(1000, theory)
    assert (chi_square(theory, fair)[2] or 0) > 1e-5
    foul = rng.multinomial(1000, theory[::-1])
    assert (chi_square(theory, foul)[2] or 0) < 1e-6


def test_diversity_and_repetition() -> None:
    assert distinct([["a", "b", "a", "b"]], 1) == 0.5
    assert distinct([["a", "b"], ["a", "b"]], 2) == 0.5
    assert distinct([], 2) == 0
    assert repeated(["a", "b", "c"] * 2, 3) == pytest.approx(1 / 4)  # of abc bca cab abc the last
    assert repeated(["a"], 3) == 0
    assert words("Don't stop, stop!") == ["don't", "stop", "stop"]


# Ways of choosing


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({}, "top-p 0.9 at temperature 1"),
        ({"strategy": "top-k", "temperature": 0.7}, "top-k 10 at temperature 0.7"),
        ({"strategy": "random", "min_p": 0.1}, "all tokens with min-p 0.1 at temperature 1"),
        ({"strategy": "greedy"}, "greedy decoding"),
        ({"temperature": 0}, "greedy decoding"),
        ({"top_k": 3}, "top-k 3 at temperature 1"),
        ({"top_p": 0.5}, "top-p 0.5 at temperature 1"),
        ({"top_k": 3, "top_p": 0.5}, "top-p 0.5 at temperature 1"),
        ({"top_k": 3, "strategy": "random"}, "all tokens at temperature 1"),
    ],
)
def test_ways_have_names(options: dict[str, object], name: str) -> None:
    given = SamplingLab.model_validate(options)
    assert named(given) == name
    assert SamplingLab.model_validate(given.model_dump()) == given  # as sent to a lab's process


def test_the_labs_options_reach_the_tutors_own_sampling() -> None:
    options = SamplingLab(strategy="top-k", top_k=7, temperature=0.5, min_p=0.1)
    sampling = sampling_of(options)
    assert (sampling.strategy, sampling.top_k, sampling.temperature) == ("top-k", 7, 0.5)
    assert sampling.min_p == 0.1
    assert sampling.repetition_penalty == 1


def test_four_ways_are_compared_all_at_one_length() -> None:
    compared = ways(SamplingLab(temperature=0.5, top_k=4, top_p=0.5, length=9))
    assert [way.sampling.strategy for way in compared] == ["greedy", "random", "top-k", "top-p"]
    assert {way.sampling.max_new_tokens for way in compared} == {9}
    assert {way.sampling.temperature for way in compared} == {0.5}
    assert [way.draws for way in compared] == [False, True, True, True]


def test_min_p_is_one_more_way() -> None:
    *others, last = ways(SamplingLab(min_p=0.2))
    assert (last.name, last.sampling.strategy, last.sampling.min_p) == (
        "min-p, p = 0.2", "random", 0.2,
    )  # fmt: skip
    assert [way.sampling.min_p for way in others] == [0] * 4
    assert draw_texts("A prompt", [*others, last]).alt.endswith("five ways: ")


# Probabilities


def test_top_k_keeps_k(tutors: TutorModels) -> None:
    values = finish(tutors, strategy="top-k", top_k=5).values
    assert values["kept"] == 5
    assert sum(row["after"] for row in values["top"]) == pytest.approx(1, abs=1e-4)
    assert [row["after"] > 0 for row in values["top"]] == [True] * 5 + [False] * 7
    assert values["entropy_after_bits"] <= math.log2(5)


def test_top_p_keeps_the_smallest_set_that_reaches_p(tutors: TutorModels) -> None:
    values = finish(tutors, strategy="top-p", top_p=0.6).values
    assert values["kept_probability"] >= 0.6
    kept = [row["before"] for row in values["top"] if row["after"] > 0]
    if values["kept"] <= len(values["top"]):
        assert sum(kept[:-1]) < 0.6


def test_heat_raises_the_entropy_and_the_caption_says_so(tutors: TutorModels) -> None:
    result = finish(tutors, strategy="random", temperature=2.0)
    assert result.values["entropy_after_bits"] > result.values["entropy_before_bits"]
    assert "grows" in result.caption
    assert opened(result.pictures[0]).width == 1024


def test_greedy_leaves_one_token(tutors: TutorModels) -> None:
    values = finish(tutors, strategy="greedy").values
    assert values["kept"] == 1
    assert values["top"][0]["after"] == 1


# Draws


def test_draws_follow_the_probabilities(tutors: TutorModels) -> None:
    values = finish(tutors, action="draw", strategy="top-k", top_k=4, n=1000).values
    assert values["p_value"] > 0.001
    assert sum(row["drawn"] for row in values["top"]) == 1000
    assert sum(row["expected"] for row in values["top"]) == pytest.approx(1000, abs=0.1)
    assert values["different"] <= values["possible"] == 4


def test_the_same_seed_draws_the_same(tutors: TutorModels) -> None:
    drawn = [finish(tutors, action="draw", n=50, seed=seed).values["top"] for seed in (3, 3, 4)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_one_draw_is_no_trouble(tutors: TutorModels) -> None:
    values = finish(tutors, action="draw", n=1, strategy="greedy").values
    assert values["top"][0]["drawn"] == 1
    assert values["p_value"] is None


# Continuations


@pytest.mark.slow
def test_greedy_repeats_itself_and_random_draws_do_not(tutors: TutorModels) -> None:
    result = finish(tutors, action="compare", length=40)
    texts = result.values["texts"]
    assert texts["greedy"][0] == texts["greedy"][1]
    assert texts["random, from all"][0] != texts["random, from all"][1]
    figures = result.values["figures"]
    assert figures["greedy"]["distinct_2"] <= figures["random, from all"]["distinct_2"]
    for written in texts.values():
        assert all(len(tutors.tokens(text)) > 25 for text in written)  # none ended early


def test_at_temperature_0_every_way_is_the_greedy_one(tutors: TutorModels) -> None:
    result = finish(tutors, action="compare", length=5, temperature=0, min_p=0.1)
    texts = result.values["texts"]
    assert len(texts) == 5
    assert len({text for written in texts.values() for text in written}) == 1
    assert result.values["temperature"] == 0
    assert "At temperature 0 nothing is drawn" in result.caption


def test_a_comparison_with_min_p_says_so(tutors: TutorModels) -> None:
    result = finish(tutors, action="compare", length=5, min_p=1.0)
    texts = result.values["texts"]
    assert texts["min-p, p = 1"] == texts["greedy"], "only the likeliest token has all its share"
    assert "by four kinds of draw" in result.caption


def test_what_is_not_written_yet_is_drawn_as_dots() -> None:
    drawn = draw_texts("A prompt", ways(SamplingLab()))
    assert opened(drawn).width == 1024
    assert drawn.alt.endswith("four ways: ")


def test_a_ways_figures_are_of_its_own_texts() -> None:
    way = Way("greedy", sampling_of(SamplingLab()), "#000000", ["a b a b a b", "a b a b a b"])
    assert way.figures() == {"distinct_1": 0.167, "distinct_2": 0.2, "repeated_3": 0.5}


# Lettering


def test_white_space_and_unknown_signs_are_made_visible() -> None:
    assert visible(" a\n\tb\r") == "·a↵⇥b⇤"
    assert drawable("é 日") == "é ⟨U+65E5⟩"


def test_a_shortened_text_ends_in_dots() -> None:
    assert shortened("one two three", 8) == "one two…"
    assert shortened("one\n two", 8) == "one two"


@given(st.text(st.characters(codec="latin-1"), max_size=120), st.integers(40, 400))
def test_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    letters = font(20)
    lines = wrapped(text, letters, width)
    assert all(letters.getlength(line) <= width or len(line) == 1 for line in lines)
    assert "".join("".join(lines).split()) == "".join(drawable(text).split())
