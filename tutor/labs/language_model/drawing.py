"""How the language models are drawn: bars, letters tinted by surprise, curves."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from tutor.labs.lettering import font, visible
from tutor.labs.pictures import FAINT, INK, PALETTE, PAPER, WIDTH, charts, picture
from tutor.labs.records import Picture

COLOURS = {
    "ngram": PALETTE[7],
    "rnn": PALETTE[1],
    "lstm": PALETTE[0],
    "transformer": PALETTE[2],
}
MARKERS = {"ngram": "s", "rnn": "^", "lstm": "D", "transformer": "o"}
MOST_BITS = 6.0
"""Surprise at which the tint is full."""
_FULL = "#F2A35E"
_MUTED = "#6B6658"
_MARGIN, _ROW, _LETTERS = 28, 46, 44
"""Pixels at the edge and from line to line; letters in a line."""


class Row(NamedTuple):
    """A model's bar: its kind, its name and its perplexity."""

    kind: str
    name: str
    perplexity: float


def bars(rows: Sequence[Row], awaited: Sequence[str], blind: float, letters: float) -> Picture:
    """Perplexity of each model on the text held out; of `awaited` ones the names alone.

    `blind` is that of guessing without any knowledge, `letters` of knowing letters' frequencies.
    """
    names = [*(row.name for row in rows), *awaited]
    best = min(row.perplexity for row in rows)
    with charts(height=1.5 + 0.62 * len(names)) as (figure, axes):
        for place, row in enumerate(rows):
            axes.barh(place, row.perplexity, color=COLOURS[row.kind], height=0.66)
            bold = "bold" if row.perplexity == best and not awaited else "normal"
            note = f" {row.perplexity:.2f}  ({np.log2(row.perplexity):.2f} bits)"
            axes.text(row.perplexity, place, note, va="center", weight=bold)
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.45, -0.55)
        axes.set_xlim(0, 1.5 * max(row.perplexity for row in rows))
        axes.grid(axis="y", visible=False)
        axes.tick_params(axis="y", length=0)
        axes.set_title("Perplexity per character (less is better)")
        axes.set_xlabel(f"guessing blindly: {blind:.0f};  by letters' frequency: {letters:.1f}")
    told = "; ".join(f"{row.name} {row.perplexity:.2f}" for row in rows)
    alt = f"Bars of perplexity on unseen text: {told}."
    return picture("language-model-perplexity", alt, figure)


# Letters


class Tinted(NamedTuple):
    """A text and the probability [n] of each of its letters; nan: it was given, not predicted."""

    title: str
    colour: str
    text: str
    probabilities: Sequence[float]


def surprise(name: str, texts: Sequence[Tinted], alt: str) -> Picture:
    """Texts whose letters are tinted by -log2 of their probabilities: orange is unforeseen."""
    letters, bold = font(36, "DejaVuSansMono"), font(28, "DejaVuSans-Bold")
    wide = letters.getlength("m")
    broken = [_lines(text.text) for text in texts]
    tall = sum(62 + _ROW * len(lines) for lines in broken) + _MARGIN + 60
    sheet = Image.new("RGB", (WIDTH, tall), PAPER)
    canvas = ImageDraw.Draw(sheet)
    y = 14
    for tinted, lines in zip(texts, broken, strict=True):
        canvas.text((_MARGIN, y + 8), tinted.title, tinted.colour, bold)
        y += 52
        for start, end in lines:
            x = float(_MARGIN)
            for place in range(start, end):
                share = tinted.probabilities[place]
                if not np.isnan(share):
                    canvas.rectangle((x, y, x + wide, y + _ROW - 4), tint(share))
                ink = _MUTED if np.isnan(share) else INK
                canvas.text((x, y), visible(tinted.text[place]).replace("·", " "), ink, letters)
                x += wide
            y += _ROW
        y += 10
    _legend(canvas, y + 6)
    return picture(name, alt, sheet)


def tint(probability: float) -> tuple[int, ...]:
    """The background of a letter that had this probability."""
    bits = -np.log2(max(probability, 1e-9))
    share = min(bits / MOST_BITS, 1.0)
    pale, full = (np.array(ImageColor.getrgb(colour)) for colour in ("#FFFFFF", _FULL))
    return tuple(int(part) for part in np.round((1 - share) * pale + share * full))


def _lines(text: str) -> list[tuple[int, int]]:
    """Where each line of at most _LETTERS letters starts and ends; broken at spaces."""
    lines, start = [], 0
    while start < len(text):
        newline = text.find("\n", start, start + _LETTERS) + 1
        end = newline or min(start + _LETTERS, len(text))
        space = text.rfind(" ", start, end) + 1
        if not newline and end < len(text) and space > start:
            end = space
        lines.append((start, end))
        start = end
    return lines


def _legend(canvas: ImageDraw.ImageDraw, y: float) -> None:
    small, x = font(24), float(_MARGIN)
    for words, probability in (("foreseen", 1.0), ("3 bits", 1 / 8), ("6 bits or more", 1 / 64)):
        canvas.rectangle((x, y, x + 40, y + 28), tint(probability), FAINT)
        canvas.text((x + 52, y), words, INK, small)
        x += 52 + small.getlength(words) + 40


# Training


def training(
    kind: str, name: str, x: Sequence[float], curves: Mapping[str, Sequence[float]], end: float,
    label: str, sample: str,
) -> Picture:  # fmt: skip
    """Perplexity so far above, a text written by the model as it is now below.

    `curves` are perplexities by name at the places `x`; the last is of unseen text.
    """
    with charts(2, 1, height=5.6, height_ratios=[1.4, 1]) as (figure, (above, below)):
        styles = (("#8A8578", "--"), (COLOURS[kind], "-"))
        for (curve, values), (colour, line) in zip(curves.items(), styles, strict=False):
            above.plot(x, values, line, color=colour, marker="o", markersize=4, label=curve)
        above.set(xlim=(0, end), xlabel=label, yscale="log")
        above.set_title(f"{name}: perplexity per character")
        above.yaxis.set_major_formatter("{x:g}")
        above.yaxis.set_minor_formatter("")
        above.set_yticks([2, 3, 5, 10, 20, 50])
        above.set_ylim(1.6, 100)
        above.xaxis.set_major_formatter("{x:,.0f}")
        above.locator_params(axis="x", nbins=6)
        above.legend(loc="upper right")
        below.set_axis_off()
        below.set_title("What it writes now")
        line = visible(sample).replace("·", " ").replace("↵", " ↵ ")
        for row, part in enumerate(textwrap.wrap(line, 50)[:5]):
            place = {"va": "top", "transform": below.transAxes}
            below.text(0, 1 - row / 5, part, family="DejaVu Sans Mono", fontsize=13, **place)
    last = ", ".join(f"{curve} {values[-1]:.2f}" for curve, values in curves.items())
    alt = f"Perplexity of the {name}, {last}; below, a text that it writes: {sample}"
    return picture("language-model-train", alt, figure)


# The test of memory


def memory(
    accuracies: Mapping[str, Sequence[float]], names: Mapping[str, str], bins: Sequence[int],
    chance: float, example: str,
) -> Picture:  # fmt: skip
    """Share of right answers over the distance of the fact, a curve for each model."""
    labels = [str(low) if high == low + 1 else f"{low}–{high - 1}"
              for low, high in itertools.pairwise(bins)]  # fmt: skip
    with charts(height=4.9) as (figure, axes):
        for kind, shares in accuracies.items():
            axes.plot(range(len(shares)), shares, marker=MARKERS[kind], markersize=8,
                      color=COLOURS[kind], label=names[kind])  # fmt: skip
        axes.axhline(chance, color="#8A8578", linestyle=":", linewidth=2)
        axes.text(len(labels) - 1, chance - 0.02, "chance", ha="right", va="top", fontsize=12)
        axes.set_xticks(range(len(labels)), labels)
        axes.set(ylim=(0, 1.04), xlim=(-0.2, len(labels) - 0.8))
        axes.set_xlabel("how many tokens back the fact stands")
        axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
        axes.set_title(f"Right answers in a test of memory\n{example}")
        figure.legend(loc="outside lower center", ncols=4, columnspacing=1.2, handlelength=1.5)
    told = "; ".join(
        f"{names[kind]} from {shares[0]:.0%} to {shares[-1]:.0%}"
        for kind, shares in accuracies.items()
    )
    return picture("language-model-memory", f"Right answers, near facts to far: {told}.", figure)
