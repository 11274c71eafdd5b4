"""What the page shows of a tool: its name, its arguments as controls, its figures in words.

All of it is read from the catalogue's records, so that a new lab or option
needs no word here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, get_args

from annotated_types import Gt
from pydantic.fields import FieldInfo

from tutor.labs.fields import bounds, choices_of
from tutor.records import ToolCall
from tutor.tools.registry import TOOLS

Knob = dict[str, Any]

FINEST = 200
"""Positions of a slider at most: a finger on a phone hits no more."""
FEW = 12
"""So many whole numbers are offered as a list."""
_FIRST = 3
"""So many options stand open, besides those that were given; the rest is folded."""
_ALWAYS = {"temperature", "guidance", "strategy", "prompt", "text", "steps", "seed"}
_ROUND = (1, 2, 3, 5, 7)
"""Times a power of ten: where a slider over a wide range of whole numbers stops."""
_SHOWN = 60
_LABELS = {"n": "How many", "std": "Standard deviation", "p": "Probability p"}
_TITLES = {"gan": "GAN", "vae": "VAE"}


def title(name: str) -> str:
    """A tool's name for people."""
    return _TITLES.get(name, name.replace("_", " ").capitalize())


def heading(call: ToolCall) -> str:
    """The call on a line: "GAN · collapse · seed 3"."""
    return " · ".join(filter(None, [title(call.name), details(call)]))


def details(call: ToolCall) -> str:
    """The call's arguments on a line: "collapse · seed 3"."""
    return " · ".join(_said(name, value) for name, value in call.arguments.items())


def _said(name: str, value: Any) -> str:
    if name in ("action", "name", "strategy", "model"):
        return str(value).replace("_", " ")
    if isinstance(value, str):
        return f"“{value[:_SHOWN]}{'…' if len(value) > _SHOWN else ''}”"
    shown = f"{value:.10g}" if isinstance(value, float) else str(value)[:_SHOWN]
    return f"{_LABELS.get(name, name.replace('_', ' ')).lower()} {shown}"


def in_words(call: ToolCall | None) -> str:
    """The call as a student would say it: the question to which the card is the reply.

    Not all of the call is in it, so what a further wish changes is the call itself.
    """
    if call is None:
        return ""
    said = [f"n {value}" if name == "n" else _said(name, value) for name, value in
            call.arguments.items()]  # fmt: skip
    return f"show me {', '.join([title(call.name), *said])}"


def knobs(call: ToolCall) -> list[Knob]:
    """A control for each option of the call's tool, standing at its value; the seed last."""
    fields = TOOLS[call.name].model_fields
    names = [name for name in fields if name != "seed"] + ["seed"] * ("seed" in fields)
    found = []
    for place, name in enumerate(names):
        value = call.arguments.get(name, fields[name].default)
        shown = place < _FIRST or name in call.arguments or name in _ALWAYS
        knob = _knob(name, fields[name], value)
        found.append({**knob, "folded": not shown, "default": name not in call.arguments})
    return found


def _knob(name: str, field: FieldInfo, value: Any) -> Knob:
    knob: Knob = {
        "name": name,
        "label": _LABELS.get(name, name.replace("_", " ").capitalize()),
        "help": field.description or "",
        "value": value,
    }
    if choices := choices_of(field):
        return {**knob, "kind": "select", "choices": [[c, c.replace("_", " ")] for c in choices]}
    low, high = bounds(field)
    if not math.isfinite(low) or not math.isfinite(high):
        return {**knob, "kind": "text"}
    whole = "int" in str(field.annotation)
    optional = type(None) in get_args(field.annotation)
    if whole and optional and high - low < FEW:
        numbers = [[str(n), str(n)] for n in range(int(low), int(high) + 1)]
        chosen = "" if value is None else str(value)
        return {**knob, "kind": "select", "value": chosen, "choices": [["", "any"], *numbers]}
    span = {"min": low, "max": high, "whole": whole}
    step = _step(high - low, whole)
    if whole and step is None and name != "seed":
        stops = _stops(int(low), int(high), value)
        return {**knob, "kind": "scale", "stops": [""] * optional + stops}
    if optional or step is None:
        return {**knob, "kind": "number", **span}
    above = any(isinstance(limit, Gt) for limit in field.metadata)  # the end itself is out
    return {**knob, "kind": "slider", **span, "step": step, "min": low + above * step}


def _step(span: float, whole: bool) -> float | None:
    """A round step that gives a slider few enough positions; None where none does."""
    if whole:
        return 1 if span <= FINEST else None
    steps = (0.01, 0.05, 0.1, 0.5)
    return next((step for step in steps if span / step <= FINEST), None)


def _stops(low: int, high: int, value: object) -> list[int]:
    """Round numbers from `low` to `high`, ever further apart, the ends and the value among them."""
    digits = range(len(str(high)))
    found = {number * 10**power for power in digits for number in _ROUND}
    found |= {low, high} | ({value} if isinstance(value, int) else set())
    return sorted(number for number in found if low <= number <= high)


def chosen(values: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that the controls' values state; what is left empty is not given."""
    return {str(k): v for k, v in values.items() if v not in ("", None)}


def figures(values: Mapping[str, Any]) -> list[list[str]]:
    """A result's figures as rows of name and value; long lists are told by their length."""
    return [[name.replace("_", " "), _figure(value)] for name, value in values.items()]


def _figure(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case None:
            return "–"
        case float():
            return f"{value:.4g}"
        case dict():
            parts = [f"{key}: {_figure(part)}" for key, part in value.items()]
        case list():
            parts = [_figure(part) for part in value]
        case _:
            return str(value)[:400]
    text = ", ".join(parts)
    return text if len(text) <= 200 else f"{len(parts)} values, from {parts[0][:40]}"


def commands() -> list[dict[str, Any]]:
    """The slash commands, one for each tool, as Chainlit takes them."""
    return [
        {
            "id": name,
            "description": kind.summary,
            "icon": _ICONS.get(name, "flask-conical"),
            "button": False,
            "persistent": False,
        }
        for name, kind in TOOLS.items()
    ]


_ICONS = {
    "quiz": "circle-help",
    "search_course": "search",
    "attention": "scan-eye",
    "tokens": "scissors",
    "distribution": "chart-spline",
}
