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
from pathlib import Path
from typing import Any

from tutor.config import load_settings
from tutor.labs.catalogue import choices_of
from tutor.records import Message
from tutor.tools.registry import TOOLS
from tutor.tools.router import load_router


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--failures", action="store_true")
    arguments = parser.parse_args()
    router = load_router(load_settings())
    router.route("warm up")
    rows = [json.loads(line) for line in arguments.file.read_text(encoding="utf-8").splitlines()]
    wanted = called = tools = same = quiet = 0
    times = []
    for row in rows:
        history = [Message(turn["role"], turn["content"]) for turn in row.get("history", ())]
        start = time.perf_counter()
        call = router.route(row["question"], history).call
        times.append(time.perf_counter() - start)
        found = call.name if call else None
        right_tool = found == row["tool"]
        if row["tool"] is None:
            wanted += 1
            quiet += found is None
            right = right_tool
        else:
            called += 1
            tools += right_tool
            right = (
                right_tool
                and call is not None
                and (compared(found, call.arguments) == compared(found, row["arguments"]))
            )
            same += right
        if arguments.failures and not right:
            print(f"{row['id']} {row['question']!r}{' (follow-up)' if history else ''}")
            print(f"   wanted {row['tool']} {row['arguments']}")
            print(f"   got    {found} {call.arguments if call else ''}")
    print(f"{arguments.file.name}: {len(rows)} utterances")
    print(f"  right tool          {tools}/{called} = {tools / called:.1%}")
    print(f"  and right arguments {same}/{called} = {same / called:.1%}"
          f" (of those with the right tool {same / max(tools, 1):.1%})")  # fmt: skip
    print(f"  no call where none  {quiet}/{wanted} = {quiet / wanted:.1%}")
    times.sort()
    print(f"  time                median {times[len(times) // 2] * 1000:.1f} ms, "
          f"longest {times[-1] * 1000:.1f} ms")  # fmt: skip


if __name__ == "__main__":
    main()
