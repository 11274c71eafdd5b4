"""Letters as a keyboard has them."""

from __future__ import annotations

import pytest

from tutor.chunks import embedding_text
from tutor.index.words import words_of
from tutor.letters import plain_letters
from tutor.records import Chunk, Place


@pytest.mark.parametrize(
    ("set_", "typed"),
    [
        ("classi\ufb01cation", "classification"),
        ("Wahrschein\u00adlichkeit", "Wahrscheinlichkeit"),
        ("gene\u00ad rator", "generator"),
        ("fine\u200b-tuning", "fine-tuning"),
        ("Lo\u0308sung", "Lösung"),
    ],
)
def test_a_word_is_one_however_it_was_set(set_: str, typed: str) -> None:
    assert plain_letters(set_) == typed
    assert words_of(set_) == words_of(typed)


def test_what_is_embedded_has_whole_words_and_the_quote_stays() -> None:
    chunk = Chunk("a.pdf", Place("page", 1), "Die Lö- sung der classi\ufb01- cation, ein- und aus")
    assert embedding_text(chunk) == "Die Lösung der classification, ein- und aus"
    assert "\ufb01" in chunk.text
