"""The settings panel says what `Sampling` says, and takes what it takes."""

from __future__ import annotations

from typing import Any

import pytest

from tutor.chat.controls import chosen, controls, form_control
from tutor.config import Sampling
from tutor.errors import SettingsError
from tutor.study import FORMS

DEFAULTS: dict[str, Any] = {control.name: control.value for control in controls(Sampling())}


def sampling_of(values: dict[str, Any], base: Sampling | None = None) -> Sampling:
    return chosen(base or Sampling(), values)[1]


def test_every_setting_of_sampling_has_a_control_with_its_words() -> None:
    for control in controls(Sampling()):
        description = Sampling.model_fields[control.name].description or ""
        assert description.lower() in control.description.lower()
    assert list(DEFAULTS) == list(Sampling.model_fields)


@pytest.mark.parametrize("name", ["temperature", "top_k", "top_p", "repetition_penalty"])
def test_both_ends_of_a_slider_are_accepted_and_not_more(name: str) -> None:
    control = next(control for control in controls(Sampling()) if control.name == name)
    for value in (control.smallest, control.largest):
        assert getattr(sampling_of({**DEFAULTS, name: value}), name) == value
    with pytest.raises(SettingsError, match=name):
        chosen(Sampling(), {**DEFAULTS, name: control.largest + control.step})


def test_every_strategy_can_be_chosen() -> None:
    strategy = controls(Sampling())[0]
    assert strategy.choices == ("greedy", "random", "top-k", "top-p")
    for choice in strategy.choices:
        assert sampling_of({**DEFAULTS, "strategy": choice}).strategy == choice


@pytest.mark.parametrize(("given", "seed"), [("7", 7), (" 12 ", 12), ("", None), (None, None)])
def test_the_seed_is_a_whole_number_or_none(given: str | None, seed: int | None) -> None:
    assert sampling_of({**DEFAULTS, "seed": given}, Sampling(seed=3)).seed == seed


@pytest.mark.parametrize("given", ["seven", "1.5", "-1", "9" * 30])
def test_any_other_seed_is_refused_by_name(given: str) -> None:
    with pytest.raises(SettingsError, match="seed"):
        chosen(Sampling(), {**DEFAULTS, "seed": given})


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(SettingsError, match="unknown setting 'volume'"):
        chosen(Sampling(), {**DEFAULTS, "volume": 11})


def test_an_emptied_number_falls_back_to_the_servers_own() -> None:
    base = Sampling(max_new_tokens=99)
    assert sampling_of({**DEFAULTS, "max_new_tokens": None}, base).max_new_tokens == 99


def test_every_form_of_study_can_be_chosen_by_its_name_for_people() -> None:
    assert form_control("simple").value == "Explain like I'm new"
    for form in FORMS.values():
        assert form.label in form_control("normal").choices
        assert chosen(Sampling(), {**DEFAULTS, "form": form.label})[0] == form.name
    with pytest.raises(SettingsError, match="form: 'Rhyming'"):
        chosen(Sampling(), {**DEFAULTS, "form": "Rhyming"})
