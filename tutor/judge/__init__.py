"""Whether a passage answers a question, judged by a small trained cross-encoder.

The judge reads question and passage together (Nogueira and Cho 2019, "Passage
Re-ranking with BERT"), so it sees what a comparison of two vectors cannot: that
the passage is about the topic but does not answer. It is the bundled MiniLM
with its upper layers trained on (`tutor.train_judge`); only those layers
ship, in `judge.safetensors`, beside the bundled model's own word embeddings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tutor.config import Settings
from tutor.errors import ModelError
from tutor.models import embedding_folder, fingerprint, read_tokenizer

Scores = NDArray[np.float32]

WEIGHTS = Path(__file__).with_name("judge.safetensors")
WINDOW = 192
"""Tokens of question and passage together; what is beyond is cut off."""
BATCH = 8


class Judge(Protocol):
    """Scores passages for a question."""

    def score(self, question: str, passages: Sequence[str]) -> Scores:
        """A log-odds [len(passages)] each that the passage answers the question."""
        ...


class OpenVinoJudge:
    """The judge by OpenVINO; converted once into `cache`."""

    def __init__(self, folder: Path, cache: Path) -> None:
        from tutor.inference import Encoder, convert
        from tutor.models import building

        tokenizer = read_tokenizer(folder / "tokenizer.json")
        try:
            self._encoder = Encoder(cache, tokenizer)
        except (OSError, RuntimeError, ValueError, KeyError):  # not there yet, or damaged
            from tutor.judge.network import example, facts, load

            with building(cache, replace=True) as target:
                convert(load(folder, WEIGHTS), example(folder), facts(folder), target)
            self._encoder = Encoder(cache, tokenizer)

    def score(self, question: str, passages: Sequence[str]) -> Scores:
        # By length, so that a short passage is not padded to a long one's size.
        order = sorted(range(len(passages)), key=lambda i: len(passages[i]))
        # A few are dealt out among the cores, each of which runs a batch of its own.
        size = min(BATCH, -(-len(order) // self._encoder.streams) or 1)
        batches = [order[i : i + size] for i in range(0, len(order), size)]

        def pairs() -> Iterator[list[tuple[str, str]]]:
            for batch in batches:
                yield [(question, passages[i]) for i in batch]

        scores = np.empty(len(passages), dtype=np.float32)
        for batch, result in zip(batches, self._encoder.run(pairs()), strict=True):
            scores[batch] = result
        return scores


class TorchJudge:
    """The judge on torch, where OpenVINO is not installed."""

    def __init__(self, folder: Path) -> None:
        from tutor.judge.network import load

        self._network = load(folder, WEIGHTS)
        self._folder = folder

    def score(self, question: str, passages: Sequence[str]) -> Scores:
        from tutor.judge.network import infer

        return infer(self._network, self._folder, [(question, text) for text in passages])


def load_judge(settings: Settings) -> Judge:
    """The judge, on the backend that the settings name for the embedding model.

    Raises:
        ModelError: its weights or the bundled embedding model are not there.
    """
    from importlib.util import find_spec

    if not WEIGHTS.is_file():
        raise ModelError(f"the judge's weights {WEIGHTS.name} are missing; install the tutor again")
    folder = embedding_folder("bundled")
    if settings.embedding_backend == "torch" or find_spec("openvino") is None:
        return TorchJudge(folder)
    return OpenVinoJudge(folder, settings.cache / f"judge-{fingerprint(WEIGHTS)}")
