"""`tutor.llm.exact_offsets`: a mended model has the weights of its GGUF file."""

from __future__ import annotations

import numpy as np

from tutor.llm.exact_offsets import _offsets_by_row
from tutor.models import check_gguf, llm_path


def test_offsets_rebuild_the_weights_that_gguf_itself_reads() -> None:
    from gguf.quants import dequantize

    reader = check_gguf(llm_path("bundled"))
    exact = _offsets_by_row(reader)
    tensor = next(t for t in reader.tensors if t.tensor_type.name == "Q4_1")
    wanted = dequantize(tensor.data, tensor.tensor_type)
    blocks = np.asarray(tensor.data).reshape(wanted.shape[0], -1, 20)
    scale = blocks[..., :2].copy().view(np.float16).astype(np.float32)
    packed = blocks[..., 4:]
    q = np.concatenate([packed & 15, packed >> 4], axis=-1)
    for row in range(0, wanted.shape[0], 97):
        z = exact[q[row].tobytes()].astype(np.float32)[:, None]
        rebuilt = (scale[row] * (q[row] - z)).ravel()
        assert np.allclose(rebuilt, wanted[row], atol=2e-3)
        rounded = (scale[row] * (q[row] - np.round(z))).ravel()
        assert abs(rounded - wanted[row]).mean() > 10 * abs(rebuilt - wanted[row]).mean()
