"""The test of memory run and shown: who still knows a fact when much has been said since."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from tutor.labs import shipped
from tutor.labs.language_model import drawing, recall
from tutor.labs.language_model.course import KINDS
from tutor.labs.language_model.training import make
from tutor.labs.records import Picture, Progress, Result, Step

WEIGHTS = "memory"
"""The file of the networks that ship."""
COUNTED, TESTED = 3000, 400
"""Streams that the n-gram model counts, and those that all are tested on."""
NAMES = {
    "ngram": f"{recall.ORDER}-gram",
    "rnn": "RNN",
    "lstm": "LSTM",
    "transformer": "Transformer",
}
EXAMPLE = 9
"""Tokens of the stream that stands above the chart."""


def run(steps: int | None, rng: np.random.Generator) -> Iterator[Step]:
    """Test the shipped networks, or with `steps` such as are trained now."""
    tested = recall.streams(TESTED, rng)
    example = _example(rng)
    yield Progress(0.02, "counting for the n-gram model")
    counted = recall.counted(COUNTED, rng)
    accuracies = {"ngram": recall.accuracy(recall.answers_by_counts(counted, tested), tested)}

    def drawn() -> Picture:
        return drawing.memory(accuracies, NAMES, recall.BINS, 1 / recall.VALUES, example)

    yield Progress(0.1, "the n-gram model tested", drawn())
    for number, kind in enumerate(KINDS):
        network = make(kind, recall.TOKENS, recall.SIZES[kind])
        if steps is None:
            shipped.read(network, WEIGHTS, kind)
        else:
            for state in recall.train(kind, steps, rng):
                network = state.network
                done = 0.1 + 0.28 * (number + state.step / steps)
                line = f"training the {NAMES[kind]}: step {state.step} of {steps}"
                yield Progress(done, f"{line}, loss {state.loss:.2f}")
        accuracies[kind] = recall.accuracy(recall.answers(network, tested), tested)
        yield Progress(0.1 + 0.28 * (number + 1), f"the {NAMES[kind]} tested", drawn())
    values = {
        "distances": [f"{a} to {b - 1}" for a, b in itertools.pairwise(recall.BINS)],
        "accuracy": {kind: [round(share, 4) for share in shares]
                     for kind, shares in accuracies.items()},
        "chance": 1 / recall.VALUES,
        "questions": int((tested.distance > 0).sum()),
        "example": example,
        "trained_steps": steps,
    }  # fmt: skip
    told = ", ".join(
        f"the {NAMES[kind]} from {shares[0]:.0%} to {shares[-1]:.0%}"
        for kind, shares in accuracies.items()
    )
    caption = (
        f"Facts are told and asked for later, as in {example}. Between a fact just told and one "
        f"{recall.BINS[-2]} or more tokens back right answers go: {told}; chance is "
        f"{1 / recall.VALUES:.0%}. Counts reach no farther than their context, and a recurrent "
        "network must hold every fact in a state of fixed size; attention looks each one up in "
        "the text, however far back it stands."
    )
    if accuracies["lstm"][-1] > min(accuracies["lstm"]) + 0.03:
        caption += (
            " The LSTM's curve turns up at its end: the farthest facts were told first, while "
            "there was room for them."
        )
    yield Result(caption, (drawn(),), values)


def _example(rng: np.random.Generator) -> str:
    """A short stream that ends with an answer, its question some way behind its fact."""
    while True:
        stream = recall.streams(1, rng)
        ends = np.flatnonzero(stream.distance[0, :EXAMPLE] > 3)
        if len(ends):
            *told, answer = recall.spelled(stream.tokens[0, : ends[-1] + 1]).split()
            return f"{' '.join(told)} → {answer}"
