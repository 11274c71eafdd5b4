"""The classifier lab: naive Bayes and logistic regression against scikit-learn and by hand."""

from __future__ import annotations

import json
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB, MultinomialNB

from tests.lab_runs import finish, opened, values
from tutor.labs.classifier import crossing
from tutor.labs.classifier.bayes import GaussianNaiveBayes, WordNaiveBayes, log_prior, probability
from tutor.labs.classifier.logistic import Logistic
from tutor.labs.classifier.messages import HAM, SPAM
from tutor.labs.classifier.points import (
    COPIES,
    CORRELATION,
    FEATURES,
    Shape,
    best_log_odds,
    draw,
    draw_many,
)
from tutor.labs.classifier.spam import Messages, Readers, count, held_out_accuracy, words_of

SHAPES = get_args(Shape)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


# Naive Bayes of numbers


def test_the_joint_is_prior_times_one_density_per_feature() -> None:
    bayes = GaussianNaiveBayes(
        np.log([0.25, 0.75]), np.array([[0.0, 1.0], [2.0, 3.0]]), np.array([[1.0, 4.0], [9.0, 1.0]])
    )
    joint = np.exp(bayes.log_joint(np.array([[1.0, 2.0]])))[0]
    assert joint[0] == pytest.approx(0.25 * stats.norm(0, 1).pdf(1) * stats.norm(1, 2).pdf(2))
    assert joint[1] == pytest.approx(0.75 * stats.norm(2, 3).pdf(1) * stats.norm(3, 1).pdf(2))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("n", [4, 7, 500])
def test_gaussian_naive_bayes_is_scikit_learns(
    shape: Shape, n: int, rng: np.random.Generator
) -> None:
    x, y = draw_many(shape, n, rng)
    new, _ = draw_many(shape, 200, rng)
    theirs = GaussianNB().fit(x, y)
    bayes = GaussianNaiveBayes.fit(x, y)
    assert bayes.log_joint(new) == pytest.approx(theirs.predict_joint_log_proba(new), rel=1e-6)
    assert probability(bayes.log_odds(new)) == pytest.approx(theirs.predict_proba(new)[:, 1])


def test_with_shared_variances_the_log_odds_are_linear(rng: np.random.Generator) -> None:
    x, y = draw_many("correlated", 100, rng)
    bayes = GaussianNaiveBayes.fit(x, y, shared=True)
    a, b = draw_many("correlated", 50, rng)[0], draw_many("correlated", 50, rng)[0]
    halfway = (bayes.log_odds(a) + bayes.log_odds(b)) / 2
    assert bayes.log_odds((a + b) / 2) == pytest.approx(halfway)
    assert not np.allclose(GaussianNaiveBayes.fit(x, y).log_odds((a + b) / 2), halfway, atol=0.1)


def test_new_points_come_from_the_model(rng: np.random.Generator) -> None:
    bayes = GaussianNaiveBayes(
        np.log([0.3, 0.7]), np.array([[0.0, 5.0], [-2.0, 1.0]]), np.array([[1.0, 4.0], [9.0, 0.25]])
    )
    x, y = bayes.sample(4000, rng)
    assert stats.binomtest(int(y.sum()), 4000, 0.7).pvalue > 0.01
    for label in (0, 1):
        for feature in (0, 1):
            law = stats.norm(bayes.mean[label, feature], bayes.variance[label, feature] ** 0.5)
            assert stats.kstest(x[y == label, feature], law.cdf).pvalue > 0.01
        assert abs(np.corrcoef(x[y == label].T)[0, 1]) < 0.08  # each feature by itself


@given(st.lists(st.booleans(), min_size=2, max_size=40).filter(lambda y: 0 < sum(y) < len(y)))
def test_the_prior_is_the_share(labels: list[bool]) -> None:
    shares = np.exp(log_prior(np.array(labels, np.int64)))
    assert shares[1] == pytest.approx(sum(labels) / len(labels))
    assert shares.sum() == pytest.approx(1)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1))
def test_the_logistic_function_does_not_overflow(odds: list[float]) -> None:
    share = probability(np.array(odds))
    assert ((share >= 0) & (share <= 1)).all()
    assert probability(-np.array(odds)) == pytest.approx(1 - share)
    small = np.clip(odds, -30, 30)
    assert probability(small) == pytest.approx(1 / (1 + np.exp(-small)))


# Logistic regression


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("n", "strength"), [(4, 1.0), (30, 1.0), (300, 1.0), (300, 1000.0)])
def test_logistic_regression_is_scikit_learns(
    shape: Shape, n: int, strength: float, rng: np.random.Generator
) -> None:
    x, y = draw_many(shape, n, rng)
    theirs = LogisticRegression(C=strength, max_iter=10_000, tol=1e-9).fit(x, y)
    ours = Logistic.fit(x, y, strength)
    assert ours.weights == pytest.approx(theirs.coef_[0], abs=1e-3)
    assert ours.bias == pytest.approx(theirs.intercept_[0], abs=1e-3)
    assert ours.log_odds(x) == pytest.approx(theirs.decision_function(x), abs=0.01)


def test_separated_classes_and_copied_features_have_finite_weights() -> None:
    x = np.array([[-2.0, -2.0], [-1.0, -1.0], [1.0, 1.0], [2.0, 2.0]])
    ours = Logistic.fit(x, np.array([0, 0, 1, 1]), 1e6)
    assert np.isfinite(ours.weights).all()
    assert (ours.log_odds(x) > 0).tolist() == [False, False, True, True]
    assert ours.weights[0] == pytest.approx(ours.weights[1])


@given(st.integers(0, 10_000), st.integers(4, 60), st.sampled_from([0.1, 1.0, 100.0, 1e4]))
def test_at_the_optimum_the_slope_is_nothing(seed: int, n: int, strength: float) -> None:
    rng = np.random.default_rng(seed)
    x, y = draw("correlated", n, rng)
    ours = Logistic.fit(x, y, strength)
    away = probability(ours.log_odds(x)) - y
    scale = 1 + np.abs(x).sum()
    assert np.abs(x.T @ away + ours.weights / strength).max() < 1e-3 * scale
    assert abs(away.sum()) < 1e-3 * scale


# The points


@pytest.mark.parametrize("shape", SHAPES)
def test_both_classes_are_equally_frequent(shape: Shape, rng: np.random.Generator) -> None:
    for n in (4, 5, 101):
        for x, y in (draw(shape, n, rng), draw_many(shape, n, rng)):
            assert abs(2 * y.sum() - n) <= 1
            assert len(x) == n


def test_correlated_features_are_and_independent_ones_are_not(rng: np.random.Generator) -> None:
    x, y = draw("correlated", 4000, rng)
    for label in (0, 1):
        assert np.corrcoef(x[y == label].T)[0, 1] == pytest.approx(CORRELATION, abs=0.04)
    x, y = draw("independent", 4000, rng)
    assert abs(np.corrcoef(x[y == 0].T)[0, 1]) < 0.08
    x, y = draw_many("correlated", 4000, rng)
    within = np.corrcoef(x[y == 0].T)
    assert x.shape[1] == FEATURES
    assert within[0, COPIES - 1] == pytest.approx(CORRELATION, abs=0.04)
    assert abs(within[0, COPIES]) < 0.08


@pytest.mark.parametrize("shape", SHAPES)
def test_the_best_odds_are_calibrated_and_unbeaten(shape: Shape, rng: np.random.Generator) -> None:
    x, y = draw(shape, 40_000, rng)
    share = probability(best_log_odds(shape, x))
    for low in (0.1, 0.3, 0.5, 0.7):
        near = (share > low) & (share < low + 0.2)
        assert y[near].mean() == pytest.approx(share[near].mean(), abs=0.04)
    best = ((share > 0.5) == y).mean()
    train = draw(shape, 2000, rng)
    for model in (GaussianNaiveBayes.fit(*train), Logistic.fit(*train)):
        assert ((model.log_odds(x) > 0) == y).mean() < best + 0.003


# The runs


def test_where_features_go_together_logistic_regression_is_better() -> None:
    found = values("classifier", n=400)
    best = found["best_possible_accuracy"]
    assert found["logistic_regression_accuracy"] == pytest.approx(best, abs=0.01)
    assert found["naive_bayes_accuracy"] < best - 0.05


def test_around_a_ring_naive_bayes_is_better() -> None:
    found = values("classifier", shape="ring", n=400)
    assert found["naive_bayes_accuracy"] > found["best_possible_accuracy"] - 0.03
    assert found["logistic_regression_accuracy"] < 0.6


def test_independent_features_suit_both() -> None:
    found = values("classifier", shape="independent", n=1000)
    for model in ("naive_bayes", "logistic_regression"):
        assert found[f"{model}_accuracy"] > found["best_possible_accuracy"] - 0.015


@pytest.mark.slow
def test_naive_bayes_leads_early_and_logistic_regression_in_the_end() -> None:
    """Ng and Jordan (2001): the generative one needs less, the discriminative one errs less."""
    found = values("classifier", action="curve", n=2000)
    bayes, logistic = found["naive_bayes_error"], found["logistic_regression_error"]
    middle = next(i for i, size in enumerate(found["sizes"]) if size >= 50)
    assert bayes[middle] < logistic[middle] - 0.02
    assert logistic[-1] < bayes[-1] - 0.02
    assert found["sizes"][middle] < found["logistic_regression_ahead_from"] <= 1000
    # Naive Bayes is within three points of its end long before the other is.
    near = [next(i for i, e in enumerate(es) if e < es[-1] + 0.03) for es in (bayes, logistic)]
    assert near[0] < near[1]


@pytest.mark.parametrize(
    ("errors", "from_size"),
    [
        ([[0.1, 0.2], [0.1, 0.1], [0.1, 0.05], [0.1, 0.04]], 30),
        ([[0.1, 0.05], [0.1, 0.2], [0.1, 0.05], [0.1, 0.04]], 30),
        ([[0.1, 0.2], [0.1, 0.05], [0.1, 0.2], [0.1, 0.04]], 40),
        ([[0.1, 0.2]] * 4, None),
        ([[0.2, 0.1]] * 4, None),
    ],
)
def test_where_the_curves_cross(errors: list[list[float]], from_size: int | None) -> None:
    assert crossing([10, 20, 30, 40], np.array(errors)) == from_size


def test_the_smallest_training_sets_run() -> None:
    _, result = finish("classifier", action="curve", n=4)
    assert result.values["sizes"] == [4]
    for shape in SHAPES:
        finish("classifier", n=4, shape=shape)
    found = values("classifier", action="sample", n=4)
    assert found["correlation_in_classes"] == [None, None]


def test_points_made_by_naive_bayes_lose_the_slant() -> None:
    found = values("classifier", action="sample", n=2000)
    assert min(found["correlation_in_classes"]) > 0.7
    assert max(map(abs, found["correlation_in_classes_made"])) < 0.12
    assert len(found["points"]) == 100


# Spam


@pytest.fixture(scope="module")
def readers() -> Readers:
    return Readers.train(Messages.bundled())


def test_the_messages_are_many_and_different() -> None:
    assert len(SPAM) == len(HAM) >= 30
    assert len({" ".join(words_of(text)) for text in SPAM + HAM}) == len(SPAM + HAM)
    both = {w for t in SPAM for w in words_of(t)} & {w for t in HAM for w in words_of(t)}
    assert {"free", "now", "money", "today"} <= both  # a word alone settles nothing


def test_word_naive_bayes_is_scikit_learns(readers: Readers) -> None:
    messages = readers.messages
    theirs = MultinomialNB().fit(messages.counts, messages.labels)
    assert readers.bayes.log_word == pytest.approx(theirs.feature_log_prob_)
    wanted = theirs.predict_proba(messages.counts)[:, 1]
    assert probability(readers.bayes.log_odds(messages.counts)) == pytest.approx(wanted)


def test_word_shares_by_hand() -> None:
    counts = np.array([[2.0, 0.0], [1.0, 1.0]])
    bayes = WordNaiveBayes.fit(counts, np.array([0, 1]))
    # One added to each: 3 and 1 of 4 in class 0, 2 and 2 of 4 in class 1.
    assert np.exp(bayes.log_word) == pytest.approx(np.array([[0.75, 0.25], [0.5, 0.5]]))
    assert np.exp(bayes.weights) == pytest.approx([2 / 3, 2])


def test_messages_that_were_held_out_are_read_rightly() -> None:
    right = held_out_accuracy(Messages.bundled(), 10, np.random.default_rng(0))
    assert right["naive_bayes"] >= 0.9
    assert right["logistic_regression"] >= 0.85


@given(st.text(max_size=300) | st.sampled_from([*SPAM, *HAM, "FREE free Free!", "don’t don't"]))
def test_the_words_parts_add_up(text: str) -> None:
    readers = ALL_READERS
    parts = readers.split(text)
    prior = readers.bayes.log_prior[1] - readers.bayes.log_prior[0]
    bayes, logistic = readers.log_odds(text)
    assert prior + sum(part[1] for part in parts) == pytest.approx(bayes)
    assert readers.logistic.bias + sum(part[2] for part in parts) == pytest.approx(logistic)
    assert len({word for word, *_ in parts}) == len(parts)


ALL_READERS = Readers.train(Messages.bundled())


def test_words_are_lower_case_letters_and_apostrophes() -> None:
    assert words_of("Don’t PAY £500, it's a #scam2!") == ["don't", "pay", "it's", "a", "scam"]
    assert words_of("你好 123 ??") == []


def test_a_word_counts_as_often_as_it_stands_there() -> None:
    assert count("free free lunch", ["free", "lunch", "now"]).tolist() == [2, 1, 0]


def test_a_word_counts_twice_in_the_odds_too(readers: Readers) -> None:
    (once,), (twice,) = readers.split("free"), readers.split("free FREE")
    assert twice[1:] == pytest.approx((2 * once[1], 2 * once[2]))


def test_spam_and_ham_are_told_apart() -> None:
    found = values("classifier", action="spam")
    assert found["naive_bayes_spam"] > 0.99
    assert found["logistic_regression_spam"] > 0.9
    assert {row["word"] for row in found["words"]} == {"win", "a", "free", "prize", "now"}
    found = values("classifier", action="spam", text="See you in the library after the lecture")
    assert found["naive_bayes_spam"] < 0.05


def test_a_message_of_unknown_words_leaves_the_start() -> None:
    _, result = finish("classifier", action="spam", text="Zyzzyva 42 $x$ 你好 \\alpha")
    assert result.values["naive_bayes_spam"] == pytest.approx(0.5)
    assert result.values["unknown_words"] == ["alpha", "x", "zyzzyva"]
    assert "none of its words" in result.caption


def test_a_long_message_is_drawn_on_one_sheet() -> None:
    _, result = finish("classifier", action="spam", text=" ".join(SPAM + HAM)[:2000])
    assert opened(result.pictures[0]).height < 1400
    assert "more" in result.pictures[0].alt
    json.dumps(result.values, allow_nan=False)


def test_naive_bayes_writes_in_the_words_of_its_class(readers: Readers) -> None:
    rng = np.random.default_rng(0)
    written = [readers.writes(label, 400, rng).split() for label in (0, 1)]
    assert written[1].count("click") > written[0].count("click")
    odds = [sum(readers.log_odds(word)[0] for word in words) for words in written]
    assert odds[0] < 0 < odds[1]
