"""What of a growing reply may be shown: never part of a stop text, or half a character."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Cancelled = Callable[[], bool]
"""Asked at every token and every block of a prompt whether anybody still wants the reply."""


def never() -> bool:
    """Nobody cancels."""
    return False


class Stopped(Exception):  # noqa: N818  # nothing is wrong: the reply is not wanted any more
    """`cancelled` said so while a prompt was read."""


HALF = "�"
"""What the beginning of a character looks like whose other bytes are still to come."""


class Visible:
    """Cuts a reply that grows into the pieces that a reader sees."""

    def __init__(self, stop: Sequence[str] = ()) -> None:
        self._stop = [item for item in stop if item]
        self._shown = 0
        self.ended = False
        """Whether a stop text was met: nothing after it is ever shown."""

    def piece(self, text: str) -> str:
        """What is new and safe to show of the whole reply `text` so far."""
        if self.ended:
            return ""
        end = self._first_stop(text)
        self.ended = end is not None
        safe = len(text) - self._held_back(text) if end is None else end
        piece = text[self._shown : safe]
        self._shown = max(self._shown, safe)
        return piece

    def rest(self, text: str) -> str:
        """What was held back, once `text` is the whole reply."""
        return "" if self.ended else text[self._shown :].rstrip(HALF)

    def _first_stop(self, text: str) -> int | None:
        """Where the earliest stop text begins."""
        found = [position for item in self._stop if (position := text.find(item)) >= 0]
        return min(found, default=None)

    def _held_back(self, text: str) -> int:
        """How many characters at the end may not be shown yet."""
        whole = text.rstrip(HALF)
        broken = len(text) - len(whole)
        longest = max((len(item) for item in self._stop), default=1) - 1
        for length in range(min(longest, len(whole)), 0, -1):
            if any(item.startswith(whole[-length:]) for item in self._stop):
                return length + broken
        return broken
