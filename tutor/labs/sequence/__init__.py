"""A hidden Markov model: the weather is hidden, umbrellas are seen.

`sample` shows how the model makes a sequence; `decode` finds the hidden
weather again from the umbrellas, by Viterbi and by forward-backward, and
compares with reading each day's umbrella by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tutor.labs.options import Sequence
from tutor.labs.pictures import percent
from tutor.labs.records import Picture, Progress, Result, Step
from tutor.labs.sequence import drawing
from tutor.labs.sequence.markov import RAIN, UMBRELLA, Floats, Markov, Numbers, weather

_LONG_RUN = 5000  # days


def run(options: Sequence, rng: np.random.Generator) -> Iterator[Step]:
    """Sample a sequence, or sample one and decode it."""
    model = weather(options.stay, options.clarity)
    states, seen = model.sample(options.n, rng)
    if options.action == "sample":
        yield from _sample(options, model, states, seen)
    else:
        yield from _decode(options, model, states, seen, rng)


def _sample(options: Sequence, model: Markov, states: Numbers, seen: Numbers) -> Iterator[Step]:
    n = options.n
    frames: list[Picture] = []
    days = sorted({*range(1, min(n, 8) + 1), *np.linspace(1, n, 10).astype(int).tolist()})
    for day in days:
        frames.append(drawing.walk(model, states[:day], seen[:day], n))
        yield Progress(day / n, f"day {day}", frames[-1])
    spells = 1 + int((states[1:] != states[:-1]).sum())
    expected = f"; the model expects {1 / (1 - options.stay):.1f}" if options.stay < 1 else ""
    caption = (
        "Each day the state stays or changes by the arrows, then shows an umbrella or none: you "
        f"would see the lower strip alone. Here a spell of one weather lasts {n / spells:.1f} days "
        f"on average{expected}."
    )
    values = {
        "n": n,
        "states": [("sun", "rain")[state] for state in states],
        "observations": [("none", "umbrella")[sight] for sight in seen],
        "share_of_rain": float((states == RAIN).mean()),
        "expected_share_of_rain": float(model.stationary[RAIN]),
        "share_of_umbrellas": float((seen == UMBRELLA).mean()),
        "mean_spell": n / spells,
        "expected_spell": 1 / (1 - options.stay) if options.stay < 1 else None,
        "transition": model.transition.round(12).tolist(),
        "emission": model.emission.round(12).tolist(),
    }
    final = replace(frames[-1], name="sequence-sample")
    yield Result(caption, (final, drawing.walking(frames, n)), values)


def _decode(
    options: Sequence, model: Markov, states: Numbers, seen: Numbers, rng: np.random.Generator
) -> Iterator[Step]:
    yield Progress(0.05, f"decoding {options.n} days")
    path, log_path = model.viterbi(seen)
    filtered, log_likelihood = model.forward(seen)
    smoothed = model.posterior(seen)
    alone = model.alone(seen)
    guesses = {"alone": alone, "viterbi": path, "posterior": smoothed.argmax(axis=1)}
    names = {"alone": "umbrella", "viterbi": "Viterbi", "posterior": "posterior"}
    rows: list[drawing.Strip] = [
        ("seen", seen, drawing.SIGHT, None),
        ("weather", states, drawing.WEATHER, None),
        *(
            (drawing.share_right(names[key], guess, states), guess, drawing.WEATHER, states)
            for key, guess in guesses.items()
        ),
    ]
    shown = drawing.decoded(rows, filtered[:, RAIN], smoothed[:, RAIN], states)
    yield Progress(0.3, "forward, then backward", shown)
    frames = []
    for fraction, frame in _sweeps(seen, states, filtered[:, RAIN], smoothed[:, RAIN]):
        frames.append(frame)
        yield Progress(0.3 + 0.6 * fraction, "forward, then backward", frame)
    right = {key: float((guess == states).mean()) for key, guess in guesses.items()}
    in_long_run = long_run(model, rng)
    values = {
        "n": options.n,
        "accuracy_alone": right["alone"],
        "accuracy_viterbi": right["viterbi"],
        "accuracy_posterior": right["posterior"],
        "long_run_accuracy": in_long_run,
        "log_likelihood": log_likelihood,
        "viterbi_log_probability": log_path,
        "states": states.tolist(),
        "observations": seen.tolist(),
        "viterbi": path.tolist(),
        "posterior_rain": smoothed[:, RAIN].round(4).tolist(),
    }
    caption = (
        f"Reading each day's umbrella alone is right on {percent(right['alone'], 0)} of the days, "
        f"the most probable path (Viterbi) on {percent(right['viterbi'], 0)}, each day's own "
        f"probability on {percent(right['posterior'], 0)}. {_lesson(options, in_long_run)}"
    )
    yield Result(caption, (shown, drawing.sweeping(frames)), values)


def _lesson(options: Sequence, in_long_run: dict[str, float]) -> str:
    """What the model's memory is worth, from the long run, since a short one is ruled by luck."""
    gain = in_long_run["posterior"] - in_long_run["alone"]
    told = (
        f"In the long run it is {percent(in_long_run['alone'])} against "
        f"{percent(in_long_run['posterior'])}"
    )
    if gain > 0.005:
        return f"{told}: the days around correct what one umbrella gets wrong."
    if options.clarity in (0.5, 1):
        why = "never errs" if options.clarity == 1 else "tells nothing"
        return f"{told}: the umbrella {why}, so nothing is to be gained."
    if abs(options.stay - 0.5) < 0.05:
        return (
            f"{told}: the weather hardly remembers the day before, so the days around say little."
        )
    if options.clarity < 0.55 or options.clarity > 0.99:
        why = "tells next to nothing" if options.clarity < 0.55 else "hardly ever errs"
        return f"{told}: the umbrella {why}, so next to nothing is to be gained."
    return (
        f"{told}: one umbrella is nearly always surer than what the days around say together, so "
        "next to nothing is corrected."
    )


def _sweeps(
    seen: Numbers, states: Numbers, filtered: Floats, smoothed: Floats
) -> Iterator[tuple[float, Picture]]:
    """Frames of the forward and of the backward pass, eight each, with the share that is done."""
    n = len(seen)
    stops = sorted({int(stop) for stop in np.linspace(1, n, 8)})
    for number, stop in enumerate(stops):
        known = np.where(np.arange(n) < stop, filtered, np.nan)
        title = f"Forward, day {stop}: what do the days so far say?"
        frame = drawing.sweep(title, seen, states, known, np.full(n, np.nan))
        yield (number + 1) / (2 * len(stops)), frame
    for number, stop in enumerate(reversed(stops)):
        known = np.where(np.arange(n) >= stop - 1, smoothed, np.nan)
        title = f"Backward, day {stop}: later days correct"
        frame = drawing.sweep(title, seen, states, filtered, known)
        yield 0.5 + (number + 1) / (2 * len(stops)), frame


def long_run(model: Markov, rng: np.random.Generator) -> dict[str, float]:
    """The share of right days over 5,000 fresh ones: alone, by Viterbi, by forward-backward."""
    states, seen = model.sample(_LONG_RUN, rng)
    return {
        "alone": float((model.alone(seen) == states).mean()),
        "viterbi": float((model.viterbi(seen)[0] == states).mean()),
        "posterior": float((model.posterior(seen).argmax(axis=1) == states).mean()),
    }
