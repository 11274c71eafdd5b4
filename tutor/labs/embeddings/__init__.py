"""Embeddings: sentences or the course's passages as points, and their nearest neighbours.

The vectors are those that the tutor itself searches the course with. `space`
computes, `drawing` draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tutor.errors import LabError
from tutor.labs.embeddings import drawing
from tutor.labs.embeddings.space import (
    Plane,
    Vectors,
    nearest,
    plane_of,
    sentences_of,
    similarities,
)
from tutor.labs.lettering import shortened
from tutor.labs.models import LabModels, Passage
from tutor.labs.options import Embeddings
from tutor.labs.records import Progress, Result, Step

MOST = 60
"""Sentences of the student's own: more cannot be told apart."""
LISTED = 1000
"""Points that the values list at most."""
_SNIPPET = 160


def run(options: Embeddings, rng: np.random.Generator, models: LabModels) -> Iterator[Step]:
    """Draw what `options.action` names.

    Raises:
        LabError: there are too many sentences, or the course has too few passages.
    """
    yield Progress(0.05, "reading the sentences")
    sentences = sentences_of(options.text)
    if len(sentences) > MOST:
        raise LabError(
            f"lab embeddings: text has {len(sentences)} sentences; up to {MOST} can be drawn"
        )
    match options.action, len(sentences):
        case "map", n if n > 1:
            yield from _sentence_map(sentences, models)
        case "neighbours", n if n > 1:
            yield from _among_sentences(options, sentences, models)
        case action, _:
            yield from _in_course(options, action, sentences, rng, models)


# The student's own sentences


def _sentence_map(sentences: Sequence[str], models: LabModels) -> Iterator[Step]:
    yield Progress(0.2, "loading the embedding model")
    vectors = models.vectors(sentences)
    yield Progress(0.7, "drawing the map")
    plane = plane_of(vectors)
    cosines = similarities(vectors)
    mean = float(cosines[~np.eye(len(cosines), dtype=bool)].mean())
    apart = np.where(np.eye(len(cosines), dtype=bool), np.nan, cosines)
    pairs: list[dict[str, Any]] = []
    for flat in (int(np.nanargmax(apart)), int(np.nanargmin(apart))):
        i, j = divmod(flat, len(sentences))
        alike = round(float(apart[i, j]), 4)
        pairs.append({"a": sentences[i], "b": sentences[j], "similarity": alike})
    values = {
        **_axes(plane, len(sentences), vectors),
        "mean_similarity": round(mean, 4),
        "most_alike": pairs[0],
        "least_alike": pairs[1],
        "points": _points(sentences, plane, [{} for _ in sentences], cosines),
    }
    pictures = [drawing.sentence_map(sentences, plane)]
    if len(sentences) <= drawing.CELLS:
        pictures.append(drawing.matrix(sentences, cosines))
    caption = (
        f"Each of the {len(sentences)} texts is a vector of {vectors.shape[1]} numbers; the plane "
        f"shows {plane.shares.sum():.0%} of how they differ. Near means alike in meaning, whatever "
        f'the words: "{shortened(pairs[0]["a"], 60)}" and "{shortened(pairs[0]["b"], 60)}" are the '
        f"most alike, with a cosine of {pairs[0]['similarity']:.2f}."
    )
    yield Result(caption, tuple(pictures), values)


def _among_sentences(
    options: Embeddings, sentences: Sequence[str], models: LabModels
) -> Iterator[Step]:
    """The neighbours of the first sentence among the others."""
    yield Progress(0.2, "loading the embedding model")
    vectors = models.vectors(sentences)
    found = nearest(vectors[0], vectors, options.n, without=0)
    rows = [drawing.Row(cosine, "", sentences[i]) for i, cosine in found]
    values = {
        "query": sentences[0],
        "dimensions": int(vectors.shape[1]),
        "neighbours": [
            {"text": sentences[i], "similarity": round(cosine, 4)} for i, cosine in found
        ],
    }
    caption = (
        f'How near the other texts are to "{shortened(sentences[0], 80)}": the cosine between '
        "their vectors, 1 for the same direction, about 0 for nothing in common."
    )
    yield Result(caption, (drawing.neighbours(sentences[0], rows),), values)


# The course


def _in_course(
    options: Embeddings,
    action: str,
    sentences: Sequence[str],
    rng: np.random.Generator,
    models: LabModels,
) -> Iterator[Step]:
    """The course's map with at most one text of the student's on it, or that one's neighbours."""
    yield Progress(0.15, "opening the course's index")
    passages, vectors = models.passages(), models.passage_vectors()
    if len(passages) < 2:
        raise LabError(
            "lab embeddings: the course has fewer than two passages; give sentences in text"
        )
    yield Progress(0.4, f"a map of {len(passages)} passages")
    plane = plane_of(vectors)
    itself = None
    query: str | None = None
    if sentences:
        query, vector = sentences[0], models.vectors(sentences)[0]
    elif action == "neighbours":
        itself = int(rng.integers(len(passages)))
        query, vector = passages[itself].text, vectors[itself]
    if query is None:
        yield Result(*_course_map(passages, plane, vectors))
        return
    found = nearest(vector, vectors, options.n, without=itself)
    rows = [drawing.Row(c, drawing.place_of(passages[i]), passages[i].text) for i, c in found]
    title = query if itself is None else f"{drawing.place_of(passages[itself])}: {query}"
    star = drawing.Star(plane.place(vector[None])[0], [i for i, _ in found])
    pictures = [drawing.neighbours(title, rows), drawing.course_map(passages, plane, star)]
    values = {
        "query": shortened(query, _SNIPPET),
        "from_the_course": itself is not None,
        **_axes(plane, len(passages), vectors),
        "neighbours": [
            {"source": passages[i].source, "place": passages[i].place,
             "similarity": round(cosine, 4), "text": shortened(passages[i].text, _SNIPPET)}
            for i, cosine in found
        ],
    }  # fmt: skip
    best = found[0]
    caption = (
        f'The passages of the course nearest to "{shortened(query, 80)}" in meaning, with the '
        f"cosine between the vectors: the best, {best[1]:.2f}, is from "
        f"{passages[best[0]].source}. On the map the star is the text, and rings mark its "
        f"neighbours: they may lie apart there, for the plane shows {plane.shares.sum():.0%} of "
        "how passages differ."
    )
    order = pictures if action == "neighbours" else pictures[::-1]
    yield Result(caption, tuple(order), values)


def _course_map(
    passages: Sequence[Passage], plane: Plane, vectors: Vectors
) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    cosines = similarities(vectors)
    np.fill_diagonal(cosines, -1.0)
    best = cosines.argmax(1)
    same = float(np.mean([passages[i].source == passages[j].source for i, j in enumerate(best)]))
    sources = sorted({passage.source for passage in passages})
    told = [{"source": passage.source, "place": passage.place} for passage in passages]
    values = {
        **_axes(plane, len(passages), vectors),
        "sources": sources,
        "nearest_in_same_source": round(same, 4),
        "points": _points([passage.text for passage in passages], plane, told, cosines),
    }
    caption = (
        f"The course's {len(passages)} passages, coloured by document; numbers mark the middle of "
        f"each. What speaks of the same lies together: the nearest neighbour of {same:.0%} of the "
        f"passages is in the same document. Of {vectors.shape[1]} dimensions the plane shows the "
        f"two in which the passages differ most, {plane.shares.sum():.0%} of all."
    )
    return caption, (drawing.course_map(passages, plane),), values


def _axes(plane: Plane, n: int, vectors: Vectors) -> dict[str, Any]:
    return {
        "n": n,
        "dimensions": int(vectors.shape[1]),
        "variance_shown": [round(float(share), 4) for share in plane.shares],
    }


def _points(
    texts: Sequence[str], plane: Plane, told: Sequence[dict[str, Any]], cosines: Any
) -> list[dict[str, Any]]:
    """Each point with its coordinates and its nearest neighbour, counted from 1."""
    apart = cosines.copy()
    np.fill_diagonal(apart, -2.0)
    best = apart.argmax(1)
    return [
        {"text": shortened(text, _SNIPPET), **about, "x": round(float(x), 4),
         "y": round(float(y), 4), "nearest": int(j) + 1,
         "similarity": round(float(apart[i, j]), 4)}
        for i, (text, about, (x, y), j) in
        enumerate(zip(texts[:LISTED], told, plane.points, best, strict=False))
    ]  # fmt: skip
