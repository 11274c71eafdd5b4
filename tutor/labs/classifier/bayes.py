"""Naive Bayes written out: a generative classifier that models p(x | y) and p(y).

Bayes' rule turns them round: p(y | x) is p(x | y) p(y), divided by its sum over
the classes. "Naive" is that the features count as independent once the class is
known (Bishop 2006, section 4.2; Ng and Jordan 2001). Class 0 and class 1 only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


def log_prior(labels: Labels) -> Floats:
    """ln p(y) for both classes [2]: their shares of the training data."""
    found: Floats = np.log(np.bincount(labels, minlength=2) / len(labels))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class GaussianNaiveBayes:
    """Each feature of each class is normal: `mean` and `variance` are [2, features]."""

    log_prior: Floats
    mean: Floats
    variance: Floats

    @classmethod
    def fit(cls, x: Floats, y: Labels, *, shared: bool = False) -> GaussianNaiveBayes:
        """Maximum likelihood from x [n, features], y [n]: no search, only means and variances.

        `shared`: both classes have the same variances, which makes the log-odds linear in x as
        those of logistic regression are. A billionth of the largest variance is added, since a
        class may have one value only.
        """
        mean = np.stack([x[y == label].mean(axis=0) for label in (0, 1)])
        variance = np.stack([x[y == label].var(axis=0) for label in (0, 1)])
        if shared:
            variance[:] = ((x - mean[y]) ** 2).mean(axis=0)
        return cls(log_prior(y), mean, variance + 1e-9 * x.var(axis=0).max())

    def log_joint(self, x: Floats) -> Floats:
        """ln p(x, y) = ln p(y) + the sum over features of ln N(xⱼ; μⱼ, σⱼ²), [n, 2]."""
        squares = (x[:, None, :] - self.mean) ** 2 / self.variance  # [n, 2, features]
        logs = -0.5 * (np.log(2 * np.pi * self.variance) + squares)
        found: Floats = self.log_prior + logs.sum(axis=2)
        return found

    def log_odds(self, x: Floats) -> Floats:
        """ln p(1 | x) / p(0 | x) [n], by Bayes' rule: p(x) falls out of the quotient."""
        joint = self.log_joint(x)
        found: Floats = joint[:, 1] - joint[:, 0]
        return found

    def sample(self, n: int, rng: np.random.Generator) -> tuple[Floats, Labels]:
        """New points: a class by p(y), then each feature by itself by p(xⱼ | y)."""
        y = (rng.random(n) < np.exp(self.log_prior[1])).astype(np.int64)
        x = rng.normal(self.mean[y], np.sqrt(self.variance[y]))
        return x, y


@dataclass(frozen=True, slots=True, eq=False)
class WordNaiveBayes:
    """Each word is drawn from its class's bag: `log_word` [2, words] is ln p(word | y)."""

    log_prior: Floats
    log_word: Floats

    @classmethod
    def fit(cls, counts: Floats, y: Labels) -> WordNaiveBayes:
        """From counts [n, words], y [n]: the words' shares, one added to every count.

        Laplace's rule: a word that one class never had would else settle everything
        (Manning, Raghavan and Schütze 2008, section 13.2).
        """
        added = np.stack([counts[y == label].sum(axis=0) for label in (0, 1)]) + 1.0
        return cls(log_prior(y), np.log(added / added.sum(axis=1, keepdims=True)))

    @property
    def weights(self) -> Floats:
        """What each word adds to the log-odds of class 1 [words]: ln p(word|1) / p(word|0)."""
        found: Floats = self.log_word[1] - self.log_word[0]
        return found

    def log_odds(self, counts: Floats) -> Floats:
        """ln p(1 | message) / p(0 | message) [n]: the prior's share, and every word's."""
        found: Floats = self.log_prior[1] - self.log_prior[0] + counts @ self.weights
        return found

    def sample(self, label: int, length: int, rng: np.random.Generator) -> Labels:
        """A new message of a class: numbers of words, each drawn by itself."""
        drawn: Labels = rng.choice(self.log_word.shape[1], length, p=np.exp(self.log_word[label]))
        return drawn


def probability(log_odds: Floats) -> Floats:
    """p(1 | x) from log-odds: the logistic function, without overflow."""
    found: Floats = 0.5 * (1 + np.tanh(log_odds / 2))
    return found
