""" "more steps", "a lower temperature", "3 times the noise": an argument against what it was."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from tutor.labs.catalogue import LABS
from tutor.labs.fields import bounds
from tutor.labs.usual import STEPS, usual
from tutor.tools.amounts import whole
from tutor.tools.argument_patterns import DATA, IMAGES
from tutor.tools.number_text import NUMBER
from tutor.tools.registry import TOOLS

_MORE = r"more|higher|larger|bigger|increase|raise|stronger|longer|greater|twice|double|"
_MORE += r"most|up|hotter|wilder|warmer|crazier|noisier|wider"
_LESS = r"fewer|less|lower|smaller|decrease|reduce|weaker|shorter|halve|half|down|"
_LESS += r"colder|cooler|calmer|tamer|cleaner|narrower"
_CHANGE = re.compile(rf"\b(?:{_MORE}|{_LESS})\b")
_DOWN = re.compile(rf"\b(?:{_LESS})\b")
_UP = re.compile(rf"\b(?:{_MORE})\b")
_EXACT = re.compile(r"\b(?:twice|double|halve|half)\b")
_ALONE = re.compile(
    rf"(?:(?:and|now|ok|please|an?|the|some|much|even|slightly) )*(?:{_MORE}|{_LESS})"
    r"(?: [a-z]+){1,2}(?: please| instead| now)?(?: ?[.!?])*"
)
_COUNTED = re.compile(
    rf"\b(?:{IMAGES}|{DATA}|texts?|letters?|tokens?|words?|sentences?|neighbours?|questions?|days?|"
    r"states?|sequences?|many|of|it|that|longer|shorter)\b|"
    rf"\b(?:{_MORE}|{_LESS})(?: (?:please|now|then|again|this time|instead|,))*(?: ?[.!?])*$"
)
"""Where none of the other arguments is named, "more" is a number of things, but not of qualities:
"more of them", "more points", but not "more realistic"."""
_CLAUSES = re.compile(r" (?:and|but|,|;) ")
_LONGER = re.compile(r"\b(?:longer|shorter)\b")
_LENGTH = re.compile(r"\b(?:longer|shorter|tokens?|words?|texts?)\b")
_TIMES = re.compile(
    rf"{NUMBER} (?:times|x|fold) (?=(?:as|the|more|higher|larger|bigger|stronger|longer|fewer|less|"
    r"lower|smaller|weaker|shorter)\b)"
)
_ADDED = re.compile(rf"{NUMBER} (?:more|extra|additional|further) (?:[a-z]+ )?(?:steps?|epochs?)\b")
AMOUNTS = {
    "steps": r"steps?|iterations?|train|training|epochs?|frames?",
    "guidance": r"guidance|cfg",
    "temperature": r"temperature|wilder|hotter|warmer|crazier|colder|cooler|calmer|tamer",
    "latent_dim": r"latent dimensions?|latent space|dimensions?|codes?|bottleneck",
    "noise": r"noise|noisy|noisier|cleaner",
    "std": r"spread|standard deviation|std|sigma|wider|narrower",
    "mean": r"mean",
    "rate": r"rate|lambda",
    "clusters": r"(?:true|real|actual) (?:clusters?|groups?)",
    "components": r"components?|clusters?|gaussians?",
    "top_k": r"top k|k",
    "min_p": r"min p",
    "top_p": r"top p|nucleus|p",
    "successes": r"heads?|successes",
    "trials": r"trials|toss(?:es)?|flips|throws",
    "p": r"p|probability|bias|chance",
    "beta": r"beta",
    "refiner": r"refiner",
    "clarity": r"clarity",
    "n": r"",
}
"""The words for each argument that can be more or less; the last is meant where none is said."""
_COUPLED = {"successes": "trials"}
"""Counts that cannot be more than another."""


def says_change(english: str) -> bool:
    """Whether something is to be more or less."""
    return _CHANGE.search(english) is not None


def is_wish(tool: str, english: str) -> bool:
    """Whether it says no more than "a smaller code": an argument of the tool, to be less."""
    return _ALONE.fullmatch(english) is not None and names_amount(tool, english)


def names_amount(tool: str, english: str) -> bool:
    """Whether an argument of the tool, by its name, is to be more or less."""
    name = _amount(tool, english) if says_change(english) else None
    return name is not None and bool(AMOUNTS[name])


def factor_aside(english: str) -> tuple[float | None, str]:
    """The number of "3 times the steps", and the words without it, so that none takes it."""
    found = _TIMES.search(english)
    if found is None:
        return None, english
    return float(found[1]), f"{english[: found.start()]}{english[found.end() :]}"


def relative(
    tool: str,
    english: str,
    said: Mapping[str, Any],
    numbers: Mapping[str, Any],
    factor: float | None = None,
) -> dict[str, Any]:
    """What is to be more or less, with its value: twice, half or `factor` times what it was.

    `said` is what the call before and the utterance say, where neither says it the lab's own
    default counts; `numbers` are those of the utterance, which stand as they are said, but for
    "100 more steps": they come on top.
    """
    if _ADDED.search(english) and "steps" in numbers:
        was = _was(tool, "steps", said)
        return {} if was is None else {"steps": int(was + numbers["steps"])}
    clauses = _CLAUSES.split(english) if factor is None else []
    named = [clause for clause in clauses if names_amount(tool, clause)]
    found: dict[str, Any] = {}
    for clause in named or [english]:
        found.update(_one(tool, clause, said, numbers, factor))
    return found


def _one(
    tool: str,
    english: str,
    said: Mapping[str, Any],
    numbers: Mapping[str, Any],
    factor: float | None,
) -> dict[str, Any]:
    """One argument that is to be more or less."""
    name = _amount(tool, english) if factor is not None or says_change(english) else None
    action = said.get("action")
    if name == "n" and _LONGER.search(english) and action in (*STEPS.get(tool, ()), "train"):
        name = "steps"
    if name == "n" and _LENGTH.search(english) and (tool, action) == ("sampling", "compare"):
        name = "length"
    if name is None or name in numbers or (numbers and not AMOUNTS[name]):
        return {}
    was = _was(tool, name, said)
    if was is None:
        return {}
    field = TOOLS[tool].model_fields[name]
    low, high = bounds(field)
    high = (_was(tool, _COUPLED[name], said) if name in _COUPLED else None) or high
    down = _DOWN.search(english) is not None and not _UP.search(english)
    if factor:
        value = was / factor if down else was * factor
    elif low < 0 or not was:  # twice of nothing is nothing, and of -2 it is less
        value = was - (abs(was) / 2 or 1) if down else was + (abs(was) or (1 if high > 1 else 0.1))
    elif down or was >= high or _EXACT.search(english):
        value = was / 2 if down else was * 2
    else:
        value = min(was * 2, (was + high) / 2)
    if "int" in str(field.annotation):
        value = math.floor(value) if down else math.ceil(value)
    return whole({name: round(value, 6)})


def _amount(tool: str, english: str) -> str | None:
    """The argument that is meant."""
    if tool not in TOOLS:
        return None
    for name, words in AMOUNTS.items():
        pattern = rf"\b(?:{words})\b" if words else _COUNTED
        if name in TOOLS[tool].model_fields and re.search(pattern, english):
            return name
    return None


def _was(tool: str, name: str, said: Mapping[str, Any]) -> float | None:
    """What the argument was: as said, else as the tool has it."""
    value = said.get(name)
    if value is None and name in TOOLS[tool].model_fields:
        default = TOOLS[tool].model_fields[name].default
        value = usual(tool, name, said) if tool in LABS else default
    return float(value) if isinstance(value, int | float) else None
