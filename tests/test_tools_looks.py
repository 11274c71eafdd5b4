"""How a digit is to look."""

from __future__ import annotations

from tutor.records import ToolCall
from tutor.tools.looks import relooked


def test_the_prompt_is_changed() -> None:
    assert relooked(ToolCall("gan", {"digit": 7}), "thicker") == "a thick 7"
    thin = ToolCall("text_to_image", {"prompt": "a thin nine"})
    assert relooked(thin, "leaning left") == "a thin nine leaning left"
    assert relooked(thin, "more steps") is None
