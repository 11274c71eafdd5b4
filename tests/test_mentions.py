"""What a question speaks of and the course never mentions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.index.words import WordIndex
from tutor.mentions import Unmentioned, unmentioned
from tutor.records import Chunk, Hit, Place

TEXTS = (
    "A GAN trains a generator against a discriminator. CycleGAN turns horses into zebras.",
    "Stable Diffusion XL denoises in latents; the code book of a VAE is small. GPT-3 has blocks.",
    "An LSTM keeps a cell state. Goodfellow proposed adversarial training in Montreal.",
)
WORDS = WordIndex.build(TEXTS)
HITS = [
    Hit(Chunk("a.md", Place("section", "A"), text, ("Unit 5",)), n, 0.5)
    for n, text in enumerate(TEXTS, start=1)
]


def lacking(question: str) -> Unmentioned:
    return unmentioned(question, WORDS.knows, HITS)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("What does the mapping network in StyleGAN do?", ("StyleGAN",)),
        ("How does LoRA fine-tune a large language model with few parameters?", ("LoRA",)),
        ("Who is Whisper by, and what does CLIP2 have to do with it?", ("Whisper", "CLIP2")),
        ("so how does my generator differ from what Karras built?", ("Karras",)),
        ("What is the VQ-VAE?", ("VQ",)),
        ("What's StyleGAN?", ("StyleGAN",)),
        ("Define LoRA.", ("LoRA",)),
        ("Explain DDPM's and DDPM's noise.", ("DDPM",)),
    ],
)
def test_a_name_that_stands_nowhere(question: str, names: tuple[str, ...]) -> None:
    assert lacking(question).names == names


@pytest.mark.parametrize(
    "question",
    [
        "What does CycleGAN do with horses?",
        "What do GANs and LSTMs share?",
        "How is SDXL built?",  # in full: Stable Diffusion XL
        "What is the CodeBook of it?",  # in parts
        "What did Goodfelow propose?",  # misspelt
        "How big is GPT-4?",  # a number is no name
        "Goodfellow's generator: what does it do? Wonderful things?",  # begins a sentence
        "What is x0, and what is R1?",
        "What does the Unit 5 handout say of the generator?",
        "WHAT IS A STYLEGAN?",  # nothing but capitals
        "How Do Wonderful Generators Train Against Discriminators?",  # a title
        "I'd like to know what the generator does; what's that?",
    ],
)
def test_what_is_no_unknown_name(question: str) -> None:
    assert lacking(question).names == ()


@pytest.mark.parametrize(
    "question",
    ["Was ist die Rückkopplung im Transformator?", "Qué es StyleGAN?", "StyleGAN", "", "?!"],
)
def test_other_languages_and_bare_words_are_left_alone(question: str) -> None:
    assert lacking(question) == Unmentioned()


def test_other_words_count_in_a_short_plain_question_alone() -> None:
    assert lacking("What is the density of the gamma distribution?").words == (
        "density",
        "gamma",
        "distribution",
    )
    assert lacking("What is the cell state?").words == ()
    assert lacking("which gizmo wipes out the cell state?").words == ()
    assert lacking("What are the drawbacks of adversarial training?").words == ()
    longer = "What is it that the generator of a GAN trains against, in a nutshell?"
    assert lacking(longer) == Unmentioned()


def test_a_name_is_not_counted_as_a_word_again() -> None:
    assert lacking("What is StyleGAN?") == Unmentioned(("StyleGAN",), ())


@given(st.text(max_size=60))
def test_any_question_is_read(question: str) -> None:
    found = lacking(f"what {question}")
    assert all(word in question for word in (*found.names, *found.words) if word != "what")
