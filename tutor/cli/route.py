"""`tutor route`: which tool call an utterance would make. Nothing is run."""

from __future__ import annotations

import textwrap
import time
from typing import TYPE_CHECKING, Any

from tutor.cli.batch import Row

if TYPE_CHECKING:
    from tutor.tools.router import Routed, Router


def routed(router: Router, row: Row) -> tuple[Routed, float]:
    """What the row's utterance means, after its history, and the milliseconds that took."""
    started = time.perf_counter()
    found = router.route(row.question, row.history)
    return found, (time.perf_counter() - started) * 1000


def route_json(row: Row, found: Routed, milliseconds: float) -> dict[str, Any]:
    """The row to print; `notes`, where something was changed to be within bounds, is a bonus."""
    call = found.call
    return {
        **row.identity(),
        "tool": call.name if call else None,
        "arguments": dict(call.arguments) if call else {},
        "ms": round(milliseconds, 1),
        **({"notes": list(found.notes)} if found.notes else {}),
    }


def in_words(found: Routed) -> str:
    """The call on one line, such as "gan  sample, digit 7, n 16", and what was clamped below."""
    if found.call is None:
        return "no call"
    said = [
        str(value) if name == "action" else f"{name.replace('_', ' ')} {_shown(value)}"
        for name, value in found.call.arguments.items()
    ]
    lines = [f"{found.call.name}  {', '.join(said)}".rstrip(), *(f"  {n}" for n in found.notes)]
    return "\n".join(lines)


def _shown(value: Any) -> str:
    if not isinstance(value, str):
        return f"{value:.10g}" if isinstance(value, float) else str(value)
    return f'"{textwrap.shorten(value, 72, placeholder=" …")}"' if " " in value else value
