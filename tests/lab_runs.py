"""A lab run to its end, for the tests."""

from __future__ import annotations

import io
import json
from typing import Any

from PIL import Image

from tutor.labs import Picture, Progress, Result, parse, run


def finish(lab: str, /, **given: Any) -> tuple[list[Progress], Result]:
    """What a lab yields with these options: its progress, and its result as the last."""
    *progress, result = run(lab, parse(lab, given))
    assert isinstance(result, Result)
    assert all(isinstance(step, Progress) for step in progress)
    return progress, result  # type: ignore[return-value]


def values(lab: str, /, **given: Any) -> dict[str, Any]:
    """The figures of a lab's result, as they come back from JSON."""
    _, result = finish(lab, **given)
    found: dict[str, Any] = json.loads(json.dumps(result.values, allow_nan=False))
    return found


def opened(picture: Picture) -> Image.Image:
    """The picture, read whole."""
    image = Image.open(io.BytesIO(picture.data))
    image.load()
    return image
