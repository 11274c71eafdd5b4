"""The errors: one family, so that a face can catch it whole."""

from __future__ import annotations

import inspect

import pytest

from tutor import errors
from tutor.errors import TutorError

KINDS = [
    kind
    for kind in vars(errors).values()
    if inspect.isclass(kind) and kind.__module__ == errors.__name__
]


def test_all_are_named_for_what_went_wrong() -> None:
    assert {kind.__name__ for kind in KINDS} == {
        "TutorError",
        "SettingsError",
        "DocumentError",
        "IndexMissingError",
        "IndexKindError",
        "IndexDamagedError",
        "ModelError",
        "PromptError",
        "LabError",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_one_base_catches_all(kind: type[TutorError]) -> None:
    with pytest.raises(TutorError, match=r"^what, where and what to do$"):
        raise kind("what, where and what to do")


@pytest.mark.parametrize("kind", KINDS)
def test_none_is_a_builtin_that_others_catch(kind: type[TutorError]) -> None:
    assert not issubclass(kind, OSError | ValueError | LookupError)


@pytest.mark.parametrize("kind", KINDS)
def test_each_says_when_it_is_raised(kind: type[TutorError]) -> None:
    assert inspect.getdoc(kind)
