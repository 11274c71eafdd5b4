"""The weights of the support check are those that its labelled sentences give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tutor.config import ROOT
from tutor.embed import Embedder
from tutor.support import BIAS, LIKELY, WEIGHTS, Likeness
from tutor.tuning import support
from tutor.tuning.__main__ import main

FEATURES = ROOT / "tests" / "data" / "support.csv"


@pytest.fixture(scope="module")
def labelled() -> list[support.Labelled]:
    return support.load(FEATURES)


def test_the_shipped_weights_are_the_fitted_ones(labelled: list[support.Labelled]) -> None:
    bias, weights = support.fit(labelled)
    assert pytest.approx(bias, abs=0.002) == BIAS
    assert weights == pytest.approx(WEIGHTS, abs=0.002)


def test_on_topics_not_seen_most_of_what_passes_is_supported(
    labelled: list[support.Labelled],
) -> None:
    greedy = np.array([one.strategy == "greedy" for one in labelled])
    labels = np.array([one.label for one in labelled])[greedy]
    shown = support.unseen(labelled)[greedy] >= LIKELY
    assert len(labels) > 800
    assert labels.mean() < 0.7
    assert labels[shown].mean() > 0.88
    assert labels[shown].sum() > 0.6 * labels.sum()


def test_a_probability_is_the_fits_own(labelled: list[support.Labelled]) -> None:
    one = labelled[0]
    values = np.array([one.likeness.pairs, one.likeness.nearness, one.likeness.order])
    odds = BIAS + values @ np.array(WEIGHTS[:3]) + WEIGHTS[3] * one.likeness.length
    assert one.likeness.probability() == pytest.approx(1 / (1 + np.exp(-odds)))


def test_measured_sentences_come_back_from_their_file(embedder: Embedder, tmp_path: Path) -> None:
    row = {
        "question": "Who chases?",
        "notes": ["Red cats chase small mice.", "Dogs sleep."],
        "sentence": "Red cats chase small mice.",
        "label": 1,
        "strategy": "greedy",
        "topic": "animals",
    }
    found = list(support.measure([row, {**row, "sentence": "Mice sleep.", "label": 0}], embedder))
    file = tmp_path / "support.csv"
    support.save(found, file)
    again = support.load(file)
    assert [one.label for one in again] == [True, False]
    assert again[0].likeness == Likeness(1.0, pytest.approx(1.0, abs=1e-3), 1.0, 5)
    assert again[1].likeness.pairs == 0.0


def test_the_command_tells_the_weights(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "--features", str(FEATURES)]) == 0
    out = capsys.readouterr().out
    assert f"bias {BIAS:.3f}" in out
    assert "greedy: " in out
