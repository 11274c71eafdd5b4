"""Half-way states: a run goes on as if it had not stopped, and a bad state is named."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tutor.errors import TutorError
from tutor.tuning import halfway


def begun() -> tuple[dict[str, torch.Tensor], torch.optim.Optimizer]:
    trained = {"a": torch.zeros(3), "b.c": torch.ones(2, 2)}
    return trained, torch.optim.AdamW(trained.values(), lr=0.1)


def walk(trained: dict[str, torch.Tensor], optimizer: torch.optim.Optimizer, steps: int) -> None:
    for _ in range(steps):
        for parameter in trained.values():
            parameter.grad = 2 * (parameter - 5)
        optimizer.step()


def test_a_taken_up_run_takes_the_steps_that_it_would_have_taken(tmp_path: Path) -> None:
    state = tmp_path / "state.safetensors"
    trained, optimizer = begun()
    walk(trained, optimizer, 3)
    halfway.keep(state, "run", 3, trained, optimizer)
    walk(trained, optimizer, 4)
    again, its = begun()
    assert halfway.resumed(state, "run", again, its) == 3
    walk(again, its, 4)
    for name, parameter in trained.items():
        assert torch.equal(again[name], parameter)


def test_without_a_state_it_starts_at_nothing(tmp_path: Path) -> None:
    trained, optimizer = begun()
    assert halfway.resumed(tmp_path / "none.safetensors", "run", trained, optimizer) == 0
    assert trained["a"].eq(0).all()


def test_a_state_of_another_run_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "state.safetensors"
    trained, optimizer = begun()
    walk(trained, optimizer, 1)
    halfway.keep(state, "one epoch", 1, trained, optimizer)
    with pytest.raises(TutorError, match=r"it is of one epoch, this is two.*delete it"):
        halfway.resumed(state, "two", trained, optimizer)


@pytest.mark.parametrize("size", [0, 5, 100, -8])
def test_a_torn_state_is_named(tmp_path: Path, size: int) -> None:
    state = tmp_path / "state.safetensors"
    trained, optimizer = begun()
    walk(trained, optimizer, 1)
    halfway.keep(state, "run", 1, trained, optimizer)
    state.write_bytes(state.read_bytes()[:size])
    with pytest.raises(TutorError, match=r"state\.safetensors: .*delete it"):
        halfway.resumed(state, "run", *begun())


def test_a_run_is_told_from_one_of_other_sequences_names_or_first_weights() -> None:
    trained, _ = begun()
    names = {"a": trained["a"], "d": trained["b.c"]}
    moved = {"a": trained["a"] + 1, "b.c": trained["b.c"]}
    runs = [
        halfway.run_of("plan", [[1, 2], [3]], trained),
        halfway.run_of("other plan", [[1, 2], [3]], trained),
        halfway.run_of("plan", [[1, 2], [4]], trained),
        halfway.run_of("plan", [[1], [2, 3]], trained),
        halfway.run_of("plan", [[3], [1, 2]], trained),
        halfway.run_of("plan", [[1, 2], [3]], names),
        halfway.run_of("plan", [[1, 2], [3]], moved),
    ]
    assert len(set(runs)) == len(runs)
    assert runs[0] == halfway.run_of("plan", [[1, 2], [3]], begun()[0])
    assert runs[0].startswith("plan on 2 examples (")


def test_a_state_without_a_parameter_or_of_another_shape_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "state.safetensors"
    trained, optimizer = begun()
    walk(trained, optimizer, 1)
    halfway.keep(state, "run", 1, trained, optimizer)
    for other in ({"d": torch.zeros(3)}, {"a": torch.zeros(7)}):
        with pytest.raises(TutorError, match="delete it"):
            halfway.resumed(state, "run", other, torch.optim.AdamW(other.values()))
