"""Stop texts: nothing of them, or after them, is seen, however the pieces fall."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from tutor.llm.stops import Visible


def shown(text: str, stops: tuple[str, ...], step: int) -> str:
    """What is seen of a text that grows by `step` characters."""
    visible, seen = Visible(stops), ""
    for end in range(step, len(text) + step, step):
        seen += visible.piece(text[:end])
        if visible.ended:
            return seen
    return seen + visible.rest(text)


def test_it_ends_before_the_first_stop_text() -> None:
    for step in (1, 2, 3, 7, 100):
        assert shown("one two STOP three", ("STOP",), step) == "one two "
        assert shown("one two END three STOP", ("STOP", "END"), step) == "one two "


def test_what_might_begin_a_stop_text_waits_and_then_comes() -> None:
    visible = Visible(("###",))
    assert visible.piece("one #") == "one "
    assert visible.piece("one #2") == "#2"
    assert not visible.ended
    assert shown("ends in ##", ("###",), 1) == "ends in ##"


@given(some.text("ab#", max_size=30), some.integers(1, 5))
def test_the_way_it_is_cut_makes_no_difference(text: str, step: int) -> None:
    expected = text.split("##", 1)[0]
    assert shown(text, ("##",), step) == expected
