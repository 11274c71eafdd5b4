"""Which model fits which machine, what it needs and costs, and the line that switches."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tutor.cli import sizes
from tutor.cli.sizes import BUNDLED, PATIENT, SIZES, Machine, advice, fitting, table
from tutor.config import load_settings


@pytest.mark.parametrize(
    ("machine", "name"),
    [
        (Machine(2, 1), "SmolLM2-135M-Instruct (bundled)"),
        (Machine(2, 0), "SmolLM2-135M-Instruct (bundled)"),  # it does not tell its memory
        (Machine(2, 25), "Qwen2.5-0.5B-Instruct, Q4_0"),
        (Machine(8, 16), "Qwen2.5-1.5B-Instruct, Q4_0"),
        (Machine(64, 4), "Qwen2.5-0.5B-Instruct, Q4_0"),
        (Machine(2, 25, gpu=80), "one of 7B on a GPU"),
        (Machine(8, 25, gpu=8), "Qwen2.5-1.5B-Instruct, Q4_0"),
    ],
)
def test_the_largest_that_has_room_and_is_quick_enough(machine: Machine, name: str) -> None:
    assert fitting(machine).name == name


def test_what_is_advised_fits() -> None:
    for cores in (1, 2, 4, 16):
        for memory in (1, 3, 8, 64):
            machine = Machine(cores, memory)
            size = fitting(machine)
            assert size is SIZES[0] or size.memory < memory
            seconds = size.seconds(cores)
            assert seconds is not None
            assert seconds <= PATIENT


def test_a_larger_model_takes_longer_and_more_cores_less_up_to_a_point() -> None:
    local = [size for size in SIZES if size.seconds()]
    seconds = [size.seconds() for size in local]
    assert seconds == sorted(seconds, key=lambda value: value or 0)
    for size in local:
        assert size.seconds(2) == pytest.approx(2 * (size.seconds(4) or 0))
        assert size.seconds(8) == size.seconds(64)


def test_the_measured_model_costs_what_was_measured() -> None:
    (bundled,) = [size for size in SIZES if size.parameters == BUNDLED]
    assert bundled.seconds() == pytest.approx(60 / 59 + 240 / 885)


def test_the_advice_is_one_line_with_memory_seconds_and_the_switch() -> None:
    said = advice(Machine(8, 16))
    assert re.search(r"\d\.\d GB of memory, about 4 s a reply; switch with TUTOR_MODEL=\S", said)
    assert "18.2 GB of GPU memory" in advice(Machine(8, 16, gpu=24))
    assert len(said.splitlines()) == 1


def test_every_size_is_in_the_table_and_its_setting_is_one() -> None:
    rows = table().splitlines()[2:]
    assert len(rows) == len(SIZES)
    for row, size in zip(rows, SIZES, strict=True):
        assert row.startswith(f"| {size.name} |")
        assert size.line in row
        assert load_settings({"model": size.setting}, environ={}, file=Path("none")).model


def test_a_containers_memory_is_what_counts(tmp_path: Path) -> None:
    limit = tmp_path / "memory.max"
    own = sizes._memory(limit)
    limit.write_text("max\n")
    assert sizes._memory(limit) == own
    limit.write_text("1000000000\n")
    assert sizes._memory(limit) == 1.0


def test_a_gpu_is_found_by_its_own_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert sizes._gpu() == 0.0
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 24576\necho 8192\n")
    tool.chmod(0o755)
    assert sizes._gpu() == pytest.approx(25.8, abs=0.1)
    tool.write_text("#!/bin/sh\necho no devices were found\nexit 6\n")
    assert sizes._gpu() == 0.0
