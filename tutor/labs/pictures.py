"""How the labs draw: one palette, one type size, light paper, PNG and GIF.

Pictures are 1,024 pixels wide with large type, so that they can still be read
when a phone shows them at a third of that. They carry their own light
background, which reads well on a dark page too. The palette is Okabe and
Ito's (2008), made to be told apart by colour-blind readers.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tutor.labs.records import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A6A00", "#000000")
"""Blue, vermilion, green, purple, orange, sky blue, olive (yellow is too pale), black."""

PAPER = "#FCFBF8"
INK = "#1B2A41"
FAINT = "#D9D6CE"
WIDTH = 1024
"""Pixels across a picture."""

_DPI = 160
_STYLE: Any = {
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.8,
    "font.size": 13,
    "axes.titlesize": 14,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlepad": 10,
    "legend.frameon": False,
    "legend.fontsize": 12,
    "lines.linewidth": 2.4,
    "image.cmap": "cividis",
}


# Charts


@contextmanager
def charts(
    rows: int = 1, columns: int = 1, height: float = 4.0, **layout: Any
) -> Iterator[tuple[Figure, Any]]:
    """A figure as wide as every picture, `height` inches high (160 pixels each), and its axes.

    Axes come as of `Figure.subplots`: bare for one chart, else an array. Draw
    on them inside the `with`, then hand the figure to `picture`.
    """
    from matplotlib.figure import Figure

    _set_style()
    figure = Figure((WIDTH / _DPI, height), dpi=_DPI)
    figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.1)  # inches at the edges
    yield figure, figure.subplots(rows, columns, **layout)


@cache
def _set_style() -> None:
    """Put the labs' style in force, once and for all.

    matplotlib's style is one for all threads: were it set for each chart and taken back after
    it, two labs drawn at the same time would take it from each other.
    """
    from cycler import cycler
    from matplotlib import rcParams

    rcParams.update({**_STYLE, "axes.prop_cycle": cycler(color=PALETTE)})


def show_image(axes: Axes, image: NDArray[np.float32], title: str = "") -> None:
    """An image [28, 28] in ink on paper, without axes."""
    axes.imshow(np.asarray(on_paper(image)), interpolation="nearest")
    axes.set_title(title)
    axes.set_axis_off()


def percent(share: float, digits: int = 1) -> str:
    """A share in words, as captions and titles have it: 0.935 is "93.5 %"."""
    return f"{100 * share:.{digits}f} %"


# Images


def on_paper(image: NDArray[np.floating[Any]]) -> Image.Image:
    """An image [h, w] in [0, 1], 1 being ink, in ink on paper."""
    ink, paper = (np.array(Image.new("RGB", (1, 1), c))[0, 0] / 255.0 for c in (INK, "#FFFFFF"))
    share = np.clip(np.asarray(image, np.float64), 0, 1)[..., None]
    return Image.fromarray(np.round(255 * (share * ink + (1 - share) * paper)).astype(np.uint8))


def tiles(
    images: NDArray[np.floating[Any]],
    columns: int,
    *,
    titles: Sequence[str] = (),
    row_titles: Sequence[str] = (),
    heading: str = "",
) -> Image.Image:
    """Images [n, h, w] in rows of `columns`, with a title above each, or one beside each row."""
    rows = -(-len(images) // columns)
    margin, gap = 24, 10
    font, bold = _font(26), _font(30)
    beside = max((int(font.getlength(t)) for t in row_titles), default=-20) + 20
    above = 36 if titles else 0
    top = margin + (48 if heading else 0)
    side = min(160, (WIDTH - 2 * margin - beside) // columns - gap)
    height = top + rows * (side + gap + above) + margin - gap
    sheet = Image.new("RGB", (WIDTH, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    left = (WIDTH - beside - columns * (side + gap) + gap) // 2 + beside
    if heading:
        draw.text((left - beside, margin - 6), heading, INK, bold)
    for number, image in enumerate(images):
        row, column = divmod(number, columns)
        x, y = left + column * (side + gap), top + row * (side + gap + above)
        if titles and number < len(titles):
            draw.text((x + side / 2, y), titles[number], INK, font, anchor="ma")
        sheet.paste(on_paper(image).resize((side, side), Image.Resampling.BICUBIC), (x, y + above))
        draw.rectangle((x - 1, y + above - 1, x + side, y + above + side), outline=FAINT)
        if row_titles and column == 0:
            middle = (left - 20, y + above + side / 2)
            draw.text(middle, row_titles[row], INK, font, anchor="rm")
    return sheet


def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # Pillow's wheels have FreeType
    return font


# Pictures from either


def picture(name: str, alt: str, drawn: Image.Image | Figure) -> Picture:
    """A PNG picture of a sheet of tiles or of a figure."""
    written = io.BytesIO()
    if isinstance(drawn, Image.Image):
        drawn.save(written, "PNG")
    else:
        # Laid out once here; savefig would draw everything a second time for that.
        engine = drawn.get_layout_engine()
        if engine is not None:
            engine.execute(drawn)
            drawn.set_layout_engine("none")
        drawn.savefig(written, format="png", metadata={"Software": None})
    return Picture(name, alt, written.getvalue())


def moving_picture(
    name: str, alt: str, frames: Sequence[Image.Image | Picture], milliseconds: int = 120
) -> Picture:
    """A GIF of frames of one size, looping, that rests on the last frame for a second and a half.

    Five eighths of the size and 64 colours, for a GIF of full size weighs megabytes. The colours
    are chosen from four frames, the last among them, since a colour may come and go.
    """
    sheets = [
        Image.open(io.BytesIO(frame.data)).convert("RGB") if isinstance(frame, Picture) else frame
        for frame in frames
    ]
    small = [sheet.resize((sheet.width * 5 // 8, sheet.height * 5 // 8)) for sheet in sheets]
    some = [small[round(place)] for place in np.linspace(0, len(small) - 1, 4)]
    sample = Image.new("RGB", (some[0].width, 4 * some[0].height))
    for row, sheet in enumerate(some):
        sample.paste(sheet, (0, row * sheet.height))
    palette = sample.quantize(64)
    indexed = [sheet.quantize(palette=palette, dither=Image.Dither.NONE) for sheet in small]
    durations = [milliseconds] * (len(indexed) - 1) + [1500]
    written = io.BytesIO()
    indexed[0].save(
        written, "GIF", save_all=True, append_images=indexed[1:], duration=durations, loop=0
    )
    return Picture(name, alt, written.getvalue(), "gif")
