"""The mixture lab: EM against its equations, against scikit-learn, and on data made to break it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from sklearn.mixture import GaussianMixture

from tests.lab_runs import finish, opened
from tutor.labs.mixture import agreement
from tutor.labs.mixture.em import (
    NARROWEST,
    Gaussians,
    State,
    bayesian_information,
    clusters,
    expect,
    fit,
    improve,
    maximise,
    start,
)


def data_of(k: int, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return clusters(k, rng).sample(n, rng)


def states_of(x: np.ndarray, k: int, seed: int = 0, steps: int = 60) -> list[State]:
    return list(fit(x, k, np.random.default_rng(seed), steps))


def assert_never_falls(states: list[State]) -> None:
    likelihoods = np.array([state.log_likelihood for state in states])
    assert np.isfinite(likelihoods).all()
    assert (np.diff(likelihoods) >= -1e-7 * (1 + np.abs(likelihoods[1:]))).all()


# The steps


def test_the_densities_are_those_of_normal_laws() -> None:
    mixture = clusters(3, np.random.default_rng(1))
    x = np.random.default_rng(2).normal(size=(20, 2))
    for k in range(3):
        law = stats.multivariate_normal(mixture.means[k], mixture.covariances[k])
        wanted = np.log(mixture.weights[k]) + law.logpdf(x)
        assert mixture.log_joint(x)[:, k] == pytest.approx(wanted)


def test_the_e_step_is_bayes_rule() -> None:
    x, _ = data_of(3, 50)
    mixture = start(x, 3, np.random.default_rng(0))
    responsibilities, log_likelihood = expect(mixture, x)
    joint = np.exp(mixture.log_joint(x))
    assert responsibilities == pytest.approx(joint / joint.sum(axis=1, keepdims=True))
    assert responsibilities.sum(axis=1) == pytest.approx(np.ones(50))
    assert log_likelihood == pytest.approx(np.log(joint.sum(axis=1)).sum())


def test_the_m_step_is_weighted_means_and_covariances() -> None:
    x, _ = data_of(3, 60)
    responsibilities = np.random.default_rng(0).dirichlet(np.ones(3), 60)
    found = maximise(x, responsibilities, start(x, 3, np.random.default_rng(0)), 1e-12)
    for k in range(3):
        weights = responsibilities[:, k]
        assert found.weights[k] == pytest.approx(weights.mean())
        assert found.means[k] == pytest.approx(np.average(x, axis=0, weights=weights))
        wanted = np.cov(x.T, aweights=weights, ddof=0)
        assert found.covariances[k] == pytest.approx(wanted)


def test_a_component_without_points_stays_where_it_is() -> None:
    x, _ = data_of(2, 40)
    before = start(x, 2, np.random.default_rng(0))
    alone = np.column_stack([np.ones(40), np.zeros(40)])
    found = maximise(x, alone, before, 1e-3)
    assert (found.means[1] == before.means[1]).all()
    assert found.weights.tolist() == [1, pytest.approx(0)]
    assert np.isfinite(expect(found, x)[1])


def test_em_is_scikit_learns_step_for_step() -> None:
    x, _ = data_of(3, 300, seed=3)
    first, *rest = states_of(x, 3, steps=5)
    theirs = GaussianMixture(
        3,
        reg_covar=0,
        max_iter=5,
        tol=0,
        weights_init=first.mixture.weights,
        means_init=first.mixture.means,
        precisions_init=np.linalg.inv(first.mixture.covariances),
    )
    with pytest.warns(Warning, match="did not converge"):
        theirs.fit(x)
    assert rest[-1].mixture.means == pytest.approx(theirs.means_)
    assert rest[-1].mixture.covariances == pytest.approx(theirs.covariances_)
    assert rest[-1].mixture.weights == pytest.approx(theirs.weights_)
    assert rest[-1].log_likelihood == pytest.approx(300 * theirs.score(x))
    assert bayesian_information(rest[-1]) == pytest.approx(theirs.bic(x))


# The whole


@pytest.mark.parametrize("k", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("seed", range(4))
def test_the_likelihood_never_falls(k: int, seed: int) -> None:
    x, _ = data_of(3, 200, seed)
    assert_never_falls(states_of(x, k, seed))


@given(
    arrays(np.float64, st.tuples(st.integers(2, 40), st.just(2)), elements=st.floats(-1e6, 1e6)),
    st.integers(1, 8),
    st.integers(0, 1000),
)
@settings(max_examples=60)
def test_it_never_falls_on_wild_data_either(x: np.ndarray, k: int, seed: int) -> None:
    """Points on top of each other, on a line, far out; more components than points."""
    states = states_of(x, k, seed, steps=15)
    assert_never_falls(states)
    last = states[-1]
    assert last.mixture.weights.sum() == pytest.approx(1)
    assert last.responsibilities.sum(axis=1) == pytest.approx(np.ones(len(x)))
    assert (np.linalg.eigvalsh(last.mixture.covariances) > 0).all()


def test_no_component_collapses_onto_a_point() -> None:
    """Ten times the same point in a cloud: without the floor the likelihood has no maximum."""
    cloud = np.random.default_rng(0).normal(size=(60, 2))
    x = np.vstack([cloud, np.tile([4.0, 4.0], (10, 1))])
    states = states_of(x, 3, steps=200)
    assert_never_falls(states)
    floor = NARROWEST * x.var(axis=0).mean()
    least = np.linalg.eigvalsh(states[-1].mixture.covariances).min()
    assert least == pytest.approx(floor)  # it did try


def test_equal_points_are_no_trouble() -> None:
    states = states_of(np.ones((12, 2)), 3)
    assert_never_falls(states)
    assert states[-1].mixture.means == pytest.approx(np.ones((3, 2)))


def test_separate_clusters_are_found() -> None:
    rng = np.random.default_rng(0)
    truth = Gaussians(
        np.array([0.2, 0.3, 0.5]),
        np.array([[-6.0, 0.0], [0.0, 6.0], [6.0, 0.0]]),
        np.array([[[1.0, 0.5], [0.5, 1.0]], [[0.5, 0.0], [0.0, 2.0]], [[1.0, 0.0], [0.0, 1.0]]]),
    )
    x, belongs = truth.sample(3000, rng)
    best = max((states_of(x, 3, seed)[-1] for seed in range(5)), key=lambda s: s.log_likelihood)
    order = np.argsort(best.mixture.means[:, 0])
    assert best.mixture.weights[order] == pytest.approx(truth.weights, abs=0.03)
    assert best.mixture.means[order] == pytest.approx(truth.means, abs=0.15)
    assert best.mixture.covariances[order] == pytest.approx(truth.covariances, abs=0.2)
    assert agreement(best.responsibilities.argmax(axis=1), belongs) > 0.99


def test_samples_of_a_mixture_have_its_moments() -> None:
    mixture = clusters(3, np.random.default_rng(5))
    x, component = mixture.sample(6000, np.random.default_rng(6))
    counts = np.bincount(component, minlength=3)
    assert stats.chisquare(counts, 6000 * mixture.weights).pvalue > 0.01
    for k in range(3):
        part = x[component == k]
        away = np.linalg.solve(
            np.linalg.cholesky(mixture.covariances[k]), (part - mixture.means[k]).T
        )
        # Squared distances of a plane's normal are chi-square with two degrees of freedom.
        assert stats.kstest((away**2).sum(axis=0), stats.chi2(2).cdf).pvalue > 0.01


def test_it_stops_when_nothing_more_is_gained() -> None:
    x, _ = data_of(1, 200)
    assert len(states_of(x, 1)) == 3  # one step is enough for one component, the next sees it
    assert len(states_of(x, 4, steps=6)) <= 7


@given(st.integers(1, 8), st.integers(0, 500))
@settings(max_examples=40)
def test_clusters_lie_apart(k: int, seed: int) -> None:
    truth = clusters(k, np.random.default_rng(seed))
    away = np.linalg.norm(truth.means[:, None] - truth.means, axis=2) + 9 * np.eye(k)
    assert away.min() > 2.5
    assert truth.weights.sum() == pytest.approx(1)


@given(st.permutations(range(4)), st.lists(st.integers(0, 3), min_size=1, max_size=50))
def test_agreement_does_not_care_for_names(names: list[int], true: list[int]) -> None:
    renamed = np.array(names)[true]
    assert agreement(renamed, np.array(true)) == 1


def test_agreement_counts_each_point_once() -> None:
    assert agreement(np.array([0, 0, 1, 1, 2]), np.array([0, 0, 0, 0, 0])) == pytest.approx(2 / 5)
    assert agreement(np.zeros(4, np.int64), np.array([0, 1, 2, 2])) == pytest.approx(1 / 2)


# The runs


def test_each_step_is_drawn_and_the_gif_has_them_all() -> None:
    progress, result = finish("mixture", n=100, steps=3)
    drawn = [step.picture for step in progress if step.picture]
    titles = [picture.alt.split(".")[0] for picture in drawn]
    assert titles[:2] == ["The start", "First E step: who is responsible?"]
    assert titles[-1] == "After 3 steps"
    final, moving, *_ = result.pictures
    assert getattr(opened(moving), "n_frames", 1) >= 7
    assert opened(final).size == (1024, 1024)
    assert len(result.values["log_likelihood"]) == 4
    assert not result.values["converged"]


def test_more_components_than_clusters_are_told_by_the_bic() -> None:
    _, result = finish("mixture", components=5, clusters=2, n=400, steps=4)
    assert result.values["best_number_of_components"] == 2
    assert result.values["bic"][4] > result.values["bic"][1]
    assert "5 components for 2 true clusters" in result.caption


@pytest.mark.parametrize(
    ("k", "n", "steps", "seed", "said"),
    [
        (5, 300, 20, 0, "stopped after 20 steps"),
        (5, 300, 200, 0, "a local maximum"),
        (5, 30, 200, 6, "overlap, or have too few points"),
    ],
)
def test_points_in_wrong_clusters_are_explained_by_what_is_so(
    k: int, n: int, steps: int, seed: int, said: str
) -> None:
    given = {"components": k, "clusters": k, "n": n, "steps": steps, "seed": seed}
    caption = finish("mixture", **given)[1].caption
    assert said in caption
    claims = ("stopped after", "a local maximum", "overlap")
    assert sum(claim in caption for claim in claims) == 1


def test_em_from_the_truth_stays_with_it() -> None:
    rng = np.random.default_rng(0)
    truth = clusters(3, rng)
    x, belongs = truth.sample(600, rng)
    states = list(improve(x, truth, 50))
    assert_never_falls(states)
    assert agreement(states[-1].responsibilities.argmax(axis=1), belongs) > 0.95


@pytest.mark.parametrize(
    "given",
    [
        {"n": 10, "components": 8, "clusters": 1, "steps": 1},
        {"n": 10, "components": 1, "clusters": 8, "steps": 1},
    ],
)
def test_runs_at_the_edges(given: dict[str, int]) -> None:
    _, result = finish("mixture", **given)
    json.dumps(result.values, allow_nan=False)
    assert sum(result.values["weights"]) == pytest.approx(1)


@pytest.mark.slow
def test_the_largest_run_ends() -> None:
    _, result = finish("mixture", n=10_000, components=8, clusters=8, steps=200)
    assert result.values["points_in_the_right_cluster"] > 0.5
