"""`tutor lab`: lists the labs, runs one, or trains one's weights anew."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from tutor.cli.arguments import LAB_EXAMPLES
from tutor.errors import LabError
from tutor.labs import LABS, LabModels, LabOptions, Result, parse, run
from tutor.labs.fields import allowed

MOST_STEPS = 1_000_000
"""Of a training: far more than any of the labs' networks gains from."""
_LINE = 72
"""How many characters of a value are shown."""


def lab(rest: Sequence[str]) -> dict[str, Any] | None:
    """Run what stands after `tutor lab`; returns the row to print as JSON, if it was asked for.

    Raises:
        LabError: the lab or an option is unknown, a value is out of bounds, or a file of
            its output cannot be written.
    """
    # Threads that wait for each other sleep: labs share the cores with other work.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    words = [word for word in rest if word != "--json"]
    if not words or words[0].startswith("-"):
        parser = _common("tutor lab", "The labs; run one with `tutor lab NAME`.")
        parser.epilog = LAB_EXAMPLES
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        arguments = parser.parse_args(rest)
        if arguments.json:
            return {"labs": [{"lab": name, "summary": k.summary} for name, k in LABS.items()]}
        for name, kind in LABS.items():
            print(f"{name:<15} {kind.summary}")
        return None
    others = list(rest)
    others.remove(words[0])
    return _train(others) if words[0] == "train" else _run(words[0], others)


def _common(prog: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=prog, description=description, allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    return parser


def parser_of(name: str) -> argparse.ArgumentParser:
    """The options of one lab as the command line takes them."""
    kind = LABS[name]
    parser = _common(f"tutor lab {name}", f"{kind.summary[0].upper()}{kind.summary[1:]}.")
    for option, field in kind.model_fields.items():
        # %: argparse formats its help.
        text = f"{field.description}: {allowed(field)}".replace("%", "%%")
        default = "" if field.default is None else f" ({field.default})"
        flags = dict.fromkeys((f"--{option.replace('_', '-')}", f"--{option}"))
        parser.add_argument(*flags, dest=option, metavar="VALUE", help=text + default)
    parser.add_argument("--out", type=Path, default=Path("labs-out"), metavar="DIR", help="where "
                        "the pictures go (labs-out)")  # fmt: skip
    parser.add_argument("--samples", type=Path, metavar="FILE.npz", help="raw samples of an image "
                        "lab: uint8 images [n, 28, 28]")  # fmt: skip
    return parser


def _run(name: str, rest: Sequence[str]) -> dict[str, Any] | None:
    if name not in LABS:
        raise LabError(f"there is no lab '{name}'; there are {', '.join(LABS)}")
    known, strays = parser_of(name).parse_known_args(_joined(rest))
    _refuse(name, strays)
    given = vars(known)
    out, samples, as_json = (given.pop(key) for key in ("out", "samples", "json"))
    options = parse(name, given)
    start = time.perf_counter()
    _can_write(out, samples)
    result = _watch(name, options)
    files = _write(result, name, out, samples)
    seconds = round(time.perf_counter() - start, 2)
    if as_json:
        return {
            "lab": name,
            "arguments": options.model_dump(exclude_none=True),
            "files": [str(file) for file in files],
            "pictures": [
                {"file": str(out / drawn.filename), "alt": drawn.alt} for drawn in result.pictures
            ],
            "values": result.values,
            "caption": result.caption,
            "seconds": seconds,
        }
    print(result.caption)
    for key, value in result.values.items():
        print(f"  {key:<22} {_shown(value)}")
    for file in files:
        print(file)
    return None


def _refuse(name: str, strays: Sequence[str]) -> None:
    """Name what the lab knows nothing of.

    Raises:
        LabError: there is such a thing.
    """
    for word in strays:
        if word.startswith("--"):
            option, _, value = word.lstrip("-").partition("=")
            parse(name, {option.replace("-", "_"): value})
        raise LabError(f"lab {name}: '{word[:60]}' belongs to no option; options begin with --")


def _train(rest: Sequence[str]) -> dict[str, Any] | None:
    """`tutor lab train NAME`: the weights of an image lab made anew."""
    from tutor.labs.retrain import STEPS, retrain

    parser = _common("tutor lab train", "Train the shipped weights of a lab anew.")
    parser.add_argument("name", metavar="NAME", help=f"one of {', '.join(STEPS)}")
    parser.add_argument("--data", type=Path, metavar="DIR", help="a folder with MNIST's files "
                        "(without: scikit-learn's digits)")  # fmt: skip
    parser.add_argument("--steps", metavar="N", help="training steps (as shipped)")
    parser.add_argument("--seed", default="0", metavar="S", help="(0)")
    parser.add_argument("--out", type=Path, default=Path("labs-out"), metavar="DIR", help="where "
                        "the weights go (labs-out); tutor/labs/weights for use")  # fmt: skip
    given = parser.parse_args(rest)
    steps = None if given.steps is None else _whole("steps", given.steps, 1, MOST_STEPS)
    seed = _whole("seed", given.seed, 0, 2**32 - 1)
    file = given.out / f"{given.name}.safetensors"
    start = time.perf_counter()
    what = (given.name, given.data, file, steps, seed)
    with tqdm(total=1.0, desc=f"training {given.name}", file=sys.stderr, disable=None) as bar:
        for step in retrain(*what, models=_models()):
            bar.set_postfix_str(step.text, refresh=False)
            bar.update(step.fraction - bar.n)
    seconds = round(time.perf_counter() - start, 2)
    if given.json:
        asked = {"data": given.data and str(given.data), "steps": steps, "seed": seed}
        row = {"lab": given.name, "arguments": asked, "files": [str(file)], "values": {}}
        return {**row, "seconds": seconds}
    print(file)
    return None


def _whole(name: str, value: str, least: int, most: int) -> int:
    """The value as a whole number within its bounds.

    Raises:
        LabError: it is none.
    """
    if not value.strip().lstrip("+-").isdecimal() or not least <= int(value) <= most:
        raise LabError(
            f"lab train: {name} is a whole number from {least} to {most}, not '{value[:60]}'"
        )
    return int(value)


def _joined(rest: Sequence[str]) -> list[str]:
    """The words, a negative number joined to its option: argparse takes -1e6 for an option."""
    words: list[str] = []
    for word in rest:
        if word.startswith("-") and _is_number(word) and words and words[-1].startswith("--"):
            words[-1] += f"={word}"
        else:
            words.append(word)
    return words


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _shown(value: Any) -> str:
    """A value on one line: numbers rounded, long lists cut short (--json has them whole)."""

    def rounded(part: Any) -> Any:
        match part:
            case float():
                return float(f"{part:.5g}")
            case list():
                return [rounded(each) for each in part]
            case dict():
                return {key: rounded(each) for key, each in part.items()}
        return part

    if isinstance(value, float):
        return f"{value:.5g}"
    text = str(rounded(value))
    return text if len(text) <= _LINE else f"{text[: _LINE - 1]}…"


def _watch(name: str, options: LabOptions) -> Result:
    """Run the lab with a progress bar on stderr."""
    with tqdm(total=1.0, desc=name, file=sys.stderr, bar_format="{desc}: {percentage:3.0f}%|{bar}| "
              "{elapsed}{postfix}", disable=None) as bar:  # fmt: skip
        for step in run(name, options, _models() if options.needs_models else None):
            if isinstance(step, Result):
                bar.update(1 - bar.n)
                return step
            bar.set_postfix_str(step.text, refresh=False)
            bar.update(max(step.fraction - bar.n, 0))
    raise AssertionError(f"the lab {name} ended without a result")


def _models() -> LabModels:
    """The models and the course that the settings name; none is loaded yet."""
    from tutor.config import load_settings
    from tutor.lab_models import TutorModels

    return TutorModels(load_settings())


def _can_write(out: Path, samples: Path | None) -> None:
    """Find out before a long run whether its files will find their place.

    Raises:
        LabError: they will not.
    """
    for folder in (out, *([samples.parent] if samples else ())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LabError(f"{folder}: cannot be written: {error.strerror}") from None
        if not os.access(folder, os.W_OK):
            raise LabError(f"{folder}: cannot be written: Permission denied")


def _write(result: Result, name: str, out: Path, samples: Path | None) -> list[Path]:
    """Write pictures and samples; returns the files.

    Raises:
        LabError: a file cannot be written, or the lab has no samples to write.
    """
    import numpy as np

    files = []
    try:
        for drawn in result.pictures:
            (out / drawn.filename).write_bytes(drawn.data)
            files.append(out / drawn.filename)
        if samples and result.samples is not None:
            arrays: dict[str, Any] = {"images": result.samples}
            if result.labels is not None:
                arrays["labels"] = result.labels
            with samples.open("wb") as stream:
                np.savez_compressed(stream, **arrays)
            files.append(samples)
    except OSError as error:
        where = error.filename or out  # a full disk is reported without a name
        raise LabError(f"{where}: cannot be written: {error.strerror}") from None
    if samples and result.samples is None:
        raise LabError(
            f"--samples: this run of the lab {name} makes no sample images; its pictures are in "
            f"{out}"
        )
    return files
