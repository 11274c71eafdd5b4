"""Trains the question's side of the embedding model: which passage answers a question?

    python -m tutor.train_query --texts DIR --rows tests/data

Passages keep the bundled model's vectors, so a question is compared with all
passages of its set at once, not with those of a batch, and a step takes
half a second. The loss is the cross-entropy of the passages that answer
under a softmax over the cosines. The sets, each whole:

- the written questions of `judge_questions.jsonl` over `tutor.training_texts`
- the rows of `replies_free*.jsonl`, which bring notes of their own
- `search_pairs.jsonl`: questions and paragraphs written for this, on machine
  learning, statistics, AI and, one in eight, on anything else
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import normalize
from torch.nn.utils import parametrize

from tutor.chunks import embedding_text
from tutor.citations import folded
from tutor.config import Settings
from tutor.embed import QUERY_ADAPTER, Embedder, load_embedder
from tutor.embed.query_adapter import SCALE, save
from tutor.embed.torch_backend import load_sentence_transformer, network_of
from tutor.models import embedding_folder
from tutor.train_judge import read_notes, read_written
from tutor.training_texts import chunks_of

TEMPERATURE = 0.05
"""Of the softmax; at .1 it learned nothing that held on other sets."""
BATCH = 32
WARM_UP = 0.1
LONGEST = 128
"""Tokens of a question."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions over a set of passages, and which of these answer each."""

    passages: torch.Tensor
    """Unit vectors [passages, dimension]."""
    questions: tuple[str, ...]
    answers: tuple[tuple[int, ...], ...]


def read_sets(texts: Path, rows: Path, embedder: Embedder) -> list[Asked]:
    """All sets. A question whose answer stands in no passage is left out."""
    sets = []
    for folder, written in read_written(texts, rows / "judge_questions.jsonl").items():
        chunks = chunks_of(texts / folder, embedder)
        plain = [folded(chunk.text).lower() for chunk in chunks]
        pairs = []
        for row in written:
            gold = folded(row.gold).lower()
            found = [n for n, text in enumerate(plain) if gold and (gold in text or text in gold)]
            pairs.append((row.question, found))
        sets.append(_asked([embedding_text(chunk) for chunk in chunks], pairs, embedder))
    sets.append(_own_notes(sorted(rows.glob("replies_free*.jsonl")), embedder))
    lines = (rows / "search_pairs.jsonl").read_text(encoding="utf-8").splitlines()
    both = [json.loads(line) for line in lines]
    pairs = [(row["question"], [number]) for number, row in enumerate(both)]
    sets.append(_asked([row["answer"] for row in both], pairs, embedder))
    return sets


def _own_notes(files: Sequence[Path], embedder: Embedder) -> Asked:
    passages: list[str] = []
    pairs = []
    for group in (group for file in files for group in read_notes(file)):
        first = len(passages)
        passages += [*group.positive, *group.negative]
        pairs.append((group.question, [first + n for n in range(len(group.positive))]))
    return _asked(passages, pairs, embedder)


def _asked(
    passages: Sequence[str], pairs: Sequence[tuple[str, list[int]]], embedder: Embedder
) -> Asked:
    known = [(question, tuple(found)) for question, found in pairs if found]
    vectors = torch.from_numpy(embedder.encode(passages))
    return Asked(vectors, tuple(q for q, _ in known), tuple(found for _, found in known))


class Correction(torch.nn.Module):
    """A weight [out, in] with a correction of low rank that is nothing at first."""

    def __init__(self, weight: torch.Tensor, rank: int) -> None:
        super().__init__()
        self.down = torch.nn.Parameter(torch.empty(rank, weight.shape[1]))
        self.up = torch.nn.Parameter(torch.zeros(weight.shape[0], rank))
        torch.nn.init.kaiming_uniform_(self.down, a=5**0.5)

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        return weight + SCALE * self.up @ self.down


def correct(network: torch.nn.Module, rank: int) -> dict[str, Correction]:
    """Give every linear layer of the encoder's blocks a correction; they alone are trained."""
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    corrections = {}
    for name, layer in list(network.named_modules()):
        if isinstance(layer, torch.nn.Linear) and ".layer." in name:
            corrections[name] = Correction(layer.weight, rank)
            parametrize.register_parametrization(layer, "weight", corrections[name])
    return corrections


def embed(network: torch.nn.Module, tokenizer: Any, questions: Sequence[str]) -> torch.Tensor:
    """Unit vectors [questions, dimension]: the mean of the tokens' states."""
    features = tokenizer(
        list(questions), padding=True, truncation=True, max_length=LONGEST, return_tensors="pt"
    )
    states = network(**features).last_hidden_state
    mask = features["attention_mask"].unsqueeze(-1)
    return normalize((states * mask).sum(1) / mask.sum(1), dim=-1)


def loss_of(
    vectors: torch.Tensor, passages: torch.Tensor, answers: Sequence[Sequence[int]]
) -> torch.Tensor:
    """The mean cross-entropy of the answering passages among all."""
    scores = vectors @ passages.T / TEMPERATURE
    answering = torch.zeros_like(scores, dtype=torch.bool)
    for row, found in enumerate(answers):
        answering[row, list(found)] = True
    right = scores.masked_fill(~answering, float("-inf"))
    return (torch.logsumexp(scores, 1) - torch.logsumexp(right, 1)).mean()


def train(
    network: torch.nn.Module,
    tokenizer: Any,
    sets: Sequence[Asked],
    *,
    epochs: float,
    rate: float,
    seed: int,
) -> Iterator[tuple[int, int, float]]:
    """Train the corrections in place; yields step, number of steps and loss."""
    pick = random.Random(seed)
    trained = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=rate, weight_decay=0.01)
    steps = int(epochs * len(_batches(sets, random.Random(seed))))
    waiting: list[tuple[Asked, list[int]]] = []
    network.train()
    for step in range(steps):
        waiting = waiting or _batches(sets, pick)
        asked, rows = waiting.pop()
        for options in optimizer.param_groups:
            options["lr"] = rate * min(1.0, (step + 1) / (WARM_UP * steps)) * (1 - step / steps)
        vectors = embed(network, tokenizer, [asked.questions[row] for row in rows])
        loss = loss_of(vectors, asked.passages, [asked.answers[row] for row in rows])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        yield step + 1, steps, loss.item()
    network.eval()


def _batches(sets: Sequence[Asked], pick: random.Random) -> list[tuple[Asked, list[int]]]:
    """The questions of all sets in batches of one set each, in any order."""
    batches = []
    for asked in sets:
        rows = list(range(len(asked.questions)))
        pick.shuffle(rows)
        batches += [(asked, rows[at : at + BATCH]) for at in range(0, len(rows), BATCH)]
    pick.shuffle(batches)
    return batches


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--rows", type=Path, required=True)
    parser.add_argument("--without", nargs="*", type=int, default=(), help="sets left out, from 0")
    parser.add_argument("--out", type=Path, default=QUERY_ADAPTER)
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    found = read_sets(arguments.texts, arguments.rows, load_embedder(Settings(), questions=False))
    sets = [asked for number, asked in enumerate(found) if number not in arguments.without]
    print([len(asked.questions) for asked in sets], file=sys.stderr)
    model = load_sentence_transformer(embedding_folder("bundled"), torch.float32)
    network = network_of(model)
    corrections = correct(network, arguments.rank)
    plan = {"epochs": arguments.epochs, "rate": arguments.rate, "seed": arguments.seed}
    for step, steps, loss in train(network, model.tokenizer, sets, **plan):
        if step % 20 == 0:
            print(f"step {step} of {steps}  loss {loss:.3f}", file=sys.stderr)
    made_by = " ".join(["python -m tutor.train_query", *sys.argv[1:]])
    save({name: (c.down, c.up) for name, c in corrections.items()}, arguments.out, made_by)


if __name__ == "__main__":
    main()
