"""python -m tutor.tuning PART: how the language model was taught, and how it is checked.

    python -m tutor.tuning examples --texts DIR --out examples.jsonl
    python -m tutor.tuning train --examples examples.jsonl --out FOLDER
    python -m tutor.tuning examples --texts DIR --read --out pairs.jsonl
    python -m tutor.tuning train --examples pairs.jsonl --start FOLDER --out FOLDER
    python -m tutor.tuning examples --texts DIR --deciding --out decisions.jsonl
    python -m tutor.tuning train --examples decisions.jsonl --deciding --start FOLDER --out FOLDER
    python -m tutor.tuning likeness --labels labels.jsonl --out tests/data/support.csv
    python -m tutor.tuning fit --features tests/data/support.csv

The examples of `--read` are replies that the model wrote, with better ones: where an example has
both, training is by preference (`tutor.tuning.preference`). Those of `--deciding` teach when to
answer and when to decline (`tutor.tuning.decisions`).

The texts of `--texts` that the written rows speak of:

- `notes/`: CS231n course notes, MIT
- `training/info8010/`: INFO8010 deep-learning decks, BSD-3-Clause
- `training/ds_interviews/`: data-science interview answers, CC BY 4.0
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tutor.config import ROOT, Settings
from tutor.errors import TutorError

ROWS = ROOT / "tests" / "data"


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tutor.tuning", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parts = parser.add_subparsers(dest="part", required=True)
    make = parts.add_parser("examples", help="make the examples from the written rows")
    make.add_argument("--texts", type=Path, required=True)
    make.add_argument("--rows", type=Path, default=ROWS)
    make.add_argument("--declined", type=int, default=200, help="questions to decline")
    make.add_argument("--condensed", action="store_true", help="replies in fewer words, if any")
    make.add_argument("--deciding", action="store_true", help="instead: to answer or to decline")
    make.add_argument("--read", action="store_true", help="instead: the model's, read by people")
    make.add_argument("--seed", type=int, default=0)
    make.add_argument("--out", type=Path, required=True)
    train = parts.add_parser("train", help="train an adapter on examples; goes on if stopped")
    train.add_argument("--examples", type=Path, required=True)
    train.add_argument("--out", type=Path, required=True, help="the adapter's folder")
    train.add_argument("--start", type=Path, help="an adapter to go on from (none)")
    train.add_argument("--epochs", type=float, default=2.0)
    train.add_argument("--rank", type=int, default=32)
    train.add_argument("--rate", type=float, default=4e-4)
    train.add_argument("--share", type=float, default=1.0, help="of the examples, for trials")
    train.add_argument("--declines", type=int, help="of the examples that decline, so many (all)")
    train.add_argument("--deciding", action="store_true", help="learn to decline by itself, too")
    train.add_argument("--from-layer", type=int, default=0, help="those before stay as they are")
    train.add_argument("--judge-every", type=int, default=100, help="steps")
    train.add_argument("--seed", type=int, default=0)
    like = parts.add_parser("likeness", help="measure labelled sentences of the model")
    like.add_argument("--labels", type=Path, required=True)
    like.add_argument("--out", type=Path, required=True)
    fitted = parts.add_parser("fit", help="fit the weights of the support check")
    fitted.add_argument("--features", type=Path, required=True)
    arguments = parser.parse_args(given)
    run = {"examples": _examples, "train": _train, "likeness": _likeness, "fit": _fit}
    try:
        run[arguments.part](arguments)
    except TutorError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _examples(arguments: argparse.Namespace) -> None:
    from tutor.embed import load_embedder
    from tutor.training_texts import FOLDERS
    from tutor.tuning.decisions import make_decisions
    from tutor.tuning.examples import make_examples, read_rows, save
    from tutor.tuning.pairs import from_read

    if missing := [name for name in FOLDERS if not (arguments.texts / name).is_dir()]:
        raise TutorError(f"--texts {arguments.texts}: no folder {missing[0]} in it")
    embedder = load_embedder(Settings())
    if arguments.read:
        rows = read_rows(arguments.rows / "replies_read.jsonl")
        examples = list(from_read(rows, arguments.texts, embedder, arguments.seed))
    elif arguments.deciding:
        rows = arguments.rows
        examples = list(make_decisions(arguments.texts, rows, embedder, arguments.seed))
    else:
        examples = list(
            make_examples(
                arguments.texts,
                arguments.rows,
                embedder,
                declined=arguments.declined,
                seed=arguments.seed,
                condensed=arguments.condensed,
            )
        )
    save(examples, arguments.out)
    aside = sum(example.aside for example in examples)
    kinds = Counter(example.kind for example in examples)
    print(f"{len(examples)} examples, {aside} of them kept aside; {dict(kinds)}", file=sys.stderr)


def _train(arguments: argparse.Namespace) -> None:
    import random

    import torch

    from tutor.llm import load_engine, place_of
    from tutor.prompts import read_prompt
    from tutor.tuning import preference, training
    from tutor.tuning.decisions import DECLINES
    from tutor.tuning.examples import load

    if find_spec("peft") is None:
        raise TutorError("training needs PEFT; run: pip install peft")
    examples = load(arguments.examples)
    plan = training.Plan(arguments.epochs, arguments.rank, arguments.rate, seed=arguments.seed)
    torch.manual_seed(plan.seed)
    settings = Settings().model_copy(update={"engine": "transformers", "adapter": "none"})
    tokenizer = load_engine(settings).tokenizer  # converts the model at the first time
    model = training.with_adapter(place_of(settings).folder, plan.rank, arguments.start)
    training.freeze_below(model, arguments.from_layer)
    prompt = read_prompt(settings.prompts, "answer")
    kept = [example for example in examples if not example.aside]
    pick = random.Random(plan.seed)
    if arguments.declines is not None:
        declining = [example for example in kept if example.kind == "unanswerable"]
        some = pick.sample(declining, min(arguments.declines, len(declining)))
        kept = [example for example in kept if example.kind != "unanswerable"] + some
    kept = pick.sample(kept, int(len(kept) * arguments.share))
    aside = [example for example in examples if example.aside]
    paired = any(example.worse for example in kept)
    as_tokens = preference.pair_of if paired else training.tokens_of
    loss_of: Any = preference.preference_loss if paired else training.loss_of
    if arguments.deciding:
        loss_of = partial(training.deciding_loss, tokenizer.encode(DECLINES)[0])
    sequences: list[Any] = [as_tokens(example, tokenizer, prompt) for example in kept]
    judging: list[Any] = [as_tokens(example, tokenizer, prompt) for example in aside]
    total = sum(len(item.tokens) for item in sequences)
    print(f"{len(sequences)} examples of {total} tokens; {len(aside)} aside", file=sys.stderr)
    arguments.out.mkdir(parents=True, exist_ok=True)
    state = arguments.out / "half-way.safetensors"
    if paired:
        sequences = preference.measured(model, sequences, plan.batch_tokens)
        judging = preference.measured(model, judging, plan.batch_tokens)
    started = time.monotonic()
    first = None
    for step, steps, loss in training.train(model, sequences, plan, state, loss_of):
        first = first or step
        if step % 10 == 0:
            line = training.report(started, step - first + 1, steps - first + 1, loss)
            print(f"step {step}: {line}", file=sys.stderr, flush=True)
        if step % arguments.judge_every == 0 or step == steps:
            found = training.judged(model, judging, plan.batch_tokens, loss_of)
            won = f", won {preference.won(model, judging, plan.batch_tokens):.2f}" if paired else ""
            print(f"step {step}: aside {found:.3f}{won}", file=sys.stderr, flush=True)
            model.train()
    training.save_adapter(model, arguments.out, DECLINES if arguments.deciding else "")
    state.unlink(missing_ok=True)


def _likeness(arguments: argparse.Namespace) -> None:
    from tutor.embed import load_embedder
    from tutor.tuning import support
    from tutor.tuning.examples import read_rows

    rows = read_rows(arguments.labels)
    support.save(support.measure(rows, load_embedder(Settings())), arguments.out)


def _fit(arguments: argparse.Namespace) -> None:
    from tutor.tuning import support

    print(support.report(support.load(arguments.features)))


if __name__ == "__main__":
    sys.exit(main())
