"""The lab of distributions: formulas, samplers against theory, values at the edges."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.lab_runs import finish, opened, values
from tutor.errors import LabError
from tutor.labs.distribution import Law, figures, law
from tutor.labs.options import Distribution

DISCRETE = [
    {"name": "bernoulli", "p": 0.3},
    {"name": "binomial", "trials": 10, "p": 0.3},
    {"name": "binomial", "trials": 1000, "p": 0.02},
    {"name": "poisson", "rate": 3},
    {"name": "poisson", "rate": 0.1},
]
CONTINUOUS = [
    {"name": "uniform", "low": 2, "high": 8},
    {"name": "normal", "mean": 50, "std": 5},
    {"name": "exponential", "rate": 0.5},
]

EDGES = [
    {"name": "bernoulli", "p": 0},
    {"name": "bernoulli", "p": 1},
    {"name": "binomial", "trials": 1, "p": 0.5},
    {"name": "binomial", "trials": 1000, "p": 0},
    {"name": "binomial", "trials": 1000, "p": 1},
    {"name": "binomial", "trials": 1000, "p": 0.5},
    {"name": "poisson", "rate": 0.001},
    {"name": "poisson", "rate": 1000},
    {"name": "uniform", "low": -1e6, "high": 1e6},
    {"name": "uniform", "low": 999_999.999, "high": 1e6},
    {"name": "normal", "mean": 1e6, "std": 0.001},
    {"name": "normal", "mean": -1e6, "std": 1e6},
    {"name": "exponential", "rate": 0.001},
    {"name": "exponential", "rate": 1000},
]


def drawn(given: dict[str, Any], n: int, seed: int = 1) -> Any:
    return law_of(given).frozen.rvs(size=n, random_state=np.random.default_rng(seed)).astype(float)


def law_of(given: dict[str, Any]) -> Law:
    return law(Distribution(**given))


def test_mass_and_density_are_the_formulas_of_the_handout() -> None:
    k = np.arange(6.0)
    by_hand = [math.comb(5, int(i)) * 0.3**i * 0.7 ** (5 - i) for i in k]
    assert law_of({"name": "binomial", "trials": 5, "p": 0.3}).at(k) == pytest.approx(by_hand)
    by_hand = [3**i * math.exp(-3) / math.factorial(int(i)) for i in k]
    assert law_of({"name": "poisson", "rate": 3}).at(k) == pytest.approx(by_hand)
    assert law_of({"name": "bernoulli", "p": 0.9}).at(k[:2]) == pytest.approx([0.1, 0.9])
    assert law_of({"name": "uniform", "low": 0, "high": 0.5}).at(k) == pytest.approx([2] + 5 * [0])
    by_hand = [0.5 * math.exp(-0.5 * i) for i in k]
    assert law_of({"name": "exponential", "rate": 0.5}).at(k) == pytest.approx(by_hand)
    by_hand = [math.exp(-((i - 2) ** 2) / 18) / (3 * math.sqrt(2 * math.pi)) for i in k]
    assert law_of({"name": "normal", "mean": 2, "std": 3}).at(k) == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("given", "mean", "variance"),
    [
        ({"name": "bernoulli", "p": 0.9}, 0.9, 0.09),
        ({"name": "binomial", "trials": 5, "p": 0.3}, 1.5, 1.05),
        ({"name": "poisson", "rate": 3}, 3, 3),
        ({"name": "uniform", "low": 2, "high": 8}, 5, 3),
        ({"name": "normal", "mean": 50, "std": 5}, 50, 25),
        ({"name": "exponential", "rate": 0.5}, 2, 4),
    ],
)
def test_mean_and_variance(given: dict[str, Any], mean: float, variance: float) -> None:
    found = figures(given["name"], law_of(given), drawn(given, 20_000))
    assert found["mean"] == pytest.approx(mean)
    assert found["variance"] == pytest.approx(variance)
    # Four standard errors: one run in 16,000 would miss, and the seed is fixed.
    assert found["sample_mean"] == pytest.approx(mean, abs=4 * math.sqrt(variance / 20_000))
    assert found["sample_variance"] == pytest.approx(variance, rel=0.1)
    assert found["largest_gap"] < 1.63 / math.sqrt(20_000)  # Kolmogorov's 1 % limit


def test_a_run_has_its_figures() -> None:
    found = values("distribution", name="normal", mean=50, std=5, n=100, seed=4)
    rng = np.random.default_rng(4)
    samples = stats.norm(50, 5).rvs(size=100, random_state=rng)
    assert found["sample_mean"] == pytest.approx(samples.mean())
    assert found["formula"].startswith("f(x) = exp(")
    assert found["std"] == 5


@pytest.mark.parametrize("given", DISCRETE)
def test_discrete_samples_follow_their_mass(given: dict[str, Any]) -> None:
    n, theory = 5000, law_of(given)
    samples = drawn(given, n).astype(int)
    k = np.arange(samples.max() + 1)
    expected, found = n * theory.at(k), np.bincount(samples)
    common = expected >= 5  # the test's rule; the rest is taken together
    expected = np.append(expected[common], n - expected[common].sum())
    found = np.append(found[common], n - found[common].sum())
    expected = np.maximum(expected, 1e-9)
    assert stats.chisquare(found, expected * found.sum() / expected.sum()).pvalue > 0.01


@pytest.mark.parametrize("given", CONTINUOUS)
def test_continuous_samples_follow_their_density(given: dict[str, Any]) -> None:
    theory = law_of(given)
    samples = drawn(given, 5000)
    assert stats.kstest(samples, theory.frozen.cdf).pvalue > 0.01


@pytest.mark.parametrize("given", CONTINUOUS)
def test_the_gap_is_kolmogorovs(given: dict[str, Any]) -> None:
    theory = law_of(given)
    samples = drawn(given, 200)
    assert theory.gap(samples) == pytest.approx(stats.kstest(samples, theory.frozen.cdf).statistic)


@pytest.mark.parametrize("given", DISCRETE)
def test_the_gap_of_a_discrete_law_is_between_the_steps(given: dict[str, Any]) -> None:
    theory = law_of(given)
    samples = drawn(given, 200)
    k = np.arange(-1, samples.max() + 50)
    reached = (samples[None] <= k[:, None]).mean(axis=1)
    assert theory.gap(samples) == pytest.approx(np.abs(reached - theory.frozen.cdf(k)).max())


@pytest.mark.parametrize("given", DISCRETE + CONTINUOUS)
def test_the_gap_of_another_law_is_large(given: dict[str, Any]) -> None:
    assert law_of(given).gap(drawn(given, 10_000)) < 1.63 / math.sqrt(10_000)
    assert law_of(given).gap(drawn(given, 10_000) + 1) > 0.06


@pytest.mark.parametrize("given", EDGES, ids=str)
def test_values_at_the_edges_are_drawn(given: dict[str, Any]) -> None:
    progress, result = finish("distribution", n=40, **given)
    assert opened(result.pictures[0]).width == 1024
    assert progress[0].fraction < 1
    json.dumps(result.values, allow_nan=False)


@pytest.mark.parametrize("given", [EDGES[0], EDGES[11], EDGES[12]], ids=str)
def test_one_sample_has_no_variance(given: dict[str, Any]) -> None:
    _, result = finish("distribution", n=1, **given)
    assert result.values["sample_variance"] is None
    assert len(result.pictures) == 1
    assert "1 sample " in result.caption


def test_a_certain_law_has_no_spread() -> None:
    given = {"name": "bernoulli", "p": 1}
    found = figures("bernoulli", law_of(given), drawn(given, 50))
    assert (found["mean"], found["variance"]) == (1, 0)
    assert (found["sample_mean"], found["sample_variance"]) == (1, 0)
    assert found["largest_gap"] == 0


@pytest.mark.parametrize(("low", "high"), [(1, 1), (2, 1), (0, 0.0005)])
def test_the_ends_of_a_uniform_law_the_wrong_way_round(low: float, high: float) -> None:
    with pytest.raises(LabError, match=r"high \(.*\) is a number from low \+ 0.001") as error:
        finish("distribution", name="uniform", low=low, high=high)
    assert "\n" not in str(error.value)


def test_the_samples_grow_and_end_with_all() -> None:
    progress, result = finish("distribution", n=1000)
    texts = [step.text for step in progress if step.picture]
    assert texts[:2] == ["the first 10 of 1000 samples", "the first 100 of 1000 samples"]
    assert progress[-1].picture == result.pictures[0]


def test_the_caption_has_as_many_digits_as_the_samples_give() -> None:
    _, result = finish("distribution", name="normal", mean=1e6, std=1e6, n=3)
    assert "says 1,000,000;" in result.caption
    _, result = finish("distribution", name="normal", mean=1e6, std=0.001, n=3)
    assert "says 1,000,000.0000" in result.caption


@given(
    st.sampled_from(["bernoulli", "binomial", "poisson", "uniform", "normal", "exponential"]),
    st.floats(0, 1),
    st.integers(1, 1000),
    st.floats(0.001, 1000),
    st.floats(-1e6, 1e6),
    st.floats(0.001, 1e6),
    st.integers(0, 99),
)
@settings(max_examples=60)
def test_what_is_drawn_holds_every_sample(
    name: str, p: float, trials: int, rate: float, mean: float, std: float, seed: int
) -> None:
    options = Distribution(
        **{"name": name, "p": p, "trials": trials, "rate": rate, "mean": mean, "std": std}
    )
    theory = law(options)
    rng = np.random.default_rng(seed)
    samples = np.asarray(theory.frozen.rvs(size=50, random_state=rng), np.float64)
    x = theory.support(samples)
    assert x[0] <= samples.min()
    assert samples.max() <= x[-1]
    assert len(x) <= 1001
    assert 0 <= theory.gap(samples) <= 1
    assert (np.diff(x) > 0).all()
