"""Logistic regression: a discriminative classifier, which models p(y | x) alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tutor.labs.classifier.bayes import Floats, Labels, probability

_MOST_STEPS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Logistic:
    """ln p(1 | x) / p(0 | x) = w · x + b: a straight boundary (Bishop 2006, section 4.3.2)."""

    weights: Floats
    bias: float

    @classmethod
    def fit(cls, x: Floats, y: Labels, strength: float = 1.0) -> Logistic:
        """The weights that make the labels y [n] of x [n, features] likeliest.

        Found by Newton's method (Bishop 2006, section 4.3.3). A penalty ½|w|² / strength keeps
        the weights finite where a line separates the classes wholly; the bias bears none.
        """
        ones = np.column_stack([x, np.ones(len(x))])  # the bias is the last weight
        penalty = np.full(ones.shape[1], 1 / strength)
        penalty[-1] = 0
        weights = np.zeros(ones.shape[1])
        loss = _loss(weights, ones, y, penalty)
        for _ in range(_MOST_STEPS):
            share = probability(ones @ weights)
            slope = ones.T @ (share - y) + penalty * weights
            curvature = (ones.T * (share * (1 - share))) @ ones + np.diag(penalty)
            # Where all points are far from the boundary the bias has no curvature left.
            curvature[-1, -1] += 1e-12
            step = np.linalg.solve(curvature, slope)
            scale = 1.0
            while (shorter := _loss(weights - scale * step, ones, y, penalty)) > loss:
                scale /= 2  # a full step may overshoot
                if scale < 1e-9:
                    break
            if loss - shorter <= 1e-10 * loss:
                break
            weights, loss = weights - scale * step, shorter
        return cls(weights[:-1], float(weights[-1]))

    def log_odds(self, x: Floats) -> Floats:
        """ln p(1 | x) / p(0 | x) [n]."""
        found: Floats = x @ self.weights + self.bias
        return found


def _loss(weights: Floats, x: Floats, y: Labels, penalty: Floats) -> float:
    """-ln p(y | x) of all points, which is ln(1 + exp(-odds)) for class 1, and the penalty."""
    signed = np.where(y == 1, -1, 1) * (x @ weights)
    return float(np.logaddexp(0, signed).sum() + 0.5 * (penalty * weights**2).sum())
