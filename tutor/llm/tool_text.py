"""The tool calls in what a local model wrote.

Models trained for tools write a call as a JSON object with the tool's name and
its arguments: Qwen and Hermes between `<tool_call>` marks, Mistral as a list,
Llama 3 bare and with "parameters". So every such object is a call, whatever
stands around it.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from langchain_core.messages import ToolCall

_OPENING = re.compile(r"\{")
_DECODER = json.JSONDecoder()


def calls_in(text: str, names: Collection[str]) -> list[ToolCall]:
    """The calls of tools with one of these names, in the order they stand there."""
    return [
        ToolCall(name=name, args=arguments, id=f"call_{uuid.uuid4().hex[:12]}")
        for found in _objects(text)
        if isinstance(name := found.get("name"), str)
        and name in names
        and (arguments := _arguments(found)) is not None
    ]


def calls_written(text: str, calls: Iterable[ToolCall]) -> str:
    """The text of a turn and its calls, as a model reads what it wrote earlier.

    In the form of Qwen and Hermes: templates of theirs turn calls into the same, and others,
    of which each has its own rules for calls and their ids, take it for words.
    """
    objects = ({"name": call["name"], "arguments": call["args"]} for call in calls)
    written = (json.dumps(each, ensure_ascii=False) for each in objects)
    return "\n".join(filter(None, [text, *(f"<tool_call>\n{it}\n</tool_call>" for it in written)]))


def result_written(report: str) -> str:
    """A tool's report, in the same form: a turn of the user's side that no user wrote."""
    return f"<tool_response>\n{report}\n</tool_response>"


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Every JSON object that stands in the text, those within another one left out."""
    end = 0
    for opening in _OPENING.finditer(text):
        if opening.start() < end:
            continue
        try:
            found, end = _DECODER.raw_decode(text, opening.start())
        except ValueError:
            continue
        yield found


def _arguments(found: dict[str, Any]) -> dict[str, Any] | None:
    """The arguments of a call; none given is an empty object, anything else no call."""
    given = found.get("arguments", found.get("parameters", {}))
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            return None
    return given if isinstance(given, dict) else None
