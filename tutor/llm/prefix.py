"""The beginning of a prompt that an engine has computed already, and need not compute again.

A reused beginning may not change a single bit, or the same seed would give
another text. But the numbers of a token depend on how many are computed at once:
each size has its own order of additions. So a prompt is always computed in the
same blocks, counted from its first token, and only whole blocks of a prompt are
used again. A reply's tokens, computed one by one, are computed anew when they
come back as part of a prompt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence


class Prefix:
    """Remembers which blocks the key-value cache of an engine begins with.

    Blocks of `size` tokens: small ones keep more of a prompt, large ones lose less time on
    reading the weights once for each. The right size is for each engine to measure.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._tokens: list[int] = []

    def missing(self, tokens: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
        """The blocks of a prompt that are not there yet, each with its place in the sequence.

        The last block is always among them, since its logits are wanted. A block counts as
        there when the next one is asked for: one whose computation failed never does.
        """
        same = 0
        for known, token in zip(self._tokens, tokens[:-1], strict=False):
            if known != token:
                break
            same += 1
        begin = same // self.size * self.size
        del self._tokens[begin:]
        for start in range(begin, len(tokens), self.size):
            block = list(tokens[start : start + self.size])
            yield start, block
            if len(block) == self.size:
                self._tokens.extend(block)
