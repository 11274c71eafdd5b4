"""Formulas between sentences: one that opens at a line's end is one unit with its closing line.

What else units and windows are is told in `test_evidence.py`.
"""

from __future__ import annotations

import pytest

from tutor.windows import units_of


def quoted(text: str) -> list[str]:
    return [text[unit.start : unit.end] for unit in units_of(text)]


OPENED = "The loss is $$\nL = a + b\n$$"


@pytest.mark.parametrize(
    ("text", "units"),
    [
        (f"{OPENED}\nThen it falls.\nAnd rises.", [OPENED, "Then it falls.", "And rises."]),
        (f"We train it. {OPENED}\nIt falls.", ["We train it.", OPENED, "It falls."]),
        (f"{OPENED} where a is b.\nIt falls.", [f"{OPENED} where a is b.", "It falls."]),
        ("We take $$ a = b\n+ c $$\nIt falls.", ["We take $$ a = b\n+ c $$", "It falls."]),
        (f"{OPENED}\n\n{OPENED}\n\nEnd it.", [OPENED, OPENED, "End it."]),
        (f"{OPENED}\n\n$$\nc\n$$\nEnd it.", [OPENED, "$$\nc\n$$", "End it."]),
        ("- one is $$\na\n$$\n- two is b.", ["- one is $$\na\n$$", "- two is b."]),
        ("Then $$a$$ and $$\nb\n$$\nEnd it.", ["Then $$a$$ and $$\nb\n$$", "End it."]),
    ],
)
def test_a_formula_that_a_line_of_words_opens_ends_at_its_own_close(
    text: str, units: list[str]
) -> None:
    assert quoted(text) == units


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("$$\na\n$$\nIt falls.", ["$$\na\n$$", "It falls."]),
        ("$$a = b$$\nIt falls.", ["$$a = b$$", "It falls."]),
        ("The loss $$a = b$$ is small.\nIt falls.", ["The loss $$a = b$$ is small.", "It falls."]),
        ("A $$a$$ and $$b$$ here.\nIt falls.", ["A $$a$$ and $$b$$ here.", "It falls."]),
        ("The shell's own id is $$ here.\nIt falls.", None),
        ("The shell's own id is $$ here.\n\n$$\na\n$$\nIt falls.", None),
        ("It costs $5 or $6.\nIt falls.", ["It costs $5 or $6.", "It falls."]),
        ("```\necho $$\nkill $$\n```\nIt falls.", ["```\necho $$\nkill $$\n```", "It falls."]),
    ],
)
def test_other_dollars_open_nothing(text: str, units: list[str] | None) -> None:
    found = quoted(text)
    assert found == units or (units is None and found[0] == text.split("\n")[0])
    assert found[-1] == "It falls."
