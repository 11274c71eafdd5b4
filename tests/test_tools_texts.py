"""Sentences and prompts come back exactly as the student wrote them."""

from __future__ import annotations

import pytest

from tutor.tools.router import load_reader
from tutor.tools.texts import own_prompt, read_texts

READER = load_reader()


@pytest.mark.parametrize(
    ("tool", "said", "texts"),
    [
        ("tokens", 'Split "Don\'t Stop" into tokens', {"text": "Don't Stop"}),
        ("tokens", "tokenize the word Donaudampfschiff", {"text": "Donaudampfschiff"}),
        ("tokens", "tokenize it", {}),
        ("attention", "show attention for The Dog barked", {"text": "The Dog barked"}),
        ("attention", "the attention weights, please", {}),
        ("embeddings", 'embed "I run" and "You walk"', {"text": "I run\nYou walk"}),
        ("classifier", "is this spam: Win a PRIZE now!", {"text": "Win a PRIZE now!"}),
        ("sampling", "next word after “The Sun”", {"prompt": "The Sun"}),
        ("language_model", "text starting with The generator", {"prompt": "The generator"}),
        ("text_to_image", "draw a Thin nine", {"prompt": "a Thin nine"}),
        ("text_to_image", "draw a big 3, negative prompt: slanted",
         {"prompt": "a big 3", "negative_prompt": "slanted"}),
        ("text_to_image", 'draw "a six" without "thick"',
         {"prompt": "a six", "negative_prompt": "thick"}),
        ("text_to_image", "prompt: a thin one; 4 pictures", {"prompt": "a thin one"}),
        ("text_to_image", "zeichne eine dicke Vier", {"prompt": "eine dicke Vier"}),
        ("quiz", "quiz me on the ELBO", {"topic": "ELBO"}),
        ("search_course", "where is LoRA mentioned?", {"topic": "LoRA"}),
        ("gan", 'draw "a six"', {}),
    ],
)  # fmt: skip
def test_texts(tool: str, said: str, texts: dict[str, str]) -> None:
    assert read_texts(tool, READER.read(said)) == texts


@pytest.mark.parametrize(
    ("tool", "said", "prompt"),
    [
        ("language_model", "In a World, the weights", "In a World, the weights"),
        ("language_model", "temperature 2, The Sea with 40 characters", "The Sea"),
        ("language_model", "train an LSTM", ""),
        ("text_to_image", "7 and thick", "7 and thick"),
        ("text_to_image", "12 steps at guidance 3", ""),
        ("sampling", "top-k 5", ""),
    ],
)
def test_a_prompt_is_what_is_no_setting(tool: str, said: str, prompt: str) -> None:
    assert own_prompt(tool, READER.read(said)) == prompt
