"""A number that stands alone after a call: "5", "and 16?", "32 instead", "only two of them"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tutor.records import ToolCall
from tutor.tools.amounts import whole
from tutor.tools.number_text import NUMBER
from tutor.tools.registry import TOOLS

_ALONE = re.compile(
    r"(?:(?:and|now|then|ok|okay|so|but|,|please|with|to|for|at|make it|try|use|set it to|only|"
    r"just|"
    r"rather|what about|how about|the same|same|again|give me|show me|do) )*"
    rf"{NUMBER}(?P<of> (?:of (?:them|those|these)|more(?: of them)?|more questions))?"
    r"(?: (?:instead|again|please|now|then|this time|,))*(?: ?[.!?])*"
)
_NOT_MEANT = frozenset({"seed", "digit", "to_digit"})
_LIKELIEST = ("latent_dim", "steps", "guidance", "n")
"""Which of several numbers of the call before is meant by one that can be no digit."""


def stands_alone(english: str) -> bool:
    """Whether the utterance is a number and nothing else of weight."""
    return _ALONE.fullmatch(english) is not None


def bare_number(before: ToolCall, tool: str, english: str) -> dict[str, Any] | None:
    """What the lone number is of `tool`'s arguments; None where none stands alone.

    A digit where the tool draws digits, the size that the call before gave elsewhere.
    """
    found = _ALONE.fullmatch(english)
    if found is None:
        return None
    value = float(found[1])
    name = "n" if found["of"] else _meant(before.arguments, TOOLS[tool].model_fields, value)
    return whole({name: value}) if name in TOOLS[tool].model_fields else {}


def _meant(said: Mapping[str, Any], fields: Mapping[str, Any], value: float) -> str:
    """The name of the argument."""
    sizes = [
        name
        for name, old in said.items()
        if name in fields and isinstance(old, int | float) and name not in _NOT_MEANT
    ]
    could_be_digit = "digit" in fields and 0 <= value <= 9 and value.is_integer()
    if could_be_digit and ("digit" in said or not sizes):
        return "digit"
    if len(sizes) > 1:
        return next((name for name in _LIKELIEST if name in sizes), sizes[-1])
    return sizes[0] if sizes else "n"
