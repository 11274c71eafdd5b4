"""Sampling: each strategy against its definition, on the real model's logits."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from tutor.config import Sampling
from tutor.llm.decode import Engine
from tutor.llm.sampling import (
    Logits,
    distribution,
    keep_min_p,
    keep_top_k,
    keep_top_p,
    next_token,
    penalised,
    softmax,
)


def named(sampling: Sampling) -> str:
    """A short name for a test."""
    return " ".join(f"{k}={v}" for k, v in sampling.model_dump(exclude_defaults=True).items())


PROMPTS = ["The capital of France is", "Once upon a time", "def add(a, b):\n    return"]

STRATEGIES = [
    Sampling(strategy="random"),
    Sampling(strategy="random", temperature=0.7, repetition_penalty=1.3),
    Sampling(strategy="random", temperature=2.5),
    Sampling(strategy="top-k", top_k=1),
    Sampling(strategy="top-k", top_k=7, temperature=1.5),
    Sampling(strategy="top-k", top_k=50, repetition_penalty=1.0),
    Sampling(strategy="top-p", top_p=0.5),
    Sampling(strategy="top-p", top_p=0.9, temperature=1.4),
    Sampling(strategy="top-p", top_p=0.99, temperature=0.5, repetition_penalty=1.8),
    Sampling(strategy="top-p", top_p=1.0),
    Sampling(strategy="random", min_p=0.05),
    Sampling(strategy="random", min_p=0.1, temperature=2.0),
    Sampling(strategy="random", min_p=0.02, temperature=0.8, repetition_penalty=1.4),
    Sampling(strategy="top-k", top_k=12, min_p=0.03, temperature=1.5),
    Sampling(strategy="top-p", top_p=0.8, min_p=0.02, temperature=1.8),
]


@pytest.fixture(scope="module")
def real(openvino_engine: Engine) -> list[tuple[Logits, set[int]]]:
    """Logits after some prompts, with the prompts' tokens."""
    found = []
    for prompt in PROMPTS:
        tokens = openvino_engine.tokenizer.encode(prompt)
        logits = openvino_engine.prefill(tokens).astype(np.float64)  # so that rounding is none
        found.append((logits, set(tokens)))
    return found


def reference(logits: Logits, seen: set[int], sampling: Sampling) -> dict[int, float]:
    """The definition, in plain Python: every token that may come, with its probability."""
    values = [float(value) for value in logits]
    for token in seen:
        penalty = sampling.repetition_penalty
        values[token] = values[token] / penalty if values[token] > 0 else values[token] * penalty
    if sampling.strategy == "greedy" or sampling.temperature == 0:
        return {max(range(len(values)), key=lambda token: values[token]): 1.0}
    scaled = np.array(values) / sampling.temperature
    weights = np.exp(scaled - scaled.max())
    probabilities = (weights / weights.sum()).tolist()
    ranked = sorted(range(len(values)), key=lambda token: -probabilities[token])
    if sampling.strategy == "top-k":
        ranked = ranked[: sampling.top_k]
    if sampling.strategy == "top-p" and sampling.top_p < 1:
        reached = list(accumulate(probabilities[token] for token in ranked))
        ranked = ranked[: 1 + next(i for i, sum_ in enumerate(reached) if sum_ >= sampling.top_p)]
    # Nguyen et al. 2024, section 3: p_scaled = p_base * p_max; keep P(v) >= p_scaled.
    p_max = max(probabilities[token] for token in ranked)
    ranked = [token for token in ranked if probabilities[token] >= sampling.min_p * p_max]
    total = sum(probabilities[token] for token in ranked)
    return {token: probabilities[token] / total for token in ranked}


@pytest.mark.parametrize("sampling", STRATEGIES, ids=named)
def test_distribution_is_the_definition(
    sampling: Sampling, real: list[tuple[Logits, set[int]]]
) -> None:
    for logits, seen in real:
        expected = reference(logits, seen, sampling)
        found = distribution(logits, seen, sampling)
        kept = np.flatnonzero(found)
        # Of equally likely tokens at the edge any may be kept, so the sizes are compared ...
        wanted = sorted(probability for probability in expected.values() if probability > 0)
        np.testing.assert_allclose(sorted(found[kept]), wanted, rtol=1e-6)
        # ... and then each token with its own.
        common = [token for token in kept.tolist() if token in expected]
        np.testing.assert_allclose(found[common], [expected[token] for token in common], rtol=1e-6)


def test_greedy_is_the_argmax(real: list[tuple[Logits, set[int]]]) -> None:
    for logits, _ in real:
        greedy = Sampling(strategy="greedy", repetition_penalty=1.0)
        token = next_token(logits, (), greedy, np.random.default_rng(0))
        assert logits[token] == logits.max()
        assert distribution(logits, (), greedy)[token] == 1


@pytest.mark.parametrize("strategy", ["random", "top-k", "top-p"])
def test_temperature_0_is_greedy_whatever_the_strategy(
    strategy: str, real: list[tuple[Logits, set[int]]]
) -> None:
    cold = Sampling.model_validate({"strategy": strategy, "temperature": 0})
    for logits, seen in real:
        random = np.random.default_rng(1)
        expected = next_token(logits, seen, Sampling(), random)
        assert {next_token(logits, seen, cold, random) for _ in range(20)} == {expected}
        assert random.bit_generator.state == np.random.default_rng(1).bit_generator.state


def test_greedy_looks_at_the_penalty() -> None:
    logits = np.array([3.0, 2.9, -1.0], dtype=np.float32)
    random = np.random.default_rng(0)
    assert next_token(logits, {0}, Sampling(repetition_penalty=1.0), random) == 0
    assert next_token(logits, {0}, Sampling(repetition_penalty=1.1), random) == 1


# Chi-square: many draws of each strategy

DRAWS = 4000


@pytest.mark.parametrize("sampling", STRATEGIES, ids=named)
def test_draws_follow_the_distribution(
    sampling: Sampling, real: list[tuple[Logits, set[int]]]
) -> None:
    logits = np.sort(real[1][0])[-300:][::-1].copy()  # its likeliest: quick to draw from
    expected = reference(logits, {0, 5}, sampling)
    random = np.random.default_rng(20_240_607)
    draws = [next_token(logits, {0, 5}, sampling, random) for _ in range(DRAWS)]
    counts = np.bincount(draws, minlength=len(logits))
    assert set(np.flatnonzero(counts).tolist()) <= expected.keys()
    tokens = sorted(expected, key=lambda token: -expected[token])
    often = [token for token in tokens if expected[token] * DRAWS >= 10]
    observed = [int(counts[token]) for token in often]
    wanted = [expected[token] * DRAWS for token in often]
    if rest := tokens[len(often) :]:  # chi-square wants cells of some size: the rare in one
        observed.append(int(counts[rest].sum()))
        wanted.append(sum(expected[token] for token in rest) * DRAWS)
    if len(observed) == 1:
        assert observed == [DRAWS]
        return
    assert chisquare(observed, wanted).pvalue > 1e-4


def test_the_chi_square_would_notice_a_wrong_order_of_steps(
    real: list[tuple[Logits, set[int]]],
) -> None:
    """Truncating before the temperature gives another nucleus, and is told apart."""
    logits = np.sort(real[1][0])[-300:][::-1].copy()
    before = keep_top_p(softmax(logits, 1.0), 0.9)
    sampling = Sampling(strategy="top-p", top_p=0.9, temperature=2.0, repetition_penalty=1.0)
    after = distribution(logits, (), sampling)
    assert np.count_nonzero(after) > np.count_nonzero(before)


def test_the_same_seed_gives_the_same_tokens(real: list[tuple[Logits, set[int]]]) -> None:
    logits, seen = real[0]
    sampling = Sampling(strategy="random", temperature=1.5)

    def draws(seed: int) -> list[int]:
        random = np.random.default_rng(seed)
        return [next_token(logits, seen, sampling, random) for _ in range(30)]

    assert draws(1) == draws(1)
    assert draws(1) != draws(2)


# Each step alone


def test_a_penalty_makes_every_seen_token_less_likely_whatever_its_sign() -> None:
    logits = np.array([2.0, -2.0, 1.0, -1.0, 0.0])
    changed = penalised(logits, {0, 1, 4}, 2.0)
    assert changed.tolist() == [1.0, -4.0, 1.0, -1.0, 0.0]
    assert logits.tolist() == [2.0, -2.0, 1.0, -1.0, 0.0]


def test_no_penalty_no_change() -> None:
    logits = np.array([2.0, -2.0])
    assert penalised(logits, {0}, 1.0).tolist() == [2.0, -2.0]
    assert penalised(logits, set(), 1.5).tolist() == [2.0, -2.0]


def test_the_nucleus_is_the_smallest_set_that_reaches_p() -> None:
    probabilities = np.array([0.1, 0.4, 0.2, 0.3])
    assert np.flatnonzero(keep_top_p(probabilities, 0.6)).tolist() == [1, 3]
    assert np.flatnonzero(keep_top_p(probabilities, 0.71)).tolist() == [1, 2, 3]
    assert np.flatnonzero(keep_top_p(probabilities, 0.01)).tolist() == [1]


@pytest.mark.parametrize(
    ("probabilities", "p", "size"),
    [
        ([0.4, 0.3, 0.1, 0.2], 0.8, 3),
        ([0.4, 0.3, 0.1, 0.1, 0.1], 0.8, 3),
        ([0.7, 0.1, 0.2], 0.9, 2),
    ],
)
def test_rounding_does_not_let_in_one_more(probabilities: list[float], p: float, size: int) -> None:
    assert np.count_nonzero(keep_top_p(np.array(probabilities), p)) == size


def test_a_nucleus_wider_than_the_first_look() -> None:
    probabilities = np.full(5000, 1 / 5000)
    assert np.count_nonzero(keep_top_p(probabilities, 0.9)) == 4500


def test_top_k_keeps_exactly_k_of_equals() -> None:
    assert np.count_nonzero(keep_top_k(np.full(10, 0.1), 3)) == 3


def test_min_p_keeps_what_has_its_share_of_the_likeliest() -> None:
    probabilities = np.array([0.5, 0.25, 0.15, 0.1])
    assert keep_min_p(probabilities, 0.3).tolist() == [5 / 9, 2.5 / 9, 1.5 / 9, 0]
    assert np.flatnonzero(keep_min_p(probabilities, 0.5)).tolist() == [0, 1]
    assert keep_min_p(probabilities, 0).tolist() == probabilities.tolist()


def test_min_p_1_keeps_every_likeliest_token() -> None:
    assert np.flatnonzero(keep_min_p(np.array([0.4, 0.2, 0.4]), 1.0)).tolist() == [0, 2]


def test_min_p_adapts_to_how_sure_the_model_is() -> None:
    """The paper's point, section 3: few tokens where one is likely, many where all are alike."""
    sure, unsure = np.array([0.9, 0.05, 0.05]), np.full(3, 1 / 3)
    assert np.count_nonzero(keep_min_p(sure, 0.1)) == 1
    assert np.count_nonzero(keep_min_p(unsure, 0.1)) == 3


def test_min_p_looks_after_the_temperature(real: list[tuple[Logits, set[int]]]) -> None:
    logits, _ = real[0]
    kept = [
        np.count_nonzero(
            distribution(logits, (), Sampling(strategy="random", min_p=0.02, temperature=heat))
        )
        for heat in (0.5, 1.0, 2.0)
    ]
    assert kept[0] < kept[1] < kept[2]


# Properties

LOGITS = st.lists(st.floats(-60, 60, width=32), min_size=1, max_size=60).map(
    lambda values: np.array(values, dtype=np.float32)
)
SAMPLINGS = st.builds(
    Sampling,
    strategy=st.sampled_from(["greedy", "random", "top-k", "top-p"]),
    temperature=st.floats(0, 5),
    top_k=st.integers(1, 1000),
    top_p=st.floats(0, 1, exclude_min=True),
    min_p=st.floats(0, 1),
    repetition_penalty=st.floats(1, 2),
)


@given(LOGITS, st.sets(st.integers(0, 59)), SAMPLINGS)
def test_any_distribution_is_one(logits: Logits, seen: set[int], sampling: Sampling) -> None:
    seen = {token for token in seen if token < len(logits)}
    found = distribution(logits, seen, sampling)
    assert found.sum() == pytest.approx(1)
    assert found.min() >= 0
    support = np.count_nonzero(found)
    if sampling.strategy == "greedy" or sampling.temperature == 0:
        assert support == 1
    elif sampling.strategy == "top-k":
        assert support <= min(sampling.top_k, len(logits))
    assert 1 <= support <= len(logits)


@given(LOGITS, st.sets(st.integers(0, 59)), SAMPLINGS, st.integers(0, 2**32))
def test_only_tokens_of_the_distribution_are_drawn(
    logits: Logits, seen: set[int], sampling: Sampling, seed: int
) -> None:
    seen = {token for token in seen if token < len(logits)}
    token = next_token(logits, seen, sampling, np.random.default_rng(seed))
    assert distribution(logits, seen, sampling)[token] > 0


@given(LOGITS, st.integers(1, 70))
def test_top_k_keeps_the_likeliest_in_their_proportions(logits: Logits, k: int) -> None:
    probabilities = softmax(logits, 1.0)
    kept = keep_top_k(probabilities, k)
    left = kept > 0
    assert np.count_nonzero(left) <= min(k, len(logits))
    if not left.all():
        assert probabilities[left].min() >= probabilities[~left].max()
    ratio = kept[left] / probabilities[left]
    assert ratio == pytest.approx(ratio[0])


@given(LOGITS, st.floats(0.01, 1))
def test_the_nucleus_reaches_p_and_would_not_without_its_least(logits: Logits, p: float) -> None:
    probabilities = softmax(logits, 1.0)
    left = keep_top_p(probabilities, p) > 0
    assert probabilities[left].sum() >= p - 1e-9
    if np.count_nonzero(left) > 1 and p < 1:
        assert probabilities[left].sum() - probabilities[left].min() < p
    if not left.all():
        assert probabilities[left].min() >= probabilities[~left].max() - 1e-12


@given(LOGITS, st.floats(1e-300, 5) | st.just(5e-324))
def test_softmax_is_finite_at_any_temperature(logits: Logits, temperature: float) -> None:
    found = softmax(logits, temperature)
    assert np.isfinite(found).all()
    assert found.sum() == pytest.approx(1)
    assert found[int(np.argmax(logits))] == found.max()


@pytest.mark.parametrize("temperatures", [(0.3, 1.0), (1.0, 2.0), (2.0, 5.0)])
def test_heat_flattens(temperatures: Sequence[float], real: list[tuple[Logits, set[int]]]) -> None:
    def entropy(temperature: float) -> float:
        probabilities = softmax(real[0][0], temperature)
        return float(-(probabilities * np.log(probabilities + 1e-300)).sum())

    assert entropy(temperatures[0]) < entropy(temperatures[1])
