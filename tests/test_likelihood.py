"""The lab of likelihood: closed forms, where the maximum lies, and data at the edges."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tests.lab_runs import finish, opened, values
from tutor.errors import LabError
from tutor.labs.likelihood import numbers_of
from tutor.labs.likelihood.drawing import two_charts
from tutor.labs.likelihood.peaks import (
    bernoulli_log_likelihood,
    coin_peak,
    normal_log_likelihood,
    normal_peak,
)

COINS = st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))

# A coin


def test_seven_heads_of_ten_are_the_handouts() -> None:
    found = values("likelihood")
    assert found["estimate"] == 0.7
    assert found["likelihood"] == pytest.approx(0.7**7 * 0.3**3)
    assert found["log_likelihood"] == pytest.approx(-6.11, abs=0.005)
    assert found["likelihood_ratio"] == pytest.approx(0.00222 / 0.00098, rel=0.01)
    table = dict(found["log_likelihood_of_p"])
    assert [table[p] for p in (0.5, 0.6, 0.7, 0.8, 0.9)] == pytest.approx(
        [-6.93, -6.32, -6.11, -6.39, -7.65], abs=0.005
    )
    assert table[0.0] is None  # 0 to the seventh power: the logarithm has no number
    assert table[1.0] is None


@given(COINS)
def test_no_bias_is_likelier_than_the_share_of_heads(coin: tuple[int, int]) -> None:
    k, n = coin
    peak = coin_peak(k, n)
    assert peak.best == k / n
    around = np.clip(peak.best + np.array([-0.1, -1e-3, 1e-3, 0.1]), 0, 1)
    everywhere = np.concatenate([np.linspace(0, 1, 101), around])
    assert (bernoulli_log_likelihood(everywhere, k, n) <= peak.at_best + 1e-9).all()


@given(COINS)
def test_the_interval_ends_where_the_likelihood_is_an_eighth(coin: tuple[int, int]) -> None:
    peak = coin_peak(*coin)
    low, high = peak.interval
    assert low <= peak.best <= high
    for end, edge in ((low, 0.0), (high, 1.0)):
        drop = peak.at_best - float(peak.log_likelihood(end))
        assert end == edge or drop == pytest.approx(math.log(8), abs=1e-6)
        assert drop <= math.log(8) + 1e-6


def test_a_hundred_times_the_tosses_narrow_the_interval_tenfold() -> None:
    few, many = coin_peak(70, 100).interval, coin_peak(7000, 10_000).interval
    assert (few[1] - few[0]) / (many[1] - many[0]) == pytest.approx(10, rel=0.03)


def test_the_logarithm_of_nothing_is_taken_rightly() -> None:
    assert bernoulli_log_likelihood([0.0, 0.5, 1.0], 0, 3).tolist() == pytest.approx(
        [0, -3 * math.log(2), -math.inf]
    )
    assert bernoulli_log_likelihood(1.0, 3, 3) == 0


@pytest.mark.parametrize(
    ("successes", "trials", "other", "said"),
    [
        (7, 10, 0.5, "2.28 times less well, which is little evidence"),
        (10, 10, 0.75, "17.8 times less well, which is fairly"),
        (7000, 10_000, 0.5, "10^357 times less well, which is strong evid"),
        (5, 10, 0.5, "p = 0.5 explains the data as well"),
        (1, 10, 0.0, "p = 0 is impossible after these data"),
        (9, 10, 1.0, "p = 1 is impossible after these data"),
    ],
)
def test_what_the_data_say_about_another_value(
    successes: int, trials: int, other: float, said: str
) -> None:
    assert said in coin_peak(successes, trials, other).verdict()


@pytest.mark.parametrize(
    ("successes", "trials"), [(0, 1), (1, 1), (0, 10_000), (10_000, 10_000), (1, 10_000), (1, 2)]
)
def test_coins_at_the_edges(successes: int, trials: int) -> None:
    found = coin_peak(successes, trials).values()
    assert found["estimate"] == successes / trials
    low, high = found["at_least_an_eighth_as_likely"]
    assert 0 <= low <= found["estimate"] <= high <= 1
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("given", [(0, 1, 0.5), (1, 1, 0), (9999, 10_000, 1)])
def test_coins_at_the_edges_are_drawn(given: tuple[int, int, float]) -> None:
    successes, trials, other = given
    _, result = finish("likelihood", successes=successes, trials=trials, other=other)
    assert [opened(picture).width for picture in result.pictures] == [1024, 640]
    json.dumps(result.values, allow_nan=False)


def test_an_impossible_value_has_no_ratio() -> None:
    found = coin_peak(3, 3, 0.0).values()
    assert found["likelihood_ratio"] is None
    assert found["log_likelihood_other"] is None
    assert coin_peak(5000, 10_000).values()["likelihood"] is None  # too small for a number


def test_more_heads_than_tosses_is_one_line_with_the_range() -> None:
    with pytest.raises(LabError) as error:
        finish("likelihood", successes=11, trials=10)
    assert str(error.value) == (
        "lab likelihood: successes is a whole number from 0 to 10 (trials), not 11"
    )


@pytest.mark.parametrize("other", [-0.1, 1.5])
def test_a_bias_is_a_probability(other: float) -> None:
    with pytest.raises(LabError, match="other is a number from 0 to 1 for a coin"):
        finish("likelihood", other=other)


def test_the_tosses_shown_are_those_given() -> None:
    progress, result = finish("likelihood", successes=3, trials=5)
    frames = [step.picture for step in progress if step.text.startswith("after")]
    assert len(frames) == 5
    heads = re.search(r"after ([HT ]+):", frames[-1].alt if frames[-1] else "")
    assert heads
    assert heads[1].split().count("H") == 3
    moving = opened(result.pictures[1])
    assert moving.format == "GIF"
    assert getattr(moving, "n_frames", 1) == 5


# A normal


def test_four_measurements_are_the_handouts() -> None:
    found = values("likelihood", name="normal", data="4, 6 8;10")
    assert found["estimate"] == 7
    assert found["std_estimate"] ** 2 == pytest.approx(5)
    assert found["std_unbiased"] ** 2 == pytest.approx(20 / 3)
    wanted = stats.norm.logpdf([4, 6, 8, 10], 7, math.sqrt(5)).sum()
    assert found["log_likelihood"] == pytest.approx(wanted)
    assert found["true_mean"] is None
    # exp(n (x̄ - μ)² / 2σ²) with n = 4, x̄ - μ = 7, σ² = 5
    assert found["likelihood_ratio"] == pytest.approx(math.exp(4 * 49 / 10))


def test_data_are_held_against_the_mean_and_deviation_that_are_asked_about() -> None:
    _, result = finish("likelihood", name="normal", data="2 3 5", mean=3, std=1)
    found = result.values
    wanted = stats.norm.logpdf([2, 3, 5], 3, 1).sum()
    assert found["other"] == 3
    assert found["log_likelihood_other"] == pytest.approx(wanted)
    assert found["log_likelihood"] == pytest.approx(stats.norm.logpdf([2, 3, 5], 10 / 3, 1).sum())
    assert found["std"] == 1
    assert found["std_estimate"] == pytest.approx(np.std([2, 3, 5]))
    assert "With the deviation 1 instead, as asked" in result.caption
    assert "at μ = 3 is -5.257" in result.caption


@pytest.mark.parametrize("std", [0.001, 1000])
def test_a_deviation_that_fits_the_data_ill_is_drawn(std: float) -> None:
    _, result = finish("likelihood", name="normal", data="2 3 500", std=std)
    assert len(result.pictures) == 4
    assert "the one with mean 168" in result.caption
    json.dumps(result.values, allow_nan=False)


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30),
    st.floats(-1e6, 1e6),
    st.floats(0.1, 1e6),
)
def test_the_log_likelihood_is_the_sum_of_log_densities(
    data: list[float], mean: float, std: float
) -> None:
    x = np.array(data)
    wanted = stats.norm.logpdf(x, mean, std).sum()
    assert float(normal_log_likelihood(mean, std, x)) == pytest.approx(wanted, rel=1e-6)


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=30, unique=True))
def test_no_normal_is_likelier_than_that_of_the_datas_own_mean_and_deviation(
    data: list[int],
) -> None:
    x = np.array(data, np.float64)
    best = float(normal_log_likelihood(x.mean(), x.std(), x))
    means = x.mean() + x.std() * np.linspace(-2, 2, 41)
    stds = x.std() * np.geomspace(0.2, 5, 41)
    assert (normal_log_likelihood(means[None], stds[:, None], x) <= best + 1e-9).all()


def test_the_interval_of_a_mean_has_its_closed_form() -> None:
    x = np.random.default_rng(0).normal(3, 2, 50)
    peak = normal_peak(x, x.std(), 0.0)
    half = x.std() * math.sqrt(2 * math.log(8) / 50)
    assert peak.interval == pytest.approx((x.mean() - half, x.mean() + half))


@pytest.mark.slow
def test_many_values_find_the_truth() -> None:
    found = values("likelihood", name="normal", mean=-40, std=7, n=10_000)
    assert found["estimate"] == pytest.approx(-40, abs=4 * 7 / 100)
    assert found["std_estimate"] == pytest.approx(7, rel=0.03)


@pytest.mark.parametrize(
    "given",
    [
        {"mean": 1e6, "std": 0.001, "n": 2},
        {"mean": -1e6, "std": 1e6, "n": 2},
        {"data": "1 1.00001"},
        {"data": "-1e9 1e9"},
        {"data": "5 6", "other": -1e6},
    ],
)
def test_normals_at_the_edges(given: dict[str, float | str]) -> None:
    _, result = finish("likelihood", name="normal", **given)
    assert [opened(picture).width for picture in result.pictures] == [1024, 1024, 1024, 640]
    json.dumps(result.values, allow_nan=False)


@pytest.mark.parametrize("text", ["three", "1 2 x", "1 nan", "1 inf", "1 1e10", "1,2,-", "٣ ½"])
def test_data_that_are_no_numbers_are_named(text: str) -> None:
    with pytest.raises(LabError, match="data are numbers from -1000000000 to 1000000000, not '"):
        numbers_of(text)


@pytest.mark.parametrize("text", ["3", "3 3 3", ",", "1e8 1e8"])
def test_equal_data_have_no_maximum(text: str) -> None:
    with pytest.raises(LabError, match="data are at least 2 different numbers"):
        numbers_of(text)


@given(st.text(max_size=60))
def test_any_text_is_numbers_or_one_line(text: str) -> None:
    line = ""
    try:
        numbers_of(text)
    except LabError as error:
        line = str(error)
    assert len(line.splitlines()) <= 1


# Pictures


def test_a_needle_is_drawn_with_its_top() -> None:
    """The maximum of many tosses falls between points of an even grid."""
    image = opened(two_charts(coin_peak(6999, 10_000), "$L$", "many tosses")).convert("RGB")
    left = np.asarray(image)[:, :512].reshape(-1, 3)
    assert (left == (0xD5, 0x5E, 0x00)).all(axis=1).sum() > 100  # the disc of the maximum
