"""What an ingest tells: how far it is while it runs, and at its end what it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol


class Progress(Protocol):
    """How a face is told what goes on: a stage's total, then steps towards it."""

    def start(self, stage: str, total: int, unit: str) -> None: ...
    def step(self, count: int, label: str = "") -> None: ...
    def finish(self) -> None: ...


class Silent:
    """Progress that nobody watches."""

    def start(self, stage: str, total: int, unit: str) -> None: ...
    def step(self, count: int, label: str = "") -> None: ...
    def finish(self) -> None: ...


@dataclass
class Report:
    """What an ingest did. `moved` and `duplicates` are pairs (new or repeated, first)."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    moved: list[tuple[str, str]] = field(default_factory=list)
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    chunks: int = 0
    embedded: int = 0
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            "added": self.added,
            "changed": self.changed,
            "removed": self.removed,
            "unchanged": self.unchanged,
            "failed": [{"source": s, "reason": r} for s, r in self.failed],
            "problems": [{"source": s, "reason": r} for s, r in self.problems],
            "moved": [{"from": old, "to": new} for new, old in self.moved],
            "duplicates": [{"source": s, "same_as": f} for s, f in self.duplicates],
            "chunks": self.chunks,
            "embedded": self.embedded,
            "seconds": round(self.seconds, 2),
        }
