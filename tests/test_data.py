"""The digits: idx files read whole, damaged ones named, splits without overlap."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.errors import LabError
from tutor.labs.data import SIZE, Digits, bundled_digits, load_digits, read_mnist


def idx(array: np.ndarray) -> bytes:
    """An array as an idx file (LeCun et al. 1998)."""
    sizes = struct.pack(f">{1 + array.ndim}I", 2048 + array.ndim, *array.shape)
    return sizes + array.astype(np.uint8).tobytes()


IMAGES = np.arange(6 * SIZE * SIZE).reshape(6, SIZE, SIZE) % 256
LABELS = np.array([5, 0, 4, 1, 9, 2])


def write(folder: Path, part: str = "t10k", *, zipped: bool = False) -> Path:
    folder.mkdir(exist_ok=True)
    for name, array in (("images-idx3", IMAGES), ("labels-idx1", LABELS)):
        path = folder / f"{part}-{name}-ubyte{'.gz' if zipped else ''}"
        path.write_bytes(gzip.compress(idx(array)) if zipped else idx(array))
    return folder


@pytest.mark.parametrize("zipped", [False, True])
def test_idx_files_are_read(zipped: bool, tmp_path: Path) -> None:
    found = read_mnist(write(tmp_path, zipped=zipped))
    assert found.images.dtype == np.float32
    assert found.images == pytest.approx(IMAGES / 255)
    assert found.labels.tolist() == LABELS.tolist()
    assert found.labels.dtype == np.int64
    assert found.origin == "MNIST (t10k)"
    assert len(found) == 6


def test_the_training_part_is_taken_where_both_are(tmp_path: Path) -> None:
    write(tmp_path)
    assert load_digits(write(tmp_path, "train")).origin == "MNIST (train)"


def test_images_without_labels_are_not_enough(tmp_path: Path) -> None:
    write(tmp_path, "train")
    (tmp_path / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(LabError, match="no MNIST there; wanted are t10k-images-idx3-ubyte"):
        read_mnist(tmp_path)
    assert read_mnist(write(tmp_path)).origin == "MNIST (t10k)"


@pytest.mark.parametrize("folder", ["missing", "missing/deeper", "file"])
def test_a_folder_that_is_none_is_named(folder: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(LabError, match=f"{folder}: no MNIST there"):
        load_digits(tmp_path / folder)


def damaged(data: bytes, how: str) -> bytes:
    match how:
        case "empty":
            return b""
        case "five bytes":
            return data[:5]
        case "header alone":
            return data[:16]
        case "cut":
            return data[:-1]
        case "longer":
            return data + b"\0"
        case "other magic":
            return b"\1" + data[1:]
        case "huge sizes":
            return data[:4] + b"\xff" * 12 + data[16:]
    raise AssertionError(how)


@pytest.mark.parametrize(
    "how", ["empty", "five bytes", "header alone", "cut", "longer", "other magic", "huge sizes"]
)
@pytest.mark.parametrize("zipped", [False, True])
def test_damaged_images_are_named(how: str, zipped: bool, tmp_path: Path) -> None:
    write(tmp_path, zipped=zipped)
    path = tmp_path / f"t10k-images-idx3-ubyte{'.gz' if zipped else ''}"
    data = damaged(idx(IMAGES), how)
    path.write_bytes(gzip.compress(data) if zipped else data)
    with pytest.raises(LabError, match=r"t10k-images-idx3-ubyte.*: not an idx file of 3 dim"):
        read_mnist(tmp_path)


@pytest.mark.parametrize("how", ["no gzip", "cut", "flipped", "empty"])
def test_damaged_gzip_is_named(how: str, tmp_path: Path) -> None:
    path = write(tmp_path, zipped=True) / "t10k-images-idx3-ubyte.gz"
    data = path.read_bytes()
    path.write_bytes(
        {
            "no gzip": b"not gzip at all",
            "cut": data[: len(data) // 2],
            "flipped": data[:40] + bytes(255 - byte for byte in data[40:60]) + data[60:],
            "empty": b"",
        }[how]
    )
    with pytest.raises(LabError, match=r"t10k-images-idx3-ubyte\.gz: ") as error:
        read_mnist(tmp_path)
    assert "\n" not in str(error.value)


def test_labels_and_images_must_be_as_many(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx(LABELS[:5]))
    with pytest.raises(LabError, match="do not fit 5 labels"):
        read_mnist(tmp_path)


def test_images_must_be_of_their_size(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(idx(np.zeros((6, 32, 32))))
    with pytest.raises(LabError, match=r"\(6, 32, 32\) images"):
        read_mnist(tmp_path)


def test_labels_must_be_digits(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx(LABELS + 5))
    with pytest.raises(LabError, match="14 is no digit; labels are from 0 to 9"):
        read_mnist(tmp_path)


@given(st.binary(max_size=60))
def test_any_bytes_are_digits_or_one_line(data: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = write(Path(name) / "mnist")
        (folder / "t10k-images-idx3-ubyte").write_bytes(data)
        with pytest.raises(LabError):
            read_mnist(folder)


def test_the_bundled_digits_look_like_mnists() -> None:
    found = load_digits()
    assert found is bundled_digits()
    assert found.images.shape == (1797, SIZE, SIZE)
    assert found.images.dtype == np.float32
    assert (found.images.min(), found.images.max()) == (0, 1)
    assert set(found.labels.tolist()) == set(range(10))
    edge = np.concatenate([found.images[:, :4].ravel(), found.images[:, :, -4:].ravel()])
    assert not edge.any()
    assert 0.08 < found.images.mean() < 0.25  # MNIST's is 0.13


@pytest.mark.parametrize("share", [0.0, 0.25, 0.8, 1.0])
def test_a_split_loses_and_doubles_nothing(share: float) -> None:
    n = 50
    digits = Digits(
        np.arange(n, dtype=np.float32)[:, None, None] * np.ones((1, SIZE, SIZE), np.float32),
        np.arange(n) % 10,
        "made",
    )
    one, other = digits.split(share, seed=3)
    assert len(one) == round(n * share)
    rows = np.concatenate([part.images[:, 0, 0] for part in (one, other)])
    assert sorted(rows.tolist()) == list(range(n))
    for part in (one, other):
        assert (part.images[:, 0, 0] % 10 == part.labels).all()
    again, _ = digits.split(share, seed=3)
    assert (again.labels == one.labels).all()


def test_another_seed_splits_otherwise() -> None:
    digits = bundled_digits()
    assert (digits.split(0.5, 0)[0].labels != digits.split(0.5, 1)[0].labels).any()


def test_one_digit_alone() -> None:
    digits = bundled_digits()
    assert set(digits.of(7).labels.tolist()) == {7}
    assert digits.of(None) is digits
    assert sum(len(digits.of(digit)) for digit in range(10)) == len(digits)
