"""The weights that ship: packed small, read back as they were, named when they are missing."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tutor.errors import LabError
from tutor.labs import shipped


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    return tmp_path


def network(seed: int = 0) -> torch.nn.Sequential:
    torch.manual_seed(seed)
    return torch.nn.Sequential(
        torch.nn.Conv2d(3, 16, 3), torch.nn.BatchNorm2d(16), torch.nn.Flatten(),
        torch.nn.Linear(64, 100),
    )  # fmt: skip


def test_what_is_written_is_read_back_but_for_rounding(folder: Path) -> None:
    trained = network()
    trained(torch.randn(8, 3, 4, 4))  # moves the running mean
    shipped.write(folder / "some.safetensors", {"a": trained, "b": network(1)}, {"data": "none"})
    again = shipped.read(network(2), "some", "a")
    assert not again.training
    assert all(not parameter.requires_grad for parameter in again.parameters())
    for (name, old), new in zip(trained.state_dict().items(), again.state_dict().values(),
                                strict=True):  # fmt: skip
        if old.is_floating_point():
            # Half of a 127th of a row's largest number, or half precision.
            assert (old - new).abs().max() <= old.abs().max() / 250 + 1e-3, name
        else:
            assert torch.equal(old, new)
    other = shipped.read(network(2), "some", "b")
    assert not torch.allclose(other[0].weight, again[0].weight, atol=0.01)  # type: ignore[index]


def test_large_tensors_take_a_byte_a_number(folder: Path) -> None:
    file = folder / "some.safetensors"
    shipped.write(file, {"a": torch.nn.Linear(500, 500)}, {})
    assert 250_000 < file.stat().st_size < 260_000


def test_a_row_of_zeros_stays_zero(folder: Path) -> None:
    zero = torch.nn.Linear(100, 100)
    torch.nn.init.zeros_(zero.weight)
    shipped.write(folder / "some.safetensors", {"a": zero}, {})
    again = shipped.read(torch.nn.Linear(100, 100), "some", "a")
    assert torch.equal(again.weight, zero.weight)  # type: ignore[arg-type]


def test_one_tensor_is_read_by_its_name(folder: Path) -> None:
    module = torch.nn.Module()
    module.register_buffer("bytes", torch.arange(5, dtype=torch.uint8))
    shipped.write(folder / "some.safetensors", {"a": module}, {})
    assert shipped.tensor("some", "a.bytes").tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(LabError, match="tutor lab train some"):
        shipped.tensor("some", "a.other")


def test_missing_damaged_and_unfit_files_are_one_line(folder: Path) -> None:
    for data in (None, b"nothing", b"\xff" * 100):
        if data is not None:
            (folder / "some.safetensors").write_bytes(data)
        with pytest.raises(LabError, match=r"some\.safetensors.*tutor lab train some") as error:
            shipped.read(network(), "some", "a")
        assert len(str(error.value).splitlines()) == 1
    shipped.write(folder / "some.safetensors", {"a": torch.nn.Linear(2, 2)}, {})
    with pytest.raises(LabError, match="cannot be used"):
        shipped.read(network(), "some", "a")


def test_a_file_that_cannot_be_written_is_named(folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(LabError, match="cannot be written"):
        shipped.write(folder / "file" / "x.safetensors", {"a": network()}, {})
    with pytest.raises(LabError, match="cannot be written"):
        shipped.can_write(folder / "file" / "x.safetensors")


def test_looking_whether_a_file_can_be_written_leaves_it_as_it_was(folder: Path) -> None:
    file = folder / "new" / "x.safetensors"
    shipped.can_write(file)
    assert not file.exists()
    file.write_bytes(b"old")
    shipped.can_write(file)
    assert file.read_bytes() == b"old"
