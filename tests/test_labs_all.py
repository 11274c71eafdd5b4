"""What holds for every lab: the same seed gives the same, and words come with each picture."""

from __future__ import annotations

import re

import pytest

from tutor.labs import LABS, Result, parse, run

SMALL = {
    "distribution": {"n": 50},
    "likelihood": {},
    "classifier": {"n": 60},
    "mixture": {"n": 60, "steps": 5},
    "sequence": {"n": 20},
    "gan": {"n": 4},
    "vae": {"n": 4},
    "diffusion": {"n": 2, "steps": 3},
    "autoencoder": {"n": 2},
    "text_to_image": {"n": 1, "steps": 4},
}
"""Labs that need no model of the tutor, with settings that take a moment."""


def finish(name: str, seed: int) -> Result:
    *_, result = run(name, parse(name, {**SMALL[name], "seed": seed}))
    assert isinstance(result, Result)
    return result


def test_no_lab_without_the_tutors_models_is_left_out() -> None:
    free = {name for name, kind in LABS.items() if not kind.needs_models}
    assert free - set(SMALL) == {"compare"}  # in tests of the image labs


@pytest.mark.parametrize("name", SMALL)
def test_the_same_seed_gives_the_same_and_every_picture_its_words(name: str) -> None:
    first, second = finish(name, 3), finish(name, 3)
    assert first.pictures
    assert [drawn.data for drawn in first.pictures] == [drawn.data for drawn in second.pictures]
    assert (first.values, first.caption) == (second.values, second.caption)
    assert all(len(drawn.alt) > 20 for drawn in first.pictures)
    sentences = re.findall(r"[.!?](?:\s|$)", first.caption)
    assert 1 <= len(sentences) <= 6
    assert first.caption[-1] in ".!?"
