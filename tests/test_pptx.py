"""PowerPoint files: a page per slide."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pptx
import pytest
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from tests.documents import made
from tutor.documents import read_document
from tutor.errors import DocumentError
from tutor.records import Document, Place

BOX = (Inches(1), Inches(1), Inches(4), Inches(2))


@pytest.fixture
def deck(tmp_path: Path) -> Deck:
    return Deck(tmp_path / "deck.pptx")


class Deck:
    """A presentation in the making."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.show = pptx.Presentation()

    def slide(self, title: str = "", *lines: tuple[int, str]) -> pptx.slide.Slide:
        slide = self.show.slides.add_slide(self.show.slide_layouts[1 if title else 6])
        if title:
            slide.shapes.title.text = title
            frame = slide.placeholders[1].text_frame
            for number, (level, text) in enumerate(lines):
                paragraph = frame.add_paragraph() if number else frame.paragraphs[0]
                paragraph.text, paragraph.level = text, level
        return slide

    def save(self) -> Path:
        self.show.save(str(self.path))
        return self.path

    def read(self) -> Document:
        return read_document(self.save(), "unit/deck.pptx")


def test_title_and_nested_bullets(deck: Deck) -> None:
    deck.slide("GANs and\nVAEs", (0, "Two networks"), (1, "generator"), (0, "One loss each"))
    (page,) = deck.read().pages
    assert page.place == Place("slide", 1)
    assert page.headings == ("GANs and VAEs",)
    assert page.text == "# GANs and VAEs\n\n- Two networks\n  - generator\n- One loss each"


def test_runs_of_blank_lines_are_one(deck: Deck) -> None:
    deck.slide().shapes.add_textbox(*BOX).text_frame.text = "above" + "\v" * 50 + "below"
    (page,) = deck.read().pages
    assert page.text == "above\n\nbelow"


@pytest.mark.parametrize("high", ["30000", "30%"])
def test_raised_letters_are_no_digits_of_the_number_before(deck: Deck, high: str) -> None:
    frame = deck.slide().shapes.add_textbox(*BOX).text_frame
    places = (("10", "0"), ("-", high), ("6", high), (" at x", ""), ("t-1", f"-{high}"))
    for text, baseline in places:
        run = frame.paragraphs[0].add_run()
        run.text = text
        if baseline:
            run._r.get_or_add_rPr().set("baseline", baseline)
    last = frame.paragraphs[0].add_run()
    last.text = " or t"
    last._r.get_or_add_rPr().set("strike", "sngStrike")
    assert deck.read().pages[0].text == "10^{-6} at x_{t-1} ~~or t~~"


def test_numbered_paragraphs_keep_their_numbers(deck: Deck) -> None:
    frame = deck.slide().shapes.add_textbox(*BOX).text_frame
    steps = [
        ("load", 0, 'type="arabicPeriod" startAt="3"'),
        ("images", 1, 'type="alphaLcParenR"'),
        ("labels", 1, 'type="alphaLcParenR"'),
        ("train", 0, 'type="arabicPeriod" startAt="3"'),
        ("then", 0, ""),
        ("sample", 0, 'type="arabicPlain"'),
        ("look", 0, 'type="romanUcParenBoth"'),
    ]
    for number, (text, level, numbering) in enumerate(steps):
        paragraph = frame.add_paragraph() if number else frame.paragraphs[0]
        paragraph.text, paragraph.level = text, level
        if numbering:
            name = "http://schemas.openxmlformats.org/drawingml/2006/main"
            xml = f'<a:buAutoNum xmlns:a="{name}" {numbering}/>'
            paragraph._p.get_or_add_pPr().append(pptx.oxml.parse_xml(xml))
    assert deck.read().pages[0].text == (
        "3. load\n  - a) images\n  - b) labels\n4. train\nthen\n- 1 sample\n- (I) look"
    )


def test_code_keeps_its_indents_and_hidden_shapes_do_not_show(deck: Deck) -> None:
    slide = deck.slide()
    for font, text in (("Consolas", "for x in data:\n    train(x)"), ("Arial", "  words")):
        frame = slide.shapes.add_textbox(*BOX).text_frame
        frame.text = text
        for paragraph in frame.paragraphs:
            paragraph.runs[0].font.name = font
    hidden = slide.shapes.add_textbox(*BOX)
    hidden.text_frame.text = "hidden"
    hidden._element.nvSpPr.cNvPr.set("hidden", "1")
    assert deck.read().pages[0].text == "```\nfor x in data:\n    train(x)\n```\n\nwords"


@pytest.mark.parametrize(
    ("font", "text", "expected"),
    [
        ('<a:sym typeface="Wingdings"/>', "à loss", "→ loss"),
        ('<a:sym typeface="Wingdings"/>', "a ß b", "a ← b"),
        ('<a:sym typeface="Wingdings"/>', "à für später", "→ für später"),
        ('<a:sym typeface="Wingdings"/>', "café", "café"),
        ('<a:sym typeface="Symbol"/>', "a", "a"),
        ('<a:latin typeface="Symbol"/>', "a and", "α ανδ"),
        ('<a:latin typeface="Symbol"/>', "\uf061", "α"),
        ('<a:latin typeface="Arial"/>', "à a", "à a"),
        ('<a:latin typeface="Wingdings"/><a:sym typeface="Wingdings"/>', "à", "→"),
    ],
)
def test_signs_of_symbol_fonts(deck: Deck, font: str, text: str, expected: str) -> None:
    run = deck.slide().shapes.add_textbox(*BOX).text_frame.paragraphs[0].add_run()
    run.text = "x " + text
    name = "http://schemas.openxmlformats.org/drawingml/2006/main"
    for element in pptx.oxml.parse_xml(f'<a:x xmlns:a="{name}">{font}</a:x>'):
        run._r.get_or_add_rPr().append(element)
    first = "ξ" if 'latin typeface="Symbol' in font else "x"
    assert deck.read().pages[0].text == f"{first} {expected}"


def test_tables_groups_and_text_boxes(deck: Deck) -> None:
    slide = deck.slide()
    table = slide.shapes.add_table(2, 2, *BOX).table
    for (row, column), text in {(0, 0): "Model", (0, 1): "Loss", (1, 0): "VAE"}.items():
        table.cell(row, column).text = text
    outer = slide.shapes.add_group_shape()
    inner = outer.shapes.add_group_shape()
    inner.shapes.add_textbox(*BOX).text_frame.text = "deep inside"
    outer.shapes.add_textbox(*BOX).text_frame.text = "less deep"
    (page,) = deck.read().pages
    assert page.text == ("| Model | Loss |\n| --- | --- |\n| VAE |  |\n\ndeep inside\n\nless deep")
    assert page.headings == ()


def test_charts_are_tables(deck: Deck) -> None:
    data = CategoryChartData()
    data.categories = ["greedy", "top-k"]
    data.add_series("diversity", (1.0, 2.5))
    chart = deck.slide().shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *BOX, data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Strategies"
    (page,) = deck.read().pages
    assert page.text == (
        "Strategies\n\n|  | diversity |\n| --- | --- |\n| greedy | 1.0 |\n| top-k | 2.5 |"
    )


def test_blank_cells_of_a_chart_move_no_number_to_another_row(deck: Deck) -> None:
    data = CategoryChartData()
    data.categories = ["2021", "2022", "2023", "2024"]
    data.add_series("GANs", (5, None, 1, None))
    data.add_series("VAEs", (None, 2, None, None))
    deck.slide().shapes.add_chart(XL_CHART_TYPE.LINE, *BOX, data)
    assert deck.read().pages[0].text.splitlines()[2:] == [
        "| 2021 | 5 |  |",
        "| 2022 |  | 2 |",
        "| 2023 | 1 |  |",
        "| 2024 |  |  |",
    ]


def test_of_categories_on_several_levels_the_first_name_the_rows(deck: Deck) -> None:
    data = CategoryChartData()
    for model in ("GAN", "VAE"):
        category = data.add_category(model)
        category.add_sub_category(f"small {model}")
        category.add_sub_category(f"large {model}")
    data.add_series("loss", (1, 2, 3, 4))
    deck.slide().shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *BOX, data)
    assert deck.read().pages[0].text.splitlines()[2:] == [
        "| small GAN | 1 |",
        "| large GAN | 2 |",
        "| small VAE | 3 |",
        "| large VAE | 4 |",
    ]


def test_the_words_of_diagrams_are_read(deck: Deck, tmp_path: Path) -> None:
    slide = deck.slide("Pipeline")
    frame = (
        '<p:graphicFrame xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
        ' xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"'
        ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        '<dgm:relIds r:dm="rId77"/></p:graphicFrame>'
    )
    slide.shapes._spTree.append(pptx.oxml.parse_xml(frame))
    path = deck.save()
    relation = b'<Relationship Id="rId77" Type="x/diagramData" Target="../diagrams/data1.xml"/>'
    made.repacked(
        path,
        lambda name, data: (
            data.replace(b"</Relationships>", relation + b"</Relationships>")
            if name == "ppt/slides/_rels/slide1.xml.rels"
            else data
        ),
    )
    with zipfile.ZipFile(path, "a") as package:
        points = "".join(f"<pt><t><p><r><t>{word}</t></r></p></t></pt>" for word in ("read", "cut"))
        package.writestr("ppt/diagrams/data1.xml", f"<dataModel>{points}</dataModel>")
    (page,) = read_document(path, "a.pptx").pages
    assert page.text == "# Pipeline\n\n- read\n- cut"


def test_notes_come_last_and_hidden_slides_too(deck: Deck) -> None:
    slide = deck.slide("Sampling", (0, "Pick a token"))
    slide.notes_slide.notes_text_frame.text = "Say why greedy is dull."
    slide._element.set("show", "0")
    (page,) = deck.read().pages
    assert page.text == "# Sampling\n\n- Pick a token\n\nNotes:\n\nSay why greedy is dull."


def test_dates_footers_and_slide_numbers_are_left_out(deck: Deck) -> None:
    slide = deck.slide("Sampling", (0, "Pick a token"))
    for kind in ("ftr", "dt", "sldNum"):
        box = slide.shapes.add_textbox(*BOX)
        box.text_frame.text = f"furniture {kind}"
        properties = box._element.nvSpPr.nvPr
        properties.append(
            pptx.oxml.parse_xml(
                '<p:ph xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
                f' type="{kind}"/>'
            )
        )
    (page,) = deck.read().pages
    assert "furniture" not in page.text


def test_slides_are_numbered_as_shown_and_empty_ones_reported(deck: Deck) -> None:
    deck.slide("First", (0, "one"))
    deck.slide()
    deck.slide("Third", (0, "three"))
    slides = deck.show.slides._sldIdLst
    slides.insert(0, slides[2])
    document = deck.read()
    assert [(page.place.value, page.headings) for page in document.pages] == [
        (1, ("Third",)),
        (2, ("First",)),
    ]
    assert document.problems == ("slide 3: no text (a picture only?)",)


def test_a_damaged_slide_does_not_cost_the_others(deck: Deck) -> None:
    deck.slide("First", (0, "one"))
    deck.slide("Second", (0, "two"))
    path = made.repacked(
        deck.save(), lambda name, data: b"torn" if name == "ppt/slides/slide1.xml" else data
    )
    document = read_document(path, "a.pptx")
    assert [page.place.value for page in document.pages] == [2]
    assert document.problems[0].startswith("slide 1: damaged")


@pytest.mark.parametrize(
    ("part", "damage"),
    [
        ("ppt/notesSlides/notesSlide1.xml", "notes damaged"),
        ("ppt/slides/_rels/slide1.xml.rels", "notes and charts damaged"),
        ("ppt/charts/", "chart damaged"),
    ],
)
def test_damaged_notes_do_not_cost_the_slide(deck: Deck, part: str, damage: str) -> None:
    slide = deck.slide("First", (0, "one"))
    slide.notes_slide.notes_text_frame.text = "Say this."
    data = CategoryChartData()
    data.categories = ["a"]
    data.add_series("b", (1,))
    slide.shapes.add_chart(XL_CHART_TYPE.LINE, *BOX, data)
    is_part = lambda name: name.startswith(part) and "/_rels" not in name[len(part) :]  # noqa: E731
    path = made.repacked(deck.save(), lambda name, data: b"" if is_part(name) else data)
    document = read_document(path, "a.pptx")
    assert document.pages[0].text.startswith("# First\n\n- one")
    assert document.problems == (f"slide 1: {damage}",)


@pytest.mark.parametrize("suffix", [".ppsx", ".pptm", ".ppsm"])
def test_shows_and_decks_with_macros_are_read(deck: Deck, suffix: str) -> None:
    deck.slide("First", (0, "one"))
    path = deck.save().rename(deck.path.with_suffix(suffix))
    assert read_document(path, path.name).pages[0].text == "# First\n\n- one"


def test_a_deck_without_words_is_refused(deck: Deck) -> None:
    deck.slide()
    with pytest.raises(DocumentError, match=r"slide 1: no text \(a picture only\?\)"):
        deck.read()


def test_a_deck_without_slides_is_refused(deck: Deck) -> None:
    with pytest.raises(DocumentError, match="no slides in it"):
        deck.read()


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pptx"
    path.write_text("words")
    with pytest.raises(DocumentError, match="not a PPTX file"):
        read_document(path, "a.pptx")
