"""BM25: words, stems, and scores against the formula written out."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.courses import ATTENTION, DIFFUSION, GAN, PROBABILITY, SAMPLING, VAE
from tutor.index.words import STOPWORDS, WordIndex, words_of

TEXTS = [
    *(part for text in (GAN, SAMPLING, VAE, DIFFUSION) for part in text.split("\n\n")),
    *PROBABILITY,
    *(f"{title}\n{body}" for title, body in ATTENTION),
]
QUERIES = [
    "What is mode collapse?",
    "noise noise noise",
    "the temperature of a softmax",
    "Which zebra draws tokens?",
    "Kullback-Leibler divergence",
]
K1, B = 1.2, 0.75


def reference(texts: list[str], query: str) -> list[float]:
    """Robertson and Zaragoza 2009, equation 3.15, with Lucene's idf and without (k1 + 1)."""
    documents = [words_of(text) for text in texts]
    average = sum(map(len, documents)) / len(documents)
    scores = []
    for document in documents:
        score = 0.0
        for word in words_of(query):
            seen = sum(word in other for other in documents)
            idf = math.log(1 + (len(documents) - seen + 0.5) / (seen + 0.5))
            count = document.count(word)
            score += idf * count / (count + K1 * (1 - B + B * len(document) / average))
        scores.append(score)
    return scores


def best_possible(texts: list[str], query: str) -> float:
    documents = [words_of(text) for text in texts]
    total = 0.0
    for word in words_of(query):
        seen = sum(word in other for other in documents)
        total += math.log(1 + (len(documents) - seen + 0.5) / (seen + 0.5))
    return total


@pytest.fixture(scope="module")
def index() -> WordIndex:
    return WordIndex.build(TEXTS)


@pytest.mark.parametrize("query", QUERIES)
def test_scores_follow_the_formula_as_a_share_of_the_best_possible(
    query: str, index: WordIndex
) -> None:
    expected = np.array(reference(TEXTS, query)) / best_possible(TEXTS, query)
    scores = index.scores(query)
    assert scores is not None
    assert scores == pytest.approx(expected, abs=1e-5)
    assert scores.max() > 0


@pytest.mark.parametrize("query", ["What is it?", "zebra", "", "!?", "... the of a"])
def test_no_known_word_gives_no_scores(query: str, index: WordIndex) -> None:
    assert index.scores(query) is None


def test_an_unknown_word_makes_every_score_smaller(index: WordIndex) -> None:
    known, mixed = index.scores("mode collapse"), index.scores("mode collapse zebra")
    assert known is not None
    assert mixed is not None
    assert mixed.argmax() == known.argmax()
    assert mixed.max() < known.max()


@given(st.lists(st.sampled_from(" ".join(TEXTS).split()), min_size=1, max_size=8).map(" ".join))
def test_scores_are_shares(query: str) -> None:
    scores = WordIndex.build(TEXTS).scores(query)
    if scores is not None:
        assert scores.min() >= 0
        assert scores.max() < 1


@pytest.mark.parametrize("texts", [[], [""], ["the of a", "is it"]])
def test_texts_without_words(texts: list[str], tmp_path: Path) -> None:
    index = WordIndex.build(texts)
    assert index.scores("anything") is None
    assert index.idf("anything") == 0
    index.save(tmp_path / "bm25")
    assert WordIndex.load(tmp_path / "bm25").scores("anything") is None


def test_a_text_without_words_among_others() -> None:
    scores = WordIndex.build(["a generator", "the of a", "a critic"]).scores("generator")
    assert scores is not None
    assert scores[0] > 0
    assert scores[1:].tolist() == [0, 0]


def test_one_text_alone() -> None:
    scores = WordIndex.build(["the generator makes noise"]).scores("generator")
    assert scores is not None
    assert 0 < scores[0] < 1


def test_what_is_saved_scores_the_same(index: WordIndex, tmp_path: Path) -> None:
    index.save(tmp_path / "bm25")
    loaded = WordIndex.load(tmp_path / "bm25")
    for query in QUERIES:
        assert loaded.scores(query) == pytest.approx(index.scores(query))
    assert loaded.idf("noise") == index.idf("noise")


def test_nothing_saved_is_a_pickle(index: WordIndex, tmp_path: Path) -> None:
    index.save(tmp_path / "bm25")
    for file in (tmp_path / "bm25").iterdir():
        if file.suffix == ".npy":
            np.load(file, allow_pickle=False)
        else:
            assert file.read_text(encoding="utf-8")[0] in "{["


def test_rare_words_tell_more_than_common_ones(index: WordIndex) -> None:
    (rare,), (common,), (unseen,) = map(words_of, ("Wasserstein", "noise", "zebra"))
    assert index.idf(unseen) > index.idf(rare) > index.idf(common) > 0


def test_a_word_is_known_in_all_its_forms(index: WordIndex) -> None:
    known = index.idf("zebra")
    assert known  # unseen words have one, too
    assert not index.knows("zebra")
    assert index.knows("the")
    assert not WordIndex.build([]).knows("word")
    trained = WordIndex.build(["It trains a network."])
    assert trained.knows("training")
    assert trained.knows("Networks")
    assert not trained.knows("StyleGAN")


def test_idf_by_its_definition(index: WordIndex) -> None:
    (word,) = words_of("noise")
    seen = sum(word in words_of(text) for text in TEXTS)
    assert seen > 1
    expected = math.log(1 + (len(TEXTS) - seen + 0.5) / (seen + 0.5))
    assert index.idf(word) == pytest.approx(expected)


# Words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("networks", "Network"),
        ("regularise", "regularizes"),
        ("regularisation", "regularization"),
        ("behaviour", "behaviors"),
        ("normalising", "NORMALIZED"),
        ("sampling", "samples"),
        ("LLMs", "LLM"),
        ("LMs", "LM"),
        ("RNNs'", "rnn"),
        ("top-p", "top p"),
        ("generator's", "generator"),
        ("x_i", "x i"),
    ],
)
def test_forms_of_one_word_are_one(one: str, other: str) -> None:
    assert words_of(one) == words_of(other)


@pytest.mark.parametrize(
    ("one", "other"), [("VAE", "GAN"), ("2014", "2015"), ("noise", "nose"), ("prior", "price")]
)
def test_different_words_stay_different(one: str, other: str) -> None:
    assert words_of(one) != words_of(other)


def test_words_that_carry_no_topic_are_left_out() -> None:
    assert words_of("What is the use of it, and why do we have to?") == words_of("use")
    assert words_of(" ".join(STOPWORDS)) == []


def test_words_keep_their_order_and_number() -> None:
    assert words_of("noise, then data, then noise") == ["nois", "data", "nois"]


def test_other_scripts_have_words_too() -> None:
    assert len(words_of("Größe 大きさ размер 3.5")) == 5


@given(st.text())
def test_any_text_has_words_that_hold_no_white_space(text: str) -> None:
    for word in words_of(text):
        assert word.split() == [word]
