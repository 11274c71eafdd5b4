"""Generative against discriminative: naive Bayes beside logistic regression.

Naive Bayes models how each class makes its points, p(x | y) p(y), and turns
that round by Bayes' rule; logistic regression models p(y | x) alone. The first
learns from little data and can make new points; the second is right in the end
where the first one's assumption is wrong (Ng and Jordan 2001).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutor.labs.classifier import drawing
from tutor.labs.classifier.bayes import Floats, GaussianNaiveBayes, Labels, probability
from tutor.labs.classifier.logistic import Logistic
from tutor.labs.classifier.points import Shape, best_log_odds, draw, draw_many
from tutor.labs.classifier.spam import Messages, Readers, held_out_accuracy, words_of
from tutor.labs.options import Classifier
from tutor.labs.pictures import percent
from tutor.labs.records import Progress, Result, Step
from tutor.labs.usual import POINTS

_TEST_POINTS = 5000
_HARDLY_PENALISED = 1000.0
_SHAPES = {
    "correlated": "naive Bayes draws upright ellipses, so it misses that the features go together",
    "independent": "the features are independent, as naive Bayes assumes",
    "ring": "one class surrounds the other, which no straight line can follow",
}


def run(options: Classifier, rng: np.random.Generator) -> Iterator[Step]:
    """What the action names: boundaries, a learning curve, new points, or a message's words."""
    match options.action:
        case "boundary":
            yield from _boundary(options.shape, options.n or POINTS["boundary"], rng)
        case "curve":
            yield from _curve(options.shape, options.n or POINTS["curve"], rng)
        case "sample":
            yield from _sample(options.shape, options.n or POINTS["sample"], rng)
        case "spam":
            yield from _spam(options.text, rng)


def _accuracy(log_odds: Floats, y: Labels) -> float:
    return float(((log_odds > 0) == (y == 1)).mean())


def _boundary(shape: Shape, n: int, rng: np.random.Generator) -> Iterator[Step]:
    x, y = draw(shape, n, rng)
    yield Progress(0.1, f"learning from {n} points")
    bayes, logistic = GaussianNaiveBayes.fit(x, y), Logistic.fit(x, y)
    new_x, new_y = draw(shape, _TEST_POINTS, rng)
    of_bayes, of_logistic, best = (
        _accuracy(log_odds, new_y)
        for log_odds in (
            bayes.log_odds(new_x),
            logistic.log_odds(new_x),
            best_log_odds(shape, new_x),
        )
    )
    shown = drawing.boundaries(
        x,
        y,
        [
            (f"Naive Bayes: {percent(of_bayes, 0)}", bayes.log_odds),
            (f"Logistic regr.: {percent(of_logistic, 0)}", logistic.log_odds),
        ],
        bayes,
    )
    caption = (
        f"Both learned from the same {n} points: {_SHAPES[shape]}. On {_TEST_POINTS:,} new points "
        f"naive Bayes (left; its ellipses model each class) is right {percent(of_bayes)} of the "
        "time, logistic regression (right; it models the boundary alone) "
        f"{percent(of_logistic)}; the best possible is {percent(best)}."
    )
    values: dict[str, Any] = {
        "shape": shape,
        "n": n,
        "naive_bayes_accuracy": of_bayes,
        "logistic_regression_accuracy": of_logistic,
        "best_possible_accuracy": best,
        "naive_bayes_means": bayes.mean.tolist(),
        "naive_bayes_variances": bayes.variance.tolist(),
        "logistic_regression_weights": logistic.weights.tolist(),
        "logistic_regression_bias": logistic.bias,
    }
    yield Result(caption, (shown,), values)


# The learning curve


def _curve(shape: Shape, n: int, rng: np.random.Generator) -> Iterator[Step]:
    """Both on the same training sets of ever more points; see `crossing` for what to look for."""
    test = draw_many(shape, _TEST_POINTS, rng)
    sizes = sorted({round(size) for size in np.geomspace(min(n, 10), n, 10)})
    errors: list[NDArray[np.float64]] = []
    repetitions = 24
    for number, size in enumerate(sizes):
        runs = [_errors(shape, size, test, rng) for _ in range(repetitions)]
        errors.append(np.array(runs))
        shown = drawing.learning_curve(sizes[: number + 1], np.stack(errors))
        yield Progress((number + 1) / len(sizes), f"{size} training points", shown)
    mean = np.stack(errors).mean(axis=1)  # [sizes, 2]
    crossed = crossing(sizes, mean)
    ahead = "naive Bayes" if mean[-1, 0] < mean[-1, 1] else "logistic regression"
    level = abs(mean[-1, 0] - mean[-1, 1]) < 0.005
    where = (
        f"logistic regression overtakes it at about {crossed:,}"
        if crossed and not level
        else f"with {sizes[-1]:,} points {'they are level' if level else f'{ahead} is ahead'}"
    )
    caption = (
        f"Error on new points, the mean of {repetitions} training sets of each size. Naive Bayes "
        f"needs fewer points to come near its best; {where}: {percent(mean[-1, 0])} against "
        f"{percent(mean[-1, 1])} in the end."
    )
    values = {
        "shape": shape,
        "sizes": sizes,
        "naive_bayes_error": mean[:, 0].tolist(),
        "logistic_regression_error": mean[:, 1].tolist(),
        "logistic_regression_ahead_from": crossed,
    }
    yield Result(caption, (shown,), values)


def _errors(
    shape: Shape, n: int, test: tuple[Floats, Labels], rng: np.random.Generator
) -> tuple[float, float]:
    """The test errors of naive Bayes and of logistic regression, learned from n points.

    Naive Bayes with shared variances and logistic regression are the pair that Ng and Jordan
    compare: their log-odds have the same form. A ring shows in the variances alone.
    """
    x, y = draw_many(shape, n, rng)
    bayes = GaussianNaiveBayes.fit(x, y, shared=shape != "ring")
    logistic = Logistic.fit(x, y, _HARDLY_PENALISED)
    new_x, new_y = test
    return (
        1 - _accuracy(bayes.log_odds(new_x), new_y),
        1 - _accuracy(logistic.log_odds(new_x), new_y),
    )


def crossing(sizes: list[int], errors: NDArray[np.float64]) -> int | None:
    """The size from which on logistic regression stays ahead, if naive Bayes was ahead before.

    Errors are [sizes, 2], naive Bayes' first.
    """
    behind = np.flatnonzero(errors[:, 1] >= errors[:, 0])
    if not len(behind) or behind[-1] == len(sizes) - 1:
        return None
    return int(sizes[behind[-1] + 1])


# New points


def _sample(shape: Shape, n: int, rng: np.random.Generator) -> Iterator[Step]:
    x, y = draw(shape, n, rng)
    yield Progress(0.2, f"learning from {n} points")
    bayes = GaussianNaiveBayes.fit(x, y)
    new_x, new_y = bayes.sample(n, rng)
    shown = drawing.new_points(x, y, new_x, new_y)
    between = [_correlations(points, labels) for points, labels in ((x, y), (new_x, new_y))]
    flaw = {
        "correlated": "the slant of the classes is lost, since each feature is drawn by itself",
        "independent": "they look alike, since the features are independent as it assumes",
        "ring": "the ring becomes a round cloud, since each feature is drawn by itself as a normal",
    }[shape]
    caption = (
        f"Left, {n} points that naive Bayes learned from; right, {n} it made: a class by p(y), "
        f"then each feature by p(x | y). Look at their shapes: {flaw}. Logistic regression can "
        "make no points at all."
    )
    values = {
        "shape": shape,
        "n": n,
        "correlation_in_classes": between[0],
        "correlation_in_classes_made": between[1],
        "share_of_class_1": float(y.mean()),
        "share_of_class_1_made": float(new_y.mean()),
        "points": new_x[:100].round(4).tolist(),
        "labels": new_y[:100].tolist(),
    }
    yield Result(caption, (shown,), values)


def _correlations(x: Floats, y: Labels) -> list[float | None]:
    """Of the two features, in class 0 and in class 1; None where a class has too few points."""
    return [
        float(np.corrcoef(x[y == label].T)[0, 1]) if (y == label).sum() > 2 else None
        for label in (0, 1)
    ]


# Spam


def _spam(text: str, rng: np.random.Generator) -> Iterator[Step]:
    messages = Messages.bundled()
    yield Progress(0.2, f"learning from {len(messages.labels)} messages")
    readers = Readers.train(messages)
    rows = readers.split(text)
    total = readers.log_odds(text)
    prior = float(readers.bayes.log_prior[1] - readers.bayes.log_prior[0])
    bars = drawing.word_bars(rows, (prior, readers.logistic.bias), total)
    yield Progress(0.5, "reading messages held out", bars)
    accuracy = held_out_accuracy(messages, 10, rng)
    spam, ham = readers.strongest(8)
    unknown = sorted({word for word in words_of(text)} - set(messages.vocabulary))
    of_bayes, of_logistic = (float(probability(np.array(odds))) for odds in total)
    known = (
        "the bars say what each word adds. Naive Bayes takes every word for independent evidence, "
        "so its sum tends to be larger than it should be"
        if rows
        else "none of its words stood in the messages learned from, so the start alone decides"
    )
    caption = (
        f"Naive Bayes gives the message {percent(of_bayes)} to be spam, logistic regression "
        f"{percent(of_logistic)}: {known}."
    )
    values = {
        "naive_bayes_spam": of_bayes,
        "logistic_regression_spam": of_logistic,
        "naive_bayes_log_odds": total[0],
        "logistic_regression_log_odds": total[1],
        "words": [{"word": w, "naive_bayes": b, "logistic_regression": g} for w, b, g in rows],
        "unknown_words": unknown,
        "messages": len(messages.labels),
        "held_out_accuracy": accuracy,
        "naive_bayes_writes_spam": readers.writes(1, 8, rng),
        "naive_bayes_writes_ham": readers.writes(0, 8, rng),
    }
    yield Result(caption, (bars, drawing.strongest_words(spam, ham)), values)
