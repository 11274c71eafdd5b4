"""`tutor.judge`: the shipped judge tells an answer from a passage on the same topic."""

from __future__ import annotations

import numpy as np
import pytest

from tutor import judge as judging
from tutor.config import Settings
from tutor.errors import ModelError
from tutor.judge import OpenVinoJudge, TorchJudge, load_judge

QUESTION = "Why do leaves look green?"
PASSAGES = [
    "Leaves look green because chlorophyll reflects green light and absorbs red and blue.",
    "Leaves are arranged along the stem in pairs or spirals.",
    "The oldest known trees are bristlecone pines in California.",
]


@pytest.fixture(scope="module")
def judge():
    return load_judge(Settings())


def test_the_answer_scores_best(judge) -> None:
    assert int(np.argmax(judge.score(QUESTION, PASSAGES))) == 0


def test_scores_do_not_depend_on_the_company(judge) -> None:
    together = judge.score(QUESTION, PASSAGES * 5)
    alone = np.array([judge.score(QUESTION, [text])[0] for text in PASSAGES])
    assert together[:3] == pytest.approx(together[3:6], abs=0.1)
    assert together[:3] == pytest.approx(alone, abs=0.1)


def test_nothing_to_judge(judge) -> None:
    assert judge.score(QUESTION, []).shape == (0,)


def test_both_backends_agree(judge) -> None:
    assert isinstance(judge, OpenVinoJudge)
    torch_judge = load_judge(Settings(embedding_backend="torch"))
    assert isinstance(torch_judge, TorchJudge)
    ours, theirs = judge.score(QUESTION, PASSAGES), torch_judge.score(QUESTION, PASSAGES)
    assert ours == pytest.approx(theirs, abs=0.25)
    assert list(np.argsort(ours)) == list(np.argsort(theirs))


def test_a_question_longer_than_the_window_is_judged_all_the_same(judge) -> None:
    exercise = "An exercise on leaves and on their colours, in many words. " * 40
    torch_judge = load_judge(Settings(embedding_backend="torch"))
    for found in (judge, torch_judge):
        assert np.isfinite(found.score(exercise, PASSAGES)).all()


def test_missing_weights_are_named(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(judging, "WEIGHTS", tmp_path / "judge.safetensors")
    with pytest.raises(ModelError, match=r"judge\.safetensors"):
        load_judge(Settings())
