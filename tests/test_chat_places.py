"""What a citation opens: places of the index, files of the corpus, nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tutor.chat.places import find, joined, pdf_of
from tutor.config import Settings
from tutor.errors import TutorError
from tutor.index import Index
from tutor.records import Evidence, Place


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


def test_every_quote_of_an_answer_can_be_opened_and_marked(tutor: Any, index: Index) -> None:
    for question in ("What is mode collapse?", "What does maximum likelihood choose?"):
        found = next(iter(tutor.answer(question)))
        assert found.evidence
        for piece in found.evidence:
            assert isinstance(piece, Evidence)
            assert isinstance(piece.place, Place)
            opened = find(index, _wanted(piece.source, piece.place.to_json(), piece.quote))
            assert opened.quote == piece.quote
