"""What a lab gives: progress while it works, and a result at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutor.records import Picture as Picture


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a lab stands: `fraction` in [0, 1], a line of text, perhaps a picture so far."""

    fraction: float
    text: str
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a lab showed.

    `caption` says what to look at, in one to three sentences; `values` are the
    figures behind the pictures, ready for JSON. `samples` are raw images,
    uint8 [n, 28, 28] with ink at 255 as in MNIST, and `labels` their digits.
    """

    caption: str
    pictures: tuple[Picture, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)
    samples: NDArray[np.uint8] | None = None
    labels: NDArray[np.int64] | None = None


Step = Progress | Result
