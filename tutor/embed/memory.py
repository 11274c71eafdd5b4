"""Vectors that were computed before, kept: a class asks about the same passages."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]

KEPT = 20_000
"""Texts: some 45 MB with all-MiniLM-L6-v2, and the pieces of about 1,300 passages."""


class Memory:
    """An encoder in front of `encode` that computes each text once; used from many threads.

    When `kept` texts are known, the one that was not asked for the longest gives way.
    """

    def __init__(self, encode: Encode, kept: int = KEPT) -> None:
        self._encode = encode
        self._kept = kept
        self._rows: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def full(self) -> bool:
        """Whether another text would take the place of one."""
        return len(self._rows) >= self._kept

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors [len(texts), dimension], in the order given."""
        rows = self._known(texts)
        if missing := list(dict.fromkeys(text for text in texts if text not in rows)):
            computed = self._encode(missing)
            # Copies: a row of the whole array would keep all of it in memory.
            rows.update({text: row.copy() for text, row in zip(missing, computed, strict=True)})
            self._keep({text: rows[text] for text in missing})
        return np.stack([rows[text] for text in texts]) if texts else self._encode([])

    def _known(self, texts: Sequence[str]) -> dict[str, Vectors]:
        with self._lock:
            known = {text: self._rows[text] for text in texts if text in self._rows}
            for text in known:
                self._rows.move_to_end(text)
        return known

    def _keep(self, rows: dict[str, Vectors]) -> None:
        with self._lock:
            self._rows.update(rows)
            while len(self._rows) > self._kept:
                self._rows.popitem(last=False)
