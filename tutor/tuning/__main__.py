r"""python -m tutor.tuning PART: how the language model was taught, and how it is checked.

    python -m tutor.tuning examples --texts DIR --out examples.jsonl
    python -m tutor.tuning train --examples examples.jsonl --out FOLDER
    python -m tutor.tuning examples --texts DIR --read --out pairs.jsonl
    python -m tutor.tuning train --examples pairs.jsonl --start FOLDER --out FOLDER
    python -m tutor.tuning examples --texts DIR --deciding --out decisions.jsonl
    python -m tutor.tuning examples --lessons --out lessons.jsonl
    python -m tutor.tuning train --examples lessons.jsonl decisions.jsonl --share 1 0.5 \
        --deciding --start FOLDER --out FOLDER
    python -m tutor.tuning curves FOLDER FOLDER ... --out curves.png
    python -m tutor.tuning likeness --labels labels.jsonl --out tests/data/support.csv
    python -m tutor.tuning fit --features tests/data/support.csv

The examples of `--read` are replies that the model wrote, with better ones: where an example has
both, training is by preference (`tutor.tuning.preference`). Those of `--deciding` teach when to
answer and when to decline (`tutor.tuning.decisions`), those of `--lessons` to find the right piece
of notes that lie close to one another (`tutor.tuning.lessons`).

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
from typing import TYPE_CHECKING, Any

from tutor.config import ROOT, Settings
from tutor.errors import TutorError

if TYPE_CHECKING:
    from tutor.tuning.examples import Example

ROWS = ROOT / "tests" / "data"


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tutor.tuning", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parts = parser.add_subparsers(dest="part", required=True)
    make = parts.add_parser("examples", help="make the examples from the written rows")
    make.add_argument("--texts", type=Path, help="needed but for --lessons")
    make.add_argument("--rows", type=Path, default=ROWS)
    make.add_argument("--declined", type=int, default=200, help="questions to decline")
    make.add_argument("--condensed", action="store_true", help="replies in fewer words, if any")
    make.add_argument("--deciding", action="store_true", help="instead: to answer or to decline")
    make.add_argument("--lessons", action="store_true", help="instead: of tests/data/lessons")
    make.add_argument("--read", action="store_true", help="instead: the model's, read by people")
    make.add_argument("--seed", type=int, default=0)
    make.add_argument("--out", type=Path, required=True)
    train = parts.add_parser("train", help="train an adapter on examples; goes on if stopped")
    train.add_argument("--examples", type=Path, nargs="+", required=True)
    train.add_argument("--out", type=Path, required=True, help="the adapter's folder")
    train.add_argument("--start", type=Path, help="an adapter to go on from (none)")
    train.add_argument("--epochs", type=float, default=2.0)
    train.add_argument("--rank", type=int, help="that of --start, or 32")
    train.add_argument("--rate", type=float, default=4e-4)
    train.add_argument("--share", type=float, nargs="+", default=[], help="of each file (all)")
    train.add_argument("--declines", type=int, help="of the examples that decline, so many (all)")
    train.add_argument("--deciding", type=float, nargs="?", const=1.0, metavar="WEIGHT")
    train.add_argument("--from-layer", type=int, default=0, help="those before stay as they are")
    train.add_argument("--batch-tokens", type=int, default=3000)
    train.add_argument("--steps", type=int, default=0, help="so many, whatever the epochs")
    train.add_argument("--prompts", type=Path, default=Settings().prompts, help="their folder")
    train.add_argument("--judge-every", type=int, default=100, help="steps; 0: at the end")
    train.add_argument("--aside", type=int, help="judge by about so many kept aside (all)")
    train.add_argument("--seed", type=int, default=0)
    drawn = parts.add_parser("curves", help="draw how trainings went")
    drawn.add_argument("runs", type=Path, nargs="+", help="the folders of their adapters")
    drawn.add_argument("--out", type=Path, required=True, help="a PNG file")
    like = parts.add_parser("likeness", help="measure labelled sentences of the model")
    like.add_argument("--labels", type=Path, required=True)
    like.add_argument("--out", type=Path, required=True)
    fitted = parts.add_parser("fit", help="fit the weights of the support check")
    fitted.add_argument("--features", type=Path, required=True)
    arguments = parser.parse_args(given)
    run = {
        "examples": _examples,
        "train": _train,
        "curves": _curves,
        "likeness": _likeness,
        "fit": _fit,
    }
    try:
        run[arguments.part](arguments)
    except TutorError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _examples(arguments: argparse.Namespace) -> None:
    from tutor.tuning.examples import save

    examples = _made(arguments)
    save(examples, arguments.out)
    aside = sum(example.aside for example in examples)
    kinds = Counter(example.kind for example in examples)
    print(f"{len(examples)} examples, {aside} of them kept aside; {dict(kinds)}", file=sys.stderr)


def _made(arguments: argparse.Namespace) -> list[Example]:
    from tutor.embed import load_embedder
    from tutor.training_texts import FOLDERS
    from tutor.tuning.decisions import make_decisions
    from tutor.tuning.examples import make_examples, read_rows
    from tutor.tuning.lessons import make_lessons
    from tutor.tuning.pairs import from_read

    rows, texts, seed = arguments.rows, arguments.texts, arguments.seed
    if arguments.lessons:
        return list(make_lessons(list((rows / "lessons").glob("*.txt")), seed))
    if missing := [name for name in FOLDERS if not (texts and (texts / name).is_dir())]:
        raise TutorError(f"--texts {texts}: no folder {missing[0]} in it")
    embedder = load_embedder(Settings())
    if arguments.read:
        return list(from_read(read_rows(rows / "replies_read.jsonl"), texts, embedder, seed))
    if arguments.deciding:
        return list(make_decisions(texts, rows, embedder, seed))
    return list(
        make_examples(
            texts,
            rows,
            embedder,
            declined=arguments.declined,
            seed=seed,
            condensed=arguments.condensed,
        )
    )


def _train(arguments: argparse.Namespace) -> None:
    import torch

    from tutor.llm import load_engine, place_of
    from tutor.prompts import read_prompt
    from tutor.tuning import adapters, preference, training
    from tutor.tuning.choosing import chosen, learnable
    from tutor.tuning.curves import Curve
    from tutor.tuning.decisions import DECLINES

    given = arguments.examples, arguments.share, arguments.declines, arguments.aside
    found, aside = chosen(*given, arguments.seed)
    kept = learnable(found, deciding=arguments.deciding is not None)
    if left := len(found) - len(kept):
        print(f"{left} examples without a reply left out; see --deciding", file=sys.stderr)
    rank, alpha = adapters.size_of(arguments.start, arguments.rank)
    if find_spec("peft") is None:
        raise TutorError("training needs PEFT; run: pip install peft")
    plan = training.Plan(
        arguments.epochs,
        rank,
        arguments.rate,
        batch_tokens=arguments.batch_tokens,
        seed=arguments.seed,
        steps=arguments.steps,
    )
    settings = Settings().model_copy(update={"engine": "transformers", "adapter": "none"})
    tokenizer = load_engine(settings).tokenizer  # converts the model at the first time
    torch.manual_seed(plan.seed)  # an adapter begins in numbers drawn by chance
    model = adapters.with_adapter(place_of(settings).folder, rank, alpha, arguments.start)
    training.freeze_below(model, arguments.from_layer)
    prompt = read_prompt(arguments.prompts, "answer")
    declines = tokenizer.encode(DECLINES)[0]
    paired = any(example.worse for example in kept)
    loss_of: Any = preference.preference_loss if paired else training.loss_of
    if arguments.deciding is not None:
        loss_of = partial(training.deciding_loss, declines, weight=arguments.deciding)
    if paired:
        pairs = [preference.pair_of(example, tokenizer, prompt) for example in kept]
        sequences: list[Any] = preference.measured(model, pairs, plan.batch_tokens)
    else:
        sequences = training.branchings_of(kept, tokenizer, prompt)
    judging = training.branchings_of(aside, tokenizer, prompt)
    judging_pairs = [preference.pair_of(e, tokenizer, prompt) for e in aside if e.worse and e.reply]
    judging_pairs = preference.measured(model, judging_pairs, plan.batch_tokens)
    total = sum(len(item.tokens) for item in sequences)
    print(
        f"{len(kept)} examples in {len(sequences)} sequences of {total} tokens; {len(aside)} aside",
        file=sys.stderr,
    )
    arguments.out.mkdir(parents=True, exist_ok=True)
    state = arguments.out / "half-way.safetensors"
    curve = Curve(arguments.out / "curve.csv")

    def judge(step: int) -> None:
        found = training.examined(model, judging, plan.batch_tokens, declines)
        line = curve.judged(step, *found)
        if judging_pairs:
            line += f", won {preference.won(model, judging_pairs, plan.batch_tokens):.2f}"
        print(line, file=sys.stderr, flush=True)

    started = time.monotonic()
    first = None
    if not state.is_file():
        curve.begun()
        judge(0)
    for step, steps, loss in training.train(model, sequences, plan, state, loss_of):
        if first is None:
            first = step
            curve.begun(step - 1)
        curve.learned(loss)
        if step % 10 == 0:
            line = training.report(started, step - first + 1, steps - first + 1, loss)
            print(f"step {step}: {line}", file=sys.stderr, flush=True)
        if step == steps or (arguments.judge_every and step % arguments.judge_every == 0):
            judge(step)
            model.train()
    adapters.save_adapter(model, arguments.out, DECLINES if arguments.deciding is not None else "")
    state.unlink(missing_ok=True)


def _curves(arguments: argparse.Namespace) -> None:
    from tutor.tuning.curves import plot

    plot(arguments.runs, arguments.out)


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
