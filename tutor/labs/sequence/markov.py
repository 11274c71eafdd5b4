"""A hidden Markov model: hidden states follow one another, each giving one observation.

Sampling, and two ways to find the states behind observations: the most probable
path (Viterbi) and each state's own probability (forward-backward). Equations
are those of Rabiner (1989), A tutorial on hidden Markov models.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Markov:
    """k states and m kinds of observation.

    `start` [k] is p(first state), `transition` [k, k] p(next state | state) in rows, `emission`
    [k, m] p(observation | state) in rows. Observations handed to its methods are taken to be
    possible under it.
    """

    start: Floats
    transition: Floats
    emission: Floats

    def sample(self, n: int, rng: np.random.Generator) -> tuple[Numbers, Numbers]:
        """States [n] and observations [n]: a state by the one before, then what it shows."""
        states, seen = np.empty(n, np.int64), np.empty(n, np.int64)
        chances = self.start
        for t in range(n):
            states[t] = rng.choice(len(chances), p=chances)
            seen[t] = rng.choice(self.emission.shape[1], p=self.emission[states[t]])
            chances = self.transition[states[t]]
        return states, seen

    def viterbi(self, seen: Numbers) -> tuple[Numbers, float]:
        """The most probable path of states [n], and ln p(path, observations) (section III.B).

        In logarithms, since products of hundreds of probabilities vanish.
        """
        with np.errstate(divide="ignore"):  # the logarithm of an impossible step is -inf
            start, transition = np.log(self.start), np.log(self.transition)
            emission = np.log(self.emission)
        n, k = len(seen), len(start)
        came_from = np.zeros((n, k), np.int64)
        best = start + emission[:, seen[0]]  # δ₁, equation 32a
        for t in range(1, n):
            reached = best[:, None] + transition  # [from, to], equation 33a
            came_from[t] = reached.argmax(axis=0)
            best = reached.max(axis=0) + emission[:, seen[t]]
        path = np.empty(n, np.int64)
        path[-1] = best.argmax()
        for t in range(n - 1, 0, -1):  # equation 35
            path[t - 1] = came_from[t, path[t]]
        return path, float(best.max())

    def forward(self, seen: Numbers) -> tuple[Floats, float]:
        """p(state | observations so far) [n, k], and ln p(observations).

        The forward variable, scaled at each step to sum to 1 (equations 19 to 20 and 91 to 103).
        """
        filtered = np.empty((len(seen), len(self.start)))
        likelihood = 0.0
        predicted = self.start
        for t, observation in enumerate(seen):
            joint = predicted * self.emission[:, observation]
            total = joint.sum()  # p(this observation | those before)
            likelihood += float(np.log(total))
            filtered[t] = joint / total
            predicted = filtered[t] @ self.transition
        return filtered, likelihood

    def posterior(self, seen: Numbers) -> Floats:
        """p(state | all observations) [n, k], by forward and backward (equations 25 and 27)."""
        filtered, _ = self.forward(seen)
        backward = np.ones(len(self.start))
        found = np.empty_like(filtered)
        for t in range(len(seen) - 1, -1, -1):
            joint = filtered[t] * backward
            found[t] = joint / joint.sum()
            backward = self.transition @ (self.emission[:, seen[t]] * backward)
            backward /= backward.max()  # its scale falls out of the quotient above
        return found

    def alone(self, seen: Numbers) -> Numbers:
        """The likeliest state of each observation by itself [n], the others left unread."""
        guess: Numbers = (self.stationary[:, None] * self.emission).argmax(axis=0)
        return guess[seen]

    @property
    def stationary(self) -> Floats:
        """The states' shares in the long run [k]: the p with p = p · transition, sum 1."""
        k = len(self.start)
        equations = np.vstack([self.transition.T - np.eye(k), np.ones(k)])
        wanted = np.concatenate([np.zeros(k), [1.0]])
        found: Floats = np.linalg.lstsq(equations, wanted, rcond=None)[0]
        return np.clip(found, 0, 1)


SUN, RAIN = 0, 1
NONE, UMBRELLA = 0, 1


def weather(stay: float, clarity: float) -> Markov:
    """The lab's model: the weather outside, and whether a passer-by carries an umbrella.

    Tomorrow is as today with probability `stay`; with probability `clarity` there is an umbrella
    in rain and none in sun. (After the umbrella world of Russell and Norvig, chapter 14.)
    """
    return Markov(
        np.array([0.5, 0.5]),
        np.array([[stay, 1 - stay], [1 - stay, stay]]),
        np.array([[clarity, 1 - clarity], [1 - clarity, clarity]]),
    )
