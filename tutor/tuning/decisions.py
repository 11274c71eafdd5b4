"""Examples of when to answer and when to decline.

Three kinds of rows are put together: replies of the model that people read
(`tutor.tuning.pairs`), the questions that the judge learned from, with the
written reply where the texts answer, and paragraphs written with questions that
they answer and near misses that they do not (`tests/data/paragraphs.jsonl`).
Of a question to a paragraph a share is asked once more of the passages that
come next, where its answer is missing. All that decline do so in the same words.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tutor.citations import without_markers
from tutor.embed import Embedder
from tutor.evidence import Selector
from tutor.explanation import note
from tutor.index.words import words_of
from tutor.records import Chunk, Place
from tutor.retrieve import Retriever
from tutor.support import sentences_of
from tutor.training_texts import FOLDERS, chunks_of, make_retriever
from tutor.tuning.examples import LONGEST_NOTE, WRITTEN, Example, evidence_for, read_rows
from tutor.tuning.pairs import from_read, marked_anew

DECLINES = "None of the notes answers this."
"""It begins as no reply that answers does, so its first token tells."""
PARAGRAPHS = 6
"""Paragraphs of a field that make a topic: they were written one after the other."""
WITHOUT = 0.3
"""The share of the questions to paragraphs that are asked of others, too."""
OWN = 0.6
"""The share of a sentence's words, but for the question's, that one note has to have."""

Row = dict[str, Any]


def make_decisions(texts: Path, rows: Path, embedder: Embedder, seed: int) -> Iterator[Example]:
    """All examples; `rows` is the folder of the written rows, `texts` that of what they name."""
    read = read_rows(rows / "replies_read.jsonl")
    for example in from_read(read, texts, embedder, seed):
        declines = example.kind == "unanswerable"
        yield replace(example, reply=DECLINES if declines else example.reply, worse="")
    pick = random.Random(seed)
    seen = {row["question"] for row in read}
    asked = read_rows(rows / "judge_questions.jsonl")
    asked = [row for row in asked if row["question"] not in seen]
    replies = {
        row["question"]: row["reply"]
        for name in WRITTEN
        for row in read_rows(rows / f"replies_{name}.jsonl")
        if row["end"]
    }
    for folder in FOLDERS:
        retriever = make_retriever(chunks_of(texts / folder, embedder, folder), embedder)
        for row in asked:
            if row["source"].startswith(folder):
                text = (texts / row["source"]).read_text(encoding="utf-8")
                gold = text[row["start"] : row["end"]]
                reply = replies.get(row["question"], "") if gold else DECLINES
                yield from _example(row, gold, reply, row["source"], retriever, embedder, pick)
    yield from from_paragraphs(read_rows(rows / "paragraphs.jsonl"), embedder, pick)


def from_paragraphs(
    rows: Iterable[Row], embedder: Embedder, pick: random.Random
) -> Iterator[Example]:
    """The examples of paragraphs; the evidence of each is found among all of its field."""
    fields: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        fields[row["field"]].append(row)
    for field, paragraphs in fields.items():
        retriever = make_retriever([_chunk(row) for row in paragraphs], embedder)
        for number, row in enumerate(paragraphs):
            topic = f"{field}/{number // PARAGRAPHS}"
            for asked in row["answered"]:
                gold, reply = asked["gold"], asked["reply"]
                yield from _example(asked, gold, reply, topic, retriever, embedder, pick)
                if pick.random() < WITHOUT:
                    yield from _elsewhere(asked["question"], row, topic, retriever, embedder, pick)
            for question in row["unanswered"]:
                asked = {"question": question}
                yield from _example(asked, "", DECLINES, topic, retriever, embedder, pick)


def _chunk(row: Row) -> Chunk:
    place = Place("section", row["title"])
    return Chunk(f"{row['field']}.md", place, row["text"], (row["title"],))


def _example(
    row: Row,
    gold: str,
    reply: str,
    topic: str,
    retriever: Retriever,
    embedder: Embedder,
    pick: random.Random,
) -> Iterator[Example]:
    """The example, if the place of its answer can be quoted."""
    found = evidence_for(row["question"], gold, retriever, embedder, pick)
    if found:
        notes = [note(piece) for piece in found]
        if gold:
            reply = kept(marked(reply), notes, row["question"])
        kind = "place" if gold else "unanswerable"
        yield Example(tuple(notes), row["question"], "normal", reply, kind, topic)


def _elsewhere(
    question: str,
    row: Row,
    topic: str,
    retriever: Retriever,
    embedder: Embedder,
    pick: random.Random,
) -> Iterator[Example]:
    """The question with what would be quoted if its own paragraph were not there."""
    vector = retriever.embed(question)
    hits = retriever.search(question, 8, vector)
    hits = [hit for hit in hits if hit.chunk.text != row["text"]]
    found = list(Selector(embedder.encode, LONGEST_NOTE).select(vector, hits).evidence)
    if found:
        pick.shuffle(found)
        notes = tuple(note(piece) for piece in found)
        yield Example(notes, question, "normal", DECLINES, "unanswerable", topic)


def marked(reply: str) -> str:
    """The reply with a marker in each sentence, in any number.

    >>> marked("It learns. Then it draws")
    'It learns [1]. Then it draws [1].'
    """
    sentences = []
    for sentence in sentences_of(without_markers(reply)):
        end = sentence[-1] if sentence[-1] in ".!?" else ""
        sentences.append(f"{sentence.removesuffix(end)} [1]{end or '.'}")
    return " ".join(sentences)


def kept(reply: str, notes: Sequence[str], question: str) -> str:
    """The reply's first sentences, at most three, that keep to a note, with its number.

    The evidence need not hold all that the writer of the reply had before him; empty where even
    the first sentence says something else.
    """
    known = [set(words_of(text)) for text in notes]
    asked = set(words_of(question))
    sentences = []
    for sentence in sentences_of(marked_anew(reply, notes))[:3]:
        words = set(words_of(without_markers(sentence))) - asked
        if words and max(len(words & has) / len(words) for has in known) < OWN:
            break
        sentences.append(sentence)
    return " ".join(sentences)
