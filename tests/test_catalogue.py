"""The catalogue of labs: every option has bounds, and every refusal names them in one line."""

from __future__ import annotations

import math
from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from tutor.errors import LabError
from tutor.labs.catalogue import LABS, parse
from tutor.labs.fields import allowed, bounds, choices_of
from tutor.labs.options import LabOptions

OPTIONS = [
    (lab, option, field)
    for lab, kind in LABS.items()
    for option, field in kind.model_fields.items()
]
NUMBERS = [row for row in OPTIONS if math.isfinite(bounds(row[2])[0])]
IDS = [f"{lab}-{option}" for lab, option, _ in NUMBERS]


def refusal(lab: str, given: dict[str, Any]) -> str:
    with pytest.raises(LabError) as error:
        parse(lab, given)
    line = str(error.value)
    assert len(line.splitlines()) == 1
    return line


@pytest.mark.parametrize("lab", LABS)
def test_every_lab_has_its_module(lab: str) -> None:
    found = find_spec(f"tutor.labs.{lab}")
    assert found
    assert found.origin  # a folder without code has none


@pytest.mark.parametrize("lab", LABS)
def test_every_lab_has_defaults(lab: str) -> None:
    options = parse(lab, {})
    assert isinstance(options, LabOptions)
    assert options.seed == 0
    assert LABS[lab].summary
    assert not LABS[lab].summary.endswith(".")


@pytest.mark.parametrize(("lab", "option", "field"), OPTIONS)
def test_every_option_is_described_and_bounded(lab: str, option: str, field: FieldInfo) -> None:
    assert field.description
    assert "inf" not in allowed(field)
    assert "any number of" not in allowed(field)


@pytest.mark.parametrize(("lab", "option", "field"), NUMBERS, ids=IDS)
def test_the_bounds_hold_and_are_named(lab: str, option: str, field: FieldInfo) -> None:
    low, high = bounds(field)
    assert low < high
    assert getattr(parse(lab, {option: high}), option) == high
    wanted = f"lab {lab}: {option} is {allowed(field)}, not "
    for value in (low - 1, high + 1, math.nan, math.inf, "many", 10**30):
        assert refusal(lab, {option: value}).startswith(wanted)
    if "above" in allowed(field):
        assert refusal(lab, {option: low}).startswith(wanted)
    else:
        assert getattr(parse(lab, {option: low}), option) == low


@pytest.mark.parametrize(
    ("lab", "option", "field"), [row for row in OPTIONS if choices_of(row[2])], ids=str
)
def test_choices_are_named(lab: str, option: str, field: FieldInfo) -> None:
    for choice in choices_of(field):
        assert getattr(parse(lab, {option: choice}), option) == choice
    line = refusal(lab, {option: "dance"})
    assert line == f"lab {lab}: {option} is one of {', '.join(choices_of(field))}, not 'dance'"


@pytest.mark.parametrize(
    ("lab", "given", "said"),
    [
        ("gan", {"n": 0}, "lab gan: n is a whole number from 1 to 1000, not '0'"),
        ("vae", {"n": 1_000_000}, "lab vae: n is a whole number from 1 to 1000, not '1000000'"),
        ("gan", {"digit": 12}, "lab gan: digit is a whole number from 0 to 9, not '12'"),
        ("diffusion", {"steps": -1}, "lab diffusion: steps is a whole number from 1 to 1000, not"),
        ("diffusion", {"n": 2.5}, "lab diffusion: n is a whole number from 1 to 1000, not '2.5'"),
        ("sampling", {"top_p": 0}, "lab sampling: top_p is a number above 0 to 1, not '0'"),
        ("tokens", {"text": ""}, "lab tokens: text is a text of 1 to 2000 characters, not ''"),
        (
            "likelihood",
            {"data": "1 " * 2000},
            "lab likelihood: data is a text of at most 2000 characters, not '1 1 1",
        ),
        ("mixture", {"seed": -1}, "lab mixture: seed is a whole number from 0 to 4294967295, not"),
        ("sequence", {"stay": "inf"}, "lab sequence: stay is a number from 0 to 1, not 'inf'"),
        ("classifier", {"n": True}, "lab classifier: n is a whole number from 4 to 10000, not"),
    ],
)
def test_the_line_of_a_bad_value(lab: str, given: dict[str, Any], said: str) -> None:
    line = refusal(lab, given)
    assert line.startswith(said)
    assert len(line) < 200


def test_an_unknown_lab_names_those_there_are() -> None:
    line = refusal("dream", {})
    assert line.startswith("there is no lab 'dream'; there are gan, vae")
    assert line.endswith("mixture, sequence")


def test_an_unknown_option_names_those_there_are() -> None:
    line = refusal("mixture", {"k": 3})
    assert line.startswith("lab mixture has no option 'k'; it has seed, components")


def test_none_counts_as_not_given() -> None:
    assert parse("gan", {"digit": None, "n": None}) == parse("gan", {})


def test_words_of_the_command_line_become_numbers() -> None:
    options = parse("distribution", {"n": "50", "p": "0.25", "name": "binomial"})
    assert options.model_dump(include={"n", "p", "name"}) == {
        "n": 50,
        "p": 0.25,
        "name": "binomial",
    }


def test_options_cannot_be_changed() -> None:
    options = parse("mixture", {})
    with pytest.raises(ValidationError, match="frozen"):
        options.seed = 3  # type: ignore[misc]


@given(
    st.sampled_from(sorted(LABS)),
    st.dictionaries(
        st.sampled_from(["n", "seed", "digit", "p", "text", "action", "steps", "name", "data"])
        | st.text(max_size=8),
        st.none() | st.integers() | st.floats() | st.text(max_size=200) | st.booleans(),
        max_size=4,
    ),
)
def test_anything_given_is_options_or_one_line(lab: str, given: dict[str, Any]) -> None:
    line = ""
    try:
        parse(lab, given)
    except LabError as error:
        line = str(error)
    assert "\n" not in line
