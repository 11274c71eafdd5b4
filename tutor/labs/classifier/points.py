"""Two classes of points to learn from, easy or hard for naive Bayes."""

from __future__ import annotations

from typing import Literal

import numpy as np

from tutor.labs.classifier.bayes import Floats, Labels

Shape = Literal["correlated", "independent", "ring"]

CORRELATION = 0.8
SHIFT = 1.8
"""In the plane: how far apart the classes' means are in the first feature."""

FEATURES, COPIES = 30, 5
"""With many features: how many, and how many of them say nearly the same."""

_RADIUS, _THICKNESS, _BLOB = 2.2, 0.45, 0.9
_SMALL_SHIFT = 0.5


def draw(shape: Shape, n: int, rng: np.random.Generator) -> tuple[Floats, Labels]:
    """n points in the plane of two equally frequent classes: x [n, 2], y [n].

    The classes differ in the mean of the first feature, or class 1 lies in a ring around class
    0. In "correlated" the second feature says nothing by itself, but much about the first.
    """
    y = _labels(n, rng)
    noise = rng.normal(size=(n, 2))
    if shape == "ring":
        angle = rng.uniform(0, 2 * np.pi, n)
        ring = _RADIUS * np.column_stack([np.cos(angle), np.sin(angle)])
        return np.where(y[:, None] == 1, ring + _THICKNESS * noise, _BLOB * noise), y
    if shape == "correlated":
        noise[:, 1] = CORRELATION * noise[:, 0] + np.sqrt(1 - CORRELATION**2) * noise[:, 1]
    noise[:, 0] += SHIFT * (y - 0.5)
    return noise, y


def draw_many(shape: Shape, n: int, rng: np.random.Generator) -> tuple[Floats, Labels]:
    """The same with many features: x [n, 30], y [n].

    Every feature says a little; in "correlated" five of them say nearly the same, which naive
    Bayes counts five times. Of a ring 28 features are noise.
    """
    if shape == "ring":
        x, y = draw(shape, n, rng)
        return np.hstack([x, rng.normal(size=(n, FEATURES - 2))]), y
    y = _labels(n, rng)
    x = rng.normal(size=(n, FEATURES))
    if shape == "correlated":
        common = rng.normal(size=(n, 1))
        x[:, :COPIES] *= np.sqrt(1 - CORRELATION)
        x[:, :COPIES] += np.sqrt(CORRELATION) * common
    return x + _SMALL_SHIFT * (y[:, None] - 0.5), y


def best_log_odds(shape: Shape, x: Floats) -> Floats:
    """The true ln p(1 | x) / p(0 | x) of points in the plane [n]: nobody can do better."""
    from scipy.special import i0e

    if shape == "ring":
        # A ring of normal noise: the mean of a normal's density over the angle of its centre,
        # whose integral is the Bessel function I0 (Mardia and Jupp 2000, section 3.5).
        r = np.linalg.norm(x, axis=1)
        variance = _THICKNESS**2
        ring = np.log(i0e(_RADIUS * r / variance)) - (r - _RADIUS) ** 2 / (2 * variance)
        blob = -(r**2) / (2 * _BLOB**2) - 2 * np.log(_BLOB)
        found: Floats = ring - np.log(variance) - blob
        return found
    rho = CORRELATION if shape == "correlated" else 0.0
    found = SHIFT * (x[:, 0] - rho * x[:, 1]) / (1 - rho**2)
    return found


def _labels(n: int, rng: np.random.Generator) -> Labels:
    """As many of each class, to within one, in a random order [n]."""
    found: Labels = rng.permutation(np.arange(n) % 2)
    return found
