"""How long the labs take: to the first picture, for 16 samples, live, and to stop.

    python tests/bench/labs.py

As a student meets them: in the process that runs labs for the chat page, warm and
cold. "Cold" is `tutor lab` from nothing, Python's start included. "Recognisable"
is the first picture of a live training of whose samples the reader of digits
takes half for what they are meant to be.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from tutor.config import Settings
from tutor.labs import Progress, Result, parse, run
from tutor.labs.digits import one_hot, read_share, wanted
from tutor.tools.worker import LabWorker

COLD = (
    ("gan", ()),
    ("vae", ()),
    ("diffusion", ()),
    ("distribution", ()),
    ("language_model", ("--action", "generate")),
    ("text_to_image", ()),
)
LIVE = (("gan", "train"), ("gan", "train_2d"), ("vae", "train"), ("diffusion", "train"),
        ("autoencoder", "train"))  # fmt: skip


def cold(name: str, options: tuple[str, ...]) -> float:
    with tempfile.TemporaryDirectory() as out:
        start = time.perf_counter()
        command = [
            str(Path(sys.executable).with_name("tutor")),
            "lab",
            name,
            *options,
            "--out",
            out,
        ]
        subprocess.run(command, check=True, capture_output=True)
        return time.perf_counter() - start


def sixteen(name: str) -> float:
    """Seconds for 16 samples, drawn and judged, once the weights were loaded before."""
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        *_, result = run(name, parse(name, {"n": 16}))
        assert isinstance(result, Result)
        taken.append(time.perf_counter() - start)
    return min(taken)


def live(name: str, action: str) -> tuple[float, float]:
    """Seconds to the first picture, and to the end."""
    start, first = time.perf_counter(), 0.0
    for step in run(name, parse(name, {"action": action})):
        if isinstance(step, Progress) and step.picture and not first:
            first = time.perf_counter() - start
    return first, time.perf_counter() - start


def recognisable(name: str) -> tuple[float, float]:
    """Seconds until half of 20 samples of a live training are read as meant; the share then."""
    import numpy as np

    from tutor.labs import gan, vae
    from tutor.labs.data import bundled_digits
    from tutor.labs.gan.network import LATENT
    from tutor.labs.gan.training import train as train_gan
    from tutor.labs.layers import torch_generator
    from tutor.labs.vae.training import train as train_vae

    rng = np.random.default_rng(0)
    digits, told = wanted(20, None), one_hot(wanted(20, None))
    z = torch.randn(20, LATENT if name == "gan" else vae.LATENT, generator=torch_generator(rng))
    start = time.perf_counter()
    if name == "gan":
        states: Any = train_gan(
            bundled_digits(), gan.LIVE_STEPS, rng, width=24, batch=64, rate=1e-3
        )
    else:
        states = train_vae(bundled_digits(), vae.LIVE_STEPS, rng, latent=vae.LATENT)
    share = 0.0
    for number, state in enumerate(states):
        if number % 20:
            continue
        with torch.no_grad():
            images = (
                state.generator(z, told) if name == "gan" else state.vae.decode(z, told).sigmoid()
            )
        share = read_share(images, digits)
        if share >= 0.5:
            break
    return time.perf_counter() - start, share


def stop(worker: LabWorker) -> float:
    """Seconds from a stop in the midst of a long lab until its process has let go."""
    asked = [0.0]

    def cancelled() -> bool:
        now = time.perf_counter()
        asked[0] = asked[0] or now + 3
        return now > asked[0]

    for _ in worker.run("diffusion", parse("diffusion", {"action": "train"}), cancelled):
        pass
    return time.perf_counter() - asked[0]


def main() -> None:
    print(f"{torch.get_num_threads()} threads")
    for name, options in COLD:
        words = " ".join((name, *options))
        print(f"cold: tutor lab {words:<36} {cold(name, options):5.1f} s", flush=True)
    for name in ("gan", "vae", "diffusion", "text_to_image"):
        print(f"16 samples, warm: {name:<34} {sixteen(name):5.2f} s", flush=True)
    for name, action in LIVE:
        first, end = live(name, action)
        words = f"{name} {action}"
        print(f"live: {words:<30} first picture {first:4.1f} s, end {end:5.1f} s", flush=True)
    for name in ("gan", "vae"):
        seconds, share = recognisable(name)
        print(f"live: {name} recognisable after {seconds:.1f} s ({share:.0%} of 20 read as meant)")
    worker = LabWorker(Settings())
    try:
        print(f"stop: {stop(worker):.2f} s")
    finally:
        worker.close()


if __name__ == "__main__":
    main()
