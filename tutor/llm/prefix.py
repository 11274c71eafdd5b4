"""The beginning of a prompt that an engine has computed already, and need not compute again.

A reused beginning may not change a single bit, or the same seed would give
another text. But the numbers of a token depend on how many are computed at once:
each size has its own order of additions. So a prompt is always computed in the
same blocks, counted from its first token, and only whole blocks of a prompt are
used again. What every prompt begins with, the system's part, ends a block. A
reply's tokens, computed one by one, are computed anew when they come back as part
of a prompt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tutor.llm.stops import Cancelled, Stopped, never


class Prefix:
    """Remembers which blocks the key-value cache of an engine begins with.

    Blocks of `size` tokens: small ones keep more of a prompt, large ones lose less time on
    reading the weights once for each. The right size is for each engine to measure.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._fixed = 0
        self._tokens: list[int] = []

    def missing(
        self, tokens: Sequence[int], fixed: int = 0, cancelled: Cancelled = never
    ) -> Iterator[tuple[int, list[int]]]:
        """The blocks of a prompt that are not there yet, each with its place in the sequence.

        The first `fixed` tokens are those that other prompts begin with, too. The last block is
        always given, since its logits are wanted. A block counts as there when the next one is
        asked for: one whose computation failed never does.

        Raises:
            Stopped: `cancelled` said so before a block.
        """
        if fixed != self._fixed:  # other blocks, other bits
            self._fixed = fixed
            self._tokens.clear()
        same = 0
        for known, token in zip(self._tokens, tokens[:-1], strict=False):
            if known != token:
                break
            same += 1
        begin = max(end for end in (0, *self._ends(same)) if end <= same)
        del self._tokens[begin:]
        while begin < len(tokens):
            if cancelled():
                raise Stopped
            end = next(end for end in self._ends(len(tokens) + self.size) if end > begin)
            block = list(tokens[begin:end])
            yield begin, block
            if begin + len(block) == end:
                self._tokens.extend(block)
            begin = end

    def _ends(self, last: int) -> Iterator[int]:
        """Where blocks end, up to a whole one beyond `last` tokens."""
        yield from range(self.size, self._fixed, self.size)
        if self._fixed:
            yield self._fixed
        yield from range(self._fixed + self.size, last + 2 * self.size, self.size)
