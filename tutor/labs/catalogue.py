"""The labs by name, and how what was asked of one is read. Nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from tutor.errors import LabError
from tutor.labs import options
from tutor.labs.fields import allowed
from tutor.labs.options import LabOptions

LABS: dict[str, type[LabOptions]] = {
    "gan": options.Gan,
    "vae": options.Vae,
    "diffusion": options.Diffusion,
    "autoencoder": options.Autoencoder,
    "text_to_image": options.TextToImage,
    "compare": options.Compare,
    "language_model": options.LanguageModel,
    "sampling": options.SamplingLab,
    "attention": options.Attention,
    "tokens": options.Tokens,
    "embeddings": options.Embeddings,
    "distribution": options.Distribution,
    "likelihood": options.Likelihood,
    "classifier": options.Classifier,
    "mixture": options.Mixture,
    "sequence": options.Sequence,
}


def parse(name: str, given: Mapping[str, Any]) -> LabOptions:
    """The options of lab `name`, from names and values as given; None counts as not given.

    Raises:
        LabError: the lab or an option is unknown, or a value is out of its bounds.
    """
    if name not in LABS:
        raise LabError(f"there is no lab {_quoted(name)}; there are {', '.join(LABS)}")
    kind = LABS[name]
    try:
        return kind.model_validate({k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        first = error.errors()[0]
        option = str(first["loc"][0]) if first["loc"] else ""
        if first["type"] == "extra_forbidden":
            known = ", ".join(kind.model_fields)
            raise LabError(f"lab {name} has no option {_quoted(option)}; it has {known}") from None
        if not option:
            raise LabError(f"lab {name}: {first['msg']}") from None
        wanted = allowed(kind.model_fields[option])
        was = _quoted(first["input"])
        raise LabError(f"lab {name}: {option} is {wanted}, not {was}") from None


def _quoted(value: object) -> str:
    """A value as it was given, in quotes, on one line and not too long."""
    return repr(str(value)[:60])
