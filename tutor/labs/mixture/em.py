"""A mixture of Gaussians and its fitting by expectation maximisation (Bishop 2006, section 9.2).

The E step asks how responsible each component is for each point; the M step
moves each component to the points that it is responsible for. Neither ever
lowers the likelihood.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NARROWEST = 1e-3
"""The least variance of a component in any direction, as a share of the data's.

Without a floor a component may shrink onto a single point and the likelihood grow without end
(Bishop 2006, section 9.2.1).
"""

_NO_POINTS = 1e-9  # responsible for fewer points than this, a component is left where it is


@dataclass(frozen=True, slots=True, eq=False)
class Gaussians:
    """The mixture: `weights` [k], `means` [k, d], `covariances` [k, d, d]."""

    weights: Floats
    means: Floats
    covariances: Floats

    def log_joint(self, x: Floats) -> Floats:
        """ln πₖ N(x; μₖ, Σₖ) of every point and component [n, k] (equation 9.7's summands)."""
        n, d = x.shape
        logs = np.empty((n, len(self.weights)))
        for k, (weight, mean, covariance) in enumerate(
            zip(self.weights, self.means, self.covariances, strict=True)
        ):
            root = np.linalg.cholesky(covariance)
            away = np.linalg.solve(root, (x - mean).T)  # [d, n], of unit variance
            volume = np.log(np.diag(root)).sum() + 0.5 * d * np.log(2 * np.pi)
            logs[:, k] = np.log(weight) - 0.5 * (away**2).sum(axis=0) - volume
        return logs

    def sample(self, n: int, rng: np.random.Generator) -> tuple[Floats, NDArray[np.int64]]:
        """New points [n, d] and their components [n]: first the component, then the point."""
        component = rng.choice(len(self.weights), n, p=self.weights)
        roots = np.linalg.cholesky(self.covariances)
        noise = rng.normal(size=(n, self.means.shape[1], 1))
        x: Floats = self.means[component] + (roots[component] @ noise)[:, :, 0]
        return x, component


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """The mixture after `step` steps of EM, with the E step that follows.

    `responsibilities` [n, k] have rows that sum to 1; `log_likelihood` is of all points.
    """

    step: int
    mixture: Gaussians
    responsibilities: Floats
    log_likelihood: float


def expect(mixture: Gaussians, x: Floats) -> tuple[Floats, float]:
    """The E step: responsibilities [n, k] by Bayes' rule (9.13), and the log-likelihood (9.14)."""
    joint = mixture.log_joint(x)
    top = joint.max(axis=1, keepdims=True)  # so that the largest of each row is exp(0)
    log_density = top[:, 0] + np.log(np.exp(joint - top).sum(axis=1))  # [n]
    return np.exp(joint - log_density[:, None]), float(log_density.sum())


def maximise(x: Floats, responsibilities: Floats, before: Gaussians, floor: float) -> Gaussians:
    """The M step: weights, means and covariances by responsibilities (9.24 to 9.27).

    A covariance whose variance in some direction is below `floor` gets the floor there. Among
    covariances above the floor that one makes the points likeliest (Ingrassia 2004), so the
    likelihood still never falls.
    """
    counts = responsibilities.sum(axis=0)  # Nₖ, points in all
    means, covariances = before.means.copy(), before.covariances.copy()
    for k in np.flatnonzero(counts > _NO_POINTS):
        share = responsibilities[:, k] / counts[k]
        means[k] = share @ x
        away = x - means[k]
        variances, directions = np.linalg.eigh((share[:, None] * away).T @ away)
        covariances[k] = (directions * np.maximum(variances, floor)) @ directions.T
    weights = np.maximum(counts, 1e-300)  # its logarithm is taken
    return Gaussians(weights / weights.sum(), means, covariances)


def start(x: Floats, k: int, rng: np.random.Generator) -> Gaussians:
    """A beginning: means at points far apart (k-means++, Arthur and Vassilvitskii 2007).

    All components have the same weight and are round, with half the data's variance.
    """
    chosen = [int(rng.integers(len(x)))]
    for _ in range(k - 1):
        squares = ((x[:, None] - x[chosen]) ** 2).sum(axis=2).min(axis=1)  # to the nearest [n]
        total = squares.sum()
        p = squares / total if total > 0 else np.full(len(x), 1 / len(x))
        chosen.append(int(rng.choice(len(x), p=p)))
    d = x.shape[1]
    size = max(float(x.var(axis=0).mean()) / 2, 1e-9)
    return Gaussians(np.full(k, 1 / k), x[chosen], np.tile(size * np.eye(d), (k, 1, 1)))


def fit(
    x: Floats, k: int, rng: np.random.Generator, steps: int, tolerance: float = 1e-5
) -> Iterator[State]:
    """EM on x [n, d] from a random start: the beginning, then a state after each step.

    Ends after `steps` steps, or when the log-likelihood of a point rises by less than
    `tolerance`.
    """
    yield from improve(x, start(x, k, rng), steps, tolerance)


def improve(x: Floats, mixture: Gaussians, steps: int, tolerance: float = 1e-5) -> Iterator[State]:
    """EM from a given beginning; as `fit` otherwise."""
    floor = max(NARROWEST * float(x.var(axis=0).mean()), 1e-12)
    responsibilities, likelihood = expect(mixture, x)
    yield State(0, mixture, responsibilities, likelihood)
    for step in range(1, steps + 1):
        mixture = maximise(x, responsibilities, mixture, floor)
        before = likelihood
        responsibilities, likelihood = expect(mixture, x)
        yield State(step, mixture, responsibilities, likelihood)
        if likelihood - before < tolerance * len(x):
            return


def bayesian_information(state: State) -> float:
    """The BIC (Schwarz 1978), p ln n - 2 ln L: lower is better; p counts the free parameters."""
    n, k = state.responsibilities.shape
    d = state.mixture.means.shape[1]
    parameters = (k - 1) + k * d + k * d * (d + 1) // 2
    return float(parameters * np.log(n) - 2 * state.log_likelihood)


def clusters(k: int, rng: np.random.Generator) -> Gaussians:
    """A true mixture in the plane to draw data from: k clusters, apart, slanted at random."""
    reach = 1.9 * np.sqrt(k)
    means: list[Floats] = []
    while len(means) < k:
        candidate = rng.uniform(-reach, reach, 2)
        if all(np.linalg.norm(candidate - mean) > 2.6 for mean in means):
            means.append(candidate)
        else:
            reach *= 1.01  # so that there is room in the end
    angle = rng.uniform(0, np.pi, k)
    turn = np.stack([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turn = turn.transpose(2, 0, 1)  # [k, 2, 2]
    spread = np.column_stack([rng.uniform(0.8, 1.2, k), rng.uniform(0.3, 0.7, k)])
    covariances = (turn * spread[:, None, :] ** 2) @ turn.transpose(0, 2, 1)
    return Gaussians(rng.dirichlet(np.full(k, 8.0)), np.stack(means), covariances)
