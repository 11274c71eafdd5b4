"""A mixture of Gaussians, fitted by expectation maximisation, step by step.

A mixture is a generative model: a point is drawn by choosing a component, then
drawing from it. EM finds the components of given points without being told
which point belongs to which.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tutor.labs.mixture import drawing
from tutor.labs.mixture.em import (
    Floats,
    Gaussians,
    State,
    bayesian_information,
    clusters,
    fit,
    improve,
)
from tutor.labs.options import Mixture
from tutor.labs.pictures import percent
from tutor.labs.records import Picture, Progress, Result, Step

_MOST_COMPONENTS = 8
_MOST_SCORED = 1000  # points that the BIC is taken of, for time's sake
_WELL_SORTED = 0.9  # with more of the points in their clusters nothing is to be explained
_ENOUGH_STEPS = 200
_LIKELIER = 0.01  # by so much for each point a fit is clearly the better one


def run(options: Mixture, rng: np.random.Generator) -> Iterator[Step]:
    """Fit a mixture to points of true clusters, show each step, draw new points from it."""
    truth = clusters(options.clusters, rng)
    x, belongs = truth.sample(options.n, rng)
    states: list[State] = []
    frames: list[Picture] = []
    for state in fit(x, options.components, rng, options.steps):
        states.append(state)
        fraction = 0.8 * (state.step + 1) / (options.steps + 1)
        text = f"step {state.step}, log-likelihood {state.log_likelihood:.1f}"
        if not _worth_drawing(state.step):
            yield Progress(fraction, text)
            continue
        for frame in _frames(x, states):
            frames.append(frame)
            yield Progress(fraction, text, frame)
    last = states[-1]
    paths = [state.mixture.means for state in states]
    likelihoods = [state.log_likelihood for state in states]
    title = f"After {last.step} step{'s' * (last.step != 1)}"
    final = drawing.step_picture(
        x, title, last.mixture, last.responsibilities, likelihoods, paths, "mixture"
    )
    frames.append(final)
    yield Progress(0.85, "how many components fit best", final)
    scores = _scores(x, max(options.components, options.clusters) + 2, rng, last)
    made, component = last.mixture.sample(min(options.n, 1000), rng)
    pictures = (
        final,
        drawing.em_at_work(frames, last.step),
        drawing.new_points(x, made, component),
        drawing.how_many(scores, options.components),
    )
    right = agreement(last.responsibilities.argmax(axis=1), belongs)
    values = {
        "n": options.n,
        "components": options.components,
        "clusters": options.clusters,
        "steps": last.step,
        "converged": _converged(states, options.steps),
        "log_likelihood": likelihoods,
        "weights": last.mixture.weights.tolist(),
        "means": last.mixture.means.tolist(),
        "covariances": last.mixture.covariances.tolist(),
        "true_means": truth.means.tolist(),
        "bic": scores,
        "best_number_of_components": int(np.argmin(scores)) + 1,
        "points_in_the_right_cluster": right,
    }
    misled = options.components == options.clusters and right <= _WELL_SORTED
    wrong = _what_went_wrong(x, states, options.steps, truth) if misled else ""
    yield Result(_caption(options, states, scores, right, wrong), pictures, values)


def _what_went_wrong(x: Floats, states: list[State], steps: int, truth: Gaussians) -> str:
    """Why points end in wrong clusters; EM from the truth shows if there is a better maximum."""
    last = states[-1]
    if not _converged(states, steps):
        after = f"{last.step} step{'s' * (last.step != 1)}"
        return f"Here it was stopped after {after}, and more may sort the points better"
    *_, best = improve(x, truth, _ENOUGH_STEPS)
    if best.log_likelihood > last.log_likelihood + _LIKELIER * len(x):
        return (
            "Here it ends in a local maximum, where ellipses share out the clusters wrongly: EM "
            f"from the true ellipses reaches {best.log_likelihood:.0f}, so try another seed"
        )
    return (
        "Here the clusters overlap, or have too few points to be told apart: EM from the true "
        "ellipses becomes no likelier than this"
    )


def _caption(
    options: Mixture, states: list[State], scores: list[float], right: float, wrong: str
) -> str:
    first, last = states[0].log_likelihood, states[-1].log_likelihood
    best = int(np.argmin(scores)) + 1
    extra = options.components - options.clusters
    if extra > 0:
        told = (
            f"With {options.components} components for {options.clusters} true clusters some "
            "clusters are shared out: the likelihood rises, but the BIC"
        )
    elif extra < 0:
        told = (
            f"With {options.components} component{'s' * (options.components > 1)} for "
            f"{options.clusters} true clusters an ellipse must cover several; the BIC"
        )
    else:
        told = wrong or f"Here {percent(right)} of the points end in the right cluster"
        told += "; the BIC"
    return (
        "Watch the ellipses: the E step colours each point by the components responsible for it, "
        f"the M step moves each ellipse to its points, and the log-likelihood, from {first:.0f} to "
        f"{last:.0f}, never falls. {told}, which counts parameters, is best with {best}."
    )


def _worth_drawing(step: int) -> bool:
    """Every one of the first steps, then ever fewer: the first move most."""
    return step <= 6 or step in (8, 11, 15, 20) or (step > 20 and step % 30 == 0)


def _frames(x: Floats, states: list[State]) -> Iterator[Picture]:
    """The pictures of the newest state; of the beginning two: before and after the E step."""
    now = states[-1]
    likelihoods = [state.log_likelihood for state in states]
    paths = [state.mixture.means for state in states]

    def drawn(title: str, responsibilities: Floats | None) -> Picture:
        return drawing.step_picture(x, title, now.mixture, responsibilities, likelihoods, paths)

    if now.step == 0:
        yield drawn("The start", None)
        yield drawn("First E step: who is responsible?", now.responsibilities)
    elif now.step == 1:
        yield drawn("First M step: move to your points", states[0].responsibilities)
        yield drawn("Step 1", now.responsibilities)
    else:
        yield drawn(f"Step {now.step}", now.responsibilities)


def _converged(states: list[State], steps: int) -> bool:
    return states[-1].step < steps


def _scores(x: Floats, most: int, rng: np.random.Generator, last: State) -> list[float]:
    """The BIC with 1, 2, ... components, the better of two fits each."""
    part = x[:_MOST_SCORED]
    found = []
    for k in range(1, min(most, _MOST_COMPONENTS) + 1):
        fits = []
        for _ in range(2):
            *_, end = fit(part, k, rng, 60, 1e-4)
            fits.append(bayesian_information(end))
        if k == len(last.mixture.weights) and len(part) == len(x):
            fits.append(bayesian_information(last))
        found.append(min(fits))
    return found


def agreement(found: NDArray[np.int64], true: NDArray[np.int64]) -> float:
    """The share of points whose component is their cluster's, matched as well as can be."""
    from scipy.optimize import linear_sum_assignment

    table = np.zeros((found.max() + 1, true.max() + 1))
    np.add.at(table, (found, true), 1)
    return float(table[linear_sum_assignment(-table)].sum() / len(found))
