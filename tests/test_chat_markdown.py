"""Documents' words in the page: shown, and nothing else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.rules_block.fence import make_fence_rule

from tutor.chat.markdown import is_authored, neutral


def _formula(state: Any, silent: bool) -> bool:
    """A formula in a line: as CommonMark's code, with `$` for its mark."""
    run = re.compile(r"\$+").match(state.src, state.pos)
    if not run:
        return False
    end = re.compile(rf"(?<!\$){re.escape(run[0])}(?!\$)").search(state.src, run.end())
    if not silent:
        state.pending += end.string[state.pos : end.end()] if end else run[0]
    state.pos = end.end() if end else run.end()
    return True


def reader() -> MarkdownIt:
    """Another party's CommonMark, with the tables and formulas that the page has too."""
    made = MarkdownIt("commonmark").enable("table")
    formulas = make_fence_rule(
        markers=("$",), min_markers=2, disallow_marker_in_info=("$",), token_type="formula"
    )
    before = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    made.block.ruler.before("fence", "formula", formulas, before)
    made.inline.ruler.before("backticks", "formula", _formula)
    return made


READER = reader()


def alive(markdown: str) -> set[str]:
    """What of Markdown does more than to show its words."""
    blocks = READER.parse(markdown)
    kinds = {token.type for block in blocks for token in [block, *(block.children or [])]}
    return kinds & {"link_open", "image", "html_inline", "html_block"}


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


LIVE = "[click](http://evil.example)"


@pytest.mark.parametrize(
    "text",
    [
        f"```not ` a fence\n{LIVE}\n```",
        f"    ```\n{LIVE}\n    ```",
        f"\t```\n{LIVE}\n\t```",
        f"text\n    ~~~\n{LIVE}\n~~~",
        f"x ` y\nZ `{LIVE}` w",
        f"- item\n  ```\n{LIVE}\n  ```",
        f"- ```\n{LIVE}\n```\n",
        f"- ~~~\n\n~~~\n{LIVE}\n~~~\n",
        f"```\ncode\n```~\n```\n{LIVE}\n```",
        f"```\ncode\n    ```\n{LIVE}\n```\n",
        f"\\\\`a` {LIVE} `b`",
        f"\\http://a.example `{LIVE}`",
        f"http://a.example``{LIVE}``",
        f"http://a.example\\` {LIVE} `a`",
        f"~~~ a | `\n--|--\n{LIVE}\n~~~",
        f"| `a | b` `{LIVE}` |",
        f"a | b\n--|--\n`c | d` `{LIVE}`",
        f"> a | b\n> --|--\n> $c | d {LIVE}$",
        f"say $$ x\n\n{LIVE} $$",
        f"`a\r\r{LIVE}\r\rb`",
        f"`a\u2028\u2028{LIVE} b`",
        "[" * 9 + "click" + "](http://evil.example)" * 9,
    ],
)
@pytest.mark.parametrize("authored", [True, False])
def test_what_only_looks_like_code_is_no_place_to_hide(text: str, authored: bool) -> None:
    shown = neutral(text, authored=authored)
    assert not alive(shown)
    assert not alive("\n".join(f"> {line}" for line in shown.splitlines()))


def test_the_reader_finds_what_is_alive() -> None:
    assert alive(f"`a` {LIVE}") == {"link_open"}
    assert alive("![a](b)\n\n<b>c</b>\n\n<p>") == {"image", "html_inline", "html_block"}
    assert not alive(f"`{LIVE}` ${LIVE}$\n\n```\n{LIVE}\n```\n$$\n{LIVE}\n$$")


def test_code_in_a_list_is_still_code() -> None:
    assert neutral("1. So:\n\n    ```python\n    a = [b]\n      c\n    ```\n2. Then") == (
        "1. So:\n\n```python\na = [b]\n  c\n```\n2. Then"
    )


def test_code_that_nothing_closes_is_closed() -> None:
    assert neutral("```\na[1]") == "```\na[1]\n```"


def test_backticks_that_are_no_code_are_shown() -> None:
    assert neutral("a ` b and `` c") == "a \\` b and \\`\\` c"
    assert neutral("``` ", authored=False) == "\\`\\`\\` "


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("HTTP://A.example _http://b.example_", "`HTTP://A.example` _`http://b.example`_"),
        ("1http://a.example", "1`http://a.example`"),
        ("[a](http://b.example", "\\[a\\](`http://b.example`"),
        ("`a`http://b.example", "`a` `http://b.example`"),
    ],
)
def test_every_address_is_shown_as_code(text: str, shown: str) -> None:
    assert neutral(text) == shown


def test_a_backslash_is_one_but_at_a_lines_end() -> None:
    assert neutral("\\alpha\\\nnext\\") == "\\\\alpha\\\nnext\\\\"


WILD = st.lists(
    st.sampled_from(
        (
            *("`", "``", "```", "~~~", "````", "$", "$$", "|", "\\", "<", ":", "!", "a", "b1"),
            *("\n", "\n", "\n\n", "\r", "\u2028", " ", "    ", "\t", "- ", "> ", "1. ", "# "),
            *(LIVE, f"!{LIVE}", "[a]: http://b\n", "[a]", "http://a.b/c", "<b>", "<http://a.b>"),
            *("|-|-|", "--|--", "| a | b |", "`a`", "$x$", "*", "_", "](", "---"),
        )
    ),
    max_size=16,
).map("".join)


@given(WILD, st.booleans())
def test_nothing_outside_of_code_is_alive_whatever_the_text_says(text: str, authored: bool) -> None:
    shown = neutral(text, authored=authored)
    assert not alive(shown)
    assert not alive("\n".join(f"> {line}".rstrip() for line in shown.splitlines()))


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
