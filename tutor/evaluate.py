"""How good the tutor is on a file of questions whose answers are known.

Per kind of question and over all: retrieval (hit@k, MRR, nDCG@10), the answer
(all keyword groups in the reply, the gold quote among the evidence, length),
citations (quotes word for word in the passage they name), coverage (false and
true refusals) and latency.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import mean, quantiles
from typing import Any

from tutor.answer import Tutor
from tutor.citations import folded
from tutor.conversation import standalone
from tutor.errors import TutorError
from tutor.records import Answer, Done, Hit, Message
from tutor.retrieve import Retriever

DEPTH = 10
UNANSWERABLE = "unanswerable"


@dataclass(frozen=True, slots=True)
class Question:
    """A row of a QA file. `golds` are (source, quote) pairs; none for the unanswerable."""

    id: str
    question: str
    kind: str
    golds: tuple[tuple[str, str], ...] = ()
    keywords: tuple[tuple[str, ...], ...] = ()
    history: tuple[Message, ...] = ()

    @property
    def answerable(self) -> bool:
        return self.kind != UNANSWERABLE


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one question gave. `rank` is that of the first hit with a gold quote, 0 for none."""

    question: Question
    rank: int
    covered: bool
    keywords: bool
    gold_quoted: bool
    verbatim: bool
    words: int
    first_evidence_ms: float
    first_token_ms: float | None
    total_ms: float
    text: str = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        row = asdict(self)
        question = row.pop("question")
        return {"id": question["id"], "question": question["question"], **row}


def read_questions(path: os.PathLike[str]) -> list[Question]:
    """The rows of a QA file.

    Raises:
        TutorError: the file cannot be read or a row lacks something.
    """
    file = Path(path)
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise TutorError(f"{file} cannot be read: {error}") from None
    questions = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            questions.append(_question(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            raise TutorError(f"{file}, line {number}: not a QA row ({error!r})") from None
    if not questions:
        raise TutorError(f"{file}: no questions in it")
    return questions


def _question(row: Any) -> Question:
    if not isinstance(row, dict) or not isinstance(row.get("question"), str):
        raise ValueError("no object with a text as its 'question'")
    golds = [(row["source"], row["gold_quote"])] if row.get("gold_quote") else []
    golds += [(other["source"], other["gold_quote"]) for other in row.get("alt_gold", [])]
    return Question(
        id=str(row["id"]),
        question=row["question"],
        kind=row["kind"],
        golds=tuple(golds),
        keywords=tuple(_alternatives(group) for group in row.get("answer_keywords", [])),
        history=tuple(
            Message(turn["role"], str(turn["content"] or "")) for turn in row.get("history") or []
        ),
    )


def _alternatives(group: Any) -> tuple[str, ...]:
    """One group of keywords. A text is none: its letters would be in any answer."""
    if not isinstance(group, list) or not all(isinstance(word, str) for word in group):
        raise ValueError("'answer_keywords' is a list of lists of texts")
    return tuple(group)


def holds(text: str, quote: str) -> bool:
    """Whether a text holds a quote, white space and case aside."""
    return folded(quote).lower() in folded(text).lower()


def rank_of(question: Question, hits: Sequence[Hit]) -> int:
    """The rank of the first hit that holds a gold quote of its source; 0 for none."""
    for hit in hits:
        if any(s == hit.chunk.source and holds(hit.chunk.text, q) for s, q in question.golds):
            return hit.rank
    return 0


def evaluate(
    questions: Iterable[Question],
    tutor: Tutor,
    retriever: Retriever,
    failed: Callable[[Question, TutorError], None],
    step: Callable[[int], None] = lambda count: None,
) -> list[Outcome]:
    """Ask every question and judge what came.

    One whose answer breaks off has no outcome, since it is neither right nor wrong: `failed` is
    told.
    """
    outcomes = []
    for question in questions:
        hits = retriever.search(standalone(question.question, question.history), DEPTH)
        events = tutor.answer(question.question, question.history)
        try:
            answer = next(event.answer for event in events if isinstance(event, Done))
        except TutorError as error:
            failed(question, error)
        else:
            outcomes.append(_judge(question, rank_of(question, hits), answer))
        step(1)
    return outcomes


def _judge(question: Question, rank: int, answer: Answer) -> Outcome:
    text = answer.text.lower()
    quotes = "\n".join(piece.quote for piece in answer.evidence)
    return Outcome(
        question=question,
        rank=rank,
        covered=answer.covered,
        keywords=all(any(word.lower() in text for word in g) for g in question.keywords),
        gold_quoted=any(holds(quotes, quote) for _, quote in question.golds),
        verbatim=all(folded(e.quote) in folded(e.passage) for e in answer.evidence),
        words=len(answer.text.split()),
        first_evidence_ms=answer.timings.first_evidence_ms,
        first_token_ms=answer.timings.first_token_ms,
        total_ms=answer.timings.total_ms,
        text=answer.text,
    )


def retrieval_figures(found: Sequence[int]) -> dict[str, float]:
    """hit@k, MRR and nDCG@10, one gold passage to a question (0 stands for not found)."""
    if not found:
        return {}
    figures = {f"hit@{k}": mean(0 < rank <= k for rank in found) for k in (1, 3, 5, DEPTH)}
    figures["mrr"] = mean(1 / rank if rank else 0.0 for rank in found)
    figures["ndcg@10"] = mean(1 / math.log2(rank + 1) if rank else 0.0 for rank in found)
    return figures


def summarise(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The figures over all questions, and `kinds` with those of each kind."""
    summary = _figures(outcomes)
    kinds = sorted({outcome.question.kind for outcome in outcomes})
    summary["kinds"] = {
        kind: _figures([o for o in outcomes if o.question.kind == kind]) for kind in kinds
    }
    return summary


def _figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    covered = [o for o in outcomes if o.question.answerable]
    uncovered = [o for o in outcomes if not o.question.answerable]
    figures: dict[str, Any] = {"questions": len(outcomes)}
    if covered:
        figures |= retrieval_figures([o.rank for o in covered])
        figures["right"] = mean(o.keywords and o.covered for o in covered)
        figures["gold_quoted"] = mean(o.gold_quoted for o in covered)
        figures["false_refusals"] = mean(not o.covered for o in covered)
    if uncovered:
        figures["refused"] = mean(not o.covered for o in uncovered)
    figures["verbatim"] = mean(o.verbatim for o in outcomes)
    figures["words"] = mean(o.words for o in outcomes)
    for name in ("first_evidence_ms", "first_token_ms", "total_ms"):
        values = [v for o in outcomes if (v := getattr(o, name))]
        if len(values) > 1:
            cuts = quantiles(values, n=20, method="inclusive")  # none beyond what was measured
            figures[f"{name}_p50"], figures[f"{name}_p95"] = cuts[9], cuts[18]
    return {k: round(v, 3) if isinstance(v, float) else v for k, v in figures.items()}


def failures(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Those answered wrongly, wrongly refused or wrongly answered."""
    return [
        o for o in outcomes if o.covered != o.question.answerable or (o.covered and not o.keywords)
    ]


def differences(
    before: dict[str, Any], after: dict[str, Any]
) -> list[tuple[str, float | None, float | None]]:
    """The figures over all questions that differ between two summaries."""
    names = [n for n in {**before, **after} if n not in ("kinds", "differences", "failures")]
    return [(n, before.get(n), after.get(n)) for n in names if before.get(n) != after.get(n)]
