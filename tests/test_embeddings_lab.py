"""The embeddings lab: principal components, neighbours, and what its maps say."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from tests.lab_runs import opened
from tutor.config import Settings
from tutor.embed import Embedder
from tutor.errors import LabError
from tutor.lab_models import TutorModels
from tutor.labs import Progress, Result, parse, run
from tutor.labs.embeddings import drawing
from tutor.labs.embeddings.space import nearest, plane_of, sentences_of, similarities
from tutor.labs.models import Passage

TEXTS = (
    "The discriminator tells real pictures from generated ones.",
    "A generator tries to fool the discriminator.",
    "Bananas are yellow and sweet.",
    "Apples grow on trees.",
)


class Course(TutorModels):
    """The tutor's models, whose course is a list of texts."""

    def __init__(self, settings: Settings, embedder: Embedder, texts: Sequence[str]) -> None:
        super().__init__(settings)
        self._texts, self._given = texts, embedder

    @cached_property
    def _embedder(self) -> Embedder:
        return self._given

    def passages(self) -> list[Passage]:
        return [Passage(f"unit-{i % 2 + 1}.md", f"§ {i}", text) for i, text in
                enumerate(self._texts)]  # fmt: skip

    def passage_vectors(self) -> NDArray[np.float32]:
        return self.vectors(self._texts)


@pytest.fixture(scope="module")
def models(settings: Settings, embedder: Embedder) -> Course:
    return Course(settings, embedder, TEXTS)


def finish(models: Course, **given: object) -> Result:
    *progress, result = run("embeddings", parse("embeddings", given), models)
    assert all(isinstance(step, Progress) for step in progress)
    assert isinstance(result, Result)
    return result


def unit_vectors(n: int, d: int, seed: int = 0) -> NDArray[np.float64]:
    rows = np.random.default_rng(seed).normal(size=(n, d))
    found: NDArray[np.float64] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return found


# The plane


def test_the_plane_is_that_of_principal_components() -> None:
    vectors = unit_vectors(40, 8)
    plane, theirs = plane_of(vectors), PCA(2).fit(vectors)
    assert plane.shares == pytest.approx(theirs.explained_variance_ratio_)
    assert np.abs(plane.points) == pytest.approx(np.abs(theirs.transform(vectors)))
    assert plane.place(vectors) == pytest.approx(plane.points)


def test_the_plane_does_not_turn_over() -> None:
    vectors = unit_vectors(30, 5)
    points = plane_of(vectors).points
    far = np.abs(points).argmax(0)
    assert (points[far, [0, 1]] > 0).all()


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_or_equal_vectors_have_a_plane_too(n: int) -> None:
    assert np.isfinite(plane_of(unit_vectors(n, 6)).points).all()
    equal = plane_of(np.tile(unit_vectors(1, 6), (n, 1)))
    assert equal.points == pytest.approx(np.zeros((n, 2)), abs=1e-9)
    assert equal.shares.tolist() == [0, 0]


# Neighbours


def test_a_vector_is_its_own_nearest_neighbour() -> None:
    vectors = unit_vectors(20, 6)
    for i, vector in enumerate(vectors):
        (first, cosine), second = nearest(vector, vectors, 2)
        assert (first, cosine) == (i, pytest.approx(1))
        assert nearest(vector, vectors, 1, without=i) == [second]


def test_neighbours_come_in_the_order_of_their_cosines() -> None:
    vectors = unit_vectors(20, 6)
    found = nearest(vectors[3], vectors, 50)
    assert len(found) == 20
    assert [cosine for _, cosine in found] == sorted((c for _, c in found), reverse=True)
    for i, cosine in found:
        assert cosine == pytest.approx(similarities(vectors)[3, i])


# Sentences


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("one\ntwo; three\n\n", ["one", "two", "three"]),
        ("I like tea. I like coffee.", ["I like tea.", "I like coffee."]),
        ("king, queen and apple", ["king", "queen", "apple"]),
        (
            "If it rains, and it will, we stay at home",
            ["If it rains, and it will, we stay at home"],
        ),
        ("salt and pepper", ["salt and pepper"]),
        ("same; same", ["same"]),
        (" ; \n", []),
    ],
)
def test_texts_are_taken_apart(text: str, found: list[str]) -> None:
    assert sentences_of(text) == found


@given(st.text(max_size=60))
def test_no_sentence_is_empty_or_there_twice(text: str) -> None:
    found = sentences_of(text)
    assert all(part == part.strip() != "" for part in found)
    assert len(set(found)) == len(found)


# The lab


def test_like_sentences_are_near(models: Course) -> None:
    result = finish(models, text="\n".join(TEXTS))
    alike = result.values["most_alike"]
    assert {alike["a"], alike["b"]} == set(TEXTS[:2])
    points = result.values["points"]
    assert [point["nearest"] for point in points[:2]] == [2, 1]
    assert [picture.name for picture in result.pictures] == ["embeddings-map", "embeddings-cosines"]
    assert all(opened(picture).width == 1024 for picture in result.pictures)


def test_dollars_are_drawn_and_no_formula(models: Course) -> None:
    for text in (r"$\frac$; it costs $$; $x^$", "$x^$ and " + "more " * 40 + "; $$"):
        result = finish(models, text=text)
        assert all(opened(picture).width == 1024 for picture in result.pictures)


def test_a_documents_name_may_hold_dollars() -> None:
    plane = plane_of(np.eye(4))
    passages = [Passage(r"$\frac$.md", "A", "text")] * 4
    assert opened(drawing.course_map(passages, plane)).width == 1024


def test_neighbours_among_the_students_own(models: Course) -> None:
    result = finish(models, action="neighbours", text="\n".join(TEXTS[1:] + TEXTS[:1]), n=2)
    assert result.values["query"] == TEXTS[1]
    assert result.values["neighbours"][0]["text"] == TEXTS[0]
    assert len(result.values["neighbours"]) == 2


def test_a_text_of_the_course_finds_itself(models: Course) -> None:
    result = finish(models, action="neighbours", text=TEXTS[2].replace(".", ""), n=1)
    first = result.values["neighbours"][0]
    assert first["text"] == TEXTS[2]
    assert first["similarity"] > 0.9
    assert first["source"] == "unit-1.md"


def test_without_a_text_a_passage_is_drawn_and_not_its_own_neighbour(models: Course) -> None:
    result = finish(models, action="neighbours", n=50)
    found = [row["text"] for row in result.values["neighbours"]]
    assert sorted([*found, result.values["query"]]) == sorted(TEXTS)


def test_the_courses_map(models: Course) -> None:
    result = finish(models)
    assert result.values["n"] == len(TEXTS)
    assert result.values["sources"] == ["unit-1.md", "unit-2.md"]
    assert sum(result.values["variance_shown"]) <= 1
    with_star = finish(models, text="discriminator")
    assert [picture.name for picture in with_star.pictures] == [
        "embeddings-map",
        "embeddings-neighbours",
    ]


def test_too_many_sentences_or_too_little_course_is_said(
    models: Course, settings: Settings, embedder: Embedder
) -> None:
    with pytest.raises(LabError, match="61 sentences; up to 60"):
        finish(models, text="\n".join(map(str, range(61))))
    with pytest.raises(LabError, match="fewer than two passages"):
        finish(Course(settings, embedder, TEXTS[:1]))


# Drawing


def test_documents_beyond_the_colours_are_grey_and_units_in_order() -> None:
    passages = [Passage(f"unit-{i}.md", "", "text") for i in range(30) for _ in range(1 + (i < 14))]
    drawn = drawing.course_map(passages, plane_of(unit_vectors(len(passages), 5)))
    assert drawn.alt.endswith("unit-2.md, " + ", ".join(f"unit-{i}.md" for i in range(3, 14)) + ".")


def test_a_place_is_told_in_few_words() -> None:
    passage = Passage("unit-5-adversarial-networks.md", "§ Unit 5 > What goes wrong > Collapse", "")
    assert drawing.place_of(passage) == "unit 5 adversarial networks, Collapse"
    assert drawing.place_of(Passage("notes.txt", "", "")) == "notes"


def test_long_texts_are_cut_where_it_shows() -> None:
    row = drawing.Row(0.5, "", "## A heading\n- **bold** " + "word " * 60)
    drawn = drawing.neighbours("query", [row])
    assert opened(drawn).height < 300
    assert "0.50" in drawn.alt
