"""A class that asks at once: seconds to the evidence, to the first word and to the end.

    python tests/bench/classroom.py [--students 1 4 8 30] [--model NAME] [--cold]
    python tests/bench/classroom.py --batching [--students 1 4 8 30]

The first goes through the chat page's own classroom, lines and threads, without a
browser: each student is another one and asks another question of the course's
set; a row gives p50 and p95 over the students. `--cold` leaves out the reading
ahead that the classroom does while nobody asks.

The second compares what the tutor does, its own continuous batching, with one
explanation after the other, with OpenVINO GenAI's continuous batching and with
transformers' batched `generate`, on the same prompts of the same model.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tutor.assembly import load_tutor
from tutor.chat.answering import Refused, in_line, stream
from tutor.chat.classroom import Classroom
from tutor.config import ROOT, Settings, load_settings
from tutor.index import Index
from tutor.llm import load_engine, place_of
from tutor.llm.decode import Engine, generate
from tutor.records import EvidenceFound, TextAdded, ToolStarted

QUESTIONS = ROOT / "tests" / "data" / "course_qa.jsonl"


@dataclass
class Times:
    """Seconds after the question at which a student saw something; None: never."""

    evidence: float | None = None
    word: float | None = None
    end: float | None = None
    tokens: int = 0
    refused: bool = False


def questions(count: int) -> list[str]:
    """Questions of the set, spread over it, for another student each."""
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    asked = [row["question"] for row in rows if not row.get("history")]
    step = max(1, len(asked) // count)
    return [asked[number * step % len(asked)] for number in range(count)]


def spread(name: str, times: Sequence[float | None]) -> str:
    known = [value for value in times if value is not None]
    if not known:
        return f"{name} -"
    return f"{name} {np.percentile(known, 50):6.2f} / {np.percentile(known, 95):6.2f} s"


def row(label: str, all_times: Sequence[Times], seconds: float) -> str:
    tokens = sum(times.tokens for times in all_times)
    return "  ".join(
        [
            f"{label:<26}",
            spread("evidence", [times.evidence for times in all_times]),
            spread("word", [times.word for times in all_times]),
            spread("end", [times.end for times in all_times]),
            f"{tokens / seconds:6.1f} tokens/s" if tokens else "",
            f"refused {sum(times.refused for times in all_times)}",
        ]
    )


# Through the classroom


async def ask(room: Classroom, question: str, student: object) -> Times:
    """One student's question, as the chat page has it answered."""
    tutor = await room.tutor()
    stop, start, times = threading.Event(), time.perf_counter(), Times()
    lines = room.lines(tutor)
    steps = stream(
        lambda: in_line(lambda c: tutor.answer(question, cancelled=c), lines, stop, student),
        room.pool,
        stop,
    )
    async for step in steps:
        now = time.perf_counter() - start
        if isinstance(step, EvidenceFound) and times.evidence is None:
            times.evidence = now
        elif isinstance(step, ToolStarted):
            stop.set()  # a lab is measured elsewhere
        elif isinstance(step, TextAdded) and step.text and times.word is None:
            times.word = now
        elif isinstance(step, Refused):
            times.refused = True
    times.end = time.perf_counter() - start
    return times


async def classes(room: Classroom, sizes: Sequence[int]) -> None:
    for size in sizes:
        start = time.perf_counter()
        asked = [ask(room, question, number) for number, question in enumerate(questions(size))]
        times = await asyncio.gather(*asked)
        print(row(f"{size} students", times, time.perf_counter() - start), flush=True)


def in_class(settings: Settings, sizes: Sequence[int], cold: bool) -> None:
    tutor = load_tutor(settings)
    if not cold:
        start = time.perf_counter()
        count = sum(1 for _ in tutor.read_ahead())
        print(f"{count} passages read ahead in {time.perf_counter() - start:.1f} s")
    tutor.read_ahead = lambda: iter(())  # type: ignore[method-assign]
    room = Classroom(settings, Index.open(settings.index), lambda settings, warn: tutor)
    try:
        room.loading.result()
        asyncio.run(classes(room, sizes))
    finally:
        room.close()


# In batches, or one after the other


class Recorder:
    """An engine that remembers what it was to read, and says nothing."""

    def __init__(self, tokenizer: Any, context: int) -> None:
        self.tokenizer = tokenizer
        self.context = context
        self.read: list[list[int]] = []

    def prefill(self, tokens: Sequence[int], *rest: Any) -> Any:
        self.read.append(list(tokens))
        logits = np.zeros(1 << 18, np.float32)  # as many as any vocabulary has
        logits[sorted(self.tokenizer.ends)] = 1
        return logits


def prompts(settings: Settings, count: int) -> list[list[int]]:
    """What the model reads to explain the quotes for each question, in tokens."""
    tutor = load_tutor(settings)
    model: Any = tutor.model
    model.engine = recorder = Recorder(model.engine.tokenizer, model.engine.context)
    for question in questions(2 * count):
        for _ in tutor.answer(question):
            pass
    return recorder.read[:count]


Run = Callable[[Sequence[list[int]]], tuple[list[Times], float]]


def together(settings: Settings) -> Run:
    """As the tutor does: as many at once as the engine can, the others after them."""
    engine = load_engine(settings)
    engines = [engine, *engine.beside()]

    def run(batch: Sequence[list[int]]) -> tuple[list[Times], float]:
        start = time.perf_counter()
        done = [Times() for _ in batch]
        waiting = iter(list(zip(batch, done, strict=True)))
        turn = threading.Lock()

        def work(engine: Engine) -> None:
            while True:
                with turn:
                    prompt, times = next(waiting, (None, None))
                if prompt is None or times is None:
                    return
                for _ in generate(engine, prompt, settings.sampling):
                    times.word = times.word or time.perf_counter() - start
                    times.tokens += 1
                times.end = time.perf_counter() - start

        threads = [threading.Thread(target=work, args=(one,)) for one in engines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return done, time.perf_counter() - start

    return run


def one_by_one(settings: Settings) -> Run:
    """One after the other, as they come."""
    engine = load_engine(settings)

    def run(batch: Sequence[list[int]]) -> tuple[list[Times], float]:
        start, done = time.perf_counter(), []
        for prompt in batch:
            times = Times()
            for _ in generate(engine, prompt, settings.sampling):
                times.word = times.word or time.perf_counter() - start
                times.tokens += 1
            times.end = time.perf_counter() - start
            done.append(times)
        return done, time.perf_counter() - start

    return run


def continuous(settings: Settings) -> Run:
    """OpenVINO GenAI's continuous batching: new requests join while others are written."""
    import openvino as ov
    import openvino_genai as genai

    scheduler = genai.SchedulerConfig()
    scheduler.cache_size = 1  # GB
    scheduler.max_num_batched_tokens = 512
    folder = str(place_of(settings).folder)
    pipe = genai.ContinuousBatchingPipeline(folder, scheduler, "CPU")
    config = genai.GenerationConfig()
    config.max_new_tokens = settings.sampling.max_new_tokens
    config.repetition_penalty = settings.sampling.repetition_penalty
    config.eos_token_id = next(iter(load_engine(settings).tokenizer.ends))
    config.stop_token_ids = set(load_engine(settings).tokenizer.ends)

    def run(batch: Sequence[list[int]]) -> tuple[list[Times], float]:
        start = time.perf_counter()
        handles = [
            pipe.add_request(number, ov.Tensor(np.array([prompt], np.int64)), config)
            for number, prompt in enumerate(batch)
        ]
        done = [Times() for _ in batch]
        while pipe.has_non_finished_requests():
            pipe.step()
            now = time.perf_counter() - start
            for handle, times in zip(handles, done, strict=True):
                while handle.can_read():
                    (output,) = handle.read().values()
                    times.word = times.word or now
                    times.end, times.tokens = now, times.tokens + len(output.generated_ids)
        return done, time.perf_counter() - start

    return run


def batched(settings: Settings) -> Run:
    """transformers' `generate` on all prompts as one batch: nobody joins it later."""
    import torch

    engine: Any = load_engine(settings.model_copy(update={"engine": "transformers"}))
    model = engine._model

    def run(batch: Sequence[list[int]]) -> tuple[list[Times], float]:
        longest = max(map(len, batch))
        end = next(iter(engine.tokenizer.ends))
        ids = torch.tensor([[end] * (longest - len(p)) + list(p) for p in batch])
        mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in batch])
        start, stamps = time.perf_counter(), []

        def stamp(ids: Any, scores: Any, **_: Any) -> Any:
            stamps.append(time.perf_counter() - start)
            return torch.zeros(len(batch), dtype=torch.bool)

        with torch.inference_mode():
            out = model.generate(
                ids,
                attention_mask=mask,
                do_sample=False,
                max_new_tokens=settings.sampling.max_new_tokens,
                repetition_penalty=settings.sampling.repetition_penalty,
                eos_token_id=sorted(engine.tokenizer.ends),
                pad_token_id=end,
                stopping_criteria=[stamp],
            )
        done = []
        for reply in out[:, longest:].tolist():
            ends = (n for n, token in enumerate(reply) if token in engine.tokenizer.ends)
            size = next(ends, len(reply))
            last = stamps[min(size, len(stamps) - 1)]
            done.append(Times(word=stamps[0], end=last, tokens=size))
        return done, time.perf_counter() - start

    return run


WAYS = {"tutor": together, "queue": one_by_one, "continuous": continuous, "transformers": batched}


def in_batches(settings: Settings, sizes: Sequence[int], ways: Sequence[str]) -> None:
    made = prompts(settings, 1 + sum(sizes))
    assert len(made) == 1 + sum(sizes), "the course has too few questions for so many students"
    print(f"prompts of {np.median([len(prompt) for prompt in made]):.0f} tokens (median)")
    for name in ways:
        run = WAYS[name](settings)
        run(made[:1])  # the first is slow
        start = 1
        for size in sizes:
            # Nobody's prompt was read before: what is known of it must not flatter one of them.
            times, seconds = run(made[start : start + size])
            start += size
            print(row(f"{name}, {size}", times, seconds), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, nargs="+", default=[1, 4, 8, 30])
    parser.add_argument("--model", help="as the setting: none, bundled, a file ...")
    parser.add_argument("--index", type=Path)
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--batching", nargs="*", choices=WAYS, help="these ways, or all")
    given = parser.parse_args()
    settings = load_settings({"model": given.model, "index": given.index})
    if given.batching is not None:
        in_batches(settings, given.students, given.batching or list(WAYS))
    else:
        in_class(settings, given.students, given.cold)


if __name__ == "__main__":
    main()
