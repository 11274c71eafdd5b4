"""Language models by characters: n-gram, RNN, LSTM and Transformer on the course's own text.

All read the same characters and are judged on the same text, which none has
learned from, so that their perplexities can be compared. `ngram` and `networks`
are the models, `text` and `course` what they learn, `training` and `reading`
what is done with them, `recall` the test of memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from tutor.errors import LabError
from tutor.labs.digits import evenly
from tutor.labs.language_model import drawing, memory
from tutor.labs.language_model.course import (
    KINDS,
    LIVE_STEPS,
    NAMES,
    ORDER,
    Course,
    Fitting,
    course_of,
)
from tutor.labs.language_model.ngram import NGram
from tutor.labs.language_model.reading import ByCounts, ByNetwork, Reading, write
from tutor.labs.language_model.text import decode, encode, known_words, plain
from tutor.labs.language_model.training import LIVE, perplexity, train
from tutor.labs.models import LabModels
from tutor.labs.options import LanguageModel
from tutor.labs.pictures import moving_picture
from tutor.labs.records import Picture, Progress, Result, Step

FRAMES = 10
SAMPLE = 170
"""Characters that a model writes while it learns."""
SHOWN = 88
"""Characters of the text held out whose surprise is drawn."""
PORTIONS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
"""Shares of the text that the n-gram model learns from, one after the other."""


def run(options: LanguageModel, rng: np.random.Generator, models: LabModels) -> Iterator[Step]:
    """Do what `options.action` names.

    Raises:
        LabError: the prompt has no character that the text has.
    """
    if options.action == "long_range":
        yield from memory.run(options.steps, rng)
        return
    yield Progress(0.02, "reading the course")
    course = course_of(models)
    match options.action:
        case "compare":
            yield from _compare(options, course, rng)
        case "generate":
            yield from _generate(options, course, rng)
        case "train" if options.model == "ngram":
            yield from _count(options, course, rng)
        case "train":
            yield from _train(options, course, rng)


def _about(course: Course) -> dict[str, Any]:
    """What every action tells of the text."""
    return {
        "text": course.named,
        "note": course.note,
        "alphabet": len(course.text.alphabet),
        "characters_learned_from": len(course.text.train),
        "characters_held_out": len(course.text.held_out),
    }


def _noted(caption: str, course: Course) -> str:
    return f"{caption} {course.note}".strip()


# Side by side


def _compare(options: LanguageModel, course: Course, rng: np.random.Generator) -> Iterator[Step]:
    text = course.text
    size = len(text.alphabet)
    letters = perplexity(NGram(text.train, size, 1).log_likelihoods(text.held_out)[1:])
    kinds = ("ngram", *KINDS)
    rows: list[drawing.Row] = []
    figures: dict[str, dict[str, float]] = {}
    tinted: list[drawing.Tinted] = []
    place, shown = _excerpt(course)
    for number, kind in enumerate(kinds):
        fitting = Fitting(kind, course, options.steps)
        yield from fitting.run(rng, number / len(kinds), 0.9 / len(kinds))
        reading = fitting.ready()
        likelihoods = reading.log_likelihoods(text.held_out)
        rows.append(drawing.Row(kind, NAMES[kind], perplexity(likelihoods)))
        figures[kind] = {
            "perplexity": round(rows[-1].perplexity, 4),
            "bits_per_character": round(float(np.log2(rows[-1].perplexity)), 4),
            "parameters": reading.parameters,
        }
        chances = np.exp(likelihoods[place - 1 : place - 1 + len(shown)]).tolist()
        tinted.append(drawing.Tinted(NAMES[kind], drawing.COLOURS[kind], shown, chances))
        awaited = [NAMES[other] for other in kinds[number + 1 :]]
        sheet = drawing.bars(rows, awaited, size, letters)
        yield Progress((number + 1) / (len(kinds) + 0.2), f"{NAMES[kind]} judged", sheet)
    alt = f'The words "{shown}" four times, tinted where each model did not foresee the letter.'
    letters_drawn = drawing.surprise("language-model-surprise", tinted, alt)
    values = {
        **_about(course),
        "perplexity_guessing": size,
        "perplexity_by_letters": round(letters, 4),
        "models": figures,
        "best": min(rows, key=lambda row: row.perplexity).name,
    }
    yield Result(_compared(course, rows, size), (sheet, letters_drawn), values)


def _compared(course: Course, rows: list[drawing.Row], size: int) -> str:
    best = min(rows, key=lambda row: row.perplexity)
    counted = next(row for row in rows if row.kind == "ngram")
    lesson = (
        "on so little text counting does as well as learning: attention needs data, and shows "
        "what it is for in the test of memory (long_range)"
        if best.kind == "ngram"
        else f"the {counted.name} model only counts, and is hard to beat on so little text; what "
        "attention is for shows in the test of memory (long_range)"
    )
    return _noted(
        f"Four models that learned {len(course.text.train):,} characters of {course.named}, judged "
        f"on {len(course.text.held_out):,} that none has seen. A perplexity of "
        f"{best.perplexity:.1f} ({best.name}) means being as undecided as between so many equal "
        f"letters, of {size}; "
        f"{lesson}. Below, orange letters are those that a model did not foresee: mostly the first "
        "of a word.",
        course,
    )


def _excerpt(course: Course) -> tuple[int, str]:
    """A piece of the text held out that begins with a sentence, and its place."""
    whole = decode(course.text.held_out, course.text.alphabet)
    found = re.search(rf"(?<=[.] )[A-Z][^\n]{{{SHOWN}}}", whole[300:])
    start = 300 + found.start() if found else 1
    return start, whole[start : start + SHOWN].rpartition(" ")[0].replace("\n", " ")


# Writing


def _generate(options: LanguageModel, course: Course, rng: np.random.Generator) -> Iterator[Step]:
    alphabet = course.text.alphabet
    prompt = encode(plain(options.prompt), alphabet).tolist()
    if not prompt:
        raise LabError(
            "lab language_model: prompt has no character that the course's text has; the models "
            "know Latin letters, figures and punctuation"
        )
    fitting = Fitting(options.model, course, options.steps)
    yield from fitting.run(rng, 0.0, 0.8)
    written: list[int] = []
    chances: list[float] = [float("nan")] * len(prompt)
    title = f"{NAMES[options.model]} at temperature {options.temperature:g}"
    colour = drawing.COLOURS[options.model]

    def drawn() -> Picture:
        text = decode([*prompt, *written], alphabet)
        row = drawing.Tinted(title, colour, text, chances)
        return drawing.surprise("language-model-text", [row], f"{title} writes: {text}")

    for number, chance in write(fitting.ready(), prompt, options.n, options.temperature, rng):
        written.append(number)
        chances.append(chance)
        done = len(written) / options.n
        frame = drawn() if len(written) in (20, 60, 120) else None
        yield Progress(0.8 + 0.2 * done, f"{len(written)} of {options.n} characters", frame)
    text = decode(written, alphabet)
    bits = float(-np.log2(np.maximum(chances[len(prompt) :], 1e-12)).mean())
    values = {
        **_about(course),
        "model": NAMES[options.model],
        "prompt": decode(prompt, alphabet),
        "temperature": options.temperature,
        "generated": text,
        "bits_per_character": round(bits, 4),
        "words_of_the_course": round(known_words(text, decode(course.text.train, alphabet)), 4),
    }
    caption = _noted(
        f"What the {NAMES[options.model]} writes after the grey prompt, letter by letter. "
        f"{values['words_of_the_course']:.0%} of its words are words of the course, though it was "
        "taught only which letter comes next. Orange letters were unlikely draws: lower the "
        "temperature and there are fewer, but the text repeats itself.",
        course,
    )
    yield Result(caption, (drawn(),), values)


# Learning


def _sample(reading: Reading, course: Course, options: LanguageModel, seed: int) -> str:
    """What the model writes now: the draws are the same each time."""
    alphabet = course.text.alphabet
    prompt = encode(plain(options.prompt), alphabet).tolist() or [0]
    rng = np.random.default_rng(seed)
    drawn = write(reading, prompt, min(options.n, SAMPLE), options.temperature, rng)
    return decode([*prompt, *(number for number, _ in drawn)], alphabet)


def _train(options: LanguageModel, course: Course, rng: np.random.Generator) -> Iterator[Step]:
    kind = next(known for known in KINDS if known == options.model)
    text, name = course.text, NAMES[options.model]
    steps = options.steps or LIVE_STEPS[kind]
    seed, due = int(rng.integers(2**31)), evenly(steps, FRAMES)
    x: list[float] = []
    curves: dict[str, list[float]] = {"text it learns": [], "unseen text": []}
    frames: list[Picture] = []
    sample, losses = "", []
    for state in train(kind, text.train, len(text.alphabet), LIVE[kind], steps, rng):
        losses.append(state.loss)
        line, frame = f"step {state.step} of {steps}, loss {state.loss:.2f} nats", None
        if due(state.step) or state.step in (1, steps):
            reading = ByNetwork(state.network)
            x.append(state.step)
            curves["text it learns"].append(float(np.exp(np.mean(losses))))
            curves["unseen text"].append(perplexity(reading.log_likelihoods(text.tuning)))
            losses = []
            sample = _sample(reading, course, options, seed)
            frame = drawing.training(options.model, name, x, curves, steps, "step", sample)
            frames.append(frame)
        yield Progress(state.step / steps, line, frame)
    final = perplexity(reading.log_likelihoods(text.held_out))
    caption = (
        f"The {name} learning from nothing which letter comes next, in {steps} steps: first it "
        f"knows the frequent letters, then short words, then phrases. Perplexity falls from "
        f"{len(text.alphabet)}, that of blind guessing, to {final:.1f} on text that it never saw; "
        "where the two curves part it begins to learn by heart."
    )
    yield _learned(options, course, frames, caption, final, x, curves, sample)


def _count(options: LanguageModel, course: Course, rng: np.random.Generator) -> Iterator[Step]:
    """The n-gram model learns in one pass: what grows is the text that it counts."""
    text, seed = course.text, int(rng.integers(2**31))
    x: list[float] = []
    curves: dict[str, list[float]] = {"text it counted": [], "unseen text": []}
    frames: list[Picture] = []
    for number, portion in enumerate(PORTIONS, 1):
        part = text.train[: max(ORDER, round(portion * len(text.train)))]
        reading = ByCounts(NGram(part, len(text.alphabet), ORDER))
        x.append(len(part))
        curves["text it counted"].append(perplexity(reading.log_likelihoods(part[-8000:])))
        curves["unseen text"].append(perplexity(reading.log_likelihoods(text.tuning)))
        sample = _sample(reading, course, options, seed)
        frame = drawing.training("ngram", NAMES["ngram"], x, curves, len(text.train),
                                 "characters counted", sample)  # fmt: skip
        frames.append(frame)
        yield Progress(number / len(PORTIONS), f"{len(part):,} characters counted", frame)
    final = perplexity(reading.log_likelihoods(text.held_out))
    caption = (
        f"The {NAMES['ngram']} model learns by counting what follows each {ORDER - 1} characters: "
        f"one pass, no steps. The text it counted it knows nearly by heart; on unseen text the "
        f"perplexity falls to {final:.1f}, and only more text would lower it."
    )
    yield _learned(options, course, frames, caption, final, x, curves, sample)


def _learned(
    options: LanguageModel, course: Course, frames: list[Picture], caption: str, final: float,
    x: list[float], curves: dict[str, list[float]], sample: str,
) -> Result:  # fmt: skip
    values = {
        **_about(course),
        "model": NAMES[options.model],
        "at": [int(place) for place in x],
        "perplexity": {
            name: [round(value, 4) for value in curve] for name, curve in curves.items()
        },
        "perplexity_held_out": round(final, 4),
        "sample": sample,
    }
    film = moving_picture("language-model-film", "The model learning to write.", frames, 600)
    return Result(_noted(caption, course), (frames[-1], film), values)
