"""Misspelt words of a question, read as the course's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.index.words import WordIndex
from tutor.records import Chunk, Place
from tutor.spelling import MENDED, Spelling, slips

TEXT = (
    "Mode collapse of a generator. A variational autoencoder, a transformer with attention. "
    "Refuse to quantity the trainable cluster; the core of a curve. Logit, price and invent. "
    "Gaussian diffusion at a temperature, perplexity, a hidden model, training and converts. "
)
TEXTS = (TEXT, TEXT)
WORDS = WordIndex.build(TEXTS)
SPELLING = Spelling([Chunk("a.md", Place("section", "A"), text) for text in TEXTS], WORDS.knows)


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("what is mode colapse", "what is mode collapse"),
        ("wat is mode colapse", "wat is mode collapse"),
        ("What is a varational autoencoder?", "What is a variational autoencoder?"),
        ("What is a transfomer?", "What is a transformer?"),
        ("how does difusion work", "how does diffusion work"),
        ("what is gaussain noise", "what is gaussian noise"),
        ("perplexty or temprature", "perplexity or temperature"),
        ("Colapse of modes", "Collapse of modes"),
        ("what is an autoencodr", "what is an autoencoder"),
        ("what is a hiden modle", "what is a hidden model"),
        ("explain attenttion", "explain attention"),
    ],
)
def test_a_slip_is_read_as_the_courses_word(question: str, meant: str) -> None:
    reading = SPELLING.mended(question)
    assert reading
    assert reading.question == meant
    assert all(f"“{written}” as “{word}”" in reading.note for written, word in reading.words)


@pytest.mark.parametrize(
    "question",
    [
        "What is mode collapse?",
        "What is StyleGAN3?",
        "what is a GRU",
        "Explain Mamba and Bard.",
        "is Colapse a library",  # a capital where none belongs is a name's
        "COLAPSE",
        "what is colapse2",
        "what is mode-colapse.py",
        "how do they reuse it",  # not refuse
        "is it tractable",  # not trainable
        "what is clutter",  # not cluster
        "a chore",  # not core
        "does it look legit",  # not logit
        "is it pricey",  # not price
        "can I invert a GAN",  # not invent
        "when does retraining help",  # not training
        "it converges",  # not converts
        "what is quantize",  # not quantity
        "Which spices belong into a good curry?",
        "what are wavelets, quantiles and kurtosis",
        "colapse difusion varational temprature",  # four: another language, or a joke
    ],
)
def test_what_is_no_slip_stays(question: str) -> None:
    assert SPELLING.mended(question) is None


def test_of_two_words_that_are_as_near_none_is_taken() -> None:
    texts = ["The marten and the martin. " * 2]
    spelling = Spelling([Chunk("a.md", Place("page", 1), texts[0])], WordIndex.build(texts).knows)
    assert spelling.mended("where is the martun") is None


def test_a_word_that_stands_once_may_be_a_slip_itself() -> None:
    texts = ["An odd frobnication."]
    spelling = Spelling([Chunk("a.md", Place("page", 1), texts[0])], WordIndex.build(texts).knows)
    assert spelling.mended("what is frobnicaton") is None


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    reading = SPELLING.mended(text)
    assert reading is None or 0 < len(reading.words) <= MENDED


@given(st.text("abcdeo", min_size=1, max_size=8))
def test_a_word_has_no_slips_from_itself(word: str) -> None:
    assert slips(word, word) == 0
