"""Other languages as English, and typing errors mended."""

from __future__ import annotations

import pytest

from tutor.tools.glossary import glossary, language_of, nearest_term, terms, translated
from tutor.tools.pieces import pieces_of


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("zeichne sechs Siebenen", "de"),
        ("montre-moi cinq chiffres", "fr"),
        ("muestra la curva de error", "es"),
        ("mostra lo spazio latente", "it"),
        ("gera um quatro com a GAN", "pt"),
        ("laat de VAE zien", "nl"),
        ("show the latent space", "en"),
        ("normal distribution N(2, 0.5)", "en"),
    ],
)
def test_the_language_is_told_from_the_words(said: str, language: str) -> None:
    assert (language_of(list(pieces_of(said))) or "en") == language


def test_nothing_tells_the_language_of_numbers() -> None:
    assert language_of(list(pieces_of("50 100"))) is None


def test_the_longest_phrase_is_translated() -> None:
    english = [p.text for p in translated(list(pieces_of("latenter Raum des GAN")), "de")]
    assert english[:2] == ["latent", "space"]


def test_every_language_knows_the_common_verbs() -> None:
    for language in ("de", "fr", "es", "it", "pt", "nl"):
        meanings = set(glossary()[language].values())
        assert {"show", "generate", "train", "compare", "samples", "steps"} <= meanings


def test_one_letter_amiss_is_mended_and_more_is_not() -> None:
    assert nearest_term("interpolat", True) in ("interpolate", "interpolation")
    assert nearest_term("difusion", True) == "diffusion"
    assert nearest_term("xylophone", True) is None
    assert "diffusion" in terms()


def test_students_words_are_not_kept_for_ever() -> None:
    assert nearest_term.cache_info().maxsize == 4096
