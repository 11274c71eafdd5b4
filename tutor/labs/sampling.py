"""How a language model chooses its next token, shown on the tutor's own.

The prompt stands as it is, without a chat's template: the model goes on with
it. What temperature and truncation do is computed by the tutor's own code.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tutor.config import Sampling
from tutor.labs import continuations
from tutor.labs.lettering import shortened, visible
from tutor.labs.models import LabModels
from tutor.labs.options import SamplingLab
from tutor.labs.pictures import FAINT, INK, PALETTE, charts, picture
from tutor.labs.records import Picture, Progress, Result, Step

SHOWN = 12
"""Tokens in a chart."""
FRAMES = 8
_CUT = "#B9B4A8"

Probabilities = NDArray[np.float64]


def run(options: SamplingLab, rng: np.random.Generator, models: LabModels) -> Iterator[Step]:
    """Do what `options.action` names."""
    yield Progress(0.05, "loading the language model")
    match options.action:
        case "probabilities":
            yield from _probabilities(options, models)
        case "draw":
            yield from _draw(options, rng, models)
        case "compare":
            yield from continuations.compare(options, rng, models)


def sampling_of(options: SamplingLab) -> Sampling:
    """The options as the tutor's own record, without repetition penalty."""
    return Sampling(
        strategy=options.strategy,
        temperature=options.temperature,
        top_k=options.top_k,
        top_p=options.top_p,
        min_p=options.min_p,
        repetition_penalty=1.0,
        max_new_tokens=options.length,
    )


def named(options: SamplingLab) -> str:
    """The way of choosing in words: "top-p 0.9 at temperature 0.7"."""
    if options.strategy == "greedy" or options.temperature == 0:
        return "greedy decoding"
    limit = {"top-k": f" {options.top_k}", "top-p": f" {options.top_p:g}"}
    least = f" with min-p {options.min_p:g}" if options.min_p else ""
    way = "all tokens" if options.strategy == "random" else options.strategy
    chosen = f"{way}{limit.get(options.strategy, '')}{least}"
    return f"{chosen} at temperature {options.temperature:g}"


def entropy(probabilities: Probabilities) -> float:
    """-sum p log2 p, in bits (Shannon 1948, section 6)."""
    some = probabilities[probabilities > 0]
    return float(-(some * np.log2(some)).sum()) + 0.0  # never -0


# The probabilities


def _probabilities(options: SamplingLab, models: LabModels) -> Iterator[Step]:
    logits = models.next_logits(options.prompt)
    yield Progress(0.8, "drawing the chart")
    before = models.probabilities(logits, Sampling(strategy="random", repetition_penalty=1.0))
    after = models.probabilities(logits, sampling_of(options))
    order = np.argsort(-before, kind="stable")[:SHOWN]
    spelled = [str(models.token(int(token))) for token in order]
    kept = int((after > 0).sum())
    values = {
        "model": models.name,
        "prompt": options.prompt,
        "strategy": named(options),
        "vocabulary": len(before),
        "kept": kept,
        "kept_probability": round(float(before[after > 0].sum()), 5),
        "entropy_before_bits": round(entropy(before), 4),
        "entropy_after_bits": round(entropy(after), 4),
        "top": [
            {
                "token": text,
                "id": int(token),
                "before": round(float(before[token]), 6),
                "after": round(float(after[token]), 6),
            }
            for text, token in zip(spelled, order, strict=True)
        ],
    }
    caption = (
        f'What may follow "{shortened(options.prompt, 60)}": on the left as {models.name} has it, '
        f"on the right what is drawn from with {named(options)}. {kept:,} of {len(before):,} "
        f"tokens stay, which had {before[after > 0].sum():.0%} of the probability; the grey ones "
        f"are cut off. The choice falls from {entropy(before):.1f} to {entropy(after):.1f} bits."
        if entropy(after) <= entropy(before)
        else f'What may follow "{shortened(options.prompt, 60)}": on the left as {models.name} '
        f"has it, on the right with {named(options)}, which makes the unlikely more likely: "
        f"the choice grows from {entropy(before):.1f} to {entropy(after):.1f} bits."
    )
    rows = [(visible(shortened_token(text)), float(before[token]), float(after[token]))
            for text, token in zip(spelled, order, strict=True)]  # fmt: skip
    drawn = _draw_probabilities(options, [*rows, *_rest(before, after, order)])
    yield Result(caption, (drawn,), values)


Row = tuple[str, float, float]
"""A bar's label, its probability before, and after."""


def _rest(before: Probabilities, after: Probabilities, shown: NDArray[np.int64]) -> Iterator[Row]:
    """All tokens that have no bar of their own: those that stay, and those cut off."""
    others = np.ones(len(before), bool)
    others[shown] = False
    for part, name in ((others & (after > 0), "others"), (others & (after == 0), "more")):
        if part.any():
            yield f"{part.sum():,} {name}", float(before[part].sum()), float(after[part].sum())


def _draw_probabilities(options: SamplingLab, bars: list[Row]) -> Picture:
    labels, before, after = (list(column) for column in zip(*bars, strict=True))
    rows = np.arange(len(labels))
    with charts(1, 2, height=6.6, sharey=True) as (figure, (left, right)):
        left.barh(rows, before, color=[PALETTE[0] if share > 0 else _CUT for share in after])
        right.barh(rows, after, color=PALETTE[1])
        for axes, shares in ((left, before), (right, after)):
            most = max(shares)
            axes.set_xlim(0, most * 1.38)
            for row, share in enumerate(shares):
                gone = axes is right and share == 0
                note = "cut off" if gone else _percent(share)
                axes.text(share + most * 0.03, row, note, va="center", fontsize=11,
                          color="#8A8578" if gone else INK)  # fmt: skip
            axes.xaxis.set_major_formatter(lambda x, _: f"{x:.0%}")
            axes.locator_params(axis="x", nbins=3)
            axes.grid(axis="y", visible=False)
        left.set_yticks(rows, labels, fontsize=13, parse_math=False)  # "$$" is a token
        left.invert_yaxis()
        left.set_title("The model's own")
        right.set_title(named(options).replace(" at ", "\nat "), fontsize=13)
    alt = (
        f"Bars of the {min(len(labels), SHOWN)} likeliest next tokens, before and after "
        f"{named(options)}; the likeliest is {labels[0]!r} with {before[0]:.0%}."
    )
    return picture("probabilities", alt, figure)


def shortened_token(text: str) -> str:
    return text if len(text) <= 14 else f"{text[:13]}…"


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.0995 else f"{share:.1%}" if share >= 0.00095 else "< 0.1%"


# Draws counted


def _draw(options: SamplingLab, rng: np.random.Generator, models: LabModels) -> Iterator[Step]:
    """Draw the next token `n` times, always after the same prompt, and count."""
    sampling = sampling_of(options)
    logits = models.next_logits(options.prompt)
    theory = models.probabilities(logits, sampling)
    counts = np.zeros(len(theory), np.int64)
    due = {max(1, options.n * k // FRAMES) for k in range(1, FRAMES)}
    for number in range(1, options.n + 1):
        counts[models.draw(logits, sampling, rng)] += 1
        if number in due:
            so_far = _draw_counts(options, models, theory, counts)
            yield Progress(number / options.n, f"{number} of {options.n} drawn", so_far)
        elif number % 25 == 0:
            yield Progress(number / options.n, f"{number} of {options.n} drawn")
    shown = _order(theory, counts)
    statistic, freedom, p = chi_square(theory, counts)
    values = {
        "model": models.name,
        "prompt": options.prompt,
        "strategy": named(options),
        "n": options.n,
        "different": int((counts > 0).sum()),
        "possible": int((theory > 0).sum()),
        "chi_square": None if statistic is None else round(statistic, 3),
        "degrees_of_freedom": freedom,
        "p_value": None if p is None else round(p, 4),
        "top": [
            {
                "token": str(models.token(int(token))),
                "id": int(token),
                "expected": round(float(theory[token]) * options.n, 3),
                "drawn": int(counts[token]),
            }
            for token in shown
        ],
    }
    test = (
        f" A chi-square test finds a p-value of {p:.2f}: such gaps or larger are to be expected "
        "in that share of all repetitions."
        if p is not None
        else ""
    )
    caption = (
        f'The token after "{shortened(options.prompt, 60)}", drawn {options.n} times with '
        f"{named(options)}: bars are the counts, dots what theory expects with its spread of two "
        f"standard deviations.{test}"
    )
    yield Result(caption, (_draw_counts(options, models, theory, counts),), values)


def _order(theory: Probabilities, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The likeliest tokens that may be drawn."""
    order = np.argsort(-theory, kind="stable")[:SHOWN]
    return order[(theory[order] > 0) | (counts[order] > 0)]


def _draw_counts(
    options: SamplingLab, models: LabModels, theory: Probabilities, counts: NDArray[np.int64]
) -> Picture:
    order = _order(theory, counts)
    drawn, labels = int(counts.sum()), [visible(shortened_token(str(models.token(int(t)))))
                                        for t in order]  # fmt: skip
    p, seen = theory[order], counts[order]
    if (rest := 1 - p.sum()) > 0 and rest > 1e-9:
        labels, p = [*labels, "all others"], np.append(p, rest)
        seen = np.append(seen, drawn - seen.sum())
    rows, expected = np.arange(len(labels)), p * drawn
    with charts(1, 1, height=6.2) as (figure, axes):
        axes.barh(rows, seen, color=PALETTE[4], label="drawn")
        spread = 2 * np.sqrt(expected * (1 - p))
        low = np.minimum(spread, expected)
        axes.errorbar(expected, rows, xerr=[low, spread], fmt="o", color=PALETTE[0],
                      ecolor=PALETTE[0], capsize=4, linewidth=2, label="expected")  # fmt: skip
        axes.set_yticks(rows, labels, parse_math=False)
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        axes.set(xlabel=f"times in {drawn} draws", title=named(options).capitalize())
        axes.set_xlim(0, max(1, (expected + spread).max(), seen.max()) * 1.05)
        axes.legend(loc="lower right", facecolor=FAINT)
    alt = (
        f"Counts of {drawn} draws beside what is expected; {labels[0]!r} came {seen[0]} times "
        f"where {expected[0]:.1f} are expected."
    )
    return picture("draws", alt, figure)


def chi_square(
    theory: Probabilities, counts: NDArray[np.int64], least: float = 5.0
) -> tuple[float | None, int, float | None]:
    """Pearson's statistic of counts against probabilities, degrees of freedom, p-value.

    Tokens that are expected fewer than `least` times count together (Cochran
    1952). With one cell left there is nothing to test: None, 0, None.
    """
    from scipy.special import chdtrc

    n = int(counts.sum())
    large = theory * n >= least
    expected = np.append(theory[large] * n, theory[~large].sum() * n)
    seen = np.append(counts[large], counts[~large].sum())
    if expected[-1] < least:  # the rest is too small for a cell of its own
        smallest = int(np.argmin(expected[:-1])) if large.any() else 0
        expected[smallest] += expected[-1]
        seen[smallest] += seen[-1]
        expected, seen = expected[:-1], seen[:-1]
    if len(expected) < 2:
        return None, 0, None
    statistic = float(((seen - expected) ** 2 / expected).sum())
    return statistic, len(expected) - 1, float(chdtrc(len(expected) - 1, statistic))
