"""Which examples a training learns from, and which it is judged by."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from tutor.errors import TutorError
from tutor.tuning.examples import Example, load


def chosen(
    files: Sequence[Path],
    shares: Sequence[float] = (),
    declines: int | None = None,
    aside: int | None = None,
    seed: int = 0,
) -> tuple[list[Example], list[Example]]:
    """The examples to learn from, of each file the share that is wanted (all); and those aside.

    Of those that decline so many as `declines` says are learned from, and about so many as `aside`
    says are judged by, drawn by `seed`. Examples that have the same notes are taken or left
    together.

    Raises:
        TutorError: a file cannot be read, or there are more shares than files.
    """
    if len(shares) > len(files):
        raise TutorError(f"--share: {len(shares)} shares for {len(files)} files of examples")
    pick = random.Random(seed)
    kept: list[Example] = []
    judging: list[list[Example]] = []
    for file, share in zip(files, [*shares, *[1.0] * (len(files) - len(shares))], strict=True):
        for _, group in groupby(load(file), key=lambda example: example.notes):
            together = list(group)
            if together[0].aside:
                judging.append(together)
            elif pick.random() < share:
                kept += together
    if declines is not None:
        declining = [n for n, example in enumerate(kept) if example.kind == "unanswerable"]
        some = set(pick.sample(declining, min(declines, len(declining))))
        kept = [e for n, e in enumerate(kept) if e.kind != "unanswerable" or n in some]
    return kept, _some(judging, aside, random.Random(seed))


def _some(groups: list[list[Example]], count: int | None, pick: random.Random) -> list[Example]:
    """The examples of all groups, or of enough of them, in any order, to have `count`."""
    if count is not None:
        groups = pick.sample(groups, len(groups))
    found: list[Example] = []
    for group in groups:
        if count is not None and len(found) >= count:
            break
        found += group
    return found


def learnable(examples: Sequence[Example], *, deciding: bool) -> list[Example]:
    """Those that teach something: without a reply only the decision, if that is learned.

    Raises:
        TutorError: there are none, or pairs of replies where the decision is to be learned.
    """
    if deciding and any(example.worse for example in examples):
        raise TutorError(
            "--deciding does not learn from pairs of replies; leave it out, or the examples that "
            "have a worse reply"
        )
    found = [example for example in examples if example.reply or deciding]
    if not found:
        raise TutorError("--examples: nothing is left to learn from")
    return found
