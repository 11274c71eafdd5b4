"""Trains the router: python -m tutor.tools.training --questions FILE

Learns from `examples.txt`, and from the questions of FILE (rows with
"question"; `tests/data/judge_questions.jsonl`), none of which is a wish to run
anything. Logistic regression over embeddings and hashed word n-grams.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tutor.tools.classifier import (
    NONE,
    WEIGHTS,
    Classifier,
    Encode,
    features,
    read_examples,
)

if TYPE_CHECKING:
    from tutor.tools.words import Reader

_WISHES = (
    "please {}", "can you {}", "could you {}", "i want you to {}", "let's {}", "{} please",
    "{} for me", "hey , {}", "now {}", "would you {} ?", "i'd like you to {}", "ok {}",
)  # fmt: skip
_VERBS = (
    "show draw generate make sample train compare plot run create visualise fit write continue "
    "give "
    "let demonstrate simulate interpolate reconstruct add denoise decode tokenize split try put "
    "quiz test search find"
).split()


def varied(english: str, label: str, turn: int) -> Iterator[str]:
    """The utterance, and once more in a politer form where it is a command."""
    yield english
    if label != NONE and english.split()[0] in _VERBS and not english.startswith("let "):
        yield _WISHES[turn % len(_WISHES)].format(english.rstrip(" .!?"))


def fit(
    rows: Sequence[tuple[str, str]], reader: Reader, encode: Encode, strength: float
) -> Classifier:
    """A classifier of these utterances; `strength` is the inverse of the regularisation."""
    from sklearn.linear_model import LogisticRegression

    texts, labels = [], []
    for turn, (utterance, label) in enumerate(rows):
        for text in varied(reader.read(utterance).english, label, turn):
            texts.append(text)
            labels.append(label)
    model = LogisticRegression(C=strength, max_iter=3000)
    model.fit(features(texts, encode), labels)
    return Classifier(
        [str(name) for name in model.classes_],
        model.coef_.astype(np.float32),
        model.intercept_.astype(np.float32),
    )


def read_questions(path: Path) -> list[str]:
    """The questions of a JSONL file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [str(json.loads(line)["question"]) for line in lines if line.strip()]


def save(classifier: Classifier, path: Path, command: str) -> None:
    """Write labels and weights (half precision), with the command that made them."""
    from safetensors.numpy import save_file

    # One entry: safetensors writes several in any order, and the file would differ each time.
    facts = json.dumps({"labels": classifier.labels, "made_by": command})
    save_file(classifier.tensors(), path, metadata={"router": facts})


def main() -> None:
    from tutor.tools.router import load_encoder, load_reader

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--strength", type=float, default=30.0)
    arguments = parser.parse_args()
    rows = read_examples()
    rows += [(question, NONE) for question in read_questions(arguments.questions)]
    print(f"{len(rows)} utterances", file=sys.stderr)
    classifier = fit(rows, load_reader(), load_encoder(), arguments.strength)
    command = f"python -m tutor.tools.training --questions {arguments.questions}"
    command += f" --strength {arguments.strength:g}"
    save(classifier, arguments.out, command)


if __name__ == "__main__":
    main()
