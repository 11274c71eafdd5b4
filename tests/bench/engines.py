"""The engines beside plain transformers, with the bundled model, in one run.

    python tests/bench/engines.py [--rounds N]

Plain is what tutorials show: `AutoModelForCausalLM.from_pretrained(...)` in
float32 and `generate`. Each contender has a process of its own, so that memory
is its own, and their rounds alternate; the medians are shown. "Known" is a
prompt whose beginning, all but the last 60 tokens, was read just before: the
system part and the conversation so far. Plain `generate` knows no such thing.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tutor.config import ROOT, Settings

LONG = 1000
"""Tokens of the long prompt."""
NEW = 60
"""Of them, those after the known beginning; also the tokens of a usual explanation."""
USUAL = 240
"""Tokens that are read for a usual explanation."""
PARAMETERS = 134_515_008
"""Of the bundled model, SmolLM2-135M."""
SIZES = {"0.5B": 494e6, "1.5B": 1.54e9, "7B": 7.6e9}
"""Parameters of the models named so (Qwen2.5)."""
READ, JUDGED = 64, 512
"""Tokens of the text before, and up to, the last whose probability counts in the perplexity."""
REPEAT = 3
"""Measurements in each process."""

Measures = dict[str, float]
Say = Callable[[Sequence[int], int], list[float]]
"""Reads a prompt, says so many tokens; seconds until the first one, and until the last."""


def resident() -> float:
    """MiB of memory that this process holds now, as far as the system tells; else at most."""
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # macOS counts bytes


def folder() -> Path:
    """Where transformers finds the bundled model, once it is converted."""
    from tutor.llm import place_of

    return place_of(Settings(engine="transformers")).cache


def plain() -> Say:
    """`generate` of transformers in float32."""
    import torch
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(str(folder()), dtype=torch.float32)

    def say(prompt: Sequence[int], count: int) -> list[float]:
        taken: list[float] = []
        for length in (1, count) if count > 1 else (1,):
            start = time.perf_counter()
            options = {"max_new_tokens": length, "min_new_tokens": length, "do_sample": False}
            model.generate(torch.tensor([list(prompt)]), **options)
            taken.append(time.perf_counter() - start)
        return taken

    return say


def ours(name: str) -> Say:
    """An engine of the tutor's, and its own choice of tokens; its end token ends nothing here."""
    import numpy as np

    from tutor.config import Sampling
    from tutor.llm import load_engine
    from tutor.llm.sampling import next_token

    engine = load_engine(Settings.model_validate({"engine": name}))
    sampling, random = Sampling(), np.random.default_rng(0)

    def say(prompt: Sequence[int], count: int) -> list[float]:
        start = time.perf_counter()
        reply = [next_token(engine.prefill(prompt), set(prompt), sampling, random)]
        first = time.perf_counter() - start
        while len(reply) < count:
            seen = {*prompt, *reply}
            reply.append(next_token(engine.step(reply[-1]), seen, sampling, random))
        return [first, time.perf_counter() - start]

    return say


def perplexity(name: str, tokens: Sequence[int]) -> float:
    """Of a text, each token after all before it; the first `READ` are given."""
    import numpy as np

    logits = []
    if name == next(iter(CONTENDERS)):
        import torch
        from transformers import AutoModelForCausalLM

        model: Any = AutoModelForCausalLM.from_pretrained(str(folder()), dtype=torch.float32)
        with torch.inference_mode():
            logits = list(model(torch.tensor([list(tokens)])).logits[0, READ - 1 : -1].numpy())
    else:
        from tutor.llm import load_engine

        engine = load_engine(Settings.model_validate({"engine": ENGINES[name]}))
        logits = [engine.prefill(tokens[:READ])]
        logits += [engine.step(token) for token in tokens[READ:-1]]
    rows = np.stack(logits).astype(np.float64)
    rows -= rows.max(1, keepdims=True)
    odds = rows[np.arange(len(rows)), tokens[READ:]] - np.log(np.exp(rows).sum(1))
    return float(np.exp(-odds.mean()))


ENGINES = {"tutor on transformers": "transformers", "tutor on OpenVINO": "openvino"}
CONTENDERS: dict[str, Callable[[], Say]] = {
    "plain transformers, float32": plain,
    "tutor on transformers": lambda: ours("transformers"),
    "tutor on OpenVINO": lambda: ours("openvino"),
}


def text() -> list[int]:
    """Tokens of the course's own text."""
    from tutor.llm.tokenizer import ChatTokenizer

    source = (ROOT / "corpus" / "unit-3-transformers.md").read_text(encoding="utf-8")
    return ChatTokenizer.from_folder(folder()).encode(source)


def measure(name: str) -> Measures:
    """What one contender does, in this process."""
    start = time.perf_counter()
    say = CONTENDERS[name]()
    load = time.perf_counter() - start
    tokens = text()
    say(tokens[:80], 2)  # the first run of all is slow
    new, known, rate = [], [], []
    for turn in range(REPEAT):
        mark = tokens[-1 - turn :][:1]  # another first token: nothing is known of this prompt
        prompt = mark + tokens[: LONG - 1]
        new.append(say(prompt, 1)[0])
        known.append(say(prompt[:-NEW] + tokens[-NEW:], 1)[0])
        first, whole = say(tokens[:USUAL], NEW + 1)
        rate.append(NEW / (whole - first))
    memory = resident()
    return {
        "perplexity": perplexity(name, tokens[:JUDGED]),
        "load": load,
        "memory": memory,
        "reading": LONG / statistics.median(new),
        "writing": statistics.median(rate),
        "new": statistics.median(new),
        "known": statistics.median(known),
    }


def in_its_own_process(name: str) -> Measures:
    command = [sys.executable, __file__, "--measure", name]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: Measures = json.loads(done.stdout.splitlines()[-1])
    return found


def show(found: dict[str, Measures]) -> None:
    """The medians, and how many times as fast each contender is as the first."""
    base = next(iter(found.values()))
    heads = ("ready", "memory", "reads", "writes", "new", "known", "perplexity")
    units = ("s", "MB", "tokens/s", "tokens/s", "s", "s", "")
    print(f"First word after {LONG} tokens: all of them new, or all but {NEW} known.")
    for cells, last in ((heads, ("writes", "new", "known")), (units, ("ratio", "ratio", "ratio"))):
        print(" " * 28 + "".join(f"{cell:>10}" for cell in (*cells, *last)))
    for name, m in found.items():
        values = [m["load"], m["memory"], m["reading"], m["writing"], m["new"], m["known"]]
        values.append(m["perplexity"])
        ratios = [m["writing"] / base["writing"], *(base[key] / m[key] for key in heads[4:6])]
        places = (1, 0, 0, 1, 2, 2, 2)
        row = [f"{value:10.{n}f}" for value, n in zip(values, places, strict=True)]
        print(f"{name:28}" + "".join(row) + "".join(f"{ratio:9.1f}x" for ratio in ratios))


def project(found: dict[str, Measures]) -> None:
    print(
        f"\nSeconds for an explanation of {NEW} tokens after {USUAL} that are read, and until its "
        "first word,\nif time grows as the number of parameters (as it does while all of them are "
        "read for each token):"
    )
    sizes = {"135M": float(PARAMETERS), **SIZES}
    print(f"{'':28}" + "".join(f"{name:>18}" for name in sizes))
    for name, m in found.items():
        cells = []
        for parameters in sizes.values():
            times = parameters / PARAMETERS
            first = times * USUAL / m["reading"]
            cells.append(f"{first + times * NEW / m['writing']:.1f} ({first:.1f})")
        print(f"{name:28}" + "".join(f"{cell:>18}" for cell in cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    for hidden in ("--load", "--measure"):
        parser.add_argument(hidden, choices=CONTENDERS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.load:
        CONTENDERS[arguments.load]()
        return
    if arguments.measure:
        print(json.dumps(measure(arguments.measure)))
        return
    for name in reversed(CONTENDERS):  # each converts the model where that was not done yet
        subprocess.run([sys.executable, __file__, "--load", name], check=True)
    rounds: list[dict[str, Measures]] = []
    for number in range(arguments.rounds):
        print(f"round {number + 1} of {arguments.rounds}", file=sys.stderr)
        rounds.append({name: in_its_own_process(name) for name in CONTENDERS})
    found = {
        name: {key: statistics.median(r[name][key] for r in rounds) for key in rounds[0][name]}
        for name in CONTENDERS
    }
    show(found)
    project(found)


if __name__ == "__main__":
    main()
