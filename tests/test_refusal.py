"""What is said of a question that the course does not cover."""

from __future__ import annotations

from tutor.config import Settings
from tutor.records import Chunk, Hit, Place
from tutor.refusal import NEARBY, Refusal


def hit(number: int, page: int) -> Hit:
    return Hit(Chunk("a [1].pdf", Place("page", page), "text", ordinal=number), number, 0.5)


def test_the_nearest_places_are_named_once_each_and_no_more_than_a_few(settings: Settings) -> None:
    hits = [hit(number, page) for number, page in enumerate((1, 1, 2, 3, 4), start=1)]
    found = Refusal.of(settings).found(hits, ["StyleGAN"])
    assert not found.covered
    assert found.evidence == ()
    assert [chunk.place.value for chunk in found.nearby] == [1, 2, 3]
    assert len(found.nearby) == NEARBY
    assert "“StyleGAN”" in found.text
    assert found.text.count(", p. 1\n") == 1
    assert "[1]" not in found.text.replace("\\[1\\]", "")


def test_an_empty_course_has_nothing_near(settings: Settings) -> None:
    found = Refusal.of(settings).found([], [])
    assert found.nearby == ()
    assert found.text
    assert "{{" not in found.text
