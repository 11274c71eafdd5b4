"""Tools as the page shows them: controls, figures, headings, slash commands."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tutor.chat.knobs import chosen, commands, figures, heading, in_words, knobs
from tutor.config import Settings
from tutor.embed import Embedder
from tutor.labs import LABS
from tutor.records import ToolCall
from tutor.tools.registry import TOOLS, check
from tutor.tools.router import load_router


def named(call: ToolCall) -> dict[str, dict[str, Any]]:
    return {knob["name"]: knob for knob in knobs(call)}


def test_a_control_is_as_its_option_is() -> None:
    shown = named(ToolCall("diffusion", {"digit": 3, "action": "guidance"}))
    assert shown["action"]["kind"] == "select"
    assert shown["action"]["value"] == "guidance"
    assert ["noise", "noise"] in shown["action"]["choices"]
    assert shown["digit"]["choices"][0] == ["", "any"]
    assert shown["digit"]["value"] == "3"
    assert len(shown["digit"]["choices"]) == 11
    guidance = shown["guidance"]
    assert (guidance["kind"], guidance["min"], guidance["max"], guidance["value"]) == (
        *("slider", 0.0, 20.0),
        2.0,
    )
    assert shown["seed"]["kind"] == "number"
    assert list(shown)[-1] == "seed"


def test_what_was_said_stands_open_and_the_rest_is_folded() -> None:
    assert named(ToolCall("diffusion", {}))["schedule"]["folded"]
    said = named(ToolCall("diffusion", {"schedule": "linear"}))["schedule"]
    assert not said["folded"]
    assert (said["value"], said["default"]) == ("linear", False)


def test_steps_are_a_slider_that_stops_at_round_numbers() -> None:
    steps = named(ToolCall("diffusion", {}))["steps"]
    assert not steps["folded"]
    assert (steps["kind"], steps["value"]) == ("scale", None)
    assert steps["stops"][:8] == ["", 1, 2, 3, 5, 7, 10, 20]
    assert steps["stops"][-1] == 1000
    odd = named(ToolCall("diffusion", {"steps": 37}))["steps"]
    assert odd["stops"] == ["", *sorted([*steps["stops"][1:], 37])]
    many = named(ToolCall("sampling", {}))["n"]
    assert (many["kind"], many["value"]) == ("scale", 200)
    assert "" not in many["stops"]


@pytest.mark.parametrize("name", LABS)
def test_every_control_of_every_lab_gives_an_argument_it_takes(name: str) -> None:
    for knob in knobs(ToolCall(name, {})):
        json.dumps(knob)
        listed = [choice for choice, _ in knob.get("choices", [])]
        ends = [knob.get("min"), knob.get("max")]
        for value in [*ends, knob["value"], *listed, *knob.get("stops", [])]:
            if value not in (None, ""):
                whole = knob.get("whole") or (listed and str(value).isdigit())
                check(ToolCall(name, {knob["name"]: int(value) if whole else value}))


def test_sliders_have_few_enough_positions_for_a_finger() -> None:
    for name in LABS:
        for knob in knobs(ToolCall(name, {})):
            assert len(knob.get("stops", [])) <= 30
            if knob["kind"] == "slider":
                assert (knob["max"] - knob["min"]) / knob["step"] <= 200.5


def test_what_is_left_empty_is_not_given() -> None:
    assert chosen({"digit": "", "n": 4, "steps": None, "p": 0}) == {"n": 4, "p": 0}


def test_a_heading_says_what_runs() -> None:
    call = ToolCall("text_to_image", {"action": "sample", "prompt": "a 7 " * 40, "n": 4})
    assert heading(call).startswith("Text to image · sample · “a 7 a 7")
    assert heading(call).endswith("…” · how many 4")
    assert heading(ToolCall("gan", {})) == "GAN"


@pytest.mark.parametrize(
    "call",
    [
        ToolCall("gan", {"action": "sample", "digit": 9, "n": 12}),
        ToolCall("diffusion", {"action": "sample", "digit": 4, "guidance": 3.5}),
        ToolCall("vae", {"action": "latent_map"}),
    ],
)
def test_a_call_in_words_is_understood_by_the_router(
    call: ToolCall, settings: Settings, embedder: Embedder
) -> None:
    found = load_router(settings, embedder.encode).route(in_words(call)).call
    assert found == call


def test_figures_are_words_and_never_json() -> None:
    rows = figures(
        {
            "read_right": 0.93751234,
            "digit": None,
            "done": True,
            "losses": [0.1] * 500,
            "by_digit": {"0": 0.5, "1": [1, 2]},
        }
    )
    assert rows == [
        ["read right", "0.9375"],
        ["digit", "–"],
        ["done", "yes"],
        ["losses", "500 values, from 0.1"],
        ["by digit", "0: 0.5, 1: 1, 2"],
    ]


def test_there_is_a_command_for_each_tool() -> None:
    assert {command["id"] for command in commands()} == set(TOOLS)
    assert all(command["description"] and command["icon"] for command in commands())


@pytest.mark.parametrize(
    "value", [[1, 2], {"a": 1}, True, 10**400], ids=["list", "object", "truth", "huge"]
)
def test_whatever_a_browser_sends_can_be_told(value: object) -> None:
    call = ToolCall("gan", {"n": value})
    assert heading(call).startswith("GAN")
    assert in_words(call).startswith("show me GAN")
    assert knobs(call)
