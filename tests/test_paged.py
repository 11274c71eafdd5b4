"""How an OpenVINO model is run: paged where it can be, and as it is where not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openvino
import pytest

from tutor.config import Settings
from tutor.errors import ModelError
from tutor.llm.batching import Request
from tutor.llm.decode import Engine
from tutor.llm.openvino_engine import OpenVinoEngine
from tutor.llm.paged import Paged, Runner, Stateful, open_runner
from tutor.models import fingerprint, llm_path

TOKENS = [504, 3575, 282, 4649, 314, 260, 3075, 28, 284]


@pytest.fixture(scope="module")
def folder(settings: Settings, openvino_engine: Engine) -> Path:
    """The folder of the converted model."""
    return settings.cache / f"llm-{fingerprint(llm_path('bundled'))}" / "openvino-exact"


@pytest.fixture(scope="module")
def stateful(folder: Path) -> Runner:
    core = openvino.Core()
    return Stateful(core, core.read_model(str(folder / "openvino_model.xml")))


@pytest.fixture(scope="module")
def several(folder: Path) -> Paged:
    """For four sequences at a time."""
    runner = open_runner(str(folder / "openvino_model.xml"), 400, slots=4)
    assert isinstance(runner, Paged)
    return runner


@pytest.fixture(scope="module")
def paged(folder: Path) -> Runner:
    return open_runner(str(folder / "openvino_model.xml"), 100)


def test_the_bundled_model_is_paged(paged: Runner) -> None:
    assert isinstance(paged, Paged)


def test_both_ways_compute_the_same_model(paged: Runner, stateful: Runner) -> None:
    one, two = (runner.run(TOKENS, 0) for runner in (paged, stateful))
    assert one.shape == two.shape == (49_152,)
    assert np.corrcoef(one, two)[0, 1] > 0.99
    one, two = (runner.run([7], len(TOKENS)) for runner in (paged, stateful))
    assert np.corrcoef(one, two)[0, 1] > 0.99


def test_what_came_after_the_past_is_forgotten(paged: Runner) -> None:
    paged.run(TOKENS, 0)
    first = paged.run([7, 8], len(TOKENS))
    paged.run([20, 21, 22], len(TOKENS))
    other = paged.run([9, 8], len(TOKENS))
    assert np.array_equal(paged.run([7, 8], len(TOKENS)), first)
    assert not np.array_equal(other, first)


def test_nothing_is_written_beyond_the_end_of_the_context(paged: Runner) -> None:
    paged.run([5] * 100, 0)
    with pytest.raises(ModelError, match=r"101 tokens; the model reads 100 at most"):
        paged.run([5], 100)


def test_each_slot_keeps_a_sequence_of_its_own(several: Paged) -> None:
    assert several.slots == 4
    alone = [several.run(TOKENS[:size], 0, 0) for size in (3, 5, 7, 9)]
    for slot, size in enumerate((3, 5, 7, 9)):
        several.run(TOKENS[:size], 0, slot)
    for slot, size in enumerate((3, 5, 7, 9)):
        again = several.run(TOKENS[size - 1 : size], size - 1, slot)
        assert again.argmax() == alone[slot].argmax()


def test_sequences_computed_together_are_as_if_computed_alone_but_for_rounding(
    several: Paged,
) -> None:
    prompts = [(TOKENS * 40)[:size] for size in (300, 64, 65, 7)]
    for slot, prompt in enumerate(prompts):
        several.run(prompt, 0, slot)
    steps = [Request(slot, [7 + slot], len(prompt)) for slot, prompt in enumerate(prompts)]
    alone = [several.run(one.tokens, one.past, one.slot) for one in steps]
    block = Request(3, TOKENS * 7, 0)  # of a prompt, beside the others' steps
    read = several.run(block.tokens, 0, 3)
    for batch, wanted in (
        (steps[:2], alone),
        (steps[:3], alone),
        ([*steps[:3], block], [*alone[:3], read]),
        ([block, steps[1]], [read, alone[1]]),
    ):
        for one, other in zip(several._compute(batch), wanted, strict=False):
            assert np.corrcoef(one, other)[0, 1] > 0.999
    # And what another sequence computes is something else.
    assert np.corrcoef(alone[0], alone[3])[0, 1] < 0.99


def test_a_model_that_cannot_be_paged_is_run_as_it_is(
    folder: Path, openvino_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from openvino import _offline_transformations

    def refuse(model: object) -> None:
        raise RuntimeError("no ScaledDotProductAttention")

    monkeypatch.setattr(_offline_transformations, "paged_attention_transformation", refuse)
    engine = OpenVinoEngine(folder, tmp_path / "not used")
    assert isinstance(engine._runner, Stateful)
    for _ in range(2):  # a prompt that was there is begun anew
        assert engine.prefill(TOKENS).argmax() == openvino_engine.prefill(TOKENS).argmax()
        assert engine.step(7).argmax() == openvino_engine.step(7).argmax()
