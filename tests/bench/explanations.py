"""What the language model writes by itself, before any filter, on a QA file:

    python tests/bench/explanations.py --qa FILE [--index DIR] [--adapter none] [--show 10]

The model explains the evidence of every question, also of those that the tutor
would refuse. `right` has all keyword groups of the answer in the model's own
words; `supported`, `marked` and `cited` are shares of its sentences; `declined`
of the covered questions should be small, of the others large.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from langchain_core.messages import HumanMessage, SystemMessage

from tutor.assembly import load_judge, load_retriever
from tutor.config import Sampling, Settings
from tutor.conversation import standalone
from tutor.evaluate import holds, read_questions
from tutor.explanation import asked_of, note
from tutor.finding import Finder
from tutor.llm import load_chat_model
from tutor.prompts import read_prompt
from tutor.study import NORMAL
from tutor.tuning.judging import Written, mark, shares


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--qa", required=True)
    parser.add_argument("--index", type=Path, default=Path("index"))
    parser.add_argument("--adapter", default="bundled")
    parser.add_argument("--show", type=int, default=0, help="replies printed of each sort")
    parser.add_argument("--strategy", default="greedy")
    arguments = parser.parse_args()
    chosen = {"index": arguments.index, "adapter": arguments.adapter}
    settings = Settings().model_copy(update=chosen)
    model = load_chat_model(settings)
    retriever, embedder = load_retriever(settings)
    finder = Finder(retriever, embedder.encode, load_judge(settings), settings.evidence_words)
    prompt = read_prompt(settings.prompts, "answer")
    sampling = Sampling(strategy=arguments.strategy, max_new_tokens=160, seed=0)
    covered: list[tuple[bool, Written, str]] = []
    others: list[tuple[bool, Written, str]] = []
    started = time.perf_counter()
    for question in read_questions(arguments.qa):
        asked = standalone(question.question, question.history)
        evidence = finder.look(asked).selection.evidence
        system, user = asked_of(prompt, [note(piece) for piece in evidence], asked, NORMAL)
        turns = [SystemMessage(system.content), HumanMessage(user.content)]
        text = str(model.invoke(turns, sampling=sampling).content).strip()
        written = mark(text, asked, evidence, embedder.encode)
        right = all(any(holds(text, word) for word in group) for group in question.keywords)
        (covered if question.answerable else others).append((right, written, asked))
    print(f"{time.perf_counter() - started:.0f} s, adapter {arguments.adapter}")
    for name, rows in (("covered", covered), ("not covered", others)):
        found = shares(written for _, written, _ in rows)
        line = "  ".join(f"{key} {value:.3f}" for key, value in found.items())
        right = sum(right for right, _, _ in rows) / max(len(rows), 1)
        print(f"{name} ({len(rows)}): right {right:.3f}  {line}")
        for right, written, asked in rows[: arguments.show]:
            print(f"\n  {'+' if right else '-'} {asked}\n    {written.text}")
            for sentence in written.unsupported:
                print(f"      ! {sentence}")


if __name__ == "__main__":
    main()
