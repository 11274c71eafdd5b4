"""The language model by OpenVINO: reads a GGUF file, keeps its 4-bit weights.

OpenVINO GenAI converts the file once (some seconds); from then on the model is
compiled from the cache in about a second. Measured on two cores
(tests/bench/engines.py): 59 tokens a second where transformers in bfloat16 gives
19 and its own `generate` in float32 13; eight replies at once, 96.

Prompt-lookup decoding (drafts from the prompt, which replies quote; Saxena 2023)
was tried: 1.06 to 1.08 times as fast, and 22 of 30 texts became others, since a
draft of several tokens is rounded elsewhere than the same tokens one by one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from copy import copy
from pathlib import Path

from tutor.errors import ModelError
from tutor.llm import exact_offsets
from tutor.llm.batching import PROMPT_TOKENS
from tutor.llm.decode import Cancelled, Engine, never
from tutor.llm.paged import open_runner
from tutor.llm.prefix import Prefix
from tutor.llm.sampling import Logits
from tutor.llm.tokenizer import ChatTokenizer, save_tokenizer
from tutor.models import building, check_gguf

CONTEXT = 2048
"""Tokens: more than any prompt of ours, and what small models were trained on."""
BLOCK = PROMPT_TOKENS
"""Tokens read at once: a new prompt takes a tenth longer than in one go, with 32 four tenths."""


SLOTS = 8
"""Replies written at once; more were not measured."""


class OpenVinoEngine:
    """Keeps the key-value cache of the sequence it is at, and uses its beginning again."""

    def __init__(self, path: Path, cache: Path) -> None:
        self.context = CONTEXT
        self._begin(0)
        if path.is_dir():
            self._load(path)
            return
        try:
            self._load(cache)
        except ModelError:  # not there yet, or damaged
            with building(cache, replace=True) as target:
                _convert(path, target)
            self._load(cache)

    def _begin(self, slot: int) -> None:
        self._slot = slot
        self._prefix = Prefix(BLOCK)
        self._length = 0

    def beside(self) -> list[Engine]:
        """Engines of the same model, for other threads: their steps and this one's are batched."""
        others: list[Engine] = []
        for slot in range(1, self._runner.slots):
            other = copy(self)
            other._begin(slot)
            others.append(other)
        return others

    def _load(self, folder: Path) -> None:
        self.tokenizer = ChatTokenizer.from_folder(folder)
        try:
            self._runner = open_runner(str(folder / "openvino_model.xml"), CONTEXT, SLOTS)
        except RuntimeError as error:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            raise ModelError(f"{folder}: OpenVINO cannot load it ({lines[-1]})") from None

    def prefill(
        self, tokens: Sequence[int], fixed: int = 0, cancelled: Cancelled = never
    ) -> Logits:
        self._length = len(tokens)
        if not self._runner.shortens:
            return self._runner.run(tokens, 0, self._slot)
        for start, block in self._prefix.missing(tokens, fixed, cancelled):
            logits = self._runner.run(block, start, self._slot)
        return logits

    def step(self, token: int) -> Logits:
        logits = self._runner.run([token], self._length, self._slot)
        self._length += 1
        return logits


def _convert(path: Path, target: Path) -> None:
    """Have OpenVINO GenAI read the GGUF file and save its own model beside it.

    It writes next to the file it reads, so it is shown the file by a link (or
    a copy, where links are not allowed) in the target folder.
    """
    import openvino_genai

    reader = check_gguf(path)
    local = target / path.name
    try:
        os.symlink(path.resolve(), local)
    except OSError:
        shutil.copyfile(path, local)
    try:
        openvino_genai.LLMPipeline(str(local), "CPU", enable_save_ov_model=True)
    except RuntimeError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise ModelError(
            f"{path}: OpenVINO cannot read this GGUF file ({lines[-1] if lines else 'no reason'}); "
            "try engine = 'transformers'"
        ) from None
    if not (target / "openvino_model.xml").is_file():
        raise ModelError(f"{path}: OpenVINO saved no model; try engine = 'transformers'")
    exact_offsets.restore(target / "openvino_model.xml", reader)
    save_tokenizer(path, target)
    local.unlink()
