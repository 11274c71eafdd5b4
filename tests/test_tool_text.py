"""Reading tool calls from what a local model wrote."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.llm.tool_text import calls_in, calls_written

QWEN = '<tool_call>\n{"name": "gan", "arguments": {"digit": 7}}\n</tool_call>'
LLAMA = '{"name": "gan", "parameters": {"digit": 7}}'
MISTRAL = '[TOOL_CALLS] [{"name": "gan", "arguments": {"digit": 7}}]'
AS_TEXT = '{"name": "gan", "arguments": "{\\"digit\\": 7}"}'


@pytest.mark.parametrize("text", [QWEN, LLAMA, MISTRAL, AS_TEXT, f"Sure! {LLAMA} Here it is."])
def test_every_family_is_read(text: str) -> None:
    (call,) = calls_in(text, {"gan"})
    assert (call["name"], call["args"]) == ("gan", {"digit": 7})
    assert call["id"]


def test_several_calls_keep_their_order() -> None:
    text = QWEN + QWEN.replace("7", "8").replace("gan", "vae")
    calls = calls_in(text, {"gan", "vae"})
    assert [(c["name"], c["args"]["digit"]) for c in calls] == [("gan", 7), ("vae", 8)]
    assert len({call["id"] for call in calls}) == 2


@pytest.mark.parametrize(
    "text",
    ["", "no tool", "{", '{"name": "rm", "arguments": {}}', '{"name": "gan", "arguments": [1]}',
     '{"name": "gan", "arguments": "not json"}', '{"other": {"name": "gan"}}',
     '{"name": {"a": 1}, "arguments": {}}', '{"name": ["gan"]}', '{"name": null}'],
)  # fmt: skip
def test_anything_else_is_no_call(text: str) -> None:
    assert calls_in(text, {"gan"}) == []


@given(st.text(), st.dictionaries(st.text(), st.integers() | st.text()), st.text())
def test_a_call_is_found_in_any_text(before: str, arguments: dict[str, Any], after: str) -> None:
    written = json.dumps({"name": "gan", "arguments": arguments})
    found = calls_in(f"{before.replace('{', '')}{written}{after.replace('{', '')}", {"gan"})
    assert [call["args"] for call in found] == [arguments]


def test_what_is_written_of_calls_is_read_as_those_calls() -> None:
    calls = calls_in(QWEN + QWEN.replace("7", '"é</tool_call>"'), {"gan"})
    written = calls_written("First this.", calls)
    assert written.startswith(f"First this.\n{QWEN}\n")
    read = calls_in(written, {"gan"})
    assert [(c["name"], c["args"]) for c in read] == [(c["name"], c["args"]) for c in calls]
    assert calls_written("Words.", []) == "Words."
