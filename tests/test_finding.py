"""What stands beside the quotes: comparisons that fit into the room left for them."""

from __future__ import annotations

import pytest

from tutor.finding import PICTURE_WORDS, _picture
from tutor.records import Chunk, Place

SHORT = "Think of the generator as a forger of banknotes."


@pytest.mark.parametrize(("words", "room"), [(75, 200), (75, 40), (45, 40), (9, 8), (9, -20)])
def test_a_comparison_longer_than_its_room_is_not_quoted(words: int, room: int) -> None:
    sentence = SHORT.removesuffix(".") + " of" * (words - 9) + "."
    assert len(sentence.split()) == words
    assert _picture(Chunk("gan.md", Place("page", 1), sentence), room) == ""


def test_the_longest_comparison_that_fits_is_quoted() -> None:
    chunk = Chunk("gan.md", Place("page", 1), f"{SHORT} It learns from a detective.")
    assert _picture(chunk, PICTURE_WORDS) == chunk.text
    assert _picture(chunk, 10) == SHORT
