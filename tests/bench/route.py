"""How well utterances are routed to tools: python tests/bench/route.py FILE [--failures]

Rows: `{"id", "question", "history"?, "tool": NAME or null, "arguments"}`. A
choice (action, strategy) that is the default counts as said or not alike; texts are
compared without case, articles and the signs around them.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutor.config import load_settings
from tutor.labs.fields import choices_of
from tutor.records import Message, ToolCall
from tutor.tools.numbers import LANGUAGES
from tutor.tools.registry import TOOLS
from tutor.tools.router import Router, load_reader, load_router
from tutor.tools.words import Reader


def alike(value: Any) -> Any:
    """A value as it is compared."""
    if isinstance(value, str):
        text = re.sub(r"\W+", " ", value.lower()).strip()
        return re.sub(r"^(?:the|a|an) ", "", text)
    return float(value)


def compared(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments, without choices that are the default anyway."""
    fields = TOOLS[tool].model_fields
    return {
        name: alike(value)
        for name, value in arguments.items()
        if not (choices_of(fields[name]) and value == fields[name].default)
    }


@dataclass(frozen=True)
class Outcome:
    """What became of a row. `exact`: every argument wanted is there with exactly its value."""

    row: dict[str, Any]
    call: ToolCall | None
    language: str
    seconds: float

    @property
    def wanted(self) -> bool:
        return self.row["tool"] is not None

    @property
    def right_tool(self) -> bool:
        return (self.call.name if self.call else None) == self.row["tool"]

    @property
    def right(self) -> bool:
        if not self.right_tool or self.call is None:
            return self.right_tool
        wanted = compared(self.call.name, self.row["arguments"])
        return compared(self.call.name, self.call.arguments) == wanted

    @property
    def exact(self) -> bool:
        if not self.right_tool or self.call is None:
            return self.right_tool
        return self.row["arguments"].items() <= self.call.arguments.items()


def ask(router: Router, reader: Reader, row: dict[str, Any]) -> Outcome:
    history = [Message(turn["role"], turn["content"]) for turn in row.get("history", ())]
    start = time.perf_counter()
    call = router.route(row["question"], history).call
    seconds = time.perf_counter() - start
    return Outcome(row, call, reader.read(row["question"]).language, seconds)


def share(name: str, good: list[bool]) -> str:
    return f"{name} {sum(good)}/{len(good)}" + (f" = {sum(good) / len(good):.1%}" if good else "")


def figures(outcomes: list[Outcome]) -> list[str]:
    calls = [one for one in outcomes if one.wanted]
    return [
        share("right tool", [one.right_tool for one in calls]),
        share("right arguments", [one.right for one in calls]),
        share("(wanted ones exactly)", [one.exact for one in calls]),
        share("no call where none", [one.right_tool for one in outcomes if not one.wanted]),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--failures", action="store_true")
    arguments = parser.parse_args()
    router, reader = load_router(load_settings()), load_reader()
    router.route("warm up")
    lines = arguments.file.read_text(encoding="utf-8").splitlines()
    outcomes = [ask(router, reader, json.loads(line)) for line in lines]
    for one in outcomes if arguments.failures else ():
        if not one.right:
            follow_up = " (follow-up)" if one.row.get("history") else ""
            print(f"{one.row['id']} {one.row['question']!r}{follow_up}")
            print(f"   wanted {one.row['tool']} {one.row['arguments']}")
            print(f"   got    {one.call.name if one.call else None} "
                  f"{one.call.arguments if one.call else ''}")  # fmt: skip
    print(f"{arguments.file.name}: {len(outcomes)} utterances")
    for figure in figures(outcomes):
        print(f"  {figure}")
    times = sorted(one.seconds * 1000 for one in outcomes)
    print(f"  median {times[len(times) // 2]:.1f} ms, longest {times[-1]:.1f} ms")
    parts = {f"in {name}": [one for one in outcomes if one.language == name] for name in LANGUAGES}
    parts["follow-ups"] = [one for one in outcomes if one.row.get("history")]
    for name, part in parts.items():
        print(f"  {name}: " + ", ".join(figures(part)))


if __name__ == "__main__":
    main()
