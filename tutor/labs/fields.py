"""What a field of a lab's options accepts: its bounds, its choices, both in words."""

from __future__ import annotations

from typing import Any, get_args

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic.fields import FieldInfo


def allowed(field: FieldInfo) -> str:
    """What a field accepts, in words: "a whole number from 0 to 9", "one of ddim, ddpm"."""
    optional = [kind for kind in get_args(field.annotation) if kind is not type(None)]
    kind = optional[0] if type(None) in get_args(field.annotation) else field.annotation
    kind = getattr(kind, "__origin__", kind)  # Annotated[int, ...] is an int
    if choices := choices_of(field):
        return f"one of {', '.join(choices)}"
    limits = {type(limit): limit for limit in _metadata(field)}
    if kind is str:
        least = limits.get(MinLen)
        most = limits.get(MaxLen)
        start = f"{least.min_length} to " if least else "at most "
        return f"a text of {start}{most.max_length if most else 'any number of'} characters"
    noun = "a whole number" if kind is int else "a number"
    low, high = bounds(field)
    above = "above" if Gt in limits else "from"
    below = "below" if Lt in limits else "to"
    return f"{noun} {above} {low:.10g} {below} {high:.10g}"


def choices_of(field: FieldInfo) -> tuple[str, ...]:
    """The words a field accepts, if it accepts only those."""
    values = get_args(field.annotation)
    return values if values and all(isinstance(value, str) for value in values) else ()


def bounds(field: FieldInfo) -> tuple[float, float]:
    """The least and the greatest value of a numeric field."""
    low, high = float("-inf"), float("inf")
    for limit in _metadata(field):
        match limit:
            case Ge(ge=value) | Gt(gt=value):
                low = value  # type: ignore[assignment]
            case Le(le=value) | Lt(lt=value):
                high = value  # type: ignore[assignment]
    return low, high


def _metadata(field: FieldInfo) -> list[Any]:
    """The constraints of a field, those of `Digit | None` too, which pydantic keeps inside."""
    inner = [
        constraint
        for kind in get_args(field.annotation)
        for outer in getattr(kind, "__metadata__", ())
        for constraint in getattr(outer, "metadata", [outer])
    ]
    return [*field.metadata, *inner]


def strategy_meant(given: Any) -> Any:
    """The sampling lab's options as given; `top_k` without a strategy means top-k.

    `top_p` needs no such rule: top-p is the strategy where none is given.
    """
    if isinstance(given, dict) and "top_k" in given and not given.keys() & {"strategy", "top_p"}:
        return {**given, "strategy": "top-k"}
    return given
