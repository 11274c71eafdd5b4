"""Handwritten digits for the image labs: MNIST where it is, scikit-learn's own elsewhere.

Images are float32 [n, 28, 28] with ink at 1 on paper at 0, labels int64 [n].
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tutor.errors import LabError

SIZE = 28
"""Height and width of an image, in pixels."""

_IMAGE_MAGIC, _LABEL_MAGIC = 2051, 2049


@dataclass(frozen=True, slots=True, eq=False)
class Digits:
    """Images with their digits; `origin` says where they come from."""

    images: NDArray[np.float32]
    labels: NDArray[np.int64]
    origin: str

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: NDArray[np.int64]) -> Digits:
        return Digits(self.images[rows], self.labels[rows], self.origin)

    def split(self, share: float, seed: int = 0) -> tuple[Digits, Digits]:
        """Two parts at random, the first with `share` of the rows; the same for the same seed."""
        order = np.random.default_rng(seed).permutation(len(self))
        cut = round(len(self) * share)
        return self.take(order[:cut]), self.take(order[cut:])

    def of(self, digit: int | None) -> Digits:
        """Those of one digit; all for None."""
        return self if digit is None else self.take(np.flatnonzero(self.labels == digit))


def read_mnist(folder: Path) -> Digits:
    """The MNIST images and labels in `folder`: idx files, gzipped or not (LeCun et al. 1998).

    With both parts there, the training part is taken.

    Raises:
        LabError: the files are not there, or are not what they should be.
    """
    for part in ("train", "t10k"):
        images = _find(folder, f"{part}-images-idx3-ubyte")
        labels = _find(folder, f"{part}-labels-idx1-ubyte")
        if images and labels:
            pixels = _read_idx(images, _IMAGE_MAGIC, 3)
            names = _read_idx(labels, _LABEL_MAGIC, 1)
            if pixels.shape[1:] != (SIZE, SIZE) or len(pixels) != len(names):
                raise LabError(f"{images}: {pixels.shape} images do not fit {len(names)} labels")
            if len(names) and names.max() > 9:
                raise LabError(f"{labels}: {names.max()} is no digit; labels are from 0 to 9")
            scaled = pixels.astype(np.float32) / np.float32(255)
            return Digits(scaled, names.astype(np.int64), f"MNIST ({part})")
    raise LabError(
        f"{folder}: no MNIST there; wanted are t10k-images-idx3-ubyte(.gz) and "
        "t10k-labels-idx1-ubyte(.gz), or those of the training part"
    )


@cache
def bundled_digits() -> Digits:
    """scikit-learn's 1,797 digits (8 x 8 pixels; Alpaydin and Kaynak 1998), enlarged to 28 x 28.

    Drawn into the middle 20 x 20 pixels, as MNIST's are.
    """
    from scipy.ndimage import zoom
    from sklearn.datasets import load_digits

    found = load_digits()
    small = found.images.astype(np.float32) / 16
    # Enlarging is linear in each direction: one matrix does it for all images at once.
    grow = zoom(np.eye(8), (20 / 8, 1), order=3, mode="nearest").astype(np.float32)  # [20, 8]
    large = grow @ small @ grow.T
    # Interpolation blurs; MNIST's strokes are full ink with a narrow edge.
    sharp = np.clip((large - 0.25) * 1.8, 0, 1)
    images = np.zeros((len(small), SIZE, SIZE), np.float32)
    images[:, 4:24, 4:24] = sharp
    return Digits(images, found.target.astype(np.int64), "scikit-learn's digits")


@cache
def unseen_digits() -> Digits:
    """500 MNIST digits, 50 of each, that no shipped weights were trained on (CC BY-SA 3.0).

    Raises:
        LabError: the file that ships them is missing or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    file = Path(__file__).parent / "weights" / "digits.safetensors"
    try:
        found = load_file(file)
        images = found["digits.images"].astype(np.float32) / np.float32(255)
        return Digits(images, found["digits.labels"].astype(np.int64), "MNIST, kept aside")
    except (OSError, SafetensorError, KeyError) as error:
        raise LabError(f"{file}: its digits cannot be read ({error}); install anew") from None


def load_digits(folder: Path | None = None) -> Digits:
    """MNIST from `folder`, or without one scikit-learn's digits."""
    return read_mnist(folder) if folder else bundled_digits()


def _find(folder: Path, name: str) -> Path | None:
    for candidate in (folder / name, folder / f"{name}.gz"):
        if candidate.is_file():
            return candidate
    return None


def _read_idx(path: Path, magic: int, dimensions: int) -> NDArray[np.uint8]:
    """An idx file: a big-endian magic number, the sizes, then bytes."""
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise LabError(f"{path}: cannot be read: {error}") from None
    start = 4 * (1 + dimensions)
    found, *sizes = struct.unpack(f">{1 + dimensions}I", data[:start].ljust(start, b"\0"))
    body = np.frombuffer(data[start:], np.uint8)
    if len(data) < start or found != magic or len(body) != math.prod(sizes):
        raise LabError(f"{path}: not an idx file of {dimensions} dimensions, or cut short")
    return body.reshape(sizes)
