"""Which call an utterance means: a linear classifier over its embedding and its words.

A softmax over the labels "tool action", "none" (a question, or chatter) and
"again" (a wish that changes the call before). The weights ship beside this
file; `tutor.tools.training` made them from `examples.txt`.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tutor.errors import ModelError
from tutor.tools.choices import mentioned
from tutor.tools.words import QUOTE

Floats = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Floats]

WEIGHTS = Path(__file__).with_name("router.safetensors")
EXAMPLES = Path(__file__).with_name("examples.txt")
NONE, AGAIN = "none", "again"
BUCKETS = 4096
"""Word n-grams are hashed into this many features (Weinberger et al. 2009)."""

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(s?)\b")
_CUES = {
    "asks what": r"^(?:and |but |so |ok |or )?(?:what|which|who|when|where|why|whats?)\b",
    "asks how": r"^(?:and |but |so |ok )?how\b",
    "asks whether": r"^(?:is|are|does|do|did|was|has|have|should|would|could|can|will)\b",
    "ends with ?": r"\?\W*$",
    "wants to see": r"\b(?:show|see|watch|look|plot|draw|visualise|display|run|try|play|demo\w*)\b",
    "wants it made": r"\b(?:generate|make|create|train|sample|compare|write|continue|fit|give "
    r"me)\b",
    "asks for words": r"\b(?:explain|describe|define|definition|meaning?|difference|formula|"
    r"equation|"
    r"derive|prove|proof|summar\w+|understand|tell me|advantages?|overview|why|works)\b",
    "quotes": QUOTE,
    "number": r"\d",
    "digits": r"\b\ds\b",
    "named number": r"\b(?:steps?|seed|samples|guidance|temperature|mean|rate|layer|head|with) "
    r"\d|= \d",
}


def features(english: Sequence[str], encode: Encode) -> Floats:
    """One row each [len(english), dimension + BUCKETS + cues]."""
    rows = [np.concatenate([_hashed(text), _cues(text)]) for text in english]
    return np.concatenate([encode(english), np.stack(rows)], axis=1, dtype=np.float32)


def _hashed(english: str) -> Floats:
    """The words, and runs of two and three of them, of unit length [BUCKETS]."""
    row = np.zeros(BUCKETS, np.float32)
    for gram in _grams(_NUMBER.sub(r"#\1", english)):
        row[zlib.crc32(gram.encode()) % BUCKETS] = 1.0
    return row / np.float32(max(float(np.linalg.norm(row)), 1e-9))


def _grams(text: str) -> Iterator[str]:
    words = ["^", *text.split(), "$"]
    yield from words[1:-1]
    for length in (2, 3):
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length])


_TOOLS = (
    *("gan", "vae", "diffusion", "autoencoder", "text_to_image", "language_model", "sampling"),
    *("attention", "tokens", "embeddings", "distribution", "likelihood", "classifier", "mixture"),
    *("sequence", "quiz", "search_course"),
)


def _cues(english: str) -> Floats:
    """What is asked in which way, and which tools are named."""
    named = mentioned(english)
    cues = [re.search(pattern, english) is not None for pattern in _CUES.values()]
    length = len(english.split())
    cues += [length <= 2, length <= 5, length > 12, len(named) > 1, not named]
    cues += [tool in named for tool in _TOOLS]
    return np.array(cues, np.float32) * np.float32(0.3)


class Classifier:
    """Weights [labels, features] and biases [labels] of the softmax."""

    def __init__(self, labels: Sequence[str], weights: Floats, biases: Floats) -> None:
        self.labels = tuple(labels)
        self._weights = weights
        self._biases = biases

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Classifier:
        """Read the weights that training wrote.

        Raises:
            ModelError: the file is missing or damaged.
        """
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, framework="numpy") as file:
                labels = json.loads(file.metadata()["router"])["labels"]
                weights = file.get_tensor("weights").astype(np.float32)
                biases = file.get_tensor("biases").astype(np.float32)
        except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"{path}: the router's weights are missing or damaged ({error}); "
                "install the tutor again"
            ) from None
        return cls(labels, weights, biases)

    def tensors(self) -> dict[str, NDArray[np.float16]]:
        """What `load` reads, in half precision."""
        return {
            "weights": self._weights.astype(np.float16, order="C"),  # as safetensors writes it
            "biases": self._biases.astype(np.float16),
        }

    def probabilities(self, rows: Floats) -> Floats:
        """Of each label [rows, labels]."""
        scores = rows @ self._weights.T + self._biases
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares: Floats = scores / scores.sum(axis=1, keepdims=True)
        return shares


def read_examples(path: Path = EXAMPLES) -> list[tuple[str, str]]:
    """The example utterances with their labels."""
    label, rows = "", []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            label = line.strip("[] ")
        elif line.strip() and not line.startswith("#"):
            rows.append((line.strip(), label))
    return rows
