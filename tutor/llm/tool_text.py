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
from collections.abc import Collection, Iterator
from typing import Any

from langchain_core.messages import ToolCall

_OPENING = re.compile(r"\{")
_DECODER = json.JSONDecoder()


def calls_in(text: str, names: Collection[str]) -> list[ToolCall]:
    """The calls of tools with one of these names, in the order they stand there."""
    return [
        ToolCall(name=found["name"], args=arguments, id=f"call_{uuid.uuid4().hex[:12]}")
        for found in _objects(text)
        if found.get("name") in names and (arguments := _arguments(found)) is not None
    ]


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
