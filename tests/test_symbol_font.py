"""The signs of fonts that have letters of their own at the places of others."""

from __future__ import annotations

import pytest

from tutor.documents import symbol_font


@pytest.mark.parametrize(
    ("font", "words", "expected"),
    [
        ("Symbol", "abc", "αβχ"),
        ("Symbol", "\uf061 1", "α 1"),
        ("symbol ", "\u00b3", "≥"),
        ("Wingdings", "\u00e0\u00df\uf0e1", "→←↑"),
        ("Wingdings", "word", "word"),
        ("Arial", "a\u00e0\uf061", "a\u00e0\uf061"),
        ("", "a", "a"),
        ("Symbol", "→ 漢", "→ 漢"),
    ],
)
def test_words_in_a_font(font: str, words: str, expected: str) -> None:
    assert symbol_font.text(font, words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("à", "→"),
        ("à so", "→ so"),
        ("aàb", "aàb"),
        ("für", "für"),
        ("1 à 2", "1 → 2"),
        ("plain", "plain"),
    ],
)
def test_signs_alone_in_a_font(words: str, expected: str) -> None:
    assert symbol_font.signs("Wingdings", words) == expected
