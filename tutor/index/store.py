"""Versions of the index on disk: written apart, checksummed, swapped in one rename."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from tutor.errors import TutorError

CURRENT = "CURRENT"
MANIFEST = "manifest.json"
BUILDING = ".building-"


def current_version(folder: Path) -> Path | None:
    """The folder of the version in force, or None."""
    named = _named(folder)
    return named[0] if named else None


def intact_manifest(folder: Path) -> bool:
    """Whether the manifest in force has the checksum that CURRENT states."""
    named = _named(folder)
    try:
        return named is not None and _sha256(named[0] / MANIFEST) == named[1]
    except OSError:
        return False


def _named(folder: Path) -> tuple[Path, str] | None:
    """The version that CURRENT names, and its manifest's checksum."""
    try:
        name, _, digest = (folder / CURRENT).read_text(encoding="utf-8").strip().partition(" ")
    except (OSError, UnicodeDecodeError):
        return None
    version = folder / name
    return (version, digest) if name.startswith("v-") and version.is_dir() else None


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def checksums(version: Path) -> dict[str, str]:
    """SHA-256 of every file below `version`, by its path there."""
    files = sorted(file for file in version.rglob("*") if file.is_file())
    return {file.relative_to(version).as_posix(): _sha256(file) for file in files}


def verify(version: Path, stated: Mapping[str, str]) -> str | None:
    """The first file that is missing or differs from its checksum, or None."""
    for name, digest in stated.items():
        try:
            if _sha256(version / name) != digest:
                return name
        except OSError:
            return name
    return None


def _sync(path: Path) -> None:
    """Have the disk hold what was written to a file or a folder's list of names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def publish(folder: Path, write: Callable[[Path], None]) -> Path:
    """Have `write` fill a new version and put it in force.

    The version before is kept until the next one, for those who read it now.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = current_version(folder)
    building = folder / f"{BUILDING}{uuid4().hex}"
    building.mkdir()
    try:
        write(building)
        for path in [*building.rglob("*"), building]:
            _sync(path)
        version = folder / f"v-{time.time_ns()}"
        building.rename(version)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    _sync(folder)
    temporary = folder / f"{CURRENT}.new"
    named = f"{version.name} {_sha256(version / MANIFEST)}\n"
    temporary.write_text(named, encoding="utf-8")
    _sync(temporary)
    temporary.replace(folder / CURRENT)
    _sync(folder)
    _remove_old(folder, {version, before})
    return version


def _remove_old(folder: Path, kept: set[Path | None]) -> None:
    """Delete superseded versions and what a killed process left half built."""
    for path in folder.iterdir():
        old = path.name.startswith("v-") and path not in kept
        if path.is_dir() and (old or path.name.startswith(BUILDING)):
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; it is let go with the process, however that ends.

    Raises:
        TutorError: another process is writing this index.
    """
    lock = FileLock(folder / ".lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:  # an OSError too, so it comes first
        raise TutorError(
            f"another `tutor ingest` is writing {folder}; wait until it is done"
        ) from None
    except OSError as error:
        raise TutorError(f"the index folder {folder} cannot be written: {error.strerror}") from None
    try:
        yield
    finally:
        lock.release()
