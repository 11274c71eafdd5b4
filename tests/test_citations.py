"""Markers are ours alone, and quotes stand where they are said to stand."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tutor.citations import folded, label, own_words, quoted, verbatim, without_markers
from tutor.records import Chunk, Evidence, Place, PlaceKind

MARKER = re.compile(r"\[(\d+)\]")
TEXTS = st.text(st.sampled_from("ab .\n[]()^1203,;\\>#`*_$\u2028\r"), max_size=40)


def piece(
    quote: str, marker: int = 1, source: str = "a.md", place: Place | None = None
) -> Evidence:
    return Evidence(marker, source, place or Place("page", 2), quote, 1.0, quote)


# Markers


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("GANs work [1].", "GANs work."),
        ("GANs work.[2] More.", "GANs work. More."),
        ("GANs have two networks[1].", "GANs have two networks."),
        ("GANs [1, 2] and [3;4] and [^5].", "GANs and and."),
        ("GANs work [12][13].", "GANs work."),
        ("An array a[i] and [see below] stay.", "An array a[i] and [see below] stay."),
        ("All are scaled to [0, 1] [2].", "All are scaled to [0, 1]."),
        ("The first is x[0], then x[1][2].", "The first is x[0], then x[1][2]."),
        ("Its shape is [28, 28].", "Its shape is [28, 28]."),
        ("[1]", ""),
    ],
)
def test_a_models_own_markers_are_taken_out(text: str, rest: str) -> None:
    assert without_markers(text) == rest


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("All are scaled to [0, 1] [2].", r"All are scaled to \[0, 1\]."),
        ("The first is x[1].", r"The first is x\[1\]."),
        ("The first is `x[1]` [1].", "The first is `x[ 1 ]`."),
        (r"It is $f: X \to [0,1]$ [1].", r"It is $f: X \to [ 0,1 ]$."),
        ("It costs $5 [1] or $6 [2].", "It costs $5 or $6."),
    ],
)
def test_what_is_no_marker_stays_and_looks_like_none(text: str, words: str) -> None:
    assert own_words(text) == words


@given(TEXTS)
@example("[[1]2]")
@example("[1[2]]")
@example("`[1]`[`1]")
@example("$[1]$[1]")
def test_nothing_like_a_marker_is_left(text: str) -> None:
    assert not MARKER.search(own_words(text))


# Verbatim


def test_only_quotes_that_stand_in_their_passage_are_kept() -> None:
    place = Place("page", 1)
    right = Evidence(1, "a", place, "the words\nstand", 1.0, "Here the  words stand.")
    wrong = Evidence(2, "a", place, "other words", 1.0, "Here the words stand.")
    empty = Evidence(3, "a", place, "", 1.0, "Here the words stand.")
    assert verbatim([right, wrong, empty]) == (right,)


@given(st.text(), st.integers(0, 50), st.integers(0, 50))
def test_every_stretch_of_a_passage_is_verbatim(text: str, start: int, length: int) -> None:
    quote = text[start : start + length]
    found = verbatim([Evidence(1, "a", Place("page", 1), quote, 1.0, text)])
    assert bool(found) == bool(quote)


@given(st.text())
def test_folding_leaves_words_and_order(text: str) -> None:
    assert folded(text).split() == text.split()
    assert "  " not in folded(text)
    assert folded(folded(text)) == folded(text)


# Labels


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        (Place("page", 4), "u/a.pdf, p. 4"),
        (Place("slide", 9), "u/a.pdf, slide 9"),
        (Place("section", "Title > Part > Detail"), "u/a.pdf, § Detail"),
        (Place("section", ""), "u/a.pdf, beginning"),
    ],
)
def test_a_label_is_short(place: Place, shown: str) -> None:
    assert label(Chunk("u/a.pdf", place, "text")) == shown
    assert label(piece("text", source="u/a.pdf", place=place)) == shown


# Quotes as the student reads them


def test_quotes_are_blocks_with_their_marker_and_place() -> None:
    evidence = [piece("One line.\n\n- an item", 1), piece("Another.", 2, "b.md")]
    assert quoted(evidence) == (
        "> One line.\n>\n> - an item\n>\n> [1] a.md, p. 2\n\n> Another.\n>\n> [2] b.md, p. 2"
    )


def test_no_evidence_no_quotes() -> None:
    assert quoted([]) == ""


@given(st.lists(TEXTS.filter(str.strip), max_size=3))
def test_no_line_of_a_quote_leaves_its_block(quotes: list[str]) -> None:
    text = quoted([piece(quote, i) for i, quote in enumerate(quotes, start=1)])
    blocks = text.split("\n\n") if text else []
    assert len(blocks) == len(quotes)
    for block in blocks:
        assert all(line.startswith(">") for line in re.split(r"\r\n|\r|\n", block))


@given(
    st.lists(TEXTS.filter(str.strip), max_size=3),
    st.text("w[]1 2", max_size=8),
    st.text("s[]1 2>", max_size=8),
)
def test_what_a_source_writes_never_becomes_a_marker(
    quotes: list[str], source: str, heading: str
) -> None:
    evidence = [
        piece(quote, number, f"{source}.md", Place("section", heading))
        for number, quote in enumerate(quotes, start=7)
    ]
    found = [int(number) for number in MARKER.findall(quoted(evidence))]
    assert found == [item.marker for item in evidence]


@pytest.mark.parametrize(
    "quote", ["as shown [7].", r"as shown \[7].", "as shown [7, 8].", "see [1] and [^2]", "[[3]]"]
)
def test_a_sources_own_references_are_escaped_but_still_read_the_same(quote: str) -> None:
    shown = quoted([piece(quote, 4)])
    assert MARKER.findall(shown) == ["4"]
    assert "shown" not in quote or "> as shown" in shown


@pytest.mark.parametrize("kind", ["page", "slide"])
def test_ordinary_brackets_are_left_alone(kind: PlaceKind) -> None:
    text = "A matrix [a b] and a link [text](page) and x[i] stay."
    assert f"> {text}\n" in quoted([piece(text, place=Place(kind, 1))])
