"""Which text the language models learn: the student's course, or the one that ships.

The shipped weights hold the prose they were trained on. A course whose lines
are nearly the same counts as the shipped one, for documents may be cut into
other passages; the networks are then ready, and what they are judged by is what
they never saw. For any other course they are trained on the spot.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn

from tutor.errors import IndexMissingError
from tutor.labs import shipped
from tutor.labs.language_model.networks import Kind
from tutor.labs.language_model.ngram import NGram
from tutor.labs.language_model.reading import ByCounts, ByNetwork, Reading
from tutor.labs.language_model.text import LEAST, Text, prose
from tutor.labs.language_model.training import LIVE, SHIPPED, make, train
from tutor.labs.models import LabModels
from tutor.labs.records import Progress
from tutor.labs.usual import STEPS

LAB = "language_model"
ORDER = 6
"""Of the n-gram model; longer contexts gain little on a text of this size."""
ALIKE = 0.9
"""Share of lines that a course has in common with the shipped one to count as it."""
LIVE_STEPS = STEPS["language_model"]
"""About half a minute on two cores."""
NAMES = {"ngram": f"{ORDER}-gram", "rnn": "RNN", "lstm": "LSTM", "transformer": "Transformer"}
KINDS: tuple[Kind, ...] = ("rnn", "lstm", "transformer")


@dataclass(frozen=True, slots=True)
class Course:
    """A course's text; whether it is the shipped one, and what is to be said about that."""

    text: Text
    shipped: bool
    note: str = ""

    @property
    def named(self) -> str:
        return "the bundled course" if self.shipped else "your course"


class Prose(nn.Module):
    """A text as a part of a file of weights: its ASCII characters [n]."""

    characters: Tensor

    def __init__(self, text: str) -> None:
        super().__init__()
        codes = np.frombuffer(text.encode("ascii"), np.uint8)
        self.register_buffer("characters", torch.from_numpy(codes.copy()))


@cache
def shipped_prose() -> str:
    """The text that the shipped networks learned from.

    Raises:
        LabError: the file of weights is missing or damaged.
    """
    return shipped.tensor(LAB, "course.characters").numpy().tobytes().decode("ascii")


def course_of(models: LabModels) -> Course:
    """The text of the course that the index holds, or the shipped one where there is none."""
    bundled = shipped_prose()
    try:
        own = prose(passage.text for passage in models.passages())
    except IndexMissingError:
        return Course(Text.of(bundled), True, "No course is indexed: this is the bundled one.")
    if alike(own, bundled):
        return Course(Text.of(bundled), True)
    if len(own) < LEAST:
        return Course(
            Text.of(bundled),
            True,
            f"Your course has {len(own):,} characters of prose, and {LEAST:,} are needed to learn "
            "from: this is the bundled one.",
        )
    return Course(Text.of(own), False)


def alike(one: str, other: str) -> bool:
    """Whether two texts have nearly the same lines."""
    first, second = set(one.splitlines()), set(other.splitlines())
    return len(first & second) >= ALIKE * len(first | second)


@dataclass(slots=True)
class Fitting:
    """A model being made ready for a course: run `steps` to its end, then take `reading`."""

    kind: str
    course: Course
    steps: int | None = None
    reading: Reading | None = None

    def run(self, rng: np.random.Generator, start: float, share: float) -> Iterator[Progress]:
        """Count, load the shipped network, or train one, as the course and `steps` ask for.

        Progress goes from `start` by `share`.
        """
        text = self.course.text
        if self.kind == "ngram":
            self.reading = ByCounts(NGram(text.train, len(text.alphabet), ORDER))
            return
        kind: Kind = next(known for known in KINDS if known == self.kind)
        if self.course.shipped and self.steps is None:
            network = make(kind, len(text.alphabet), SHIPPED[kind])
            self.reading = ByNetwork(shipped.read(network, LAB, kind))
            return
        steps = self.steps or LIVE_STEPS[kind]
        for state in train(kind, text.train, len(text.alphabet), LIVE[kind], steps, rng):
            network = state.network
            line = f"training the {NAMES[kind]}: step {state.step} of {steps}"
            yield Progress(start + share * state.step / steps, line)
        self.reading = ByNetwork(network)

    def ready(self) -> Reading:
        assert self.reading is not None, "run it first"
        return self.reading
