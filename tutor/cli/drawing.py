"""How the terminal shows things. Results go to stdout, everything else to stderr."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from tutor.citations import label
from tutor.errors import LabError
from tutor.records import (
    Answer,
    Done,
    Event,
    EvidenceFound,
    Hit,
    TextAdded,
    ToolFinished,
    ToolProgress,
    ToolResult,
    ToolStarted,
)

if TYPE_CHECKING:
    from tutor.evaluate import Outcome
    from tutor.ingest import Report

OUT = Path("labs-out")
"""Where pictures go."""
COLUMNS = ("questions", "hit@1", "hit@5", "right", "gold_quoted", "false_refusals", "refused")


class Bars:
    """A progress bar for each stage, with rate and time left, on stderr."""

    def __init__(self) -> None:
        self._bar: Any = None

    def start(self, stage: str, total: int, unit: str) -> None:
        self._bar = tqdm(
            total=total,
            desc=f"{stage:>9}",
            unit=f" {unit}s",
            file=sys.stderr,
            dynamic_ncols=True,
            mininterval=0.1 if sys.stderr.isatty() else 5.0,
        )

    def step(self, count: int, label: str = "") -> None:
        if self._bar is not None:
            self._bar.set_postfix_str(label[-30:], refresh=False)
            self._bar.update(count)

    def finish(self) -> None:
        if self._bar is not None:
            self._bar.set_postfix_str("")
            self._bar.close()
            self._bar = None


def draw_report(report: Report) -> None:
    """What an ingest did, in words."""
    counts = (
        f"{len(report.added)} added, {len(report.changed)} changed, "
        f"{len(report.removed)} removed, {len(report.unchanged)} unchanged"
    )
    print(f"{counts}: {report.chunks} chunks, {report.embedded} embedded, {report.seconds:.1f} s")
    for new, old in report.moved:
        print(f"  moved      {old} -> {new}")
    for source, first in report.duplicates:
        print(f"  duplicate  {source}: the same file as {first}")
    for source, problem in report.problems:
        print(f"  partly     {source}: {problem}")
    for source, reason in report.failed:
        print(f"  not read   {source}: {reason}")


def draw_hits(question: str, hits: Sequence[Hit]) -> None:
    """The hits of one question, each with its place and the beginning of its text."""
    width = min(shutil.get_terminal_size().columns, 100)
    print(f"{question}\n")
    for hit in hits:
        print(f"{hit.rank:>3}. {label(hit.chunk)}  ({hit.score:.2f})")
        text = " ".join(hit.chunk.text.split())
        print(textwrap.indent(textwrap.shorten(text, 4 * width, placeholder=" …"), "     "))
    print()


def draw_answer(events: Iterator[Event], out: Path = OUT, *, quiet: bool) -> Answer:
    """Print an answer's events as they come, unless `quiet`; returns the answer.

    Pictures of tools are written into `out`; the answer names the files.

    Raises:
        LabError: a picture cannot be written.
    """
    answer: Answer | None = None
    written: list[ToolResult] = []
    bar = ToolBar()
    for event in events:
        bar.draw(event)
        if isinstance(event, EvidenceFound | TextAdded | ToolFinished) and not quiet:
            print(event.text, end="", flush=True)
        if isinstance(event, ToolFinished):
            written.append(write_pictures(event.result, out))
            if not quiet:
                print("".join(f"\n{file}" for file in written[-1].files), end="", flush=True)
        if isinstance(event, Done):
            answer = event.answer
            if written:
                answer = replace(answer, tool_results=tuple(written))
    if not quiet:
        print()
    assert answer is not None  # the last event is always Done
    return answer


class ToolBar:
    """A tool's progress, on stderr."""

    def __init__(self) -> None:
        self._bar: Any = None

    def draw(self, event: Event) -> None:
        match event:
            case ToolStarted(call):
                self._bar = tqdm(
                    total=1.0,
                    desc=call.name,
                    file=sys.stderr,
                    leave=False,
                    bar_format="{desc}: {percentage:3.0f}%|{bar}| {elapsed}{postfix}",
                    disable=None,
                )
            case ToolProgress(_, fraction, text):
                self._bar.set_postfix_str(text, refresh=False)
                self._bar.update(max(fraction - self._bar.n, 0))
            case ToolFinished():
                self._bar.close()
            case _:
                pass


def write_pictures(result: ToolResult, out: Path) -> ToolResult:
    """Write a result's pictures into `out`; returns the result with the files' names.

    Raises:
        LabError: one cannot be written.
    """
    files = [out / picture.filename for picture in result.pictures]
    try:
        if files:
            out.mkdir(parents=True, exist_ok=True)
        for file, picture in zip(files, result.pictures, strict=True):
            file.write_bytes(picture.data)
    except OSError as error:
        where = error.filename or out  # a full disk is reported without a name
        raise LabError(f"{where}: cannot be written: {error.strerror}; choose another folder "
                       "with --out") from None  # fmt: skip
    return replace(result, files=tuple(map(str, files)))


def draw_figures(summary: dict[str, Any]) -> None:
    """A row per kind of question, then the figures that only the whole has."""
    rows = [*summary["kinds"].items(), ("all", summary)]
    print(f"{'':<14}" + "".join(f"{name:>16}" for name in COLUMNS))
    for kind, figures in rows:
        cells = [figures.get(name, "") for name in COLUMNS]
        print(f"{kind:<14}" + "".join(f"{cell:>16}" for cell in cells))
    rest = {k: v for k, v in summary.items() if k not in COLUMNS and k != "kinds"}
    print("\n" + "\n".join(f"{name:<24} {value}" for name, value in rest.items()))


def draw_differences(rows: Sequence[tuple[str, float | None, float | None]]) -> None:
    print("\nchanged" if rows else "\nnothing changed")
    for name, before, after in rows:
        print(f"{name:<24} {before} -> {after}")


def draw_failures(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        question = outcome.question
        what = "refused" if not outcome.covered else "answered"
        print(f"\n{question.id} ({question.kind}, gold at rank {outcome.rank}, {what})")
        print(f"  {question.question}\n  wanted: {question.keywords}")
        print(textwrap.indent(outcome.text, "  | "))
