"""Forms of study asked for in words: found, and taken out of what is looked up."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.config import ROOT
from tutor.form_words import read_form

SAID = [
    ("What is a GAN, in short?", "short", "What is a GAN?"),
    ("In short, what is a GAN?", "short", "What is a GAN?"),
    ("Briefly explain attention", "short", "Explain attention"),
    ("What is top-k? In one sentence.", "short", "What is top-k?"),
    ("What is a GAN? Keep it short.", "short", "What is a GAN?"),
    ("What is a GAN? Two sentences.", "short", "What is a GAN?"),
    ("How do GANs work in depth?", "detailed", "How do GANs work?"),
    ("Explain attention for kids", "simple", "Explain attention"),
    ("a short answer please: what is RLHF", "short", "What is RLHF"),
    ("How does an LSTM work in detail?", "detailed", "How does an LSTM work?"),
    ("more details about SDXL please", "detailed", "What is SDXL?"),
    ("Explain like I'm five: what is a GAN?", "simple", "What is a GAN?"),
    ("Explain mode collapse like I am new", "simple", "Explain mode collapse"),
    ("Explain the ELBO in simple terms", "simple", "Explain the ELBO"),
    ("What is a VAE in plain English?", "simple", "What is a VAE?"),
    ("I'm new to this: what is a token?", "simple", "What is a token?"),
    ("explain backpropagation to a five-year-old", "simple", "Explain backpropagation"),
    ("Give me a worked example of top-p sampling", "example", "What is top-p sampling?"),
    ("how does beam search work? give me an example", "example", "How does beam search work?"),
    ("Explain attention with a worked example", "example", "Explain attention"),
    ("Don't tell me, ask me: why do GANs collapse?", "socratic", "Why do GANs collapse?"),
    ("quiz me step by step on GANs", "socratic", "What is GANs?"),
    ("What is the latent space? Let me guess first", "socratic", "What is the latent space?"),
    ("use the socratic method to teach me VAEs", "socratic", "What is VAEs?"),
    ("I want to use the Socratic method for attention", "socratic", "What is attention?"),
    ("Socratic: what is a GAN?", "socratic", "What is a GAN?"),
    ("Just give me a normal answer: what is a GAN?", "normal", "What is a GAN?"),
    ("Short answer: what is an LSTM?", "short", "What is an LSTM?"),
    ("explain LSTM, short answer please", "short", "Explain LSTM"),
    ("Explain the ELBO in a few sentences", "short", "Explain the ELBO"),
    ("attention for dummies", "simple", "What is attention?"),
    ("explain GANs like I am a high school student", "simple", "Explain GANs"),
    ("give me all the details about LoRA", "detailed", "What is LoRA?"),
    ("example of Bayes rule", "example", "What is Bayes rule?"),
    ("examples of overfitting", "example", "What is overfitting?"),
    ("a concrete example of how it is computed?", "example", "How it is computed?"),
    ("Give me an example of when a GAN fails?", "example", "When a GAN fails?"),
]
BARE = [
    ("shorter please", "short"),
    ("Shorter, please!", "short"),
    ("can you make it shorter?", "short"),
    ("summarise that", "short"),
    ("in more detail, please", "detailed"),
    ("tell me more", "detailed"),
    ("Could you explain that in more depth?", "detailed"),
    ("simpler", "simple"),
    ("simpler and shorter, please", "simple"),
    ("explain it like I'm five", "simple"),
    ("ok, and in simple words?", "simple"),
    ("give a worked example", "example"),
    ("Another example?", "example"),
    ("quiz me step by step", "socratic"),
    ("let's do socratic", "socratic"),
    ("stop being socratic", "normal"),
    ("no more socratic questions please", "normal"),
    ("normal answer please", "normal"),
    ("answer normally", "normal"),
    ("no more questions please, just answer", "normal"),
    ("example please", "example"),
    ("real world example?", "example"),
    ("give an example with numbers", "example"),
    ("step by step please", "example"),
    ("such as?", "example"),
    ("shorter pls", "short"),
    ("be concise", "short"),
    ("in one word", "short"),
    ("too long", "short"),
    ("I still don't understand it", "simple"),
    ("sorry, I'm lost", "simple"),
    ("too complicated for me", "simple"),
    ("rephrase please", "simple"),
    ("continue", "detailed"),
    ("expand on that", "detailed"),
]
NOT_SAID = [
    "How do you measure the similarity between two sentences?",
    "Why do higher guidance scales give more detail?",
    "How do VGG-16 and ResNet-50 differ in depth?",
    "What are the risks of chatbots for kids?",
    "What is long short-term memory?",
    "quiz me on GANs",
    "What is an example of a generative model?",
    "In the worked example with the soup, what is the nucleus?",
    "Which is easier to train?",
    "What came first in a sentence?",
    "Lower top-p to 0.5",
    "GAN interpolation from 3 to 8",
    "same for a 9",
    "A bot is paid for brief chats and simply hangs up. What was the mistake?",
    "show me examples of what the GAN draws",
    "What is the Socratic method?",
    "How does Socratic questioning help?",
    "What is the normal distribution?",
    "Why are VAE samples less in detail?",
    "How many tokens are in one word?",
    "turn noise into a one, step by step",
    "Why do long sequences confuse an RNN?",
    "I don't understand backpropagation",
    "Which images are too complicated for a GAN?",
    "When does training continue?",
    "How many questions can I ask?",
    "Which example in the batch is hardest?",
    "Why?",
    "",
]


@pytest.mark.parametrize(("question", "form", "rest"), SAID)
def test_a_form_is_found_and_taken_out(question: str, form: str, rest: str) -> None:
    assert read_form(question) == (form, rest)


@pytest.mark.parametrize(("question", "form"), BARE)
def test_nothing_is_left_where_a_form_is_all_that_is_said(question: str, form: str) -> None:
    assert read_form(question) == (form, "")


@pytest.mark.parametrize("question", NOT_SAID)
def test_a_question_that_asks_for_no_form(question: str) -> None:
    assert read_form(question) == (None, question)


@pytest.mark.parametrize("name", ["course_qa", "utterances_dev", "utterances_held_out"])
def test_questions_and_wishes_of_the_test_sets_hardly_ever_seem_to_ask_for_a_form(
    name: str,
) -> None:
    lines = (ROOT / "tests" / "data" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    texts = [row.get("question") or row["utterance"] for row in rows]
    found = [text for text in texts if read_form(text)[0]]
    assert len(found) <= 0.01 * len(texts), found


@given(st.text(max_size=80))
def test_whatever_is_said_a_rest_is_no_longer_for_it(question: str) -> None:
    form, rest = read_form(question)
    assert form or rest == question
    assert read_form(rest)[0] is None or not form
