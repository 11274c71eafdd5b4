"""The settings panel: the form of study, and sampling, drawn from the fields of `Sampling`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from tutor.config import FormName, Sampling, Strategy, make_sampling
from tutor.errors import SettingsError
from tutor.study import FORMS

Kind = Literal["select", "slider", "number", "text"]

_LOOKS: dict[str, tuple[str, Kind, float]] = {
    "strategy": ("Strategy", "select", 0),
    "temperature": ("Temperature", "slider", 0.05),
    "top_k": ("Top-k", "slider", 1),
    "top_p": ("Top-p", "slider", 0.01),
    "min_p": ("Min-p", "slider", 0.01),
    "repetition_penalty": ("Repetition penalty", "slider", 0.01),
    "max_new_tokens": ("Longest explanation, in tokens", "number", 1),
    "seed": ("Seed", "text", 1),
}
"""Of each setting its label, how it is set, and the slider's step. All else is the field's own."""


@dataclass(frozen=True, slots=True)
class Control:
    """One setting as the panel shows it."""

    name: str
    label: str
    kind: Kind
    description: str
    value: Any
    smallest: float = 0
    largest: float = 0
    step: float = 1
    choices: tuple[str, ...] = ()


def form_control(form: FormName) -> Control:
    """The choice of a form of study, standing at `form`."""
    labels = tuple(one.label for one in FORMS.values())
    text = "Or say it: “in short”, “explain like I'm new”, “a worked example”, “ask me first”."
    return Control("form", "Form of answers", "select", text, FORMS[form].label, choices=labels)


def _chosen_form(label: object) -> FormName:
    found = next((form.name for form in FORMS.values() if form.label == label), None)
    if found is None:
        raise SettingsError(f"form: {str(label)[:40]!r} is none of the forms of study")
    return found


def controls(sampling: Sampling) -> list[Control]:
    """A control for each sampling setting, standing at its value in `sampling`."""
    return [_control(name, getattr(sampling, name)) for name in Sampling.model_fields]


def _control(name: str, value: Any) -> Control:
    field = Sampling.model_fields[name]
    label, kind, step = _LOOKS[name]
    text = (field.description or "").strip()
    smallest, largest = _bounds(name, step)
    return Control(
        name,
        label,
        kind,
        f"{text[:1].upper()}{text[1:]}." if name != "strategy" else text,
        value,
        smallest,
        largest,
        step,
        get_args(Strategy) if kind == "select" else (),
    )


def _bounds(name: str, step: float) -> tuple[float, float]:
    """The smallest and largest value of a field; one step inside a bound that is not its own."""
    smallest = largest = 0.0
    for limit in Sampling.model_fields[name].metadata:
        if hasattr(limit, "ge"):
            smallest = limit.ge
        if hasattr(limit, "gt"):
            smallest = limit.gt + step
        if hasattr(limit, "le"):
            largest = limit.le
    return smallest, largest


def chosen(base: Sampling, values: Mapping[str, Any]) -> tuple[FormName, Sampling]:
    """The form of study and the sampling that the panel's `values` state; an empty seed is none.

    Raises:
        SettingsError: a value is unknown, of the wrong type or out of bounds.
    """
    given = dict(values)
    form = _chosen_form(given.pop("form", FORMS["normal"].label))
    seed = given.pop("seed", None)
    seed = seed.strip() if isinstance(seed, str) else seed
    try:
        number = None if seed in (None, "") else int(str(seed))
    except ValueError:
        raise SettingsError(
            f"seed: {str(seed)[:40]!r} is not a whole number; leave it empty for none"
        ) from None
    # Here "not given" and "none" are different things, which make_sampling does not know.
    return form, make_sampling(base.model_copy(update={"seed": None}), {**given, "seed": number})
