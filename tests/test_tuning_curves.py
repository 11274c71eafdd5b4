"""How a training went: written as it goes, read and drawn afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor.errors import TutorError
from tutor.tuning.__main__ import main
from tutor.tuning.curves import Curve, read_curve


def trained(folder: Path) -> Path:
    folder.mkdir()
    curve = Curve(folder / "curve.csv")
    curve.begun()
    curve.judged(0, 2.0, 0.5)
    for loss in (3.0, 1.0):
        curve.learned(loss)
    assert curve.judged(2, 1.5, 0.75) == "step 2: loss 2.000, aside 1.500, ranked 0.750"
    return folder


def test_a_row_has_the_mean_loss_since_the_one_before(tmp_path: Path) -> None:
    folder = trained(tmp_path / "run")
    again = Curve(folder / "curve.csv")
    again.begun(2)
    again.judged(4, 1.0, 0.9)
    found = read_curve(folder)
    assert found["step"] == [0, 2, 4]
    assert found["loss"][1] == 2.0
    assert found["aside"] == [2.0, 1.5, 1.0]
    assert found["ranked"] == [0.5, 0.75, 0.9]


@pytest.mark.parametrize(
    ("taken_up", "steps"),
    [(None, [7]), (0, [0, 7]), (1, [0, 7]), (2, [0, 2, 7]), (6, [0, 2, 4, 7])],
)
def test_what_came_after_the_step_taken_up_is_dropped(
    tmp_path: Path, taken_up: int | None, steps: list[int]
) -> None:
    folder = trained(tmp_path / "run")
    Curve(folder / "curve.csv").judged(4, 1.0, 0.9)
    with (folder / "curve.csv").open("a") as table:
        table.write("tor\n")
    curve = Curve(folder / "curve.csv")
    curve.begun(taken_up)
    curve.judged(7, 1.0, 0.9)
    assert read_curve(folder)["step"] == steps


def test_curves_are_drawn_beside_each_other(tmp_path: Path) -> None:
    runs = [str(trained(tmp_path / name)) for name in ("one", "other")]
    assert main(["curves", *runs, "--out", str(tmp_path / "curves.png")]) == 0
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("text", [None, "step,loss\n1,2\n", "step,loss,aside,ranked\n1,x,2,3\n"])
def test_what_is_no_curve_is_named(
    tmp_path: Path, text: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is not None:
        (tmp_path / "curve.csv").write_text(text)
    with pytest.raises(TutorError, match="no curve can be read"):
        read_curve(tmp_path)
    assert main(["curves", str(tmp_path), "--out", str(tmp_path / "x.png")]) == 1
    assert "curve.csv: no curve" in capsys.readouterr().err
