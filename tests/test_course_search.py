"""The tool that looks a topic up in the course."""

from __future__ import annotations

from tutor.citations import folded
from tutor.embed import Embedder
from tutor.records import ToolCall
from tutor.retrieve import Retriever
from tutor.tools.course_search import PLACES, CourseSearch
from tutor.tools.registry import SearchCourse


def test_the_places_come_best_first_and_word_for_word(
    retriever: Retriever, embedder: Embedder
) -> None:
    search = CourseSearch(retriever.search, embedder.encode)
    call = ToolCall("search_course", {"topic": "mode collapse"})
    result = search(call, SearchCourse(topic="mode collapse"))
    assert result.ok
    assert result.evidence[0].source == "gan.md"
    assert len(result.evidence) <= PLACES
    assert [piece.marker for piece in result.evidence] == [*range(1, len(result.evidence) + 1)]
    assert len({(p.source, str(p.place)) for p in result.evidence}) == len(result.evidence)
    for piece in result.evidence:
        assert folded(piece.quote) in folded(piece.passage)


def test_another_subject_is_not_in_the_course(retriever: Retriever, embedder: Embedder) -> None:
    search = CourseSearch(retriever.search, embedder.encode)
    result = search(ToolCall("search_course", {}), SearchCourse(topic="curry recipes"))
    assert result.ok
    assert not result.evidence
    assert result.caption == "The course does not speak of “curry recipes”."
