"""Trains the judge: python -m tutor.train_judge --texts DIR --questions FILE [--notes FILE]

The questions (`tests/data/judge_questions.jsonl`) were written for this over
the texts of `--texts` and name the place of their answer there, or none where
the texts do not answer them. Beside `tutor.training_texts`:

- `retrieval/xquad_en/`: XQuAD passages and questions, CC BY-SA 4.0

The rows of `--notes` (`tests/data/replies_free.jsonl`) and the lessons of `--lessons`
(`tests/data/lessons/`) bring their own texts.

Each question makes a group: windows of the passages that retrieval finds, of
which those that hold the answer are positive. The loss is the binary
cross-entropy of each window plus the cross-entropy of the group.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce

from tutor.citations import folded, without_markers
from tutor.config import Settings
from tutor.embed import Embedder, load_embedder
from tutor.evidence import plain, under_headings
from tutor.index.words import words_of
from tutor.judge import WEIGHTS
from tutor.judge.network import CrossEncoder, features, load, made_by, save
from tutor.models import embedding_folder
from tutor.records import Chunk, Place
from tutor.retrieve import Retriever
from tutor.support import sentences_of
from tutor.training_texts import FOLDERS, chunks_of, make_retriever
from tutor.tuning.lessons import asked_once, cited_by, drawn_on, read_lessons
from tutor.windows import windows_of

XQUAD = "retrieval/xquad_en"
NEGATIVES = 5
GROUPS = 6
"""Groups in a batch."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and its answer's words; none where the texts do not answer it."""

    question: str
    gold: str


@dataclass(frozen=True, slots=True)
class Group:
    """A question with windows that answer it and windows that do not."""

    question: str
    positive: tuple[str, ...]
    negative: tuple[str, ...]


def read_written(texts: Path, questions: Path) -> dict[str, list[Asked]]:
    """The written questions of each folder, their answers cut from the texts."""
    asked: dict[str, list[Asked]] = defaultdict(list)
    for line in questions.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        folder = next(name for name in FOLDERS if row["source"].startswith(name))
        gold = ""
        if row["end"]:
            text = (texts / row["source"]).read_text(encoding="utf-8")
            gold = text[row["start"] : row["end"]]
        asked[folder].append(Asked(row["question"], gold))
    return asked


def read_xquad(texts: Path) -> tuple[list[Chunk], list[Asked]]:
    """XQuAD's passages, and its questions with the sentence that holds the answer."""
    folder = texts / XQUAD
    passages = {}
    for line in (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        title = row["_id"].split("#")[0].replace("_", " ")
        passages[row["_id"]] = Chunk(row["_id"], Place("section", title), row["text"], (title,))
    answers = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, passage, _ = line.split("\t")
        answers[query] = passages[passage].text
    asked = []
    for line in (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        words = set(words_of(row["text"]))
        holding = [
            sentence
            for sentence in sentences_of(answers.get(row["_id"], ""))
            if any(answer in sentence for answer in row["answers"])
        ]
        if holding:
            best = max(holding, key=lambda s: len(words & set(words_of(s))))
            asked.append(Asked(row["text"], best))
    return list(passages.values()), asked


def make_group(asked: Asked, retriever: Retriever, least: float = 0.6) -> Group | None:
    """Windows of what retrieval finds, and of the passage that holds the answer.

    Positive are those that hold it, or are the share `least` of it or more."""
    gold = folded(asked.gold).lower()
    gold_words = set(gold.split())
    passages = [hit.chunk for hit in retriever.search(asked.question, 8)]
    if gold:
        passages += [c for c in retriever.index.chunks if gold in folded(c.text).lower()]
    positive: list[str] = []
    negative: list[str] = []
    for chunk in dict.fromkeys(passages):
        for window in windows_of(chunk.text, 0, 4, 90):
            text = folded(window.text).lower()
            shown = plain(under_headings(chunk, window.text))
            if gold and (gold in text or (text in gold and len(text) >= least * len(gold))):
                positive.append(shown)
            elif text not in gold and len(gold_words & set(text.split())) <= 0.6 * len(gold_words):
                negative.append(shown)
    if not negative or (gold and not positive):
        return None
    return Group(asked.question, tuple(sorted(positive, key=len)), tuple(negative))


def make_groups(texts: Path, questions: Path, embedder: Embedder) -> list[Group]:
    """The groups of all sets."""
    groups: list[Group | None] = []
    for folder, asked in read_written(texts, questions).items():
        retriever = make_retriever(chunks_of(texts / folder, embedder), embedder)
        groups += [make_group(item, retriever) for item in asked]
    passages, asked = read_xquad(texts)
    retriever = make_retriever(passages, embedder)
    groups += [make_group(item, retriever) for item in asked[::3]]
    return [group for group in groups if group is not None]


def read_notes(file: Path) -> list[Group]:
    """Groups of rows that bring their own notes and a reply that cites those which answer."""
    groups = []
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        cited = cited_by(row["reply"])
        notes = dict(enumerate(map(plain, row["notes"]), start=1))
        if not notes or row.get("history"):
            continue
        groups.append(
            Group(
                row["question"],
                tuple(note for number, note in notes.items() if number in cited),
                tuple(note for number, note in notes.items() if number not in cited),
            )
        )
    return groups


def from_lessons(files: Sequence[Path], embedder: Embedder) -> list[Group]:
    """Groups of lessons, with what retrieval finds in all of them.

    The answer is what a reply draws on in the note that it cites: were it the whole note, each
    large part of it would be one. What stands in two places is left out: one may answer the other.
    """
    lessons = [lesson for file in sorted(files) for lesson in read_lessons(file)]
    chunks = [
        Chunk(lesson.topic, Place("section", lesson.topic), text, (lesson.topic, heading))
        for lesson in lessons
        for heading, _, text in (note.partition("\n") for note in lesson.notes)
    ]
    retriever = make_retriever(chunks, embedder)
    asked = [Asked(question, "") for lesson in lessons for question in lesson.missing]
    for lesson in lessons:
        for _, question, reply in lesson.asked:
            (first, *others) = cited_by(reply)
            gold = drawn_on(without_markers(reply), lesson.notes[first - 1].partition("\n")[2])
            if gold and not others:
                asked.append(Asked(question, gold))
    once = asked_once(lessons)
    groups = [make_group(item, retriever, 1.0) for item in asked if item.question.lower() in once]
    return [group for group in groups if group is not None]


def pairs_of(group: Group, pick: random.Random) -> list[tuple[str, str, float]]:
    """The shortest positive and one more, and some negatives, half of them near the top."""
    positive = [*group.positive[:1], *pick.sample(group.positive[1:], len(group.positive) > 1)]
    near, far = group.negative[:24], group.negative[24:]
    count = min(len(near), NEGATIVES - (2 if far else 0))
    negative = pick.sample(near, count) + pick.sample(far, min(len(far), 2))
    return [
        *((group.question, text, 1.0) for text in positive),
        *((group.question, text, 0.0) for text in negative),
    ]


def loss_of(odds: torch.Tensor, labels: torch.Tensor, sizes: Sequence[int]) -> torch.Tensor:
    """Binary cross-entropy (positives weigh 3) plus half the groups' cross-entropy."""
    loss = bce(odds, labels, pos_weight=torch.tensor(3.0))
    grouped = []
    for part, wanted in zip(_split(odds, sizes), _split(labels, sizes), strict=True):
        if wanted.any():
            grouped.append(torch.logsumexp(part, 0) - torch.logsumexp(part[wanted > 0], 0))
    return loss + 0.5 * torch.stack(grouped).mean() if grouped else loss


def _split(values: torch.Tensor, sizes: Sequence[int]) -> tuple[torch.Tensor, ...]:
    parts: tuple[torch.Tensor, ...] = torch.split(values, list(sizes))
    return parts


def train(
    network: CrossEncoder,
    groups: Sequence[Group],
    folder: Path,
    *,
    epochs: float,
    rate: float,
    seed: int,
) -> Iterator[tuple[int, int, float]]:
    """Train in place; yields step, number of steps and loss."""
    pick = random.Random(seed)
    trained = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=rate, weight_decay=0.01)
    size = min(GROUPS, len(groups))
    steps = int(epochs * len(groups) / max(size, 1))
    waiting: list[Group] = []
    network.train()
    for step in range(steps):
        if len(waiting) < size:
            waiting = pick.sample(list(groups), len(groups))
        batch = [pairs_of(waiting.pop(), pick) for _ in range(size)]
        pairs = [pair for group in batch for pair in group]
        for options in optimizer.param_groups:
            warm = min(1.0, (step + 1) / (0.08 * steps))
            options["lr"] = rate * warm * max(0.02, 1 - step / steps)
        with torch.autocast("cpu", torch.bfloat16):
            odds = network(**features(folder, [(q, text) for q, text, _ in pairs]))
        labels = torch.tensor([label for _, _, label in pairs])
        loss = loss_of(odds.float(), labels, [len(group) for group in batch])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        yield step + 1, steps, loss.detach().item()
    network.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument(
        "--notes", type=Path, nargs="*", default=(), help="rows with own notes, too"
    )
    parser.add_argument("--lessons", type=Path, nargs="*", default=(), help="files of lessons, too")
    parser.add_argument("--start", type=Path, help="weights to go on from (the bundled model)")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--epochs", type=float, default=1.5)
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    folder = embedding_folder("bundled")
    embedder = load_embedder(Settings())
    groups = make_groups(arguments.texts, arguments.questions, embedder)
    groups += from_lessons(arguments.lessons, embedder)
    for file in arguments.notes:
        groups += read_notes(file)
    if not groups:
        parser.error("no question makes a group to learn from")
    network = load(folder, arguments.start) if arguments.start else CrossEncoder(folder)
    print(f"{len(groups)} groups", file=sys.stderr)
    for step, steps, loss in train(
        network,
        groups,
        folder,
        epochs=arguments.epochs,
        rate=arguments.rate,
        seed=arguments.seed,
    ):
        if step % 25 == 0:
            print(f"step {step} of {steps}  loss {loss:.3f}", file=sys.stderr)
    before = [made_by(arguments.start)] if arguments.start else []
    command = " ".join(["python -m tutor.train_judge", *sys.argv[1:]])
    save(network, arguments.out, {"made_by": "; then ".join([*before, command])})


if __name__ == "__main__":
    main()
