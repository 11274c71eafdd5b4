"""Ways of choosing tokens compared by what they write: diversity and repetition in figures.

Used by the lab `sampling`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw

from tutor.config import Sampling
from tutor.labs.lettering import font, wrapped
from tutor.labs.models import LabModels
from tutor.labs.options import SamplingLab
from tutor.labs.pictures import INK, PALETTE, PAPER, WIDTH, charts, picture
from tutor.labs.records import Picture, Progress, Result, Step

DRAWS = 2
"""Continuations of each way."""
_MUTED = "#6B6658"
_NUMBERS = {3: "three", 4: "four", 5: "five"}


@dataclass
class Way:
    """A way of choosing, and what it wrote."""

    name: str
    sampling: Sampling
    colour: str
    texts: list[str] = field(default_factory=list)

    @property
    def draws(self) -> bool:
        """Whether chance has a part in it."""
        return self.sampling.strategy != "greedy" and self.sampling.temperature > 0

    def figures(self) -> dict[str, float]:
        """Diversity and repetition, rounded; see `distinct` and `repeated`."""
        written = [words(text) for text in self.texts]
        return {
            "distinct_1": round(distinct(written, 1), 3),
            "distinct_2": round(distinct(written, 2), 3),
            "repeated_3": round(float(np.mean([repeated(text, 3) for text in written])), 3),
        }


def words(text: str) -> list[str]:
    """A text's words in lower case."""
    return re.findall(r"[\w']+", text.lower())


def _grams(sequence: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return [tuple(sequence[i : i + n]) for i in range(len(sequence) - n + 1)]


def distinct(texts: Sequence[Sequence[str]], n: int) -> float:
    """Different n-grams of all the texts as a share of all (Li et al. 2016, section 5.1)."""
    grams = [gram for text in texts for gram in _grams(text, n)]
    return len(set(grams)) / len(grams) if grams else 0.0


def repeated(text: Sequence[str], n: int) -> float:
    """The share of a text's n-grams that stood in it before (Welleck et al. 2020, section 6.1)."""
    grams = _grams(text, n)
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def ways(options: SamplingLab) -> list[Way]:
    """Greedy decoding, and draws from all, the top k, the nucleus, and above min-p if it is on."""
    base = {
        "repetition_penalty": 1.0,
        "max_new_tokens": options.length,
        "temperature": options.temperature,
    }
    found = [
        Way("greedy", Sampling(strategy="greedy", **base), PALETTE[7]),
        Way("random, from all", Sampling(strategy="random", **base), PALETTE[1]),
        Way(f"top-k, k = {options.top_k}",
            Sampling(strategy="top-k", top_k=options.top_k, **base), PALETTE[0]),
        Way(f"top-p, p = {options.top_p:g}",
            Sampling(strategy="top-p", top_p=options.top_p, **base), PALETTE[2]),
    ]  # fmt: skip
    if options.min_p:
        above = Sampling(strategy="random", min_p=options.min_p, **base)
        found.append(Way(f"min-p, p = {options.min_p:g}", above, PALETTE[3]))
    return found


def compare(options: SamplingLab, rng: np.random.Generator, models: LabModels) -> Iterator[Step]:
    """Continue the prompt in every way, twice each, and compare."""
    compared = ways(options)
    greedy, everything = compared[0], compared[1]
    seeds = [int(seed) for seed in rng.integers(2**31, size=DRAWS)]
    total = (1 + DRAWS * sum(way.draws for way in compared)) * options.length
    done = 0
    for draw in range(DRAWS):
        for way in compared:
            if greedy.texts and not way.draws:
                way.texts.append(greedy.texts[0])  # nothing is drawn: it is the same each time
                continue
            chosen = way.sampling.model_copy(update={"seed": seeds[draw]})
            way.texts.append("")
            for number, piece in enumerate(models.continuation(options.prompt, chosen)):
                way.texts[-1] += piece
                yield Progress(min(0.99, (done + number) / total), f"{way.name}, text {draw + 1}")
            done += options.length
            if draw == 0:
                sheet = draw_texts(options.prompt, compared)
                yield Progress(min(0.99, done / total), f"{way.name} has written", sheet)
    figures = {way.name: way.figures() for way in compared}
    values = {
        "model": models.name,
        "prompt": options.prompt,
        "temperature": options.temperature,
        "min_p": options.min_p,
        "length": options.length,
        "figures": figures,
        "texts": {way.name: way.texts for way in compared},
    }
    again = figures[greedy.name]["repeated_3"]
    repeats = f"{again:.0%} of its runs of three words stood in it before"
    caption = (
        "The same prompt continued by greedy decoding and by "
        f"{_NUMBERS[len(compared) - 1]} kinds of draw, twice each; the model may not end its text. "
        f"Greedy decoding gives the same text each time, and {repeats}; of the draw from all "
        f"tokens' it is {figures[everything.name]['repeated_3']:.0%}. The more freely tokens are "
        "drawn the more varied the text, and the sooner it strays."
        if everything.draws
        else "At temperature 0 nothing is drawn: whichever tokens stay, the likeliest is taken. So "
        f"each way writes the text of greedy decoding, and {repeats}. With a higher temperature "
        "the ways part."
    )
    sheet = draw_texts(options.prompt, compared)
    yield Result(caption, (sheet, draw_figures(compared)), values)


def draw_texts(prompt: str, compared: Sequence[Way]) -> Picture:
    """What each way wrote first, under its name."""
    margin, letters, title = 28, font(28), font(30, "DejaVuSans-Bold")
    lines: list[tuple[str, str, bool]] = []  # text, colour, whether a title
    for line in wrapped(prompt, letters, WIDTH - 2 * margin):
        lines.append((line, _MUTED, False))
    for way in compared:
        lines.append((way.name, way.colour, True))
        text = re.sub(r"\n\s*", "\n", way.texts[0].strip()) if way.texts else "…"
        for line in wrapped(text or "…", letters, WIDTH - 2 * margin):
            lines.append((line, INK, False))
    height = 2 * margin + sum(66 if is_title else 38 for *_, is_title in lines)
    sheet = Image.new("RGB", (WIDTH, height), PAPER)
    canvas = ImageDraw.Draw(sheet)
    y = margin
    for text, colour, is_title in lines:
        y += 24 if is_title else 0
        canvas.text((margin, y), text, colour, title if is_title else letters)
        y += 42 if is_title else 38
    alt = f"The prompt continued in {_NUMBERS[len(compared)]} ways: " + "; ".join(
        f"{way.name}: {way.texts[0].strip()}" for way in compared if way.texts
    )
    return picture("continuations", alt, sheet)


def draw_figures(compared: Sequence[Way]) -> Picture:
    """Diversity and repetition of each way as bars."""
    figures = [way.figures() for way in compared]
    titles = {
        "distinct_1": "Different words\n(distinct-1)",
        "distinct_2": "Different pairs\n(distinct-2)",
        "repeated_3": "Repeated\nthree words",
    }
    rows = np.arange(len(compared))
    with charts(1, 3, height=0.9 * len(compared), sharey=True) as (figure, axes):
        for chart, (key, title) in zip(axes, titles.items(), strict=True):
            shares = [row[key] for row in figures]
            chart.barh(rows, shares, color=[way.colour for way in compared])
            for row, share in enumerate(shares):
                chart.text(share + 0.03, row, f"{share:.0%}", va="center", fontsize=12)
            chart.set(xlim=(0, 1.3), xticks=[0, 0.5, 1])
            chart.set_xticklabels(["0", "50%", "100%"], fontsize=11)
            chart.set_title(title, fontsize=12)
            chart.grid(axis="y", visible=False)
        axes[0].set_yticks(rows, [way.name.replace(", ", ",\n") for way in compared])
        axes[0].invert_yaxis()
    alt = "; ".join(
        f"{way.name}: distinct-2 {row['distinct_2']:.0%}, repeated {row['repeated_3']:.0%}"
        for way, row in zip(compared, figures, strict=True)
    )
    return picture("diversity", alt, figure)
