"""How vectors of meaning are drawn: maps, a matrix of cosines, a list of neighbours."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tutor.labs.embeddings.space import Plane
from tutor.labs.lettering import drawable, font, shortened, wrapped
from tutor.labs.models import Passage
from tutor.labs.pictures import FAINT, INK, PALETTE, PAPER, WIDTH, charts, picture
from tutor.labs.records import Picture

CELLS = 10
"""Sentences of which a matrix can be read."""
ROWS = 10
"""Neighbours that a picture lists."""
OWN_COLOUR = 14
"""Documents that have a colour and a mark of their own; the rest are grey."""
_SHAPES = "os"
_MARKS = re.compile(r"(?m)^\s*(?:#+|[-*])\s|[*`$|]+")
"""Markdown's, which a list of neighbours has no use for."""
_OTHERS = "#B9B4A8"
_SHORT, _DIRECT = 22, 16
"""Letters of a label, and labels, that have room beside their points."""


class Star(NamedTuple):
    """A text on the course's map, and the numbers of its neighbours."""

    point: NDArray[np.float64]
    neighbours: Sequence[int]


class Row(NamedTuple):
    """A neighbour: its cosine, where it stands, its text."""

    similarity: float
    where: str
    text: str


# The course


def course_map(passages: Sequence[Passage], plane: Plane, star: Star | None = None) -> Picture:
    """Passages as points, a colour for each document, its number at its middle."""
    sources = [passage.source for passage in passages]
    common = {name for name, _ in Counter(sources).most_common(OWN_COLOUR)}
    named = [name for name in sorted(set(sources), key=_in_order) if name in common]
    belongs = np.array([named.index(name) if name in common else -1 for name in sources])
    with charts(height=5.2 + 0.25 * -(-len(named) // 2)) as (figure, axes):
        rest = plane.points[belongs < 0]
        axes.scatter(*rest.T, s=22, color=_OTHERS, linewidths=0)
        handles = []
        for number, name in enumerate(named):
            colour, mark = PALETTE[number % 8], _SHAPES[number // 8]
            points = plane.points[belongs == number]
            dots = axes.scatter(*points.T, s=30, color=colour, marker=mark, linewidths=0,
                                alpha=0.8, label=f"{number + 1}  {_titled(name)}")  # fmt: skip
            handles.append(dots)
        if star is None:
            for number in range(len(named)):
                middle = np.median(plane.points[belongs == number], axis=0)
                _numbered(axes, middle, number)
        else:
            near = plane.points[list(star.neighbours)]
            axes.scatter(*near.T, s=150, facecolors="none", edgecolors=INK, linewidths=2)
            axes.scatter(*star.point, s=520, marker="*", color=PALETTE[4], edgecolors=INK,
                         linewidths=1.5, zorder=4)  # fmt: skip
        _bare(axes)
        axes.set_title("The course as a map of meaning" if star is None else
                       "Where the text lies in the course")  # fmt: skip
        legend = figure.legend(handles=handles, loc="outside lower left", ncols=2, fontsize=11,
                               handletextpad=0.2, columnspacing=0.8, markerscale=1.4)  # fmt: skip
        for text in legend.get_texts():
            text.set_parse_math(False)  # a document's name is no formula, whatever stands in it
    alt = f"{len(passages)} passages as points, coloured by document: {', '.join(named)}."
    if star is not None:
        alt += " A star marks the text, rings its nearest passages."
    return picture("embeddings-map", alt, figure)


def _in_order(name: str) -> list[Any]:
    """Numbers in names in their order: unit 2 before unit 10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part)
            for part in re.split(r"(\d+)", name.lower()) if part]  # fmt: skip


def _titled(name: str) -> str:
    """A document's name as words."""
    words = re.sub(r"[-_]+", " ", PurePath(name).stem)
    return drawable(shortened(words, 30))


def place_of(passage: Passage) -> str:
    """Where a passage stands, in few words: its document, and its page or innermost heading."""
    innermost = passage.place.split(" > ")[-1]
    return f"{_titled(passage.source)}, {innermost}" if innermost else _titled(passage.source)


def _numbered(axes: Any, at: NDArray[np.float64], number: int) -> None:
    colour = PALETTE[number % 8]
    shape = "circle,pad=0.25" if number < 8 else "square,pad=0.25"
    box = {"boxstyle": shape, "facecolor": PAPER, "edgecolor": colour, "linewidth": 2.2}
    axes.text(*at, str(number + 1), ha="center", va="center", fontsize=12, weight="bold", bbox=box)


def _bare(axes: Any) -> None:
    """No numbers at the axes: distances alone mean something."""
    axes.set(xticks=[], yticks=[])
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.08)
    for side in axes.spines.values():
        side.set_visible(True)
        side.set_color(FAINT)


# Sentences


def sentence_map(sentences: Sequence[str], plane: Plane) -> Picture:
    """Sentences as points: short and few ones named beside them, others by number in a list."""
    direct = len(sentences) <= _DIRECT and max(map(len, sentences)) <= _SHORT
    with charts(height=5.0) as (figure, axes):
        axes.axhline(0, color=FAINT, linewidth=1)
        axes.axvline(0, color=FAINT, linewidth=1)
        axes.scatter(*plane.points.T, s=90 if direct else 0, color=PALETTE[0], zorder=3)
        _bare(axes)
        axes.margins(0.2 if direct else 0.14)
        if direct:
            _named(figure, axes, sentences, plane)
        else:
            for number, point in enumerate(plane.points):
                box = {"boxstyle": "circle,pad=0.25", "facecolor": PALETTE[0], "edgecolor": PAPER}
                axes.text(*point, str(number + 1), ha="center", va="center", color=PAPER,
                          fontsize=13, weight="bold", bbox=box, zorder=3)  # fmt: skip
        shares = plane.shares
        axes.set_title(f"{len(sentences)} texts as a map of meaning")
        axes.set_xlabel(f"first principal component ({shares[0]:.0%})", fontsize=12)
        axes.set_ylabel(f"second ({shares[1]:.0%})", fontsize=12)
    alt = "Texts as points: " + "; ".join(
        f"{shortened(text, 60)} at {x:.2f}, {y:.2f}"
        for text, (x, y) in zip(sentences, plane.points, strict=True)
    )
    drawn = picture("embeddings-map", alt, figure)
    return drawn if direct else _with_list(drawn, sentences)


def _named(figure: Any, axes: Any, sentences: Sequence[str], plane: Plane) -> None:
    """Names right of their points, or left of those on the right; moved apart where they meet."""
    figure.canvas.draw()
    low, high = axes.get_xlim()
    step = (axes.get_ylim()[1] - axes.get_ylim()[0]) / 17  # a line of text
    taken: list[tuple[float, bool]] = []
    for i in np.argsort(-plane.points[:, 1], kind="stable"):
        x, y = (float(part) for part in plane.points[i])
        left = x > (low + high) / 2
        at = y
        while any(abs(at - other) < step and left == side for other, side in taken):
            at -= step / 4
        taken.append((at, left))
        beside = x + (high - low) * (-0.025 if left else 0.025)
        axes.text(beside, at, drawable(sentences[i]), ha="right" if left else "left", va="center",
                  fontsize=14, parse_math=False)  # fmt: skip


def _with_list(drawn: Picture, sentences: Sequence[str]) -> Picture:
    """The map, and below it each sentence by its number."""
    chart = Image.open(io.BytesIO(drawn.data)).convert("RGB")
    letters, bold = font(28), font(28, "DejaVuSans-Bold")
    lines: list[tuple[str, str]] = []
    for number, text in enumerate(sentences, 1):
        first, *more = wrapped(shortened(text, 140), letters, WIDTH - 130)[:3]
        lines += [(str(number), first), *(("", line) for line in more)]
    sheet = Image.new("RGB", (WIDTH, chart.height + 40 * len(lines) + 40), PAPER)
    sheet.paste(chart, (0, 0))
    canvas = ImageDraw.Draw(sheet)
    for row, (label, line) in enumerate(lines):
        y = chart.height + 12 + 40 * row
        canvas.text((78, y), label, PALETTE[0], bold, anchor="ra")
        canvas.text((98, y), line, INK, letters)
    return picture(drawn.name, drawn.alt, sheet)


def matrix(sentences: Sequence[str], cosines: NDArray[np.float64]) -> Picture:
    """The cosine of each pair, as numbers on colours."""
    n = len(sentences)
    names = [drawable(shortened(text, 24)) for text in sentences]
    labels = [f"{number}  {name}" for number, name in enumerate(names, 1)]
    with charts(height=2.2 + 0.42 * n) as (figure, axes):
        axes.imshow(cosines, vmin=0, vmax=1, aspect="auto")
        size = 13 if n <= 7 else 11
        for i in range(n):
            for j in range(n):
                colour = INK if cosines[i, j] > 0.6 else "#FFFFFF"
                number = f"{cosines[i, j]:.2f}".replace("-", "−")
                axes.text(j, i, number, ha="center", va="center", fontsize=size, color=colour)
        axes.set_xticks(range(n), [str(number + 1) for number in range(n)])
        axes.set_yticks(range(n), labels, fontsize=size, parse_math=False)
        axes.grid(visible=False)
        axes.tick_params(length=0)
        axes.set_title("Cosine of each pair", loc="left")
    alt = "Cosines of all pairs; " + "; ".join(labels)
    return picture("embeddings-cosines", alt, figure)


# Neighbours


def neighbours(query: str, rows: Sequence[Row]) -> Picture:
    """The neighbours of a text, nearest first: a bar for the cosine, then where and what."""
    margin, small, letters, bold = 28, font(25), font(28), font(30, "DejaVuSans-Bold")
    room = WIDTH - 2 * margin
    head = _lines(query, bold, room)
    bodies = [_lines(row.text, letters, room) for row in rows[:ROWS]]
    height = 2 * margin + 42 * len(head) + 16
    height += sum(62 + (36 if row.where else 0) + 38 * len(body)
                  for row, body in zip(rows, bodies, strict=False))  # fmt: skip
    sheet = Image.new("RGB", (WIDTH, height), PAPER)
    canvas = ImageDraw.Draw(sheet)
    y = margin
    for line in head:
        canvas.text((margin, y), line, PALETTE[1], bold)
        y += 42
    y += 16
    for row, body in zip(rows, bodies, strict=False):
        full = room - 110
        canvas.rectangle((margin, y + 6, margin + full, y + 28), FAINT)
        share = max(0.0, row.similarity)
        canvas.rectangle((margin, y + 6, margin + full * share, y + 28), PALETTE[0])
        canvas.text((WIDTH - margin, y), f"{row.similarity:.2f}", INK, bold, anchor="ra")
        y += 38
        if row.where:
            canvas.text((margin, y), drawable(shortened(row.where, 70)), "#6B6658", small)
            y += 36
        for line in body:
            canvas.text((margin, y), line, INK, letters)
            y += 38
        y += 24
    alt = f"Nearest to {shortened(query, 80)}: " + "; ".join(
        f"{row.similarity:.2f} {shortened(row.text, 60)}" for row in rows[:ROWS]
    )
    return picture("embeddings-neighbours", alt, sheet)


def _lines(text: str, letters: ImageFont.FreeTypeFont, room: float) -> list[str]:
    """The first two lines of a text without Markdown's marks; a sign says where it is cut."""
    bare = " ".join(_MARKS.sub(" ", text).split())
    lines = wrapped(bare, letters, room)
    if len(lines) <= 2:
        return lines
    cut = lines[1]
    while letters.getlength(f"{cut} …") > room:
        cut = cut.rpartition(" ")[0] or cut[:-1]
    return [lines[0], f"{cut} …"]
