"""The support check: what the evidence says passes, what it does not say is kept back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.embed import Embedder
from tutor.index.words import words_of
from tutor.records import Evidence, Place
from tutor.support import SupportCheck, sentences_of

GAN = (
    "A generative adversarial network trains two networks: a generator makes samples and a "
    "discriminator tells them from real data. It was introduced by Ian Goodfellow in 2014."
)
VAE = "A variational autoencoder does not use a discriminator. It maximises a lower bound."
TRICK = "Label smoothing replaces the label 1 by 0.9. It doesn’t change the generator's loss."


def piece(marker: int, quote: str, *headings: str) -> Evidence:
    return Evidence(marker, "a.md", Place("section", ""), quote, 1.0, quote, headings)


@pytest.fixture(scope="module")
def check(embedder: Embedder) -> SupportCheck:
    evidence = [piece(3, GAN, "GAN"), piece(5, VAE, "VAE"), piece(8, TRICK, "Tricks")]
    question = "What is a generative adversarial network?"
    return SupportCheck(question, evidence, embedder.encode, words_of, strict=False)


@pytest.mark.parametrize(
    ("sentence", "marker"),
    [
        ("A generator makes samples and a discriminator tells them apart from real data.", 3),
        ("In 2014 Ian Goodfellow introduced the generative adversarial network.", 3),
        ("Generative adversarial networks train two networks, generator and discriminator.", 3),
        ("A variational autoencoder uses no discriminator.", 5),
        ("A variational autoencoder doesn't use a discriminator.", 5),
        ("A variational autoencoder doesn’t use a discriminator.", 5),
        ("Label smoothing replaces the label 1 with 0.9.", 8),
        ("Label smoothing does not change the loss of the generator.", 8),
    ],
)
def test_a_paraphrase_is_supported_by_the_piece_that_says_it(
    sentence: str, marker: int, check: SupportCheck
) -> None:
    verdict = check.check(sentence)
    assert verdict.marker == marker
    assert verdict.reason == ""


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("It was introduced in 2015 by Ian Goodfellow.", "the number 2015 is not in the evidence"),
        ("Label smoothing replaces the label 1 by 0.8.", "the number 0.8 is not in the evidence"),
        ("It was introduced in 2014 by Yann LeCun.", "'Yann' is not in the evidence"),
        ("LeCun introduced generative adversarial networks in 2014.", "'LeCun' is not in"),
        ("A generative adversarial network was trained by NASA in 2014.", "'NASA' is not in"),
        ("A variational autoencoder uses a discriminator.", "denies what the evidence says"),
        ("Label smoothing does change the generator's loss.", "denies what the evidence says"),
        (
            "An adversarial network does not train a generator and a discriminator.",
            "denies what the evidence says",
        ),
        ("Bananas grow in warm countries.", "the evidence is about something else"),
        ("A generative adversarial network.", "it repeats the question"),
        ("What is a generative adversarial network?", "it repeats the question"),
        ("It is that.", "it says nothing"),
        ("", "it says nothing"),
    ],
)
def test_what_the_evidence_does_not_say_is_rejected_with_the_reason(
    sentence: str, reason: str, check: SupportCheck
) -> None:
    verdict = check.check(sentence)
    assert verdict.marker is None
    assert reason in verdict.reason


def test_known_words_put_together_otherwise_are_rejected_by_a_strict_check(
    embedder: Embedder,
) -> None:
    evidence = [piece(1, "The bank of the river is steep, and the water is cold there.")]
    check = SupportCheck("How steep is it?", evidence, embedder.encode, words_of)
    assert check.check("The bank of the river is steep, and there the water is cold.").marker == 1
    assert check.check("Cold banks have a steep water, which is the river.").marker is None
    assert check.check("The steep cold.").marker is None


def test_a_lenient_check_lets_other_words_pass_and_a_strict_one_does_not(
    embedder: Embedder,
) -> None:
    evidence = [piece(1, GAN, "GAN")]
    paraphrase = (
        "The generator invents data and the discriminator finds out whether they are genuine."
    )
    question = "How does a generative adversarial network learn?"
    lenient = SupportCheck(question, evidence, embedder.encode, words_of, strict=False)
    strict = SupportCheck(question, evidence, embedder.encode, words_of)
    assert lenient.check(paraphrase).marker == 1
    assert "does not put it like that" in strict.check(paraphrase).reason


@pytest.mark.parametrize(
    ("sentence", "copied"),
    [
        ("It was introduced by Ian Goodfellow in 2014.", True),
        ("And it was introduced by Ian Goodfellow in 2014.", True),
        ("A generator makes samples and a discriminator tells them from real data, then.", True),
        ("Ian Goodfellow introduced it in 2014.", False),
    ],
)
def test_what_stands_in_the_evidence_is_told_from_what_is_put_anew(
    sentence: str, copied: bool, check: SupportCheck
) -> None:
    verdict = check.check(sentence)
    assert verdict.marker == 3
    assert verdict.copied == copied


def test_likeness_by_its_definition(embedder: Embedder) -> None:
    evidence = [piece(1, "Red cats chase small grey mice. Dogs sleep.")]
    check = SupportCheck("Who hunts?", evidence, embedder.encode, words_of)
    same = check.likeness("Red cats chase small grey mice.")
    assert (same.pairs, same.order, same.length) == (1.0, 1.0, 6)
    assert same.nearness == pytest.approx(1.0, abs=1e-3)
    turned = check.likeness("Mice chase cats.")  # neither pair stands there in this order
    assert (turned.pairs, turned.order, turned.length) == (0.0, pytest.approx(1 / 3), 3)
    assert turned.probability() < 0.2 < 0.9 < same.probability()


def test_names_and_numbers_of_the_question_are_known(embedder: Embedder) -> None:
    check = SupportCheck("What did Turing do in 1950?", [piece(1, GAN)], embedder.encode, words_of)
    verdict = check.check("In 1950 a generator of Turing made samples for a discriminator.")
    assert "1950" not in verdict.reason
    assert "Turing" not in verdict.reason


def test_a_plural_of_a_known_name_is_known(embedder: Embedder) -> None:
    evidence = [piece(1, "A GAN trains a generator and a discriminator against each other.")]
    question = "What trains two networks?"
    check = SupportCheck(question, evidence, embedder.encode, words_of, strict=False)
    assert check.check("In GANs a generator and a discriminator train each other.").marker == 1


def test_the_singular_of_a_known_name_is_known(embedder: Embedder) -> None:
    evidence = [piece(1, "GANs consist of two networks that compete with each other.")]
    check = SupportCheck("What trains?", evidence, embedder.encode, words_of, strict=False)
    assert check.check("In a GAN two networks compete with each other.").marker == 1
    assert "'VAE' is not" in check.check("In a VAE two networks compete with each other.").reason


def test_without_evidence_nothing_is_supported(embedder: Embedder) -> None:
    check = SupportCheck("What is a GAN?", [], embedder.encode, words_of)
    assert check.check("A GAN trains two networks.").reason == "there is no evidence"


def test_every_sentence_of_the_evidence_supports_itself(embedder: Embedder) -> None:
    quotes = [GAN, VAE, TRICK]
    evidence = [piece(i, quote) for i, quote in enumerate(quotes)]
    check = SupportCheck("Tell me more.", evidence, embedder.encode, words_of)
    for number, quote in enumerate(quotes):
        for sentence in sentences_of(quote):
            assert check.check(sentence).marker == number, sentence


@given(st.text(max_size=80))
def test_any_sentence_gets_a_marker_of_the_evidence_or_a_reason(
    check: SupportCheck, sentence: str
) -> None:
    verdict = check.check(sentence)
    assert (verdict.marker in (3, 5, 8)) != bool(verdict.reason)


# Sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("One\nTwo", ["One", "Two"]),
        ('It is "good." Next one.', ['It is "good."', "Next one."]),
        ("It is so (or not.) Next one.", ["It is so (or not.)", "Next one."]),
        ("He said “so.” Next.", ["He said “so.”", "Next."]),
        ("Pi is 3.14 now. Next.", ["Pi is 3.14 now.", "Next."]),
        ("1. First thing.\n2. Second thing.", ["1. First thing.", "2. Second thing."]),
        ("Intro.\n1.\nFirst thing.", ["Intro.", "1.\nFirst thing."]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences_of(text: str, expected: list[str]) -> None:
    assert sentences_of(text) == expected


@given(st.lists(st.sampled_from(["A b.", "C", '"d."', "1.", "\n", "  ", "!", "e)", "?\n"])))
def test_sentences_are_stretches_of_the_text_and_leave_nothing_out(parts: list[str]) -> None:
    text = " ".join(parts)
    sentences = sentences_of(text)
    assert "".join("".join(sentences).split()) == "".join(text.split())
    assert all(sentence in text for sentence in sentences)


def test_true_words_that_stand_apart_make_no_true_sentence(embedder: Embedder) -> None:
    quote = (
        "The encoder compresses an image into a short code. The weather in Lund was mild that "
        "year. The decoder restores pixels with a transposed convolution."
    )
    piece = Evidence(1, "a.md", Place("section", "a"), quote, 1.0)
    check = SupportCheck("What does it do?", [piece], embedder.encode, words_of)
    assert check.check("The decoder restores pixels with a transposed convolution.").marker == 1
    mixed = "The encoder restores a short code with a transposed convolution."
    assert "does not put it like that" in check.check(mixed).reason


@pytest.mark.parametrize(
    ("quote", "true", "false"),
    [
        (
            "Dropout is not used at test time but is used in training.",
            "Dropout is used in training but not at test time.",
            "Dropout is used at test time but not used in training.",
        ),
        (
            "L1 regularisation, not L2, gives sparse weights.",
            "L1 regularisation gives sparse weights, not L2.",
            "L2 regularisation, not L1, gives sparse weights.",
        ),
    ],
)
def test_what_is_denied_must_be_denied_there_too(
    embedder: Embedder, quote: str, true: str, false: str
) -> None:
    check = SupportCheck("?", [piece(1, quote)], embedder.encode, words_of)
    assert check.check(true).marker == 1
    assert "denies" in check.check(false).reason
