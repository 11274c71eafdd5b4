"""The tools' names, their bounds, and how LangChain sees them."""

from __future__ import annotations

from typing import Any

import pytest

from tutor.errors import LabError
from tutor.labs import catalogue
from tutor.labs.options import Gan
from tutor.records import ToolCall, ToolResult
from tutor.tools.registry import TOOLS, as_tools, check, clamp, describe, report, settled

NAMES = (
    "gan vae diffusion autoencoder text_to_image compare language_model sampling attention tokens "
    "embeddings distribution likelihood classifier mixture sequence quiz search_course"
).split()


def test_the_tools_are_the_labs_a_quiz_and_a_search() -> None:
    assert list(TOOLS) == NAMES
    for name, kind in catalogue.LABS.items():
        assert TOOLS[name] is kind, "a lab and its tool take the same arguments"


def test_a_call_within_bounds_becomes_its_record() -> None:
    options = check(ToolCall("gan", {"action": "sample", "digit": 7, "n": None}))
    assert isinstance(options, Gan)
    assert (options.digit, options.n) == (7, 16)


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (ToolCall("rm", {}), "there is no tool 'rm'"),
        (ToolCall("gan", {"command": "ls"}), "gan has no argument 'command'"),
        (ToolCall("gan", {"digit": 12}), "digit is a whole number from 0 to 9, not '12'"),
        (ToolCall("gan", {"n": 10**6}), "n is a whole number from 1 to 1000"),
        (ToolCall("vae", {"action": "noise"}), "action is one of sample"),
        (ToolCall("search_course", {}), "topic is a text of 1 to 300 characters"),
        (ToolCall("tokens", {"text": ""}), "text is a text of 1 to 2000"),
    ],
)
def test_a_call_out_of_bounds_is_refused_in_words(call: ToolCall, reason: str) -> None:
    with pytest.raises(LabError, match=reason) as error:
        check(call)
    assert "\n" not in str(error.value)


def test_what_a_page_sends_is_settled_into_values_or_nothing() -> None:
    sent = {"digit": "3", "n": 4.0, "steps": None}
    assert settled(ToolCall("gan", sent)) == ToolCall("gan", {"digit": 3, "n": 4})
    assert sent["digit"] == "3"
    for name, wrong in (("gan", {"n": [1, 2]}), ("gan", {"digit": 55}), ("rm", {})):
        assert settled(ToolCall(name, wrong)) is None


@pytest.mark.parametrize(
    ("given", "kept", "word"),
    [
        ({"n": 10**6}, {"n": 1000}, "1000 is taken"),
        ({"n": -5}, {"n": 1}, "1 is taken"),
        ({"digit": 12}, {}, "it is left out"),
        ({"n": 3.4}, {"n": 3}, ""),
        ({"steps": 1e300}, {"steps": 5000}, "5000 is taken"),
        ({"colour": "red", "seed": 2}, {"seed": 2}, ""),
    ],
)
def test_quantities_are_clamped_and_digits_dropped_with_a_word(
    given: dict[str, Any], kept: dict[str, Any], word: str
) -> None:
    call, notes = clamp(ToolCall("gan", given))
    assert call.arguments == kept
    assert word in " ".join(notes)
    assert bool(notes) is bool(word)
    check(call)


@pytest.mark.parametrize(
    "value",
    [float("inf"), float("-inf"), float("nan"), 10**400],
    ids=["inf", "-inf", "nan", "huge"],
)
def test_what_is_no_quantity_at_all_is_clamped_too(value: float) -> None:
    for name, argument in (("gan", "n"), ("gan", "digit"), ("diffusion", "guidance")):
        call, notes = clamp(ToolCall(name, {argument: value}))
        assert len(notes) == 1
        check(call)


def test_a_text_is_cut_to_what_the_tool_takes() -> None:
    call, _ = clamp(ToolCall("tokens", {"text": "a" * 9000}))
    assert len(call.arguments["text"]) == 2000
    check(call)


def test_a_limit_that_is_itself_left_out_is_not_taken() -> None:
    call, notes = clamp(ToolCall("sampling", {"top_p": 0.0}))
    assert call.arguments == {}
    assert "usual value" in notes[0]


def test_langchain_runs_a_tool_and_reads_the_report() -> None:
    def run(call: ToolCall) -> ToolResult:
        return ToolResult(call, ok=True, caption="Sevens.", values={"shown": 4, "data": [1] * 99})

    tools = {tool.name: tool for tool in as_tools(run)}
    assert list(tools) == NAMES
    request = {"name": "gan", "args": {"digit": 7}, "id": "1", "type": "tool_call"}
    message = tools["gan"].invoke(request)
    assert message.content == "Sevens.\nshown: 4"
    assert message.artifact.call.arguments["digit"] == 7
    refused = tools["gan"].invoke({**request, "args": {"digit": 77}})
    assert "did not work" in refused.content


def test_every_description_names_the_actions() -> None:
    for name, kind in TOOLS.items():
        text = describe(name)
        assert len(text) > 20
        if "action" in kind.model_fields:
            default = kind.model_fields["action"].default
            assert default.replace("_", " ")[:5] in text.lower().replace("_", " ")


def test_a_failure_is_reported_as_one() -> None:
    failed = ToolResult(ToolCall("gan", {}), ok=False, error="out of memory")
    assert report(failed) == "This did not work: out of memory"
