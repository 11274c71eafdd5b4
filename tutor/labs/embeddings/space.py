"""Vectors of meaning: the plane that shows most of them, and who is near whom."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.floating[Any]]
_FEW_WORDS = 3


class Plane(NamedTuple):
    """Points [n, 2], the share of the variance that each axis has [2], and how others get there."""

    points: NDArray[np.float64]
    shares: NDArray[np.float64]
    centre: NDArray[np.float64]
    axes: NDArray[np.float64]

    def place(self, vectors: Vectors) -> NDArray[np.float64]:
        """Where other vectors [m, d] fall on it [m, 2]."""
        found: NDArray[np.float64] = (vectors - self.centre) @ self.axes
        return found


def plane_of(vectors: Vectors) -> Plane:
    """The plane of the two principal components of vectors [n, d] (Pearson 1901; Hotelling 1933).

    The signs of axes are arbitrary: each is turned so that its point farthest
    out lies on the positive side.
    """
    exact = np.asarray(vectors, np.float64)
    centre = exact.mean(0)
    _, spread, rows = np.linalg.svd(exact - centre, full_matrices=False)
    axes = np.zeros((exact.shape[1], 2))
    axes[:, : min(2, len(rows))] = rows[:2].T
    points = (exact - centre) @ axes
    far = points[np.abs(points).argmax(0), [0, 1]]
    axes *= np.where(far < 0, -1.0, 1.0)
    shares = np.zeros(2)
    if (total := float((spread**2).sum())) > 1e-12:
        shares[: min(2, len(spread))] = spread[:2] ** 2 / total
    return Plane((exact - centre) @ axes, shares, centre, axes)


def similarities(vectors: Vectors) -> NDArray[np.float64]:
    """Cosines [n, n] between unit vectors [n, d]."""
    exact = np.asarray(vectors, np.float64)
    return np.clip(exact @ exact.T, -1.0, 1.0)


def nearest(
    query: Vectors, vectors: Vectors, n: int, without: int | None = None
) -> list[tuple[int, float]]:
    """The n of unit vectors [m, d] nearest to a unit vector [d], with their cosines, best first.

    `without` is left out: the query itself, where it is one of them.
    """
    cosines = np.clip(np.asarray(vectors, np.float64) @ np.asarray(query, np.float64), -1.0, 1.0)
    order = [int(i) for i in np.argsort(-cosines, kind="stable") if i != without]
    return [(i, float(cosines[i])) for i in order[:n]]


def sentences_of(text: str) -> list[str]:
    """The sentences of a text: one a line or between semicolons, or else as they are written.

    A bare list, as "king, queen and apple", is taken apart at its commas.
    """
    parts = _whole(re.split(r"[\n;]+", text))
    if len(parts) == 1:
        parts = _whole(re.split(r"(?<=[.!?])\s+", parts[0]))
    if len(parts) == 1:
        listed = _whole(re.split(r",\s*(?:and\s+|or\s+)?|\s+(?:and|or)\s+", parts[0].rstrip(".")))
        if len(listed) > 2 and all(len(part.split()) <= _FEW_WORDS for part in listed):
            parts = listed
    return parts


def _whole(parts: list[str]) -> list[str]:
    """Without white space around, empty ones and those that stood before."""
    return list(dict.fromkeys(" ".join(part.split()) for part in parts if part.strip()))
