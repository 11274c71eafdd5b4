"""PDF files: pypdf's words, in blocks, page by page."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas

from tests.documents import made
from tutor.documents import ocr, pdf_layout, read_document
from tutor.documents.pdf import page_range
from tutor.errors import DocumentError
from tutor.records import Document, Place

GANS = """Generative adversarial networks
A generative adversarial network trains two networks against each other: the generator
and the discriminator. The first makes samples, the second judges whether a sample is
real or made.
Training goes on until neither of them gets better, which is called an equilibrium of
the game between the two.
What both need
• random numbers
• many real samples
to compare with
"""


def read(path: Path) -> Document:
    return read_document(path, path.name)


def folded(text: str) -> str:
    return " ".join(text.split())


def test_lines_become_headings_paragraphs_and_lists(tmp_path: Path) -> None:
    (page,) = read(made.pdf(tmp_path / "gan.pdf", [GANS])).pages
    heading, first, second, label, items = page.text.split("\n\n")
    assert page.place == Place("page", 1)
    assert heading == "Generative adversarial networks"
    assert first.startswith("A generative")
    assert first.endswith("real or made.")
    assert "\n" not in first
    assert second.endswith("between the two.")
    assert label == "What both need"
    # pypdf gives U+007F for a bullet of a standard font; it is left word for word.
    assert items.splitlines()[:2] == ["\x7f random numbers", "\x7f many real samples"]


def test_only_white_space_differs_from_pypdf(tmp_path: Path) -> None:
    path = made.pdf(tmp_path / "a.pdf", [GANS, "Short page with a few words on it, no more."])
    for page, original in zip(read(path).pages, PdfReader(path).pages, strict=True):
        assert folded(page.text) == folded(original.extract_text())


def test_running_heads_and_page_numbers_are_left_out(tmp_path: Path) -> None:
    def furniture(canvas: Canvas, number: int) -> None:
        canvas.drawString(72, 800, "CS 999 - Generative Models - Spring")
        canvas.drawString(72, 40, f"Some University {number} of 4")

    texts = [f"This is what page {word} says." for word in ("one", "two", "three", "four")]
    document = read(made.pdf(tmp_path / "a.pdf", texts, draw=furniture))
    assert [page.text for page in document.pages] == texts


def test_numbered_headings_are_not_taken_for_page_numbers() -> None:
    numbers = (3, 4, 9, 11, 20)
    pages = [
        [f"Exercise {n}", f"Show that {what} holds."]
        for n, what in zip(numbers, "abcde", strict=True)
    ]
    assert pdf_layout.without_running_heads(pages) == pages


@pytest.mark.parametrize(
    "title", ["Exercise {}", "Aufgabe {}:", "Problem {} (10 points)", "Training ({}/4)"]
)
def test_titles_that_count_up_once_a_page_are_kept(title: str) -> None:
    pages = [[title.format(n), f"Words about {what}."] for n, what in enumerate("abcd", 1)]
    assert pdf_layout.without_running_heads(pages) == pages


@pytest.mark.parametrize(
    "title",
    [
        *("Assignment {}", "Homework {}:", "Lab #{}", "Theorem {} (Bayes)", "Algorithm {}."),
        *("Quiz {}", "Problem Set {}", "Exercise Sheet {} (10 points)"),
    ],
)
def test_a_title_that_counts_at_the_top_is_kept_whatever_its_words(title: str) -> None:
    pages = [[title.format(n), *words_about(what)] for n, what in enumerate("abcdefgh", 1)]
    assert pdf_layout.without_running_heads(pages) == pages
    assert pdf_layout.without_running_heads(pages[:2]) == pages[:2]


@pytest.mark.parametrize(
    ("above", "below"),
    [
        *((["Page {}"], []), (["Slide {}"], []), ([], ["Deep Learning {}"])),
        *((["CS231n - {}"], []), (["Deep Learning | {}"], []), (["{} Deep Learning"], [])),
        *((["Deep Learning {}"], ["Deep Learning"]), (["Lecture 3, page {}"], [])),
        *((["Some University {} of 8"], []), ([], ["Assignments, page {}"])),
    ],
)
def test_words_with_the_pages_number_are_left_out(above: list[str], below: list[str]) -> None:
    words = [words_about(what) for what in "abcdefgh"]
    pages = [
        [*(line.format(n) for line in above), *page, *(line.format(n) for line in below)]
        for n, page in enumerate(words, 1)
    ]
    assert pdf_layout.without_running_heads(pages) == words


def test_a_name_that_counts_every_page_of_a_book_is_left_out() -> None:
    words = [words_about(chr(ord("a") + n) * 2) for n in range(24)]
    pages = [[f"Deep Learning {n}", *page] for n, page in enumerate(words, 1)]
    assert pdf_layout.without_running_heads(pages) == words


def test_a_title_over_all_pages_is_kept_where_it_stands_first() -> None:
    words = [words_about(what) for what in "abcd"]
    pages = [["CS 999", "Backpropagation", *page, "Some University"] for page in words]
    first, *others = pdf_layout.without_running_heads(pages)
    assert first == ["Backpropagation", *words[0]]
    assert others == words[1:]


def words_about(what: str) -> list[str]:
    """Lines of a page that stand on no other."""
    return [f"Words about {what}.", f"More about {what}.", f"Enough of {what}.", f"End of {what}."]


def test_a_title_that_goes_on_over_a_few_slides_is_kept() -> None:
    words = [[f"Slide of {what}", f"Words about {what}."] for what in "abcdefgh"]
    counted = [[f"Attention {n}", *page] for n, page in enumerate(words[:3], 1)]
    pages = [*counted, *words[3:]]
    assert pdf_layout.without_running_heads(pages) == pages


@pytest.mark.parametrize(
    "line", ["CS231n Lecture 5 - {}", "{}", "Page {} of 8", "({}/8)", "Lecture 5", "Seite {}"]
)
def test_lines_with_the_pages_number_are_left_out(line: str) -> None:
    pages = [[f"Words about {what}.", line.format(n)] for n, what in enumerate("abcdefgh", 1)]
    assert pdf_layout.without_running_heads(pages) == [page[:1] for page in pages]


def test_a_running_head_of_every_other_page_is_left_out() -> None:
    words = [[f"Words about {what}."] for what in "abcdefgh"]
    heads = [[f"{n} Deep Learning"] if n % 2 else [] for n in range(1, 9)]
    pages = [head + page for head, page in zip(heads, words, strict=True)]
    assert pdf_layout.without_running_heads(pages) == words


def test_text_that_repeats_on_every_page_is_kept_when_it_is_all(tmp_path: Path) -> None:
    document = read(made.pdf(tmp_path / "a.pdf", ["Hello generative world, all"] * 3))
    assert len(document.pages) == 3


def test_signs_used_often_at_line_starts_are_bullets() -> None:
    page = "\n".join(f"Ì Term {n} – is explained at length in this very line" for n in range(5))
    (text,) = pdf_layout.shape([page])
    assert text.count("\n") == 4


@pytest.mark.parametrize("marks", ["1. 2.", "a) b)", "(i) (ii)", "- -", "– –", "\uf0b7 \uf0b7"])
def test_items_keep_their_lines(marks: str) -> None:
    first, second = marks.split(" ")
    lines = ["The steps, told at some length so that the line is full:"]
    lines += [f"{first} draw noise", f"{second} remove it"]
    (text,) = pdf_layout.shape(["\n".join(lines)])
    assert text.split("\n\n") == [lines[0], "\n".join(lines[1:])]


def test_the_outline_gives_the_headings(tmp_path: Path) -> None:
    path = made.pdf(tmp_path / "a.pdf", [f"Text of page {n}, with some words." for n in range(4)])
    writer = PdfWriter(clone_from=PdfReader(path))
    chapter = writer.add_outline_item("Chapter A", 0)
    writer.add_outline_item("Part one", 1, parent=chapter)
    writer.add_outline_item("Text of page 3", 3)
    writer.write(path)
    assert [page.headings for page in read(path).pages] == [
        (),
        ("Chapter A",),
        ("Chapter A", "Part one"),
        ("Text of page 3",),
    ]


def test_an_encrypted_file_opens_only_without_a_password(tmp_path: Path) -> None:
    opens = made.encrypted(made.pdf(tmp_path / "a.pdf", [GANS]), "")
    assert "discriminator" in read(opens).pages[0].text
    locked = made.encrypted(made.pdf(tmp_path / "b.pdf", [GANS]), "secret")
    with pytest.raises(DocumentError, match=r"^needs a password$"):
        read(locked)


@pytest.fixture
def scanned(tmp_path: Path) -> Path:
    """Page 1 has text, pages 2 and 3 are pictures of it."""

    def picture(canvas: Canvas, number: int) -> None:
        if number > 1:
            image = made.picture_of("The encoder maps a picture\nto a latent vector.")
            canvas.drawImage(image, 36, 500, 520, 130)

    return made.pdf(tmp_path / "scanned.pdf", [GANS, "", ""], draw=picture)


def test_scanned_pages_are_reported_without_tesseract(
    scanned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    document = read(scanned)
    assert [page.place.value for page in document.pages] == [1]
    assert document.problems == (
        "pages 2-3: no text (scanned?); install tesseract and poppler to read it",
    )


def test_only_what_is_missing_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ocr.missing() == "poppler"


def test_a_file_of_scanned_pages_alone_fails_without_tesseract(
    scanned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = PdfWriter()
    writer.append(str(scanned), pages=(1, 3))
    writer.write(scanned)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DocumentError) as error:
        read(scanned)
    assert (
        str(error.value)
        == "no text: 2 of 2 pages scanned; install tesseract and poppler to read them"
    )


@pytest.mark.skipif(not shutil.which("tesseract"), reason="tesseract is not installed")
@pytest.mark.skipif(not shutil.which("pdftoppm"), reason="poppler is not installed")
@pytest.mark.parametrize("turned", [0, 90, 180])
def test_scanned_pages_are_read_by_ocr_however_they_lie(scanned: Path, turned: int) -> None:
    writer = PdfWriter(clone_from=PdfReader(scanned))
    writer.pages[1].rotate(turned)
    writer.write(scanned)
    assert "encoder maps a picture" in folded(ocr.read_page(scanned, 2))
    document = read(scanned)
    assert not document.problems
    assert "latent vector" in folded(document.pages[1].text)


@pytest.fixture
def marked(tmp_path: Path) -> Path:
    """Three scanned pages with a library's mark on each."""

    def picture(canvas: Canvas, number: int) -> None:
        image = made.picture_of(f"The encoder maps picture {number}\nto a latent vector.")
        canvas.drawImage(image, 36, 100, 520, 620)

    mark = "Downloaded from the university library by user 4711"
    return made.pdf(tmp_path / "marked.pdf", [mark] * 3, draw=picture)


def test_scanned_pages_with_a_printed_mark_are_reported_without_tesseract(
    marked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read(marked).problems == (
        "pages 1-3: little text (a picture of text?); install tesseract and poppler to read"
        " all of it",
    )


@pytest.mark.parametrize(
    ("seen", "text", "times"),
    [
        ("Gradient descent walks against the gradient. " * 9, "Gradient descent", 3),
        ("Downloaded from the university library", "Downloaded from", 3),
        ("", "Downloaded from", 3),
    ],
)
def test_of_a_scan_the_longer_text_is_kept(
    marked: Path, monkeypatch: pytest.MonkeyPatch, seen: str, text: str, times: int
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(ocr, "missing", lambda: "")
    monkeypatch.setattr(ocr, "read_page", lambda path, number: asked.append(number) or seen)
    document = read(marked)
    assert [page.text[: len(text)] for page in document.pages] == [text] * 3
    assert len(asked) == times


@pytest.mark.parametrize("lines", ["A short slide\nwith two lines", "A slide\nof\nmany\nlines"])
def test_a_background_is_looked_at_once_and_never_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: str
) -> None:
    image = made.picture_of("")
    texts = [f"{name} has its own words here\n{lines} {name}" for name in ("One", "Two", "Three")]
    path = made.pdf(
        tmp_path / "a.pdf", texts, draw=lambda canvas, _: canvas.drawImage(image, 0, 0, 595, 842)
    )
    asked: list[int] = []
    monkeypatch.setattr(ocr, "missing", lambda: "")
    monkeypatch.setattr(ocr, "read_page", lambda path, number: asked.append(number) or "")
    assert not read(path).problems
    assert asked == ([1] if lines.count("\n") == 1 else [])


def test_a_small_picture_beside_words_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = made.picture_of("words")
    path = made.pdf(
        tmp_path / "a.pdf",
        ["A title of the page, with words enough"],
        draw=lambda canvas, _: canvas.drawImage(image, 72, 300, 300, 300),
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not read(path).problems


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("An ordinary sentence about diffusion models.", True),
        ("p(x) = Σ p(x|z) p(z)", True),
        ("/g12/g7/g33 /g1/g5/g19/g4", False),
        ("(cid:12)(cid:7)(cid:33) and", False),
        ("\ue012\ue007\ue033\ue001\ue005\ue019\ue004\ue003\ue009\ue011", False),
        ("", True),
    ],
)
def test_fonts_without_a_map_to_letters_are_noticed(text: str, readable: bool) -> None:
    assert pdf_layout.is_readable(text) is readable


def test_a_damaged_page_does_not_cost_the_others(tmp_path: Path) -> None:
    path = made.pdf(tmp_path / "a.pdf", [f"Page {n} has some words to read." for n in range(3)])
    writer = PdfWriter(clone_from=PdfReader(path))
    from pypdf.generic import NameObject, NumberObject

    writer.pages[1][NameObject("/Contents")] = NumberObject(7)
    writer.write(path)
    document = read(path)
    assert [page.place.value for page in document.pages] == [1, 3]


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"%PDF-1.4\n1 0 obj\n<<", b"%PDF-" + b"\xff" * 99])
def test_torn_files_are_named_damaged(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "torn.pdf"
    path.write_bytes(data)
    with pytest.raises(DocumentError, match="damaged PDF file"):
        read(path)


def test_other_files_under_the_name_of_a_pdf_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_text("just words " * 300)
    with pytest.raises(DocumentError, match=r"^not a PDF file$"):
        read(path)


def test_pypdf_stays_silent(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = made.pdf(tmp_path / "a.pdf", [GANS])
    path.write_bytes(path.read_bytes().replace(b"startxref\n", b"startxref\n9"))
    read(path)
    assert capfd.readouterr().err == ""


def test_page_ranges_in_words() -> None:
    assert page_range([3]) == "page 3"
    assert page_range([1, 2, 3, 7, 9, 10]) == "pages 1-3, 7, 9-10"


LINES = st.lists(
    st.text(alphabet="aB1 .:-•–()é∑", max_size=90) | st.sampled_from(["Title Here", "7", "• item"]),
    max_size=12,
)


@given(st.lists(LINES, max_size=6))
def test_shaping_changes_white_space_and_edges_only(pages: list[list[str]]) -> None:
    texts = ["\n".join(lines) for lines in pages]
    for shaped, text in zip(pdf_layout.shape(texts), texts, strict=True):
        assert folded(shaped) in folded(text)
        assert "\n\n\n" not in shaped
