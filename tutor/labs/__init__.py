"""The labs: the course's models, small and real, to run, see and play with.

`catalogue` says what can be asked of each lab; one module per lab does it.
A lab's `run` is a generator: it yields `Progress` while it works and one
`Result` at the end, so that any face can draw it. Labs know nothing of the
chat page, of tools or of the command line. Nothing heavy is imported until a
lab runs.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import numpy as np

from tutor.errors import LabError
from tutor.labs.catalogue import LABS, parse
from tutor.labs.models import LabModels
from tutor.labs.options import LabOptions
from tutor.labs.records import Picture, Progress, Result, Step

__all__ = [
    "LABS",
    "LabModels",
    "LabOptions",
    "Picture",
    "Progress",
    "Result",
    "Step",
    "parse",
    "run",
]


def run(name: str, options: LabOptions, models: LabModels | None = None) -> Iterator[Step]:
    """Run the lab `name`: progress as it comes, and last its result.

    Labs whose options say `needs_models` are given `models`: the tutor's own
    language model, embedding model and course. All randomness comes from one
    generator seeded with `options.seed`, so the same options give the same
    pictures on the same machine.

    Raises:
        LabError: something that only the lab itself can see is wrong with the options, or it
            needs models and was given none.
    """
    module = importlib.import_module(f"tutor.labs.{name}")
    rng = np.random.default_rng(options.seed)
    if not options.needs_models:
        yield from module.run(options, rng)
    elif models is None:
        raise LabError(f"the lab {name} needs the tutor's own models")
    else:
        yield from module.run(options, rng, models)
