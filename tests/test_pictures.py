"""The pictures of the labs: ink on paper, sheets of tiles, charts in one style, moving pictures."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.lab_runs import opened
from tutor.labs.pictures import (
    INK,
    PALETTE,
    PAPER,
    WIDTH,
    charts,
    moving_picture,
    on_paper,
    percent,
    picture,
    show_image,
    tiles,
)
from tutor.labs.records import Picture


def color(name: str) -> tuple[int, int, int]:
    return tuple(bytes.fromhex(name.removeprefix("#")))  # type: ignore[return-value]


def luminance(name: str) -> float:
    """Relative luminance (WCAG 2, section 1.4.3)."""
    parts = [c / 255 for c in color(name)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


# Colours


def test_text_stands_out_from_paper() -> None:
    contrast = (luminance(PAPER) + 0.05) / (luminance(INK) + 0.05)
    assert contrast > 7  # the strictest level of WCAG


def test_the_palette_is_of_different_colours() -> None:
    assert len(set(PALETTE)) == len(PALETTE) == 8
    for one in PALETTE:
        assert (luminance(PAPER) + 0.05) / (luminance(one) + 0.05) > 1.9  # seen on paper at all


# Images


def test_ink_is_dark_and_paper_white() -> None:
    drawn = on_paper(np.array([[0.0, 1.0]]))
    assert drawn.getpixel((0, 0)) == (255, 255, 255)
    assert drawn.getpixel((1, 0)) == color(INK)
    assert on_paper(np.array([[-3.0, 7.0]])).tobytes() == drawn.tobytes()


def test_tiles_stand_in_rows() -> None:
    images = np.zeros((5, 28, 28))
    images[3] = 1  # first of the second row
    sheet = tiles(images, 3)
    assert sheet.width == WIDTH
    pixels = np.asarray(sheet)
    rows, columns = np.nonzero((pixels == color(INK)).all(axis=2))
    assert rows.min() > sheet.height / 2
    assert columns.max() < WIDTH / 2


@given(st.integers(1, 40), st.integers(1, 20), st.booleans(), st.booleans())
@settings(max_examples=25)
def test_any_sheet_is_as_wide_as_every_picture(
    n: int, columns: int, titled: bool, named: bool
) -> None:
    rows = -(-n // columns)
    sheet = tiles(
        np.full((n, 28, 28), 0.5),
        columns,
        titles=[str(i) for i in range(n)] if titled else (),
        row_titles=[f"row {i}" for i in range(rows)] if named else (),
        heading="A heading",
    )
    assert sheet.width == WIDTH


# Charts


def test_charts_are_as_wide_as_every_picture() -> None:
    with charts(1, 2, height=3.0) as (figure, (left, _)):
        left.plot([0, 1], [0, 1])
    drawn = opened(picture("chart", "a chart", figure))
    assert drawn.size == (WIDTH, 480)
    assert drawn.convert("RGB").getpixel((0, 0)) == color(PAPER)


def test_charts_have_the_palette() -> None:
    with charts() as (_, axes):
        lines = [axes.plot([0, 1], [0, i])[0] for i in range(8)]
    assert tuple(line.get_color().upper() for line in lines) == PALETTE


def test_the_layout_keeps_every_word_inside() -> None:
    with charts(2, 2, height=5.0) as (figure, axes):
        for axes_ in axes.flat:
            axes_.plot([0, 1e6], [0, 1e-6])
            axes_.set(title="A title", xlabel="a label", ylabel="a label")
        figure.suptitle("Above")
    pixels = np.asarray(opened(picture("chart", "a chart", figure)).convert("RGB"))
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    assert (edge == color(PAPER)).all()


def draw_some() -> bytes:
    with charts(1, 2, height=3.0) as (figure, (left, right)):
        left.hist(np.sin(np.arange(50)), 9)
        right.plot(np.cos(np.arange(50)), label="cosine")
        right.legend()
        right.set_title("A title")
    return picture("some", "some", figure).data


def test_the_same_chart_is_the_same_bytes() -> None:
    assert draw_some() == draw_some()


def test_charts_drawn_at_the_same_time_keep_their_style() -> None:
    alone = draw_some()
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(draw_some())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [alone] * 6


def test_an_image_in_a_chart_has_no_axes() -> None:
    with charts() as (figure, axes):
        show_image(axes, np.eye(28, dtype=np.float32), "an eye")
        assert not axes.axison
    assert opened(picture("eye", "an eye", figure)).width == WIDTH


def test_the_program_needs_no_screen() -> None:
    code = (
        "import sys\n"
        "import tutor.labs.pictures as p\n"
        "assert 'matplotlib' not in sys.modules\n"
        "with p.charts() as (figure, axes): axes.plot([1, 2])\n"
        "p.picture('a', 'b', figure)\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("share", "digits", "said"), [(0.935, 1, "93.5 %"), (1, 0, "100 %"), (0.0004, 1, "0.0 %")]
)
def test_shares_in_words(share: float, digits: int, said: str) -> None:
    assert percent(share, digits) == said


# Moving pictures


def sheets(*colors: str) -> list[Image.Image]:
    return [Image.new("RGB", (64, 32), name) for name in colors]


def test_frames_follow_one_another_and_the_last_rests() -> None:
    moving = opened(moving_picture("m", "moves", sheets("#FF0000", "#00FF00", "#0000FF"), 200))
    assert moving.format == "GIF"
    assert moving.info["loop"] == 0
    shown = []
    for frame in range(3):
        moving.seek(frame)
        shown.append((moving.convert("RGB").getpixel((5, 5)), moving.info["duration"]))
    assert shown == [((255, 0, 0), 200), ((0, 255, 0), 200), ((0, 0, 255), 1500)]
    assert moving.size == (40, 20)


def test_frames_may_be_pictures() -> None:
    frames: list[Image.Image | Picture] = [
        picture("a", "a", sheet) for sheet in sheets("#FF0000", "#00FF00")
    ]
    assert moving_picture("m", "moves", frames) == moving_picture(
        "m", "moves", sheets("#FF0000", "#00FF00")
    )


def test_one_frame_is_enough() -> None:
    assert moving_picture("m", "rests", sheets("#FF0000")).filename == "m.gif"


def test_a_colour_of_the_middle_alone_is_kept() -> None:
    many = [Image.linear_gradient("L").convert("RGB").resize((64, 32)) for _ in range(9)]
    many[3] = many[6] = Image.new("RGB", (64, 32), "#D55E00")
    moving = opened(moving_picture("m", "moves", many))
    moving.seek(3)
    found = np.array(moving.convert("RGB").getpixel((5, 5)))
    assert np.abs(found - color("#D55E00")).max() < 12
