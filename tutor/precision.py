"""Which number format this machine's processor multiplies quickest in torch."""

from __future__ import annotations

import torch


def native_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 by itself; emulated it is slower than float32."""
    # Without MKLDNN, as on Apple silicon, torch has no such operator to ask.
    return bool(
        torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    )
