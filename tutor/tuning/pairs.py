"""Examples of what the model itself wrote, read by people, with the reply it should have written.

The rows (`tests/data/replies_read.jsonl`) hold the question, the reply as it
ought to be, and, where the model's own was another, that one as `worse`. A row
brings its notes or names the place in a text that answers it; the evidence of
such a place is made anew, so each citation is put where its sentence now stands.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tutor.citations import without_markers
from tutor.embed import Embedder
from tutor.explanation import note
from tutor.index.words import words_of
from tutor.support import sentences_of
from tutor.training_texts import FOLDERS, chunks_of, make_retriever
from tutor.tuning.examples import MARKER, Example, evidence_for


def from_read(
    rows: Sequence[dict[str, Any]], texts: Path, embedder: Embedder, seed: int
) -> Iterator[Example]:
    """The examples; a row is left out where its place in `texts` is not found any more."""
    for row in rows:
        if "notes" in row:
            yield _example(row, row["notes"])
    pick = random.Random(seed)
    for folder in FOLDERS:
        retriever = make_retriever(chunks_of(texts / folder, embedder, folder), embedder)
        for row in rows:
            if "notes" not in row and row["topic"].startswith(folder):
                text = (texts / row["topic"]).read_text(encoding="utf-8")
                gold = text[row["start"] : row["end"]]
                found = evidence_for(row["question"], gold, retriever, embedder, pick)
                if found:
                    yield _example(row, [note(piece) for piece in found])


def _example(row: dict[str, Any], notes: Sequence[str]) -> Example:
    reply, worse = (marked_anew(row[key], notes) for key in ("reply", "worse"))
    kind = "place" if MARKER.search(reply) else "unanswerable"
    return Example(tuple(notes), row["question"], "normal", reply, kind, row["topic"], worse)


def marked_anew(reply: str, notes: Sequence[str]) -> str:
    """The reply, each marked sentence with the number of the note that shares most words with it.

    >>> marked_anew("The critic judges [1].", ["A generator draws.", "The critic judges it."])
    'The critic judges [2].'
    """
    known = [set(words_of(text)) for text in notes]
    sentences = []
    for sentence in sentences_of(reply):
        if MARKER.search(sentence):
            words = set(words_of(without_markers(sentence)))
            best = max(range(len(known)), key=lambda i: (len(words & known[i]), -i))
            sentence = MARKER.sub(f" [{best + 1}]", sentence)
        sentences.append(sentence)
    return " ".join(sentences)
