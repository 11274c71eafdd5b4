"""Documents' words in the page: shown, and nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.chat.markdown import is_authored, neutral


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("![a cat](http://evil.example/cat.png)", "a cat"),
        ("see [the paper](https://arxiv.org/abs/1406.2661)", "see the paper"),
        ("[![badge](http://a/b.svg)](http://a)", "badge"),
        ('[x](http://a_(b) "title")', "x"),
        ("![x][far]\n\n[far]: http://a", "!\\[x\\]\\[far\\]\n\n\\[far\\]: `http://a`"),
        ("<img src=http://a onerror=b>", "\\<img src=`http://a` onerror=b>"),
        ("<https://a.example>", "<`https://a.example`>"),
        (
            "at www.a.example, see (https://b.example).",
            "at `www.a.example`, see (`https://b.example`).",
        ),
        ("p < q and a<b", "p < q and a\\<b"),
    ],
)
def test_pictures_links_and_html_leave_their_words(text: str, shown: str) -> None:
    assert neutral(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the ratio p:q", "the ratio p\\:q"),
        (":::note\nx\n:::", "\\:\\:\\:note\nx\n\\:\\::"),
        ("$5 and $10", "\\$5 and \\$10"),
        ("from ~5 to ~10", "from \\~5 to \\~10"),
        ("as shown in [1] and [^2]", "as shown in \\[1\\] and \\[^2\\]"),
        ("\uf0b7 one", "• one"),
    ],
)
def test_no_character_with_a_meaning_of_chainlits_own_swallows_words(text: str, shown: str) -> None:
    assert neutral(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "`a[0]: b` and ``x ` [y]``",
        "```python\nx = d['a'][0]  # ![no](picture)\n```",
        "~~~\n<b>$5</b>\n~~~\n",
        "with $x_i \\in [0, 1]$ inside",
        "$$\n\\sum_{i} a[i]\n$$",
        "already \\[escaped\\] and \\$5",
    ],
)
def test_code_formulas_and_escapes_stay_as_they_are(text: str) -> None:
    assert neutral(text) == text


def test_a_formula_on_one_line_becomes_a_displayed_one() -> None:
    assert neutral("so\n$$ a + b $$\nand") == "so\n$$\na + b\n$$\nand"


def test_rows_without_a_head_get_an_empty_one() -> None:
    assert neutral("| a | b |\n| c | d |") == "\n|  |  |\n|---|---|\n| a | b |\n| c | d |"


@pytest.mark.parametrize("text", ["| a | b |\n|---|:-:|\n| c | d |", "```\n| a | b |\n```"])
def test_whole_tables_and_code_keep_their_rows(text: str) -> None:
    assert neutral(text) == text


def test_stars_are_plain_characters_where_nobody_wrote_markdown() -> None:
    assert neutral("f*g*h and a_b_c", authored=False) == "f\\*g\\*h and a\\_b\\_c"
    assert neutral("**bold**") == "**bold**"
    assert is_authored("notes/unit.MD")
    assert not is_authored("handout.pdf")


@given(st.text(alphabet="ab1 \n`$|~:[]()<>!*_\\#-", max_size=80))
def test_no_word_is_lost(text: str) -> None:
    if "](" in text:  # the address of a link is not among its words
        return

    def words(markdown: str) -> list[str]:
        return re.findall(r"[ab1]", markdown)

    assert words(neutral(text)) == words(text)


@given(st.text(alphabet="ab [](!)<>:\n", max_size=60))
def test_without_code_no_link_picture_or_html_is_left(text: str) -> None:
    left = re.sub(r"\\.", ".", neutral(text))
    assert not re.search(r"[\[\]]|<[a-z/!?]", left)
