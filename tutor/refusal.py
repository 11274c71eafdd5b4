"""What the tutor says of a question that the course does not cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tutor.citations import escaped, label
from tutor.config import Settings
from tutor.prompts import fill, read_prompt
from tutor.records import EvidenceFound, Hit

NEARBY = 3
"""How many of the nearest topics are named."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The texts of a refusal: that it is one, which names are unknown, what comes near."""

    not_covered: str
    unmentioned: str
    nearby: str

    @classmethod
    def of(cls, settings: Settings) -> Refusal:
        """As the settings' prompts have them.

        Raises:
            PromptError: a prompt's file cannot be read.
        """
        names = ("not_covered", "unmentioned", "nearby")
        return cls(*(read_prompt(settings.prompts, name) for name in names))

    def found(self, hits: Sequence[Hit], names: Sequence[str]) -> EvidenceFound:
        """That the course does not answer, which `names` it never mentions, and what comes near."""
        places: dict[str, Hit] = {}
        for hit in hits:
            places.setdefault(label(hit.chunk), hit)
        nearby = tuple(hit.chunk for hit in places.values())[:NEARBY]
        text = self.not_covered
        if names:
            text += " " + fill(self.unmentioned, {"names": ", ".join(f"“{n}”" for n in names)})
        if nearby:
            topics = "\n".join(f"- {escaped(label(chunk))}" for chunk in nearby)
            text += f"\n\n{fill(self.nearby, {'topics': topics})}"
        return EvidenceFound((), False, text, nearby)
