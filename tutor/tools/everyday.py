"""Wishes in everyday words that name no lab: "flip a coin 100 times", "turn a 3 into an 8"."""

from __future__ import annotations

import re

from tutor.tools.choices import mentioned

_PLEASE = (
    r"^(?:(?:and|now|then|ok|okay|so|please|hey|,|can|could|would|you|we|i|just|want|like|to|"
    r"let|us|let's|me) )*"
)
_DIGIT = r"(?:an? |the |digit |number |some )*\ds?"
_WISHES: tuple[tuple[str, str, str | None], ...] = (
    (rf"{_PLEASE}(?:flip|toss|throw) (?:an? |the |my |some |1 )?(?:\w+ )?coins?\b",
     "distribution", None),
    (rf"{_PLEASE}(?:turn|change|transform|convert) {_DIGIT} (?:\w+ )?into {_DIGIT}(?![\w.])",
     "vae", "interpolate"),
    (rf"{_PLEASE}(?:make|give|create|write|set|prepare|generate)(?: (?:me|us|up))? "
     r"(?:an? |some |the )?(?:\w+ )?(?:quiz|exam|exercises)(?= (?:on|about|in)\b| ?$| please)",
     "quiz", None),
    (r"^(?!how |what |when |should )(?:.* )?(?:practi[cs]e|revise|rehearse) for (?:the|my|an?|our) "
     r"(?:\w+ )?(?:exam|test|finals?|midterm)\b", "quiz", None),
    (rf"{_PLEASE}(?:show|draw|sample|generate|make|give|create|produce)(?: (?:me|us))? "
     r"(?:\d+|some|a few) (?:(?:random|new|fake|handwritten|different) )*digits(?: please)?[ .!]*$",
     "gan", "sample"),
)  # fmt: skip


def plain_wish(english: str) -> tuple[str, str | None] | None:
    """The tool and the action that such words wish for; None where they wish for none of these."""
    for pattern, tool, action in _WISHES:
        if re.search(pattern, english):
            named = mentioned(english) - {"quiz", "distribution"}
            if tool in ("gan", "vae", "distribution") and named:
                return (tool, action) if named == {tool} else None
            return tool, action
    return None
