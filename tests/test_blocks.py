"""Blocks: told apart as Markdown means them, and none of their lines is lost."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.markdown_lines import MARKDOWN_LINES
from tutor.blocks import split_blocks


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("One.\nTwo.", ["paragraph"]),
        ("One.\n\nTwo.", ["paragraph", "paragraph"]),
        ("# One\nTwo.", ["heading", "paragraph"]),
        ("#hashtag", ["paragraph"]),
        ("- a\n- b\n\n- c", ["list"]),
        ("- a\n  more of a\n- b", ["list"]),
        ("- a\n\nNo item.", ["list", "paragraph"]),
        ("1. a\n2) b\n(c) c", ["list"]),
        ("Text:\n- a", ["paragraph", "list"]),
        ("| a | b |\n| - | - |\n| 1 | 2 |", ["table"]),
        ("a\tb\n1\t2", ["table"]),
        ("$$\nx = 1\ny = 2\n$$", ["formula"]),
        ("$$\nx = 1\n\n# H\n\n$$\ny\n$$", ["formula", "heading", "formula"]),
        ("$$x$$\nText.", ["formula", "paragraph"]),
        (
            "$$ a = b\n c $$.\n\nText.\n\n# H\n\n$$\nx\n$$",
            ["formula", "paragraph", "heading", "formula"],
        ),
        ("$$\nx\n$$ (3)\n# H\n$$\ny\n$$\nText.", ["formula", "heading", "formula", "paragraph"]),
        ("The loss is $$\nx\n$$\n# H\nText.", ["formula", "heading", "paragraph"]),
        ("| price |\n| --- |\n| $$ |\n| $$$ |\nText.", ["table", "paragraph"]),
        ("# The $$\nText $$.", ["heading", "paragraph"]),
        ("{% highlight python %}\n# no heading\n{% endhighlight %}\nText.", ["code", "paragraph"]),
        ("```\n```python\n# no heading\n```\nText.", ["code", "paragraph"]),
        ("```\n# no heading\n\n| no | table |\n```\nText.", ["code", "paragraph"]),
        ("~~~python\nx\n~~~", ["code"]),
        ("````\n```\nx\n```\n````\nText.", ["code", "paragraph"]),
        ("$$\nnever closed\n\nText.", ["formula", "paragraph"]),
        ("```\nnever closed\n\nText.", ["code", "paragraph"]),
        ("", []),
        ("\n \n", []),
    ],
)
def test_blocks_are_told_apart(text: str, kinds: list[str]) -> None:
    assert [block.kind for block in split_blocks(text)] == kinds


@given(st.lists(MARKDOWN_LINES, max_size=12).map("\n".join))
@example("$$\n\n$$ x")
def test_blocks_hold_every_line_in_order(text: str) -> None:
    joined = "\n".join(block.text for block in split_blocks(text))
    lines = [line for line in text.splitlines() if line.strip()]
    assert [line for line in joined.splitlines() if line.strip()] == lines
