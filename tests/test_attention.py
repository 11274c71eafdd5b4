"""Attention: the weights are the model's own, whichever engine shows them, and the lab's maps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.lab_runs import opened
from tutor.config import Settings
from tutor.errors import LabError, ModelError
from tutor.lab_models import TutorModels
from tutor.labs import Progress, Result, attention, parse, run
from tutor.labs.attention_maps import Weights, draw_map, draw_overview
from tutor.labs.options import Attention
from tutor.llm.attention import AttentionModel, OpenVinoAttention, load_attention
from tutor.llm.decode import Engine

TOKENS = (504, 2643, 1250, 441, 3431, 260, 4243)


@pytest.fixture(scope="module")
def tutors(settings: Settings) -> TutorModels:
    return TutorModels(settings.model_copy(update={"engine": "openvino"}))


@pytest.fixture(scope="module")
def by_openvino(tutors: TutorModels, openvino_engine: Engine) -> AttentionModel:
    return tutors._attention


def finish(tutors: TutorModels, **given: object) -> Result:
    *progress, result = run("attention", parse("attention", given), tutors)
    assert all(isinstance(step, Progress) for step in progress)
    assert isinstance(result, Result)
    return result


def made_up(layers: int, heads: int, n: int, seed: int = 0) -> Weights:
    """Weights [layers, heads, n, n] of no model: rows sum to 1, the future is empty."""
    raw = np.random.default_rng(seed).random((layers, heads, n, n)) * np.tri(n)
    weights: Weights = (raw / raw.sum(-1, keepdims=True)).astype(np.float32)
    return weights


# The model's weights


def test_rows_sum_to_one_and_the_future_is_empty(by_openvino: AttentionModel) -> None:
    weights = by_openvino.attention(TOKENS)
    assert weights.ndim == 4
    assert weights.shape[2:] == (len(TOKENS), len(TOKENS))
    assert weights.sum(-1) == pytest.approx(np.ones(weights.shape[:3]), abs=1e-5)
    assert np.triu(weights, 1).max() == 0
    assert weights.min() >= 0


@pytest.mark.slow
def test_both_engines_show_the_same(by_openvino: AttentionModel, settings: Settings) -> None:
    other = load_attention(settings.model_copy(update={"engine": "transformers"}))
    assert not isinstance(other, OpenVinoAttention)
    difference = np.abs(by_openvino.attention(TOKENS) - other.attention(TOKENS))
    assert difference.mean() < 0.002  # they round the model's numbers in ways of their own
    assert difference.max() < 0.05


def test_a_text_does_not_look_back_at_the_one_before(by_openvino: AttentionModel) -> None:
    first = by_openvino.attention(TOKENS)
    by_openvino.attention(TOKENS[::-1])
    assert by_openvino.attention(TOKENS) == pytest.approx(first, abs=1e-6)


def test_what_is_read_earlier_does_not_depend_on_what_comes(by_openvino: AttentionModel) -> None:
    whole, part = by_openvino.attention(TOKENS), by_openvino.attention(TOKENS[:4])
    assert whole[:, :, :4, :4] == pytest.approx(part, abs=1e-3)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="OpenVINO cannot load it"):
        OpenVinoAttention(tmp_path)


# The lab


def test_the_mean_map_comes_with_every_heads(tutors: TutorModels) -> None:
    result = finish(tutors, text="The cat sat on the mat.")
    assert [picture.name for picture in result.pictures] == ["attention", "attention-heads"]
    assert "".join(result.values["tokens"]) == "The cat sat on the mat."
    assert 0 < result.values["on_first_token"] < 1
    assert len(result.values["strongest_links"]) == attention.LINKS
    assert all(opened(picture).width == 1024 for picture in result.pictures)


def test_one_heads_numbers_are_given_whole(tutors: TutorModels) -> None:
    result = finish(tutors, text="The cat sat.", layer=3, head=2)
    rows = np.array(result.values["weights"])
    assert rows.sum(1) == pytest.approx(np.ones(len(rows)), abs=1e-3)
    assert len(result.pictures) == 1
    assert {link["layer"] for link in result.values["strongest_links"]} == {3}
    assert {link["head"] for link in result.values["strongest_links"]} == {2}


@pytest.mark.parametrize(("given", "part"), [({"layer": 2}, "Layer 2"), ({"head": 4}, "Head 4")])
def test_a_layer_or_a_head_may_be_chosen(
    tutors: TutorModels, given: dict[str, int], part: str
) -> None:
    result = finish(tutors, text="The cat sat.", **given)
    assert result.values["shown"].startswith(part)
    assert "weights" not in result.values


def test_what_cannot_be_drawn_is_said(tutors: TutorModels) -> None:
    with pytest.raises(LabError, match="1 token for the model; from 2 to 64"):
        finish(tutors, text="a")
    with pytest.raises(LabError, match="from 2 to 64"):
        finish(tutors, text="word " * 100)
    with pytest.raises(LabError, match="layer is a whole number from 1 to 30"):
        finish(tutors, layer=31)
    with pytest.raises(LabError, match="head is a whole number from 1 to 9"):
        finish(tutors, head=10)


def test_dollars_are_tokens_and_no_formula() -> None:
    drawn = draw_map(made_up(1, 1, 4)[0, 0], ["$$", "$x^$", r"$\frac$", "a"], "Layer 1")
    assert opened(drawn).width == 1024


# Its figures


def test_the_head_that_looks_back_is_found() -> None:
    weights = np.zeros((2, 3, 5, 5), np.float32)
    weights[..., 0] = 1  # all rest on the first token
    weights[1, 2] = np.eye(5, k=-1)
    weights[1, 2, 0, 0] = 1
    best, second, _ = attention.looking_back(weights)
    assert best == {"layer": 2, "head": 3, "share": 1.0}
    assert second["share"] == 0


def test_links_are_the_greatest_weights_but_not_the_first_tokens_or_ones_own() -> None:
    weights = made_up(2, 2, 6)
    weights[0, 1, 4, 2] = 0.9
    weights[:, :, :, 0] = 0.95
    found = attention.strongest(weights, Attention())
    assert found[0] == (1, 2, 4, 2)
    values = [weights[a - 1, b - 1, i, j] for a, b, i, j in found]
    assert values == sorted(values, reverse=True)
    assert all(i > j > 0 for _, _, i, j in found)


def test_two_tokens_have_no_links() -> None:
    assert attention.strongest(made_up(1, 1, 2), Attention()) == []


# Drawing


@pytest.mark.parametrize("n", [2, 10, 16, 26, 64])
def test_maps_of_any_size_are_drawn(n: int) -> None:
    weights = made_up(1, 1, n)[0, 0]
    drawn = draw_map(weights, [f" token{i}" for i in range(n)], "Layer 1, head 1")
    assert f"{n} by {n} tokens" in drawn.alt
    assert opened(drawn).width == 1024


@pytest.mark.parametrize(
    ("shape", "layer", "head", "maps"),
    [
        ((30, 9), None, None, 270),
        ((1, 9), 4, None, 9),
        ((30, 1), None, 2, 30),
        ((6, 32), None, None, 192),
    ],
)
def test_every_head_is_in_the_overview(
    shape: tuple[int, int], layer: int | None, head: int | None, maps: int
) -> None:
    drawn = draw_overview(made_up(*shape, 5), layer, head)
    assert f"{maps} small attention maps" in drawn.alt
    assert opened(drawn).width == 1024
