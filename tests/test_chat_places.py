"""What a citation opens: places of the index, files of the corpus, nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tutor.chat.places import AROUND, BEGINNING, SHOWN, find, joined, pdf_of
from tutor.config import Settings
from tutor.errors import TutorError
from tutor.index import Index
from tutor.records import Chunk, Evidence, Place


@pytest.fixture(scope="module")
def index(course: Settings) -> Index:
    return Index.open(course.index)


def _wanted(source: str, place: dict[str, Any], quote: object = "") -> dict[str, Any]:
    return {"source": source, "place": place, "quote": quote}


def test_a_section_is_found_with_its_quote(index: Index) -> None:
    chunk = next(chunk for chunk in index.chunks if "Wasserstein" in chunk.text)
    opened = find(index, _wanted(chunk.source, chunk.place.to_json(), "the Wasserstein loss"))
    assert "Mode collapse means" in opened.markdown
    assert opened.quote == "the Wasserstein loss"
    assert opened.title.startswith("gan.md, § ")


def test_a_quote_that_does_not_stand_there_is_not_marked(index: Index) -> None:
    place = _wanted("probability.pdf", {"page": 1}, "the moon is made of cheese")
    assert find(index, place).quote == ""
    assert find(index, {**place, "quote": ["x"]}).quote == ""


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        _wanted("probability.pdf", {"page": 99}),
        _wanted("../secret.pdf", {"page": 1}),
        _wanted("probability.pdf", {"page": "1"}),
        {"source": ["probability.pdf"], "place": 1},
    ],
)
def test_what_is_not_in_the_index_is_not_opened(index: Index, wanted: dict[str, Any]) -> None:
    with pytest.raises(TutorError, match="this place is not in the course"):
        find(index, wanted)


def test_a_pdf_opens_at_its_page(course: Settings, index: Index) -> None:
    opened = find(index, _wanted("probability.pdf", {"page": 2}))
    assert pdf_of(course.corpus, opened) == ((course.corpus / "probability.pdf").resolve(), 2)


def test_other_formats_and_lost_files_open_as_text(course: Settings, index: Index) -> None:
    slide = find(index, _wanted("attention.pptx", {"slide": 1}))
    page = find(index, _wanted("probability.pdf", {"page": 2}))
    assert pdf_of(course.corpus, slide) is None
    assert pdf_of(course.corpus / "elsewhere", page) is None


def test_a_path_or_link_out_of_the_corpus_is_not_followed(tmp_path: Path, index: Index) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (tmp_path / "probability.pdf").write_bytes(b"%PDF")
    (corpus / "probability.pdf").symlink_to(tmp_path / "probability.pdf")
    opened = find(index, _wanted("probability.pdf", {"page": 1}))
    assert pdf_of(corpus, opened) is None


def test_a_table_and_code_that_were_cut_are_whole_again() -> None:
    assert joined(["| a |\n|---|\n| 1 |", "| 2 |"]) == "| a |\n|---|\n| 1 |\n| 2 |"
    assert joined(["```\nx = 1", "y = 2\n```", "done"]) == "```\nx = 1\ny = 2\n```\n\ndone"
    assert joined(["one", "two"]) == "one\n\ntwo"


def test_a_fence_inside_code_neither_begins_nor_ends_any() -> None:
    assert joined(["~~~\n```", "x\n~~~", "done"]) == "~~~\n```\nx\n~~~\n\ndone"
    assert joined(["````\n```", "x\n````", "done"]) == "````\n```\nx\n````\n\ndone"
    assert joined(["```not`code", "done"]) == "```not`code\n\ndone"


class Book:
    """An index whose one place is longer than what is shown at once."""

    def __init__(self, *texts: str) -> None:
        self.chunks = [Chunk("book.txt", Place("section", ""), text) for text in texts]

    def open(self, quote: str) -> Any:
        index: Any = self
        return find(index, _wanted("book.txt", {"section": ""}, quote))


PASSAGES = [f"passage {number} " + "word " * 200 for number in range(300)]


def test_of_a_long_place_the_part_around_the_quote_is_shown() -> None:
    opened = Book(*PASSAGES).open("passage 150 word word")
    assert opened.quote
    assert SHOWN - 2100 < len(opened.text.replace("\n", "")) <= SHOWN
    assert "passage 121 " in opened.text
    assert "passage 150 " in opened.text
    assert "passage 179 " in opened.text
    assert "passage 100 " not in opened.text
    assert opened.note == AROUND
    assert opened.markdown.startswith(f"*{AROUND}*\n\npassage ")


def test_a_quote_at_the_end_of_a_long_place_has_all_the_room_before_it() -> None:
    opened = Book(*PASSAGES).open("word passage 299 word")  # it goes over two passages
    assert opened.quote
    assert len(opened.text) > SHOWN - 1100
    assert opened.text.endswith(PASSAGES[-1])


def test_of_a_long_place_without_a_quote_the_beginning_is_shown() -> None:
    opened = Book(*PASSAGES).open("not in it")
    assert opened.text.startswith("passage 0 ")
    assert len(opened.text) < SHOWN + 200
    assert opened.note == BEGINNING


def test_a_short_place_is_whole_and_says_nothing_of_it() -> None:
    opened = Book(*PASSAGES[:40]).open("passage 20 word")
    assert opened.text == joined(PASSAGES[:40])
    assert opened.note == ""
    assert not opened.markdown.startswith("*")


def test_a_part_that_begins_in_code_is_shown_as_code() -> None:
    lines = ["```python\n" + "a = 1\n" * 9999, "b = [2]\n" * 4000, "c = [3]\n```\nThe end."]
    opened = Book(*lines).open("The end.")
    assert opened.text == "```\n" + lines[1] + "\n" + lines[2]
    assert "b = [2]" in opened.markdown  # not \[2\]


def test_every_quote_of_an_answer_can_be_opened_and_marked(tutor: Any, index: Index) -> None:
    for question in ("What is mode collapse?", "What does maximum likelihood choose?"):
        found = next(iter(tutor.answer(question)))
        assert found.evidence
        for piece in found.evidence:
            assert isinstance(piece, Evidence)
            assert isinstance(piece.place, Place)
            opened = find(index, _wanted(piece.source, piece.place.to_json(), piece.quote))
            assert opened.quote == piece.quote
