"""The language model, behind LangChain's `BaseChatModel`.

Two engines run local models: OpenVINO (GGUF files, fastest on a processor)
and transformers (any model it knows, any device). They only turn tokens into
logits; choosing tokens, stopping and streaming are the same code for both, so
sampling means the same whatever runs the model. `server.py` speaks to any
OpenAI-compatible server instead. Any other chat model of the LangChain ecosystem
can stand in their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from langchain_core.language_models import BaseChatModel

from tutor.config import Settings
from tutor.errors import ModelError
from tutor.llm.adapter import declining
from tutor.llm.decode import SharedEngine
from tutor.llm.local import LocalChatModel
from tutor.models import adapter_folder, fingerprint, llm_path

__all__ = ["LocalChatModel", "load_chat_model", "load_engine"]


def load_chat_model(settings: Settings) -> BaseChatModel:
    """The chat model that the settings name.

    Raises:
        ModelError: it cannot be found or loaded, or its server cannot be reached.
    """
    if settings.model.startswith(("http://", "https://")):
        from tutor.llm.server import connect

        return connect(settings)
    engine = load_engine(settings)
    adapter = adapter_folder(settings.adapter, settings.model)
    return LocalChatModel(
        engine=engine,
        beside=engine.beside(),
        model_name=name_of(settings),
        defaults=settings.sampling,
        declines=declining(adapter) if adapter else None,
    )


def name_of(settings: Settings) -> str:
    """The model's name as people know it; with an adapter it is a tuned one."""
    name = "SmolLM2-135M-Instruct" if settings.model == "bundled" else Path(settings.model).name
    return f"{name} (tuned)" if adapter_folder(settings.adapter, settings.model) else name


def load_engine(settings: Settings) -> SharedEngine:
    """The engine for the model that the settings name.

    Raises:
        ModelError: the model cannot be found, or not be run by the engine asked for.
    """
    place = place_of(settings)
    if place.openvino:
        from tutor.llm.openvino_engine import OpenVinoEngine

        return OpenVinoEngine(place.file, place.cache)
    from tutor.llm.transformers_engine import TransformersEngine

    return TransformersEngine(place.file, place.cache)


@dataclass(frozen=True, slots=True)
class ModelPlace:
    """Where the model is, what runs it, and where its converted form is kept."""

    path: Path
    openvino: bool
    cache: Path
    adapter: Path | None = None

    @property
    def file(self) -> Path:
        """What the engine reads: the model, or the file in the cache with its adapter merged in.

        Raises:
            ModelError: the adapter is damaged or does not fit.
        """
        if self.adapter is None:
            return self.path
        from tutor.llm.adapter import merged

        return merged(self.path, self.adapter, self.cache.with_name("merged"))

    @property
    def folder(self) -> Path:
        """The folder that is loaded: the model's own, or the cache of a converted file."""
        return self.path if self.path.is_dir() else self.cache


def place_of(settings: Settings) -> ModelPlace:
    """Find the model that the settings name; loads nothing.

    Raises:
        ModelError: it cannot be found, or not be run by the engine asked for.
    """
    path = llm_path(settings.model)
    adapter = adapter_folder(settings.adapter, settings.model)
    name = f"llm-{fingerprint(path)}" + (f"-{fingerprint(adapter)}" if adapter else "")
    cache = settings.cache / name
    runs_on_openvino = path.suffix == ".gguf" or (path / "openvino_model.xml").is_file()
    installed = find_spec("openvino_genai") is not None
    if settings.engine == "openvino" and not (runs_on_openvino and installed):
        reason = "is not installed" if not installed else "runs GGUF files and OpenVINO folders"
        raise ModelError(f"engine = 'openvino' {reason}; model is '{settings.model}'; use auto")
    if settings.engine != "transformers" and runs_on_openvino and installed:
        return ModelPlace(path, True, cache / "openvino-exact", adapter)
    return ModelPlace(path, False, cache / "transformers", adapter)
