"""Lines as wild Markdown has them, for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

MARKDOWN_LINES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        (
            *("```", "~~~", "````", "$$", "$$x$$", "# A", "## B c", "- a", "  more", "1. b"),
            *("| a | b |", "|---|---|", "a\tb", "", " ", "Text. More text.", "> quote"),
        )
    ),
)
