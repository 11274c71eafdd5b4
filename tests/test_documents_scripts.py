"""Raised and lowered letters in plain text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.documents.scripts import lowered, note_mark, raised, struck, without_tags, written
from tutor.documents.sections import plain_name

KINDS = {"^": raised, "_": lowered, "#": note_mark, "~": struck}


def marked(text: str) -> str:
    """`10^(6)` with its 6 marked as raised; `_(...)` for lowered, `#(...)` for a note's mark."""
    while (inner := re.sub(r"([\^_#~])\(([^()^#]*)\)", mark, text)) != text:
        text = inner
    return text


def mark(found: re.Match[str]) -> str:
    return KINDS[found[1]](found[2])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10^(6) weights", "10^6 weights"),
        ("10^(12)", "10^{12}"),
        ("10^(−)^(6)", "10^{−6}"),
        ("10^(6)5", "10^{6}5"),
        ("|x|^(2) + e^(−x^(2))", "|x|^2 + e^{−x^2}"),
        ("A^(T)B, A^(⊤)", "A^{T}B, A^⊤"),
        ("a^([l]), q^(*), f^(′)", "a^{[l]}, q*, f′"),
        ("Na^(+), Ca^(2+), x^(+)", "Na+, Ca^{2+}, x^+"),
        ("x^(2 )and", "x^2 and"),
        ("the 21^(st), n^(th) and Brand^(TM)", "the 21st, nth and BrandTM"),
        ("claim^([1]), word^(see the note below)", "claim[1], wordsee the note below"),
        ("in 2019.^(3) And", "in 2019.[3] And"),
        ("claim#(3), in 2019#(3)", "claim3, in 2019[3]"),
        ("^(1)/_(2)", "1/2"),
        ("is ~(4)~(00 )5~( )", "is ~~400~~ 5 "),
    ],
)
def test_raised_letters(text: str, expected: str) -> None:
    assert written(marked(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("H_(2)O, x_(2), W_(out)", "H2O, x2, Wout"),
        ("101_(2) and 7_(10)", "101_2 and 7_{10}"),
        ("log_(2)8, log_(2)n", "log_{2}8, log2n"),
        ("x_(t−1), a_(i,j)", "x_{t−1}, a_{i,j}"),
        ("x_(i)^(2), x^(2)_(i)", "xi^2, x^2_i"),
    ],
)
def test_lowered_letters(text: str, expected: str) -> None:
    assert written(marked(text)) == expected


def test_many_scripts_are_written_at_once() -> None:
    assert written(("1" + raised("2") + " ") * 50_000) == "1^2 " * 50_000


PIECES = st.lists(st.sampled_from(["1", "x", " ", "(", "−", "word "])).map("".join)
LINES = st.recursive(
    PIECES,
    lambda inner: st.lists(
        inner | st.builds(lambda k, t: k(t), st.sampled_from([*KINDS.values()]), inner)
    ).map("".join),
)


@given(LINES)
def test_no_mark_is_left_and_no_letter_is_lost(line: str) -> None:
    shown = written(line)
    assert shown.isprintable()
    assert [c for c in shown if c in "1xword−"] == [c for c in line if c in "1xword−"]


def test_raised_letters_in_the_headings_of_markdown() -> None:
    assert plain_name("E = mc<sup>2</sup>, 10<sup>-6</sup> and H<sub>2</sub>O") == (
        "E = mc^2, 10^{-6} and H2O"
    )


def test_raised_letters_in_markdown() -> None:
    text = "**10**<sup>6</sup> of `x<sup>2</sup>`, 2<sub>3</sub>, $i$<sup>th</sup>"
    assert without_tags(text) == "**10**^6 of `x<sup>2</sup>`, 2_3, $i$th"
    assert without_tags("so<sup>[1](#a)</sup> <sup>open") == "so<sup>[1](#a)</sup> <sup>open"
