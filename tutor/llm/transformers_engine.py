"""The language model by transformers: any causal model it knows, on any device.

A GGUF file is dequantised once, which takes seconds, and kept in the cache as
safetensors.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import save_model
from transformers.cache_utils import DynamicLayer
from transformers.utils import logging

from tutor.errors import ModelError
from tutor.llm.decode import Cancelled, Engine, never
from tutor.llm.prefix import Prefix
from tutor.llm.sampling import Logits
from tutor.llm.tokenizer import ChatTokenizer, save_tokenizer
from tutor.models import building, check_gguf
from tutor.precision import native_bfloat16

BLOCK = 128
"""Tokens read at once: a new prompt takes a seventh longer than in one go, with 64 half."""


class TransformersEngine:
    """Keeps the key-value cache of the sequence it is at, and uses its beginning again."""

    def __init__(self, path: Path, cache: Path) -> None:
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        if path.suffix == ".gguf":
            try:
                model = self._open(cache)
            except ModelError:  # not there yet, or damaged
                with building(cache, replace=True) as target:
                    _convert(path, target)
                model = self._open(cache)
        else:
            model = self._open(path)
        self._model = _on(self._device, model, path)
        self.context = min(int(getattr(self._model.config, "max_position_embeddings", 2048)), 8192)
        self._past: Any = None
        self._prefix = Prefix(BLOCK)
        self._shortens: bool | None = None

    def _open(self, folder: Path) -> Any:
        self.tokenizer = ChatTokenizer.from_folder(folder)
        fast = self._device == "cuda" or native_bfloat16()
        return _load(folder, torch.bfloat16 if fast else torch.float32)

    def beside(self) -> list[Engine]:
        """None: its key-value cache is one sequence's."""
        return []

    def prefill(
        self, tokens: Sequence[int], fixed: int = 0, cancelled: Cancelled = never
    ) -> Logits:
        if self._shortens is None:  # known only from the first cache that the model makes
            self._run(tokens[:1])
            layers = getattr(self._past, "layers", ())
            self._shortens = bool(layers) and all(type(layer) is DynamicLayer for layer in layers)
        if not self._shortens:  # sliding windows and recurrent states cannot go back
            self._past = None
            return self._run(tokens)
        for start, block in self._prefix.missing(tokens, fixed, cancelled):
            self._shorten(start)
            logits = self._run(block)
        return logits

    def _shorten(self, length: int) -> None:
        """Forget all but the first `length` tokens, in every layer, be it ahead of the others."""
        if length == 0:
            self._past = None
            return
        for layer in self._past.layers:
            layer.keys, layer.values = layer.keys[:, :, :length], layer.values[:, :, :length]

    def step(self, token: int) -> Logits:
        return self._run([token])

    @torch.inference_mode()
    def _run(self, tokens: Sequence[int]) -> Logits:
        ids = torch.tensor([list(tokens)], device=self._device)
        out = self._model(
            input_ids=ids, past_key_values=self._past, use_cache=True, logits_to_keep=1
        )
        self._past = out.past_key_values
        logits: Logits = out.logits[0, -1].float().cpu().numpy().astype(np.float32)
        return logits

    @torch.inference_mode()
    def attention(self, tokens: Sequence[int]) -> NDArray[np.float32]:
        """Attention weights [layers, heads, n, n] among `tokens`; each row sums to 1.

        Raises:
            ModelError: this kind of model does not give them.
        """
        ids = torch.tensor([list(tokens)], device=self._device)
        usual = self._model.config._attn_implementation
        try:
            self._model.set_attn_implementation("eager")  # the others never form the weights
            found = self._model(input_ids=ids, use_cache=False, output_attentions=True).attentions
        finally:
            self._model.set_attn_implementation(usual)
        if not found or any(layer is None for layer in found):
            raise ModelError(f"{type(self._model).__name__} does not give its attention weights")
        rows = torch.stack([layer[0].float() for layer in found])
        weights: NDArray[np.float32] = rows.cpu().numpy()
        weights /= weights.sum(-1, keepdims=True)  # bfloat16 sums to 1 but for a hundredth
        return weights


def _load(folder: Path, dtype: torch.dtype, **options: Any) -> Any:
    try:
        model: Any = transformers.AutoModelForCausalLM.from_pretrained(
            str(folder), dtype=dtype, local_files_only=True, use_safetensors=True, **options
        )
        return model.eval()
    except (OSError, ValueError, KeyError, ImportError, SafetensorError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelError(f"{folder}: transformers cannot load it ({reason})") from None


def _on(device: str, model: Any, path: Path) -> Any:
    """The model in the device's memory."""
    try:
        return model.to(device)
    except RuntimeError as error:  # out of memory, of which there are two kinds
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(
            f"{path}: cannot be moved to the GPU ({reason}); free some of its memory, or set "
            "CUDA_VISIBLE_DEVICES to nothing to run the model on the processor"
        ) from None


def _convert(path: Path, target: Path) -> None:
    """Dequantise a GGUF file into a transformers folder."""
    check_gguf(path)
    model = _load(path.parent, torch.bfloat16, gguf_file=path.name)
    # save_pretrained refuses a model that was read from GGUF although its
    # weights are plain by now, so they are written without its help.
    save_model(model, str(target / "model.safetensors"), metadata={"format": "pt"})
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.config.save_pretrained(str(target))
    save_tokenizer(path, target)
