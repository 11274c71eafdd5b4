"""The settings: one frozen record, made once by a face and passed explicitly.

Read, each overriding the one before, from the defaults below, a `tutor.toml`
in the working folder, environment variables `TUTOR_<NAME>`, and the command
line. A setting that is unknown or out of bounds is refused by its name.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from tutor.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent
_PACKED = Path(__file__).resolve().parent / "_shipped"
SHIPPED = _PACKED if _PACKED.is_dir() else ROOT
"""Where the prompts and the page's looks and words are: in the wheel, or in a checkout."""
PREFIX = "TUTOR_"
NO_SETTINGS = {"shared_data", "server_key"}
"""Variables that begin so and are no settings: the tests' material, and a secret, which must not
stand in a file or be shown."""

Strategy = Literal["greedy", "random", "top-k", "top-p"]
FormName = Literal["normal", "short", "detailed", "simple", "example", "socratic"]


class Frozen(BaseModel):
    """Base of the records that are read from outside: frozen, nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class Sampling(Frozen):
    """How the next token is chosen, with the course's own meaning.

    The order is fixed: repetition penalty (Keskar et al. 2019, section 4.1),
    temperature, the truncation that `strategy` names, min-p (Nguyen et al. 2024,
    section 3), then one draw.
    """

    strategy: Strategy = Field(
        "greedy",
        description="greedy: the likeliest token; random: a draw from all; "
        "top-k, top-p: a draw from the likeliest",
    )
    temperature: float = Field(
        1.0,
        ge=0.0,
        le=5.0,
        description="divides the logits before truncation; 0 is the same as greedy",
    )
    top_k: int = Field(
        50, ge=1, le=1000, description="with top-k: how many of the likeliest tokens stay"
    )
    top_p: float = Field(
        0.9,
        gt=0.0,
        le=1.0,
        description="with top-p: the smallest set of tokens stays whose probability reaches this",
    )
    min_p: float = Field(
        0.0,
        ge=0.0,
        le=1.0,
        description="with random, top-k, top-p: tokens stay that have at least this share of the "
        "likeliest one's probability; 0 is off",
    )
    repetition_penalty: float = Field(
        1.0,
        ge=1.0,
        le=2.0,
        description="divides the logits of tokens that already stand there, those of the prompt "
        "too; 1 is off",
    )
    max_new_tokens: int = Field(
        160, ge=1, le=4096, description="the reply's explanation ends here at the latest"
    )
    seed: int | None = Field(
        None, ge=0, le=2**63 - 1, description="the same seed gives the same text again"
    )


class Settings(Frozen):
    """Everything that can be set. `tutor doctor` shows the values in force."""

    corpus: Path = Field(Path("corpus"), description="the folder of the course's documents")
    index: Path = Field(Path("index"), description="the folder of the index")
    prompts: Path = Field(SHIPPED / "prompts", description="the folder of the prompt files")
    cache: Path = Field(
        Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "course-tutor",
        description="where converted models are kept; may be deleted at any time",
    )
    embedding_model: str = Field(
        "bundled",
        description="bundled (all-MiniLM-L6-v2), a local sentence-transformers folder, or a "
        "hub name",
    )
    embedding_backend: Literal["auto", "openvino", "torch"] = Field(
        "auto", description="what runs the embedding model; auto: openvino where it is installed"
    )
    chunk_tokens: int = Field(
        200, ge=32, le=2048, description="a chunk's size limit, in tokens of the embedding model"
    )
    dense_weight: float = Field(
        0.55, ge=0.0, le=1.0, description="the dense score's share of the fused score"
    )
    candidates: int = Field(
        100, ge=10, le=1000, description="how many chunks each retriever hands to fusion"
    )
    read_timeout: float = Field(
        30.0, ge=1.0, le=3600.0, description="seconds without progress until a file is given up"
    )
    evidence_words: int = Field(
        95, ge=20, le=1000, description="how many words the quotes of a reply have together"
    )
    form: FormName = Field(
        "normal",
        description="how an answer is given: normal, short, detailed, simple (for those new to "
        "it), example (worked through), or socratic (a leading question first)",
    )
    model: str = Field(
        "bundled",
        description="bundled (SmolLM2-135M-Instruct), none (evidence only), a GGUF file, a local "
        "folder, a hub name, or the URL of an OpenAI-compatible server (http://localhost:8080/v1)",
    )
    server_model: str = Field(
        "",
        description="with a server that has several models: which one; its key, if it wants one, "
        "comes from TUTOR_SERVER_KEY",
    )
    adapter: str = Field(
        "bundled",
        description="a low-rank adapter (PEFT's folder) that is merged into a local GGUF model; "
        "bundled: the one that taught the bundled model to explain quotes; none: the plain model",
    )
    engine: Literal["auto", "openvino", "transformers"] = Field(
        "auto", description="what runs the local model; auto: openvino where it can"
    )
    sampling: Sampling = Field(Sampling(), description="see the sampling settings")
    answer_timeout: float = Field(
        60.0,
        ge=1.0,
        le=3600.0,
        description="seconds after which an explanation is cut off; in a class its turn is "
        "waited for three times as long at most",
    )
    check: Literal["auto", "strict", "lenient"] = Field(
        "auto",
        description="how closely an explanation keeps to the quotes: strict (to their words, as "
        "small models must), lenient (to their names, numbers and sense, for capable models), "
        "auto: lenient with a server's model",
    )
    unsupported: Literal["hide", "strike"] = Field(
        "hide",
        description="the model's sentences that the quotes do not support: hide, or strike (shown "
        "struck through, with the reason)",
    )
    lab_timeout: float = Field(
        180.0, ge=1.0, le=86400.0, description="seconds after which a lab is ended"
    )
    lab_memory: float = Field(
        3.0, ge=0.2, le=1024.0, description="gigabytes of memory beyond which a lab is ended"
    )

    @field_validator("corpus", "index", "prompts", "cache")
    @classmethod
    def _at_home(cls, folder: Path) -> Path:
        """A `~` of a file or a variable, which no shell has seen, is the home folder too."""
        try:
            return folder.expanduser()
        except RuntimeError as error:  # ~nobody
            raise ValueError(str(error)) from None

    @field_validator("model")
    @classmethod
    def _no_secret(cls, model: str) -> str:
        """A URL is shown in replies and by `tutor doctor`, so it may hold no password.

        Raised as our own error: pydantic's would print the value.
        """
        if "://" in model and ("@" in model or "?" in model):
            raise SettingsError(
                "model: a server's URL must not hold a name, a password or a key; "
                "give the key in the environment variable TUTOR_SERVER_KEY"
            )
        return model

    @property
    def checks_strictly(self) -> bool:
        """Whether an explanation has to keep to the quotes' words."""
        return self.check == "strict" or (self.check == "auto" and "://" not in self.model)


def _one_line(error: ValidationError, where: str) -> str:
    """The first problem of a validation, named as the user wrote it."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"]) or "settings"
    if first["type"] == "extra_forbidden":
        known = ", ".join([*Settings.model_fields, *Sampling.model_fields])
        return f"{where}: unknown setting '{name}'; known are {known}"
    return f"{where}: {name} = {first['input']!r}: {first['msg'][0].lower()}{first['msg'][1:]}"


def make_sampling(base: Sampling, changes: Mapping[str, Any]) -> Sampling:
    """`base` with those of `changes` that are not None.

    Raises:
        SettingsError: a name is unknown or a value out of bounds.
    """
    given = {name: value for name, value in changes.items() if value is not None}
    try:
        return Sampling.model_validate({**base.model_dump(), **given})
    except ValidationError as error:
        raise SettingsError(_one_line(error, "sampling")) from None


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Sampling's names may stand beside the others; move them where they belong."""
    nested = {k: v for k, v in flat.items() if k not in Sampling.model_fields}
    inner = {k: v for k, v in flat.items() if k in Sampling.model_fields}
    if inner:
        given = nested.get("sampling", {})
        nested["sampling"] = {**given, **inner} if isinstance(given, Mapping) else given
    return nested


def load_settings(
    overrides: Mapping[str, Any] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    file: Path = Path("tutor.toml"),
) -> Settings:
    """Read the settings from `file` if it is there, `environ` and `overrides`.

    Overrides that are None count as not given.

    Raises:
        SettingsError: unknown name, wrong type, out of bounds, or a file that is not TOML.
    """
    environ = os.environ if environ is None else environ
    layers: list[tuple[str, Mapping[str, Any]]] = []
    if file.is_file():
        try:
            layers.append((str(file), tomllib.loads(file.read_text(encoding="utf-8"))))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{file}: not a TOML file: {error}") from None
        except OSError as error:
            raise SettingsError(f"{file} cannot be read: {error.strerror}") from None
    named = {k.removeprefix(PREFIX).lower(): v for k, v in environ.items() if k.startswith(PREFIX)}
    named = {name: value for name, value in named.items() if name not in NO_SETTINGS}
    layers.append(("environment (TUTOR_...)", named))
    layers.append(("command line", {k: v for k, v in (overrides or {}).items() if v is not None}))

    merged: dict[str, Any] = {}
    for where, layer in layers:
        nested = _nested(layer)
        given = nested.pop("sampling", {})
        if isinstance(given, Mapping):
            given = {**merged.get("sampling", {}), **given}
        merged = {**merged, **nested, "sampling": given}
        try:
            Settings.model_validate(merged)
        except ValidationError as error:
            raise SettingsError(_one_line(error, where)) from None
    return Settings.model_validate(merged)
