"""How trainings went: the loss, and how kept-aside examples are read and decided, by steps."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from tutor.errors import TutorError

COLUMNS = ("step", "loss", "aside", "ranked")


class Curve:
    """A table beside an adapter, a row each time that the kept-aside examples are judged.

    `loss` is the mean since the row before; `aside` is the cross-entropy of a reply's token in
    nats, `ranked` the area under the curve of declining.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._losses: list[float] = []

    def begun(self, step: int | None = None) -> None:
        """Keep the rows up to the step that a training was taken up at; none for a fresh one.

        What came after it, or of another training into the same folder, is written anew.
        """
        kept = [",".join(COLUMNS)]
        if step is not None and self._file.is_file():
            rows = self._file.read_text(encoding="utf-8").splitlines()[1:]
            kept += [row for row in rows if _step(row) <= step]
        self._file.write_text("\n".join(kept) + "\n", encoding="utf-8")

    def learned(self, loss: float) -> None:
        self._losses.append(loss)

    def judged(self, step: int, aside: float, ranked: float) -> str:
        """Write a row; gives it in words."""
        loss = fmean(self._losses or [float("nan")])
        self._losses.clear()
        with self._file.open("a", encoding="utf-8") as table:
            table.write(f"{step},{loss:.4f},{aside:.4f},{ranked:.4f}\n")
        return f"step {step}: loss {loss:.3f}, aside {aside:.3f}, ranked {ranked:.3f}"


def _step(row: str) -> float:
    """A row's step; of a torn row, one that never comes."""
    step = row.partition(",")[0]
    return int(step) if step.isdigit() else math.inf


def read_curve(folder: Path) -> dict[str, list[float]]:
    """The columns of a training's table.

    Raises:
        TutorError: there is none, or it is damaged.
    """
    file = folder / "curve.csv"
    try:
        with file.open(encoding="utf-8", newline="") as table:
            rows = list(csv.DictReader(table))
        return {name: [float(row[name]) for row in rows] for name in COLUMNS}
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise TutorError(f"{file}: no curve can be read from it ({error})") from None


def plot(folders: Sequence[Path], out: Path) -> None:
    """Draw the curves of several trainings beside each other, named by their folders."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for folder in folders:
        curve = read_curve(folder)
        left.plot(curve["step"], curve["aside"], marker=".", label=folder.name)
        right.plot(curve["step"], curve["ranked"], marker=".", label=folder.name)
    left.set(xlabel="step", ylabel="nats", title="a token of a kept-aside reply")
    right.set(xlabel="step", ylabel="area under the curve", title="answer or decline, kept aside")
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    right.legend(fontsize="small")
    figure.savefig(out, dpi=110)
