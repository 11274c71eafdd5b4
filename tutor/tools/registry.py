"""The tools: what each is called, what it takes, and how it is run as a LangChain tool.

Sixteen are labs, described by the records of `labs.options`; `quiz` and
`search_course` are described here and done by whoever assembles the tutor.
A call is only data until `check` has found its name here and its arguments
within bounds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar

from annotated_types import MaxLen
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from tutor.config import Frozen
from tutor.errors import LabError
from tutor.labs.catalogue import LABS
from tutor.labs.fields import allowed, bounds
from tutor.labs.options import LabOptions
from tutor.records import ToolCall, ToolResult

Run = Callable[[ToolCall], ToolResult]


class Quiz(Frozen):
    """Questions to practise with."""

    summary: ClassVar[str] = "questions on the course to practise with, and whether you were right"

    topic: str = Field("", max_length=300, description="what about; left out: the whole course")
    n: int = Field(5, ge=1, le=20, description="how many questions")


class SearchCourse(Frozen):
    """Where the course's documents speak of something."""

    summary: ClassVar[str] = "the places in the course's documents that speak of a topic"

    topic: str = Field(min_length=1, max_length=300, description="what to look for")


Options = LabOptions | Quiz | SearchCourse
Kind = type[LabOptions] | type[Quiz] | type[SearchCourse]

TOOLS: Mapping[str, Kind] = {**LABS, "quiz": Quiz, "search_course": SearchCourse}
"""Every tool's name with the record of its arguments."""

_NAMES_OF_THINGS = frozenset({"digit", "to_digit", "layer", "head"})
"""Numbers that name something: the nearest one within bounds would be another thing."""
_FARTHEST = 10**300
"""A model's JSON may say Infinity, or a whole number that is larger than any float."""


def check(call: ToolCall) -> Options:
    """The call's arguments as the record that its tool takes.

    Raises:
        LabError: there is no such tool or argument, or a value is out of bounds; the text
            is for the student or the model to read.
    """
    if call.name not in TOOLS:
        raise LabError(f"there is no tool '{call.name:.40}'; there are {', '.join(TOOLS)}")
    kind = TOOLS[call.name]
    try:
        return kind.model_validate({k: v for k, v in call.arguments.items() if v is not None})
    except ValidationError as error:
        first = error.errors()[0]
        option = str(first["loc"][0]) if first["loc"] else ""
        if option not in kind.model_fields:
            known = ", ".join(kind.model_fields)
            raise LabError(f"{call.name} has no argument '{option:.40}'; it has {known}") from None
        said = "" if first["type"] == "missing" else f", not '{first['input']!s:.60}'"
        wanted = allowed(kind.model_fields[option])
        raise LabError(f"{call.name}: {option} is {wanted}{said}") from None


def settled(call: ToolCall) -> ToolCall | None:
    """The call with each value as its tool takes it (a page's "3" is 3); None if it takes it not.

    Further wishes can lean on it: their arithmetic meets no text where a number belongs.
    """
    try:
        options = check(call)
    except LabError:
        return None
    given = [name for name, value in call.arguments.items() if value is not None]
    return ToolCall(call.name, {name: getattr(options, name) for name in given})


def clamp(call: ToolCall) -> tuple[ToolCall, tuple[str, ...]]:
    """The call with every number moved to the nearest that its tool takes, and a word on each.

    What is no quantity (digit 12) or would be at a limit that is itself left
    out is dropped instead, so that the default stands. Arguments that the tool
    does not have are dropped in silence.
    """
    kept: dict[str, Any] = {}
    words: list[str] = []
    fields = TOOLS[call.name].model_fields
    for name, value in call.arguments.items():
        if name not in fields:
            continue
        if isinstance(value, int | float) and not isinstance(value, bool):
            value, word = _clamped(name, value, fields[name])
            words += [word] if word else []
        elif isinstance(value, str):
            value = value[: _longest(fields[name])]
        if value is not None:
            kept[name] = value
    return ToolCall(call.name, kept), tuple(words)


def _clamped(name: str, value: float, field: FieldInfo) -> tuple[float | None, str]:
    """The value as the field takes it, None where it takes none like it; and what was done."""
    if isinstance(value, float) and math.isnan(value):
        return None, f"{name.replace('_', ' ')} is {allowed(field)}: the usual value is taken."
    value = min(max(value, -_FARTHEST), _FARTHEST)
    if field.annotation is int or "int" in str(field.annotation):
        value = round(value)
    low, high = bounds(field)
    try:
        _validate(field, value)
    except ValidationError:
        nearest = min(max(value, low), high)
        said = f"{name.replace('_', ' ')} is {allowed(field)}, not {value:.10g}"
        if name in _NAMES_OF_THINGS:
            return None, f"{said}: it is left out."
        try:
            _validate(field, nearest)
        except ValidationError:
            return None, f"{said}: the usual value is taken."
        return nearest, f"{said}: {nearest:.10g} is taken."
    return value, ""


def _validate(field: FieldInfo, value: float) -> None:
    kind: Any = Annotated[field.annotation, field]
    TypeAdapter(kind).validate_python(value)


def _longest(field: FieldInfo) -> int | None:
    limits = [m.max_length for m in field.metadata if isinstance(m, MaxLen)]
    inner = re.search(r"MaxLen\(max_length=(\d+)\)", str(field))
    return limits[0] if limits else int(inner[1]) if inner else None


def describe(name: str) -> str:
    """What the tool does and which actions it has, for a model to choose by."""
    kind = TOOLS[name]
    text = f"{kind.summary[0].upper()}{kind.summary[1:]}."
    if "action" in kind.model_fields:
        text += f" Actions: {kind.model_fields['action'].description}."
    return text


def as_tools(run: Run) -> list[BaseTool]:
    """The tools for LangChain: `bind_tools` takes them, and invoking one calls `run`.

    What a tool gives back to a model is the caption and the values; the whole
    `ToolResult` is its artifact.
    """
    return [_as_tool(name, run) for name in TOOLS]


def _as_tool(name: str, run: Run) -> BaseTool:
    def call(**arguments: Any) -> tuple[str, ToolResult]:
        given = {key: value for key, value in arguments.items() if value is not None}
        result = run(ToolCall(name, given))
        return report(result), result

    return StructuredTool.from_function(
        func=call,
        name=name,
        description=describe(name),
        args_schema=TOOLS[name],
        response_format="content_and_artifact",
        infer_schema=False,
        handle_validation_error=lambda error: f"This did not work: {_first(error)}",
    )


def _first(error: Exception) -> str:
    """The first thing that is wrong with a tool's arguments."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def report(result: ToolResult) -> str:
    """A result in words, for a model to read."""
    if not result.ok:
        return f"This did not work: {result.error}"
    values = "; ".join(
        f"{name}: {value}" for name, value in result.values.items() if _is_short(value)
    )
    return f"{result.caption}\n{values}".strip()


def _is_short(value: object) -> bool:
    return isinstance(value, int | float | str) and len(str(value)) <= 200
