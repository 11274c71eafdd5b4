"""The classifier that tells which call an utterance means, and how it is trained."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from tutor.embed import Embedder
from tutor.errors import ModelError
from tutor.tools.choices import actions_of
from tutor.tools.classifier import AGAIN, NONE, WEIGHTS, Classifier, features, read_examples
from tutor.tools.registry import TOOLS
from tutor.tools.router import load_reader
from tutor.tools.training import fit, read_questions, save, varied

DATA = Path(__file__).with_name("data")


def test_every_tool_and_action_has_its_examples_and_its_label() -> None:
    wanted = {NONE, AGAIN}
    for tool in TOOLS:
        wanted |= {f"{tool} {action}" for action in actions_of(tool)} or {tool}
    assert {label for _, label in read_examples()} == wanted
    assert set(Classifier.load().labels) == wanted


def test_no_example_is_an_utterance_to_be_judged_by() -> None:
    examples = {text.lower() for text, _ in read_examples()}
    for file in DATA.glob("utterances_*.jsonl"):
        for line in file.read_text(encoding="utf-8").splitlines():
            assert json.loads(line)["question"].lower() not in examples


def test_a_question_is_told_from_a_wish(embedder: Embedder) -> None:
    classifier = Classifier.load()
    rows = features(["what is a gan ?", "draw a 7 with the gan"], embedder.encode)
    shares = classifier.probabilities(rows)
    assert np.allclose(shares.sum(axis=1), 1, atol=1e-5)
    assert [classifier.labels[i] for i in shares.argmax(axis=1)] == [NONE, "gan sample"]


def test_digits_are_alike_to_it(embedder: Embedder) -> None:
    """The words' part of the features does not see which number it is."""
    first, second = features(["draw a 7", "draw a 3"], embedder.encode)[:, 384:]
    assert np.array_equal(first, second)


def test_the_weights_say_how_they_were_made() -> None:
    with safe_open(WEIGHTS, framework="numpy") as file:
        made_by = json.loads(file.metadata()["router"])["made_by"]
    assert made_by.startswith("python -m tutor.tools.training --questions tests/data/")
    assert (DATA / made_by.split("--questions tests/data/")[1].split()[0]).is_file()


@pytest.mark.parametrize("content", [None, b"", b"torn"])
def test_missing_or_damaged_weights_are_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "router.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=r"router\.safetensors.*install the tutor again"):
        Classifier.load(path)


def test_training_learns_and_what_it_saves_is_read_back(tmp_path: Path, embedder: Embedder) -> None:
    rows = [("draw a dog", "a"), ("count to ten", "b"), ("what is it?", NONE), ("why?", NONE)]
    learned = fit(rows, load_reader(), embedder.encode, 30)
    save(learned, tmp_path / "new.safetensors", "a command")
    save(learned, tmp_path / "same.safetensors", "a command")
    written = [(tmp_path / f"{name}.safetensors").read_bytes() for name in ("new", "same")]
    assert written[0] == written[1]
    read = Classifier.load(tmp_path / "new.safetensors")
    shares = read.probabilities(features(["draw a dog", "what is it ?"], embedder.encode))
    assert [read.labels[i] for i in shares.argmax(axis=1)] == ["a", NONE]


def test_wishes_are_learned_politely_too() -> None:
    assert list(varied("show a gan", "gan sample", 0)) == ["show a gan", "please show a gan"]
    assert list(varied("what is a gan", NONE, 0)) == ["what is a gan"]


def test_questions_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text('{"question": "Why?"}\n\n{"question": "How?"}\n', encoding="utf-8")
    assert read_questions(file) == ["Why?", "How?"]
