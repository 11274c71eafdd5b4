"""What a reader of an HTML page can turn to is read; what nobody sees is not."""

from __future__ import annotations

import pytest

from tutor.documents import html

TAB = '<div role="tabpanel"{}><p>{}</p></div>'
SLIDE = "<section{}><h2>{}</h2></section>"
FIRST = TAB.format("", "Torch.")
DECK = SLIDE.format("", "First")


def words(text: str) -> str:
    pages = html.parse(f"<p>Begin.</p>{text}", "a.html").pages
    return " ".join(page.text for page in pages)


@pytest.mark.parametrize(
    "page",
    [
        "<h2><button>Hint</button></h2><p>x</p>",
        '<h3 class="accordion-header"> <button><span>Hint</span></button> </h3>',
        "<main><p>A.</p><aside><p>Hint</p></aside></main>",
        '<section><aside class="notes">Hint</aside></section>',
        '<article><aside class="starlight-aside">Hint, see <a href="#">it</a></aside></article>',
        '<aside class="admonition">Hint</aside>',
        FIRST + TAB.format(" hidden", "Hint"),
        FIRST + TAB.format(' style="display: none" aria-hidden="true"', "Hint"),
        TAB.format(" hidden", "Hint") + FIRST,
        f'<div class="slides">{DECK}{SLIDE.format(" hidden", "Hint")}</div>',
        f'<div class="reveal"><div class="slides">{DECK}<section hidden aria-hidden="true">'
        f"{SLIDE.format('', 'Hint')}</section></div></div>",
    ],
)
def test_what_a_reader_can_turn_to_is_read(page: str) -> None:
    assert "Hint" in words(page)


@pytest.mark.parametrize(
    "page",
    [
        "<h2>Title <button>Hint</button></h2>",
        "<p>Text <button>Hint</button></p>",
        "<aside>Hint</aside>",
        "<main><p>A.</p><aside hidden>Hint</aside></main>",
        '<main><p>A.</p><aside role="complementary">Hint</aside></main>',
        '<main><p>A.</p><aside>Hint <a href="#">One of the pages</a></aside></main>',
        "<main><p>A.</p><nav><aside>Hint</aside></nav></main>",
        TAB.format(" hidden", "Hint"),
        TAB.format(" hidden", "x") + TAB.format(' aria-hidden="true"', "Hint"),
        FIRST + "<div hidden>Hint</div>",
        FIRST + '<p role="tabpanel"><span hidden>Hint</span></p>',
        f"{DECK}{SLIDE.format(' hidden', 'Hint')}",
        f'<div class="slides">{SLIDE.format(" hidden", "Hint")}</div>',
        f'<div class="slides">{DECK}<div hidden>Hint</div></div>',
        f'<div class="slides"><section><p style="opacity:0">Hint</p></section>{DECK}</div>',
    ],
)
def test_what_nobody_sees_is_not(page: str) -> None:
    assert "Hint" not in words(page)


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "UTF-16LE", "utf-32", "nonsense"])
def test_a_page_that_names_a_wrong_charset_keeps_its_letters(charset: str) -> None:
    page = f'<meta charset="{charset}"><p>naïve Bayes, Gauß – “quote”</p>'
    assert "naïve Bayes, Gauß – “quote”" in html._decode(page.encode("cp1252"))
    assert "naïve Bayes" in html._decode(page.encode())


LIST = "<ul><li>Paper A<li>Paper B</ul>"


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (
            f"<tr><th>Week<th>Read<tr><td>1<td>{LIST}",
            "| Week | Read |\n| --- | --- |\n| 1 | Paper A; Paper B |",
        ),
        (
            f"<tr><td>1<td>Now: {LIST}<tr><td>2<td>None",
            "| 1 | Now: Paper A; Paper B |\n| --- | --- |\n| 2 | None |",
        ),
        (
            f"<tr><td>{LIST}<td>{'A long text. ' * 20}",
            f"- Paper A\n- Paper B\n\n{'A long text. ' * 20}",
        ),
        (f"<tr><td>{LIST}", "- Paper A\n- Paper B"),
    ],
)
def test_lists_in_the_cells_of_a_table(rows: str, text: str) -> None:
    assert html.parse(f"<table>{rows}</table>", "a.html").pages[0].text == text.strip()


def test_tags_that_are_shown_stay_in_headings_and_names() -> None:
    page = html.parse("<h1>The &lt;table&gt; element</h1><h2>Of <code>__init__</code></h2>", "a")
    assert page.pages[-1].headings == ("The <table> element", "Of __init__")
