"""How likely a model's sentence is supported: what the check in `tutor.support` learned from.

    python -m tutor.tuning likeness --labels labels.jsonl --out tests/data/support.csv
    python -m tutor.tuning fit --features tests/data/support.csv

A label row is `{"question", "notes", "sentence", "label", "strategy", "topic"}`:
a sentence that the model wrote from the notes, and whether somebody who read
them says that they support it (1 or 0). The texts stay where they are; the
features of each sentence are kept, and they are enough to fit the weights.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutor.embed import Embedder
from tutor.index.words import words_of
from tutor.records import Evidence, Place
from tutor.support import Likeness, SupportCheck

COLUMNS = ("pairs", "nearness", "order", "length", "label", "strategy", "topic")
PARTS = 6
"""Parts of whole topics, each judged by the fit to the others."""
PENALTY = 1.0
"""Of the weights' squares, the features being scaled to variance 1."""

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence's likeness, and whether the evidence supports it by reading."""

    likeness: Likeness
    label: bool
    strategy: str
    topic: str


def measure(rows: Iterable[dict[str, Any]], embedder: Embedder) -> Iterator[Labelled]:
    """The labelled sentences as the check sees them."""
    for row in rows:
        notes = [
            Evidence(number, "", Place("section", ""), text, 0.0)
            for number, text in enumerate(row["notes"], start=1)
        ]
        check = SupportCheck(row["question"], notes, embedder.encode, words_of)
        likeness = check.likeness(row["sentence"])
        yield Labelled(likeness, bool(row["label"]), row["strategy"], row["topic"])


def save(found: Iterable[Labelled], file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(COLUMNS)
        for one in found:
            *shares, length = astuple(one.likeness)
            shown = [*(f"{share:.4f}" for share in shares), length]
            writer.writerow([*shown, int(one.label), one.strategy, one.topic])


def load(file: Path) -> list[Labelled]:
    with file.open(encoding="utf-8", newline="") as opened:
        return [
            Labelled(
                Likeness(
                    float(row["pairs"]),
                    float(row["nearness"]),
                    float(row["order"]),
                    int(row["length"]),
                ),
                row["label"] == "1",
                row["strategy"],
                row["topic"],
            )
            for row in csv.DictReader(opened)
        ]


def fit(found: Sequence[Labelled]) -> tuple[float, tuple[float, ...]]:
    """Bias and weights of the likeliest logistic regression."""
    from sklearn.linear_model import LogisticRegression

    values, labels = _table(found)
    mean, spread = values.mean(axis=0), values.std(axis=0)
    model = LogisticRegression(C=1 / PENALTY).fit((values - mean) / spread, labels)
    weights = model.coef_[0] / spread
    return float(model.intercept_[0] - weights @ mean), tuple(float(w) for w in weights)


def unseen(found: Sequence[Labelled]) -> Values:
    """Each sentence's probability by a fit that saw no sentence of its topic."""
    topics = sorted({one.topic for one in found})
    part = {topic: number % PARTS for number, topic in enumerate(topics)}
    parts = np.array([part[one.topic] for one in found])
    values, _ = _table(found)
    probabilities = np.empty(len(found))
    for number in range(PARTS):
        seen = [one for one, other in zip(found, parts, strict=True) if other != number]
        bias, weights = fit(seen)
        odds = bias + values[parts == number] @ np.array(weights)
        probabilities[parts == number] = 1 / (1 + np.exp(-odds))
    return probabilities


def report(found: Sequence[Labelled]) -> str:
    """The weights, and for some limits how many of the shown are true and of the true shown."""
    bias, weights = fit(found)
    lines = [f"bias {bias:.3f}  weights {', '.join(f'{weight:.3f}' for weight in weights)}"]
    probabilities = unseen(found)
    for strategy in sorted({one.strategy for one in found}):
        ours = np.array([one.strategy == strategy for one in found])
        labels = np.array([one.label for one in found])[ours]
        lines.append(f"{strategy}: {len(labels)} sentences, {labels.mean():.2f} supported")
        for limit in (0.5, 0.6, 0.65, 0.7, 0.75, 0.8):
            shown = probabilities[ours] >= limit
            right, share = labels[shown].mean(), labels[shown].sum() / labels.sum()
            lines.append(f"  from {limit}: {right:.3f} of the shown, {share:.3f} of all supported")
    return "\n".join(lines)


def _table(found: Sequence[Labelled]) -> tuple[Values, NDArray[np.bool_]]:
    values = np.array([astuple(one.likeness) for one in found], dtype=np.float64)
    return values, np.array([one.label for one in found])
