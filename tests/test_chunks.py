"""Chunks: nothing lost, nothing moved, nothing cut that belongs together."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.courses import DIFFUSION, GAN, SAMPLING
from tests.markdown_lines import MARKDOWN_LINES
from tutor.chunks import Chunker, embedding_text
from tutor.citations import folded
from tutor.embed import Embedder
from tutor.records import Chunk, Document, Page, Place


def count(text: str) -> int:
    """Words, which are quicker to count than tokens and as good for most tests."""
    return len(text.split())


def section(text: str, *headings: str) -> Page:
    return Page("a.md", Place("section", " > ".join(headings)), text, headings)


def split(text: str, limit: int = 40, headings: Sequence[str] = ("A",)) -> list[Chunk]:
    return Chunker(count, limit).split(Document("a.md", (section(text, *headings),)))


def words(number: int, name: str = "word") -> str:
    """A sentence of so many words."""
    return " ".join(f"{name}{i}" for i in range(number - 1)) + " end."


def solid(text: str) -> str:
    """The text without any white space."""
    return "".join(text.split())


# Chunks of one page


def test_titles_in_a_row_are_cut_and_a_paragraph_set_as_a_heading_is_one() -> None:
    titles = "\n\n".join(f"## {words(8, f'title{n}x')}" for n in range(20))
    assert max(count(chunk.text) for chunk in split(titles)) <= 40
    paragraph = f"# {' '.join(words(10, f'w{n}x') for n in range(20))}"
    assert max(count(chunk.text) for chunk in split(paragraph)) <= 40


@pytest.mark.parametrize("run", ["0f3a" * 50_000, "a.b(c){d};" * 5_000, "字" * 20_000])
def test_a_run_without_blanks_is_cut_and_counted_in_parts(embedder: Embedder, run: str) -> None:
    """As of a dump: no chunk is much too long, and no text counted that is longer by far."""
    longest = 0

    def counted(text: str) -> int:
        nonlocal longest
        longest = max(longest, len(text))
        return embedder.count_tokens(text)

    chunks = Chunker(counted, 200).split(Document("a.md", (section(f"Words. {run} Words.", "A"),)))
    assert solid("".join(chunk.text for chunk in chunks)) == solid(f"Words.{run}Words.")
    assert longest <= 201 * 16
    assert max(len(chunk.text) for chunk in chunks) <= 210 * 16
    assert max(embedder.count_tokens(chunk.text) for chunk in chunks) <= 200


def test_a_short_page_is_one_chunk_as_it_stands() -> None:
    text = "## A\n\nOne sentence.\n\n- an item\n- another\n\n$$\nx\n$$"
    (chunk,) = split(text)
    assert folded(chunk.text) == folded(text)
    assert chunk.place == Place("section", "A")
    assert chunk.headings == ("A",)
    assert chunk.ordinal == 0


def test_a_heading_begins_the_chunk_of_what_follows_it() -> None:
    chunks = split(f"{words(35)}\n\n## Second part\n\n{words(30, 'other')}")
    assert len(chunks) == 2
    assert chunks[1].text.startswith("## Second part\nother0")


def test_a_heading_is_never_the_end_of_a_chunk_with_more_behind_it() -> None:
    text = "\n\n".join(f"## H{i}\n\n### Sub {i}\n\n{words(17, f'w{i}x')}" for i in range(7))
    chunks = split(text)
    assert len(chunks) > 2
    for chunk in chunks:
        assert not chunk.text.splitlines()[-1].startswith("#")


def test_running_text_is_cut_between_sentences() -> None:
    text = " ".join(words(12, f"s{i}w") for i in range(10))
    chunks = split(text)
    assert len(chunks) > 2
    assert all(chunk.text.endswith("end.") for chunk in chunks)


def test_a_formula_stays_whole() -> None:
    formula = "$$\n" + "\n".join(f"a_{i} = b_{i}" for i in range(8)) + "\n$$"
    chunks = split(f"{words(30)}\n\n{formula}\n\n{words(30, 'other')}")
    assert [formula in chunk.text for chunk in chunks].count(True) == 1


def test_code_with_blank_lines_stays_whole() -> None:
    code = "```python\nx = 1\n\n# a comment, no heading\ny = 2\n\n| no | table |\n```"
    chunks = split(f"{words(34)}\n\n{code}\n\n{words(34, 'other')}")
    assert [code in chunk.text for chunk in chunks].count(True) == 1


def test_long_code_is_cut_between_lines() -> None:
    lines = [f"x{i} = {i}" for i in range(60)]
    chunks = split("```\n" + "\n".join(lines) + "\n```")
    assert len(chunks) > 2
    for chunk in chunks:
        assert set(chunk.text.splitlines()) <= {*lines, "```"}


def test_a_long_list_is_cut_between_items_and_an_item_keeps_its_further_lines() -> None:
    items = [f"- item{i} of this list\n  with a second line{i}" for i in range(20)]
    chunks = split("\n".join(items))
    assert len(chunks) > 3
    for chunk in chunks:
        assert chunk.text.lstrip().startswith("- item")
        assert chunk.text.count("- item") == chunk.text.count("second line")


def test_a_list_with_blank_lines_between_its_items_is_one_list() -> None:
    text = "\n\n".join(f"{i}. item of the list" for i in range(1, 5))
    (chunk,) = split(text)
    assert folded(chunk.text) == folded(text)


TABLE = "| name | value |\n| --- | --- |\n" + "\n".join(f"| row{i} | {i} |" for i in range(30))


def test_a_long_table_is_cut_between_rows() -> None:
    chunks = split(TABLE)
    assert len(chunks) > 3
    rows = [line for chunk in chunks for line in chunk.text.splitlines()]
    assert rows == TABLE.splitlines()


def test_what_continues_a_table_has_its_header_in_the_path_and_not_in_the_text() -> None:
    first, *rest = split(TABLE)
    assert first.headings == ("A",)
    assert first.text.startswith("| name | value |")
    assert rest
    for chunk in rest:
        assert chunk.headings == ("A", "name | value")
        assert chunk.place == Place("section", "A")
        assert "name" not in chunk.text
        assert embedding_text(chunk).startswith("A > name | value\n| row")


def test_text_after_a_long_table_is_not_under_its_header() -> None:
    chunks = split(f"{TABLE}\n\nA closing remark stands here.")
    (last,) = [chunk for chunk in chunks if "closing remark" in chunk.text]
    assert last.headings == ("A",)


def test_a_table_of_tabs_is_cut_between_rows_too() -> None:
    lines = ["name\tvalue", *(f"row{i}\t{i}" for i in range(40))]
    chunks = split("\n".join(lines))
    assert len(chunks) > 1
    assert [line for chunk in chunks for line in chunk.text.splitlines()] == lines
    assert chunks[1].headings == ("A", "name | value")


@pytest.mark.parametrize("columns", [15, 30, 60])
def test_a_table_whose_header_alone_fills_a_chunk(columns: int) -> None:
    rows = ["| " + " | ".join(f"{name}{i} x" for i in range(columns)) + " |" for name in "hab"]
    text = "\n".join([rows[0], "|" + "---|" * columns, *rows[1:]])
    chunks = split(text)
    assert solid("".join(chunk.text for chunk in chunks)) == solid(text)


def test_a_last_scrap_takes_something_from_its_neighbour() -> None:
    paragraphs = [*(words(12, f"p{i}w") for i in range(3)), "A closing scrap stands here."]
    chunks = split("\n\n".join(paragraphs))
    assert [chunk.text.split("\n\n") for chunk in chunks] == [paragraphs[:2], paragraphs[2:]]


def test_a_page_with_nothing_in_it_has_no_chunk() -> None:
    assert split(" \n\n ") == []
    assert Chunker(count).split(Document("a.md", ())) == []


def test_a_heading_alone_is_still_a_chunk() -> None:
    (chunk,) = split("# Only a title")
    assert chunk.text == "# Only a title"


# Documents of several pages


@pytest.mark.parametrize("kind", ["page", "slide"])
def test_pages_and_slides_are_never_joined(kind: str) -> None:
    pages = tuple(Page("a.pdf", Place(kind, i), f"Text {i}.", ("A",)) for i in (1, 2, 3))
    chunks = Chunker(count, 40).split(Document("a.pdf", pages))
    assert [(chunk.place.value, chunk.text) for chunk in chunks] == [
        (1, "Text 1."),
        (2, "Text 2."),
        (3, "Text 3."),
    ]


def test_short_sections_share_a_chunk_under_their_common_heading() -> None:
    pages = (
        section("## One\n\nShort.", "A", "One"),
        section("## Two\n\nShort too.", "A", "Two"),
    )
    (chunk,) = Chunker(count, 40).split(Document("a.md", pages))
    assert chunk.place == Place("section", "A")
    assert chunk.headings == ("A",)
    assert chunk.text == "## One\nShort.\n\n## Two\nShort too."


def test_sections_of_different_chapters_are_kept_apart() -> None:
    pages = (
        section("### One\n\nShort.", "A", "One"),
        section("### Two\n\nShort too.", "B", "Two"),
    )
    chunks = Chunker(count, 40).split(Document("a.md", pages))
    assert [str(chunk.place.value) for chunk in chunks] == ["A > One", "B > Two"]


def test_long_sections_are_kept_apart() -> None:
    pages = (section(words(30), "A", "One"), section(words(30, "other"), "A", "Two"))
    chunks = Chunker(count, 40).split(Document("a.md", pages))
    assert [str(chunk.place.value) for chunk in chunks] == ["A > One", "A > Two"]


def test_ordinals_count_on_over_the_pages() -> None:
    pages = tuple(Page("a.pdf", Place("page", i), words(90, f"p{i}w")) for i in (1, 2))
    chunks = Chunker(count, 40).split(Document("a.pdf", pages))
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))
    assert len(chunks) >= 6


# Properties


NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta"])
SENTENCES = st.builds(
    lambda name, length: words(length, name), NAMES, st.integers(min_value=1, max_value=14)
)
PARAGRAPHS = st.lists(SENTENCES, min_size=1, max_size=12).map(" ".join)
HEADINGS = st.builds(lambda level, name: f"{'#' * level} {name}", st.integers(1, 4), NAMES)
LISTS = st.lists(SENTENCES, min_size=1, max_size=15).map(
    lambda items: "\n".join(f"- {item}\n  and more" for item in items)
)
TABLES = st.builds(
    lambda width, rows: "\n".join(
        "| " + " | ".join(f"r{row}c{column}" for column in range(width)) + " |"
        for row in range(rows)
    ),
    st.integers(1, 8),
    st.integers(1, 20),
)
CODE = st.lists(SENTENCES | st.just(""), max_size=10).map(
    lambda lines: "\n".join(["```", *lines, "```"])
)
FORMULAS = st.integers(1, 6).map(lambda n: "$$\n" + "\n".join(["x = y"] * n) + "\n$$")
PAGES = st.lists(
    PARAGRAPHS | HEADINGS | LISTS | TABLES | CODE | FORMULAS, min_size=1, max_size=8
).map("\n\n".join)
LIMITS = st.integers(min_value=32, max_value=80)


def numbered(texts: Sequence[str], kind: str) -> Document:
    pages = [Page("a.x", Place(kind, i), text, ("Title",)) for i, text in enumerate(texts, start=1)]
    return Document("a.x", tuple(pages))


def sections(texts: Sequence[str]) -> Document:
    pages = [section(text, "Title", f"Part {i}") for i, text in enumerate(texts)]
    return Document("a.md", tuple(pages))


@given(st.lists(PAGES, min_size=1, max_size=4), LIMITS, st.booleans())
def test_all_words_in_order(texts: list[str], limit: int, slides: bool) -> None:
    document = numbered(texts, "slide") if slides else sections(texts)
    chunks = Chunker(count, limit).split(document)
    assert " ".join(chunk.text for chunk in chunks).split() == " ".join(texts).split()


@given(st.lists(PAGES, min_size=1, max_size=3), LIMITS)
def test_no_chunk_of_normal_text_is_over_the_limit(texts: list[str], limit: int) -> None:
    for chunk in Chunker(count, limit).split(numbered(texts, "page")):
        assert count(" > ".join(chunk.headings)) + count(chunk.text) <= limit


@given(st.lists(PAGES, min_size=1, max_size=4), LIMITS, st.sampled_from(["page", "slide"]))
def test_a_chunk_is_a_stretch_of_the_page_it_names(texts: list[str], limit: int, kind: str) -> None:
    for chunk in Chunker(count, limit).split(numbered(texts, kind)):
        assert chunk.place.kind == kind
        assert folded(chunk.text) in folded(texts[int(chunk.place.value) - 1])


@given(st.lists(PAGES, min_size=1, max_size=4), LIMITS)
def test_a_chunk_is_a_stretch_of_the_sections_it_names(texts: list[str], limit: int) -> None:
    whole = folded("\n".join(texts))
    for chunk in Chunker(count, limit).split(sections(texts)):
        assert folded(chunk.text) in whole
        match str(chunk.place.value).split(" > "):
            case ["Title", part]:
                assert folded(chunk.text) in folded(texts[int(part.removeprefix("Part "))])
            case path:
                assert path == ["Title"]


@given(st.lists(st.lists(MARKDOWN_LINES, max_size=10).map("\n".join), max_size=3), LIMITS)
def test_wild_text_is_kept_to_the_character(texts: list[str], limit: int) -> None:
    chunks = Chunker(count, limit).split(sections(texts))
    assert solid("".join(chunk.text for chunk in chunks)) == solid("".join(texts))
    assert all(chunk.text.strip() for chunk in chunks)


@given(st.text(max_size=400), st.integers(min_value=2, max_value=20))
def test_text_without_seams_is_cut_at_the_limit_and_kept(text: str, limit: int) -> None:
    pages = (section(text, "A"),)
    chunks = Chunker(len, limit).split(Document("a.md", pages))
    assert solid("".join(chunk.text for chunk in chunks)) == solid(text)


# With the real model's tokens


@pytest.mark.parametrize("text", [GAN, SAMPLING, DIFFUSION])
@pytest.mark.parametrize("limit", [40, 64, 200])
def test_real_text_by_real_tokens(text: str, limit: int, embedder: Embedder) -> None:
    document = Document("a.md", (section(text, "A title"),))
    chunks = Chunker(embedder.count_tokens, limit).split(document)
    assert " ".join(chunk.text for chunk in chunks).split() == text.split()
    assert len(chunks) >= embedder.count_tokens(text) / limit
    for chunk in chunks:
        path = " > ".join(chunk.headings)
        assert embedder.count_tokens(f"{path}\n{chunk.text}") <= limit


# What is embedded


def test_embedding_text_has_the_path_and_leaves_the_markup_out() -> None:
    text = "## A heading\n**Bold** and `code` and <b>tags</b>, but 1 < 2 and x_i."
    chunk = Chunk("a.md", Place("section", "A"), text, ("A", "B"))
    assert embedding_text(chunk) == ("A > B\nA heading\nBold and code and tags, but 1 < 2 and x_i.")


def test_what_only_looks_like_a_tag_is_embedded() -> None:
    text = "The <eos> token, where x<0 or y>1; <a href='x'>a link</a>."
    chunk = Chunk("a.md", Place("page", 1), text)
    assert embedding_text(chunk) == "The <eos> token, where x<0 or y>1; a link."


def test_embedding_text_without_a_path_is_the_text() -> None:
    assert embedding_text(Chunk("a.md", Place("page", 1), "Words.")) == "Words."


@pytest.mark.parametrize(
    ("source", "text", "embedded"),
    [
        ("a.md", "Use `<ul>` here, <b>now</b>.", "Use ul here, now."),
        ("a.md", '`<input type="text">`', 'input type="text"'),
        ("a.md", "`__init__` is __bold__", "__init__ is bold"),
        (
            "a.md",
            "```html\n<ul>\n  <li>x</li><li>y</li>\n</ul>\n```\n<b>y</b>",
            "html\nul\n  li x li li y li\nul\n\ny",
        ),
        ("a.md", "```\nx**2  # so\n~~~\n# no\n", "\nx**2  # so\n~~~\n# no\n"),
        ("a.md", "One ` alone and <i>so</i> on", "One  alone and so on"),
        ("a.ipynb", "<b>Bold</b>", "Bold"),
        ("a.html", "The <ul> element, `</li>`", "The ul element, li"),
        ("a.pdf", "The <br/> tag, x<0", "The br tag, x<0"),
    ],
)
def test_tags_that_are_shown_are_embedded_as_words(source: str, text: str, embedded: str) -> None:
    assert embedding_text(Chunk(source, Place("page", 1), text)) == embedded
