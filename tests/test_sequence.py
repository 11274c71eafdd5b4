"""The hidden Markov lab: decoding against brute force, sampling against its probabilities."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tests.lab_runs import finish, opened, values
from tutor.labs.sequence import long_run
from tutor.labs.sequence.markov import NONE, RAIN, SUN, UMBRELLA, Markov, Numbers, weather


def random_model(k: int, m: int, rng: np.random.Generator) -> Markov:
    return Markov(
        rng.dirichlet(np.ones(k)), rng.dirichlet(np.ones(k), k), rng.dirichlet(np.ones(m), k)
    )


def joint(model: Markov, path: tuple[int, ...], seen: Numbers) -> float:
    """p(path, observations) by the definition."""
    found = model.start[path[0]] * model.emission[path[0], seen[0]]
    for before, state, sight in zip(path, path[1:], seen[1:], strict=False):
        found *= model.transition[before, state] * model.emission[state, sight]
    return float(found)


MODELS = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 6), st.integers(0, 10**6))


def made(shape: tuple[int, int, int, int]) -> tuple[Markov, Numbers, dict[tuple[int, ...], float]]:
    """A random model, observations of it, and the probability of every path with them."""
    k, m, n, seed = shape
    rng = np.random.default_rng(seed)
    model = random_model(k, m, rng)
    _, seen = model.sample(n, rng)
    paths = itertools.product(range(k), repeat=n)
    return model, seen, {path: joint(model, path, seen) for path in paths}


@given(MODELS)
def test_viterbi_finds_the_most_probable_path(shape: tuple[int, int, int, int]) -> None:
    model, seen, every = made(shape)
    path, log_probability = model.viterbi(seen)
    assert math.exp(log_probability) == pytest.approx(max(every.values()))
    assert joint(model, tuple(path.tolist()), seen) == pytest.approx(max(every.values()))


@given(MODELS)
def test_the_likelihood_is_the_sum_over_all_paths(shape: tuple[int, int, int, int]) -> None:
    model, seen, every = made(shape)
    _, log_likelihood = model.forward(seen)
    assert math.exp(log_likelihood) == pytest.approx(sum(every.values()))


@given(MODELS)
def test_each_state_has_the_share_of_its_paths(shape: tuple[int, int, int, int]) -> None:
    model, seen, every = made(shape)
    found = model.posterior(seen)
    total = sum(every.values())
    for t, state in itertools.product(range(len(seen)), range(len(model.start))):
        share = sum(p for path, p in every.items() if path[t] == state) / total
        assert found[t, state] == pytest.approx(share)


@given(MODELS)
def test_the_last_day_knows_the_same_either_way(shape: tuple[int, int, int, int]) -> None:
    model, seen, _ = made(shape)
    filtered, _ = model.forward(seen)
    posterior = model.posterior(seen)
    assert filtered[-1] == pytest.approx(posterior[-1])
    assert posterior.sum(axis=1) == pytest.approx(np.ones(len(seen)))


def test_an_example_by_hand() -> None:
    """Umbrella, none: of the four paths the two without a change are ahead."""
    model = weather(0.9, 0.8)
    path, log_probability = model.viterbi(np.array([UMBRELLA, NONE]))
    # rain-rain: ½ · 0.8 · 0.9 · 0.2 = 0.072; sun-sun the same; a change: ½ · 0.8 · 0.1 · 0.8.
    assert math.exp(log_probability) == pytest.approx(0.072)
    assert path.tolist() in ([SUN, SUN], [RAIN, RAIN])
    filtered, log_likelihood = model.forward(np.array([UMBRELLA, NONE]))
    assert filtered[0].tolist() == pytest.approx([0.2, 0.8])
    assert math.exp(log_likelihood) == pytest.approx(0.072 + 0.072 + 0.032 + 0.002)


def test_a_thousand_days_do_not_vanish() -> None:
    model = weather(0.9, 0.8)
    _, seen = model.sample(1000, np.random.default_rng(0))
    _, log_path = model.viterbi(seen)
    _, log_likelihood = model.forward(seen)
    assert -1000 < log_path < log_likelihood < -500


@given(st.integers(1, 4), st.integers(0, 1000))
def test_the_stationary_shares_stay(k: int, seed: int) -> None:
    model = random_model(k, 2, np.random.default_rng(seed))
    assert model.stationary.sum() == pytest.approx(1)
    assert model.stationary @ model.transition == pytest.approx(model.stationary, abs=1e-9)


def test_a_guess_alone_weighs_the_states_by_their_shares() -> None:
    rare_rain = Markov(
        np.array([0.5, 0.5]),
        np.array([[0.95, 0.05], [0.5, 0.5]]),  # rain on one day of eleven
        np.array([[0.8, 0.2], [0.2, 0.8]]),
    )
    assert rare_rain.stationary == pytest.approx([10 / 11, 1 / 11])
    assert rare_rain.alone(np.array([NONE, UMBRELLA])).tolist() == [SUN, SUN]
    assert weather(0.9, 0.8).alone(np.array([NONE, UMBRELLA])).tolist() == [SUN, RAIN]


# Sampling


def test_samples_follow_the_models_probabilities() -> None:
    model = random_model(3, 3, np.random.default_rng(4))
    states, seen = model.sample(6000, np.random.default_rng(5))
    steps, shown = np.zeros((3, 3)), np.zeros((3, 3))
    np.add.at(steps, (states[:-1], states[1:]), 1)
    np.add.at(shown, (states, seen), 1)
    for state in range(3):
        for counts, chances in ((steps, model.transition), (shown, model.emission)):
            expected = counts[state].sum() * chances[state]
            assert stats.chisquare(counts[state], expected).pvalue > 0.01


def test_the_first_state_follows_the_start() -> None:
    model = random_model(3, 2, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    first = np.bincount([model.sample(1, rng)[0][0] for _ in range(2000)], minlength=3)
    assert stats.chisquare(first, 2000 * model.start).pvalue > 0.01


def test_spells_are_as_long_as_the_model_says() -> None:
    states, _ = weather(0.9, 0.8).sample(20_000, np.random.default_rng(0))
    spells = 1 + (states[1:] != states[:-1]).sum()
    assert 20_000 / spells == pytest.approx(10, rel=0.1)


# What memory is worth


def test_reading_all_days_beats_reading_each_alone() -> None:
    right = long_run(weather(0.9, 0.8), np.random.default_rng(0))
    assert right["alone"] == pytest.approx(0.8, abs=0.02)
    assert right["viterbi"] > right["alone"] + 0.04
    assert right["posterior"] > right["alone"] + 0.05


@pytest.mark.parametrize(("stay", "clarity"), [(0.5, 0.8), (0.9, 1.0)])
def test_without_memory_or_error_nothing_is_gained(stay: float, clarity: float) -> None:
    right = long_run(weather(stay, clarity), np.random.default_rng(0))
    assert right["posterior"] == right["alone"]


@pytest.mark.parametrize("stay", [0.0, 0.1, 0.3, 0.9, 1.0])
@pytest.mark.parametrize("clarity", [0.5, 0.7, 1.0])
def test_every_setting_decodes(stay: float, clarity: float) -> None:
    model = weather(stay, clarity)
    states, seen = model.sample(50, np.random.default_rng(0))
    path, log_probability = model.viterbi(seen)
    assert log_probability > -math.inf
    posterior = model.posterior(seen)
    assert np.isfinite(posterior).all()
    if clarity == 1:
        assert (path == states).all()
        assert (posterior.argmax(axis=1) == states).all()
    if stay in (0, 1):
        assert abs(np.diff(path)).sum() == (
            49 if stay == 0 else 0
        )  # an impossible step is not taken


# The runs


def test_a_sample_shows_what_it_drew() -> None:
    progress, result = finish("sequence", n=5)
    found = json.loads(json.dumps(result.values, allow_nan=False))
    assert len(found["states"]) == len(found["observations"]) == 5
    assert set(found["states"]) <= {"sun", "rain"}
    assert found["transition"] == [[0.9, 0.1], [0.1, 0.9]]
    assert progress[-1].picture
    assert progress[-1].picture.data == result.pictures[0].data
    assert getattr(opened(result.pictures[1]), "n_frames", 1) >= 2


def test_decoding_reports_its_hits() -> None:
    found = values("sequence", action="decode", n=80)
    states = np.array(found["states"])
    assert found["accuracy_viterbi"] == (np.array(found["viterbi"]) == states).mean()
    rain = np.array(found["posterior_rain"]) > 0.5
    assert found["accuracy_posterior"] == (rain == states).mean()
    assert found["accuracy_alone"] == (np.array(found["observations"]) == states).mean()
    assert found["viterbi_log_probability"] < found["log_likelihood"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"n": 2}, "the days around correct what one umbrella gets wrong"),
        ({"n": 2, "clarity": 1}, "the umbrella never errs"),
        ({"n": 2, "clarity": 0.5}, "the umbrella tells nothing"),
        ({"n": 2, "stay": 0.5}, "the weather hardly remembers"),
        ({"n": 2, "stay": 0, "clarity": 0.7}, "the days around correct"),
        ({"n": 2, "stay": 0.9, "clarity": 0.99}, "one umbrella is nearly always surer"),
        ({"n": 2, "stay": 0.75, "clarity": 0.9}, "one umbrella is nearly always surer"),
        ({"n": 2, "stay": 0.9, "clarity": 0.999}, "hardly ever errs"),
        ({"n": 2, "stay": 0.4, "clarity": 0.52}, "tells next to nothing"),
    ],
)
def test_the_lesson_is_that_of_the_setting(given: dict[str, float], said: str) -> None:
    assert said in finish("sequence", action="decode", **given)[1].caption


def test_a_state_that_never_ends_has_no_expected_spell() -> None:
    found = values("sequence", n=2, stay=1)
    assert found["expected_spell"] is None
    assert found["mean_spell"] == 2


@pytest.mark.slow
def test_the_longest_sequence_is_drawn() -> None:
    _, result = finish("sequence", action="decode", n=1000)
    assert opened(result.pictures[0]).width == 1024
