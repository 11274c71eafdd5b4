"""`tutor.evaluate`: the figures are what their names say."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from tutor import evaluate
from tutor.config import ROOT
from tutor.errors import TutorError
from tutor.evaluate import Outcome, Question
from tutor.records import Chunk, Hit, Place


def outcome(kind: str = "why", *, rank: int = 1, covered: bool = True, right: bool = True):
    question = Question("q", "Why?", kind, (("a.md", "because"),), (("because",),))
    return Outcome(question, rank, covered, right, right, True, 50, 100.0, 200.0, 300.0, "text")


def test_retrieval_figures_against_their_definitions() -> None:
    figures = evaluate.retrieval_figures([1, 3, 0, 7])
    assert figures["hit@1"] == 0.25
    assert figures["hit@3"] == 0.5
    assert figures["hit@5"] == 0.5
    assert figures["hit@10"] == 0.75
    assert figures["mrr"] == pytest.approx((1 + 1 / 3 + 1 / 7) / 4)
    assert figures["ndcg@10"] == pytest.approx((1 + 1 / 2 + 1 / math.log2(8)) / 4)


def test_a_refusal_of_a_covered_question_is_false_and_not_right() -> None:
    summary = evaluate.summarise([outcome(), outcome(covered=False)])
    assert summary["false_refusals"] == 0.5
    assert summary["right"] == 0.5
    assert "refused" not in summary


def test_unanswerable_questions_count_for_refusal_alone() -> None:
    asked = [outcome(), outcome("unanswerable", covered=False), outcome("unanswerable")]
    summary = evaluate.summarise(asked)
    assert summary["refused"] == 0.5
    assert summary["hit@1"] == 1.0
    assert summary["kinds"]["why"]["questions"] == 1


def test_failures_are_wrong_answers_and_wrong_refusals() -> None:
    good, wrong, refused = outcome(), outcome(right=False), outcome(covered=False)
    invented = outcome("unanswerable", covered=True)
    assert evaluate.failures([good, wrong, refused, invented]) == [wrong, refused, invented]


def test_latencies_stay_within_what_was_measured() -> None:
    asked = [replace(outcome(), total_ms=ms) for ms in (100.0, 200.0)]
    summary = evaluate.summarise(asked)
    assert (summary["total_ms_p50"], summary["total_ms_p95"]) == (150.0, 195.0)


def test_rank_wants_the_quote_in_the_right_source() -> None:
    question = outcome().question
    place = Place("page", 1)
    hits = [
        Hit(Chunk("b.md", place, "because"), 1, 0.9),
        Hit(Chunk("a.md", place, "Just\n  BECAUSE."), 2, 0.8),
    ]
    assert evaluate.rank_of(question, hits) == 2
    assert evaluate.rank_of(question, hits[:1]) == 0


def test_differences_name_only_what_changed() -> None:
    before, after = {"right": 0.5, "words": 10, "kinds": {}}, {"right": 0.75, "words": 10}
    assert evaluate.differences(before, after) == [("right", 0.5, 0.75)]


@pytest.mark.parametrize("row", ["{}", "5", "[1]", '{"id": 1, "kind": "why", "question": null}'])
def test_bad_rows_name_file_and_line(tmp_path: Path, row: str) -> None:
    file = tmp_path / "qa.jsonl"
    file.write_text(json.dumps({"id": 1, "question": "Q?", "kind": "why"}) + f"\n{row}\n")
    with pytest.raises(TutorError, match=r"qa\.jsonl, line 2"):
        evaluate.read_questions(file)


@pytest.mark.parametrize("keywords", [[[784]], ["generator"], "generator", [None], {"a": 1}])
def test_keywords_that_are_no_lists_of_texts_are_told_by_line(
    tmp_path: Path, keywords: object
) -> None:
    row = {"id": 1, "question": "Q?", "kind": "why", "answer_keywords": keywords}
    file = tmp_path / "qa.jsonl"
    file.write_text(json.dumps(row))
    with pytest.raises(TutorError, match=r"qa\.jsonl, line 1: .*list of lists of texts"):
        evaluate.read_questions(file)


def test_the_courses_own_questions_are_well_formed() -> None:
    questions = evaluate.read_questions(ROOT / "tests" / "data" / "course_qa.jsonl")
    kinds = [question.kind for question in questions]
    assert len(questions) >= 80
    assert kinds.count("unanswerable") >= len(kinds) / 4
    assert kinds.count("paraphrase") >= len(kinds) / 3
    assert kinds.count("followup") >= 20


@pytest.mark.parametrize(
    "name", ["course_qa", "course_qa_unseen", "course_qa_hard", "course_qa_forum"]
)
def test_each_gold_quote_stands_in_the_course(name: str) -> None:
    questions = evaluate.read_questions(ROOT / "tests" / "data" / f"{name}.jsonl")
    assert len({question.id for question in questions}) == len(questions)
    for question in questions:
        assert bool(question.golds) == question.answerable
        for source, quote in question.golds:
            path = ROOT / "corpus" / source
            assert path.is_file()
            if path.suffix == ".md":
                text = path.read_text(encoding="utf-8")
                assert quote in text or quote in text.replace("**", "")
