"""Which language model fits a machine: one table, for `tutor doctor` and the README.

Measured is the bundled model on two cores by OpenVINO (59 tokens a second
written, 15 times as many read). The others are scaled from it by their
parameters, which is what reading a prompt costs; writing is then a little
faster than said here, since large matrices make better use of the memory.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

BUNDLED = 0.135
"""Billions of parameters of the model that was measured."""
WRITTEN = 59.0
"""Tokens a second that it writes on two cores."""
READ = 15 * WRITTEN
"""Tokens a second that it reads."""
PROMPT, REPLY = 240, 60
"""Tokens of a usual prompt, and of an explanation, which seldom is longer."""
MEASURED_CORES = 2
USEFUL_CORES = 8
"""More do not help a single reply: it then waits for the memory."""
TUTOR = 0.8
"""Gigabytes that everything but the language model needs: measured, with the index open."""
ROOM = 2.0
"""Gigabytes to be left for the system and the labs."""
PATIENT = 10.0
"""Seconds for which a student gladly waits for an explanation, the quotes being there."""


@dataclass(frozen=True, slots=True)
class Size:
    """A language model: its parameters in billions, its weights in gigabytes, how it is named.

    `gpu`: its weights are for the graphics processor's memory, where transformers runs it.
    """

    name: str
    setting: str
    parameters: float
    weights: float
    gpu: bool = False

    @property
    def line(self) -> str:
        """The line that switches to it."""
        return f"TUTOR_MODEL={self.setting} make chat"

    @property
    def memory(self) -> float:
        """Gigabytes of memory: the weights with a fifth for what is read, and the tutor's own."""
        return TUTOR + (0 if self.gpu else 1.2 * self.weights)

    @property
    def gpu_memory(self) -> float:
        """Gigabytes of the graphics processor's memory."""
        return 1.2 * self.weights if self.gpu else 0.0

    def seconds(self, cores: int = MEASURED_CORES) -> float | None:
        """What a usual reply takes on so many cores; None where it was not measured."""
        if self.gpu or not self.parameters:
            return None
        speed = BUNDLED / self.parameters * min(cores, USEFUL_CORES) / MEASURED_CORES
        return (PROMPT / READ + REPLY / WRITTEN) / speed


SIZES = (
    Size("SmolLM2-135M-Instruct (bundled)", "bundled", 0.135, 0.1),
    Size("Qwen2.5-0.5B-Instruct, Q4_0", "~/models/qwen2.5-0.5b-instruct-q4_0.gguf", 0.49, 0.43),
    Size("Qwen2.5-1.5B-Instruct, Q4_0", "~/models/qwen2.5-1.5b-instruct-q4_0.gguf", 1.54, 1.1),
    Size("one of 7B, Q4_0", "~/models/qwen2.5-7b-instruct-q4_0.gguf", 7.6, 4.4),
    Size("one of 7B on a GPU", "Qwen/Qwen2.5-7B-Instruct", 7.6, 15.2, gpu=True),
    Size("a server's", "http://localhost:8080/v1", 0.0, 0.0),
)
"""From small to large; with larger ones explanations are better and take longer."""
SERVER = SIZES[-1]


@dataclass(frozen=True, slots=True)
class Machine:
    """Cores, and gigabytes of memory: the machine's own and the graphics processor's."""

    cores: int
    memory: float
    gpu: float = 0.0

    def __str__(self) -> str:
        gpu = f", a GPU with {self.gpu:.0f} GB" if self.gpu else ", no GPU"
        return f"{self.cores} cores, {self.memory:.0f} GB of memory{gpu}"


def this_machine() -> Machine:
    """What this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return Machine(cores, _memory(), _gpu())


def _memory(limit: Path = Path("/sys/fs/cgroup/memory.max")) -> float:
    """Gigabytes of memory, or a container's share of it; 0 where the system does not tell."""
    found = []
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with suppress(OSError, ValueError):  # no container, or "max"
        found.append(int(limit.read_text()))
    return min(found, default=0) / 1e9


def _gpu() -> float:
    """Gigabytes of the largest graphics processor that torch could use; its tool is asked, since
    importing torch takes seconds."""
    command = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)
        return max(float(line) for line in told.stdout.splitlines()) * 2**20 / 1e9
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0.0


def fitting(machine: Machine, sizes: Sequence[Size] = SIZES) -> Size:
    """The largest model that has room here and answers in the time that a student waits gladly."""
    best = sizes[0]
    for size in sizes[1:]:
        seconds = size.seconds(machine.cores)
        quick = size.gpu or (seconds is not None and seconds <= PATIENT)
        room = size.memory + ROOM <= machine.memory and size.gpu_memory <= machine.gpu
        if quick and room:
            best = size
    return best


def advice(machine: Machine) -> str:
    """What fits the machine, what it needs and costs, and how to switch, in one line."""
    size = fitting(machine)
    seconds = size.seconds(machine.cores)
    cost = f"about {_rounded(seconds)} s a reply" if seconds else "seconds a reply"
    needs = f"{size.gpu_memory or size.memory:.1f} GB of {'GPU ' if size.gpu else ''}memory"
    return f"{size.name}: {needs}, {cost}; switch with {size.line}"


def table() -> str:
    """The README's table."""
    rows = [
        "| language model | memory | a reply on 2 / 8 cores | switch with |",
        "|---|---|---|---|",
    ]
    for size in SIZES:
        two, eight = size.seconds(2), size.seconds(8)
        cost = f"{_rounded(two)} / {_rounded(eight)} s" if two and eight else "not measured"
        memory = f"{size.memory:.1f} GB"
        if size.gpu:
            memory = f"{size.gpu_memory:.0f} GB of the GPU's"
        rows.append(f"| {size.name} | {memory} | {cost} | `{size.line}` |")
    return "\n".join(rows) + "\n"


def _rounded(seconds: float) -> str:
    return f"{seconds:.1f}" if seconds < 2 else f"{seconds:.0f}"
