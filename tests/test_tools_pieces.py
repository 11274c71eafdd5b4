"""Utterances in pieces, each with its place; quotes set aside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.tools.pieces import QUOTE, fold, pieces_of, set_quotes_aside


def texts(said: str) -> list[str]:
    return [piece.text for piece in pieces_of(said)]


@pytest.mark.parametrize(
    ("said", "pieces"),
    [
        ("10,000 samples", ["10000", "samples"]),
        ("0,5", ["0.5"]),
        ("N(20,0.3)", ["n", "(", "20", "0.3", ")"]),
        ("90%", ["0.9"]),
        ("-3", ["-3"]),
        ("2k steps", ["2000", "steps"]),
        ("five 3s", ["five", "3s"]),
        ("0 -> 9", ["0", "to", "9"]),
        ("top-k", ["top", "k"]),
        ("1.2.3", ["1.2.3"]),
        ("2² σ²", ["2", "^", "2", "σ", "^", "2"]),
    ],
)
def test_numbers_and_signs(said: str, pieces: list[str]) -> None:
    assert texts(said) == pieces


def test_accents_and_case_are_folded() -> None:
    assert fold("Fünf Straßen À") == "funf strassen a"
    assert fold("𝒩") == "n"


@pytest.mark.parametrize(
    "said", ['split "a b" now', "split 'a b' now", "split “a b” now", "split «a b» now"]
)
def test_a_quote_is_blanked_and_kept(said: str) -> None:
    masked, quotes = set_quotes_aside(said)
    assert quotes == ("a b",)
    assert QUOTE in masked
    assert "a b" not in masked
    assert len(masked) == len(said), "the other pieces keep their places"


def test_an_apostrophe_opens_no_quote() -> None:
    assert set_quotes_aside("don't show the VAE's map")[1] == ()
    assert set_quotes_aside('split "don\'t stop"')[1] == ("don't stop",)


def test_a_text_after_a_colon_is_a_quote_too() -> None:
    assert set_quotes_aside("Tokens for: Hello, world!")[1] == ("Hello, world!",)


@given(st.text(max_size=80))
def test_every_piece_has_a_place_in_what_was_said(said: str) -> None:
    for piece in pieces_of(set_quotes_aside(said)[0]):
        assert 0 <= piece.start <= piece.end <= len(said)


@pytest.mark.parametrize("said", ["9" * 5000, "9" * 5000 + "%", "9" * 5000 + "k", "1e999"])
def test_an_absurd_number_is_still_one(said: str) -> None:
    for text in texts(said):
        float(text)
        assert len(text) < 400
