"""The settings' panel: each control is drawn as what it is, at its value."""

from __future__ import annotations

import tests.chats  # noqa: F401  # says from where Chainlit works: not from the project
from tutor.chat.controls import controls, form_control
from tutor.chat.panels import widget
from tutor.config import Sampling

from chainlit import input_widget  # isort: skip  # after tests.chats

KINDS = {
    "select": input_widget.Select,
    "slider": input_widget.Slider,
    "number": input_widget.NumberInput,
    "text": input_widget.TextInput,
}


def test_every_control_has_its_widget_with_its_value() -> None:
    shown = [form_control("short"), *controls(Sampling(temperature=0.7, seed=4))]
    drawn = {control.name: widget(control) for control in shown}
    assert all(isinstance(drawn[control.name], KINDS[control.kind]) for control in shown)
    assert drawn["form"].to_dict()["initial"] == "Short"
    assert drawn["temperature"].to_dict()["initial"] == 0.7
    assert drawn["seed"].to_dict()["initial"] == "4"


def test_a_seed_that_is_not_set_is_an_empty_field() -> None:
    (seed,) = [control for control in controls(Sampling()) if control.name == "seed"]
    assert widget(seed).to_dict()["initial"] == ""
