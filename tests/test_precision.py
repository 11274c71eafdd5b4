"""What a processor multiplies quickest."""

from __future__ import annotations

import pytest
import torch

from tutor.precision import native_bfloat16


def test_without_mkldnn_there_is_no_bfloat16_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    assert native_bfloat16() is False


def test_with_it_the_processor_tells() -> None:
    if not torch.backends.mkldnn.is_available():
        pytest.skip("torch was built without MKLDNN")
    assert native_bfloat16() is torch.ops.mkldnn._is_mkldnn_bf16_supported()
