"""What the language model learns from: quotes, a question, a form of study, the reply.

The written rows (`tests/data/replies_*.jsonl`) come in two kinds. Some bring
notes of their own. Others name a place in the texts of `--texts`; their
evidence is what retrieval and selection find for the question, with the
passage of that place put among it, and each sentence of their reply is kept
only if the tutor's own check finds it supported, with the marker that the
check gives. Questions that the texts do not answer are to be declined.

A topic is a document, or a block of rows that were written together; whole
topics are kept aside for judging.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

from tutor.citations import folded
from tutor.config import FormName
from tutor.conversation import standalone
from tutor.embed import Embedder
from tutor.errors import TutorError
from tutor.evidence import Selector
from tutor.explanation import note
from tutor.index.words import words_of
from tutor.records import Evidence, Hit, Message, Place
from tutor.retrieve import Retriever
from tutor.support import LIKELY, SupportCheck, Verdict, sentences_of
from tutor.training_texts import FOLDERS, chunks_of, make_retriever
from tutor.windows import windows_of

WRITTEN = ("notes", "training", "close")
"""The files with replies over the texts; those of `close` keep to the texts' own words."""
LONGEST_NOTE = 90
ASIDE = 12
"""One topic of so many is kept aside."""
BLOCK = 10
"""Rows with notes of their own that make a topic: they were written field by field."""
DECLINED = (
    "The notes do not say this.",
    "The notes don't answer this question.",
    "This isn't in the notes.",
    "The course notes do not cover this.",
    "The notes speak of something near to it, but they do not answer this.",
)
DOUBTED = 0.5
"""Probability below which a written sentence is not learned where it need not keep to the words:
its writer meant it to be true, and the check was fitted to a model's sentences."""
MARKER = re.compile(r"\s*\[(\d)\]")


@dataclass(frozen=True, slots=True)
class Example:
    """Notes as the model reads them, the question, the form's name, and the reply.

    `worse` is a reply that the model wrote and should not have written, if there is one.
    """

    notes: tuple[str, ...]
    question: str
    form: FormName
    reply: str
    kind: str
    topic: str
    worse: str = ""

    @property
    def aside(self) -> bool:
        """Whether it is for judging: by its topic, the same in every run."""
        return hashlib.sha256(self.topic.encode()).digest()[0] % ASIDE == 0


def save(examples: Iterable[Example], file: Path) -> None:
    lines = (json.dumps(asdict(example), ensure_ascii=False) for example in examples)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def load(file: Path) -> list[Example]:
    """The examples that `save` wrote.

    Raises:
        TutorError: there is no such file, or it holds something else.
    """
    try:
        rows = read_rows(file)
        return [Example(**{**row, "notes": tuple(row["notes"])}) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TutorError(f"{file}: no examples can be read from it ({error})") from None


def read_rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]


def from_own_notes(rows: Sequence[dict[str, Any]], name: str) -> Iterator[Example]:
    """Examples of rows that bring their notes; their markers are the writer's."""
    for number, row in enumerate(rows):
        form = row.get("form", "short" if row["kind"] == "shorter" else "normal")
        if not row["notes"] or row["kind"] == "socratic" or form in ("socratic", "react"):
            continue
        history = [Message(turn["role"], turn["content"]) for turn in row.get("history", ())]
        question = standalone(row["question"], history)
        topic = f"{name}/{number // BLOCK}"
        yield Example(tuple(row["notes"]), question, form, row["reply"], row["kind"], topic)


def only_supported(
    example: Example, embedder: Embedder, *, condensed: bool = False
) -> Example | None:
    """The example with those sentences of its reply that the notes support, word for word enough.

    What the tutor's check would keep back need not be learned, and a small model that learns to
    put things in words of its own invents. None where the first sentence, on which the others
    lean, is not supported; replies that decline stay. `condensed`: of a plain reply what comes
    before the first sentence that the check doubts or that a note has in the same words.
    """
    if not MARKER.search(example.reply):
        return example
    quotes = [
        Evidence(number, "", Place("section", ""), text, 0.0)
        for number, text in enumerate(example.notes, start=1)
    ]
    condensed = condensed and example.form == "normal"
    check = _check(example.question, quotes, embedder, condensed)
    sentences = sentences_of(example.reply)
    verdicts = [(s, check.check(MARKER.sub("", s))) for s in sentences]
    if condensed:
        kept = [s for s, _ in takewhile(_own_words, verdicts)]
    else:
        kept = [s for s, verdict in verdicts if verdict.marker is not None]
    if not kept or kept[0] != sentences[0]:
        return None
    return replace(example, reply=" ".join(kept))


def _check(
    question: str, quotes: Sequence[Evidence], embedder: Embedder, condensed: bool
) -> SupportCheck:
    likely = DOUBTED if condensed else LIKELY
    return SupportCheck(question, quotes, embedder.encode, words_of, likely=likely)


def _own_words(judged: tuple[str, Verdict]) -> bool:
    _, verdict = judged
    return verdict.marker is not None and not verdict.copied


def from_places(
    rows: Sequence[dict[str, Any]],
    texts: Path,
    retriever: Retriever,
    embedder: Embedder,
    seed: int,
    *,
    condensed: bool = False,
) -> Iterator[Example]:
    """Examples of rows that name a place in a text, or none where it is not answered."""
    pick = random.Random(seed)
    for row in rows:
        gold = ""
        if row["end"]:
            text = (texts / row["source"]).read_text(encoding="utf-8")
            gold = text[row["start"] : row["end"]]
        found = evidence_for(row["question"], gold, retriever, embedder, pick)
        if not found:
            continue
        if gold:
            reply = _supported(row["question"], row["reply"], found, embedder, condensed)
        else:
            reply = row.get("reply") or pick.choice(DECLINED)
        if reply:
            kind = "place" if gold else "unanswerable"
            yield _example(row["question"], found, reply, kind, row["source"])


def _example(
    question: str, found: Sequence[Evidence], reply: str, kind: str, topic: str
) -> Example:
    return Example(tuple(note(piece) for piece in found), question, "normal", reply, kind, topic)


def evidence_for(
    question: str, gold: str, retriever: Retriever, embedder: Embedder, pick: random.Random
) -> list[Evidence]:
    """What the tutor would quote, the gold passage among it, in any order; none without it."""
    vector = retriever.embed(question)
    hits = retriever.search(question, 8, vector)
    pieces = list(Selector(embedder.encode, LONGEST_NOTE).select(vector, hits).evidence)
    if gold:
        wanted = folded(gold).lower()
        if not any(wanted in folded(piece.quote).lower() for piece in pieces):
            piece = _around(wanted, hits, retriever)
            if piece is None:
                return []
            others = [p for p in pieces if not _shares(p.quote, piece.quote)]
            pieces = [piece, *others[:2]]
    pick.shuffle(pieces)
    return [replace(piece, marker=number) for number, piece in enumerate(pieces, start=1)]


def _around(wanted: str, hits: Sequence[Hit], retriever: Retriever) -> Evidence | None:
    """The shortest window that holds the folded text `wanted`."""
    for chunk in (*(hit.chunk for hit in hits), *retriever.index.chunks):
        if wanted not in _folded(chunk.text):
            continue
        windows = windows_of(chunk.text, 0, 6, LONGEST_NOTE)
        holding = [w for w in windows if wanted in folded(w.text).lower()]
        if holding:
            text = min(holding, key=lambda w: w.words).text
            return Evidence(1, chunk.source, chunk.place, text, 0.0, chunk.text, chunk.headings)
    return None


@cache
def _folded(text: str) -> str:
    return folded(text).lower()


def _shares(one: str, other: str) -> bool:
    """Whether a quote is made mostly of another's words."""
    words = set(words_of(one))
    return len(words & set(words_of(other))) > 0.6 * len(words)


def _supported(
    question: str, reply: str, found: Sequence[Evidence], embedder: Embedder, condensed: bool
) -> str:
    """The reply's sentences that the evidence supports, each with its marker."""
    check = _check(question, found, embedder, condensed)
    verdicts = ((s, check.check(s)) for s in sentences_of(MARKER.sub("", reply)))
    kept = []
    for sentence, verdict in takewhile(_own_words, verdicts) if condensed else verdicts:
        if verdict.marker is not None:
            end = sentence[-1] if sentence[-1] in ".!?" else ""
            kept.append(f"{sentence.removesuffix(end)} [{verdict.marker}]{end or '.'}")
    return " ".join(kept)


def with_condensed(
    rows: Iterable[dict[str, Any]], condensed: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The rows, each with the condensed reply to its question and notes where there is one."""
    shorter = {(row["question"], tuple(row.get("notes", ()))): row["reply"] for row in condensed}
    return [
        {**row, "reply": shorter.get((row["question"], tuple(row.get("notes", ()))), row["reply"])}
        if row.get("reply")
        else row
        for row in rows
    ]


def make_examples(
    texts: Path,
    rows: Path,
    embedder: Embedder,
    *,
    declined: int,
    seed: int,
    condensed: bool = False,
) -> Iterator[Example]:
    """All examples. `rows` is the folder of the written rows; `declined` questions that the texts
    do not answer are taken from those written for the judge. `condensed`: with the replies that say
    it in fewer words than the text, where there are any, and no sentence that copies a note."""
    shorter = read_rows(rows / "replies_condensed.jsonl") if condensed else []
    own = read_rows(rows / "replies_condensed_own.jsonl") if condensed else []
    for file in sorted(rows.glob("replies_free*.jsonl")):
        for example in from_own_notes(with_condensed(read_rows(file), own), file.stem):
            if supported := only_supported(example, embedder, condensed=condensed):
                yield supported
    asked = [r for r in read_rows(rows / "judge_questions.jsonl") if not r["end"]]
    asked = random.Random(seed).sample(asked, min(declined, len(asked)))
    files = [rows / f"replies_{name}.jsonl" for name in WRITTEN]
    written = with_condensed((row for file in files for row in read_rows(file)), shorter)
    for folder in FOLDERS:
        retriever = make_retriever(chunks_of(texts / folder, embedder, folder), embedder)
        part = [row for row in (*written, *asked) if row["source"].startswith(folder)]
        yield from from_places(part, texts, retriever, embedder, seed, condensed=condensed)
