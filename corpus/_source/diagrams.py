"""Draws the deck's pictures out of native shapes.

``FIGURES`` maps the name used in the source (``!figure NAME CAPTION``) to the picture's height on
the slide and to the function that draws it. All measures are in inches.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import palette
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

_FONT = "Arial"
_GREY = "6b7785"
_HOUSE = (
    "..........",
    "....##....",
    "...####...",
    "..######..",
    ".########.",
    "..######..",
    "..#.##.#..",
    "..######..",
    "..##..##..",
    "..##..##..",
)


@dataclass(frozen=True)
class Figure:
    """A picture: the height that it takes, and ``draw(slide, top, caption)``."""

    height: float
    draw: Callable[[Any, float, str], None]


@dataclass(frozen=True)
class _Box:
    """A labelled box: its corner and size, and its colour; the second line of text is smaller."""

    text: str
    left: float
    top: float
    width: float = 2.2
    height: float = 0.95
    colour: str = palette.DEEP_BLUE

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def centre(self) -> float:
        return self.left + self.width / 2

    @property
    def middle(self) -> float:
        return self.top + self.height / 2


def draw_noising(slide: Any, top: float, caption: str) -> None:
    """Draw one small picture at five noise levels, with the closed form of the forward process."""
    rng = random.Random(4)
    noise = [rng.gauss(0, 1) for _ in range(100)]
    side, step = 1.55, 2.3
    start = (13.333 - 4 * step - side) / 2
    for number, t in enumerate((0, 100, 250, 500, 1000)):
        left = start + number * step
        _draw_pixels(slide, left, top, side, t, noise)
        _caption(slide, f"t = {t}", left - 0.3, top + side + 0.04, side + 0.6, 14)
        if number < 4:
            _arrow(slide, left + side + 0.1, top + side / 2, left + step - 0.1, top + side / 2)
    _caption(slide, caption, 0.7, top + side + 0.42, 11.93, 13)


def draw_guidance(slide: Any, top: float, caption: str) -> None:
    """Draw the empty, the prompted and the guided estimate on one line."""
    y = top + 0.42
    places = ((1.6, "ε_empty", palette.TEAL), (4.2, "ε_prompt", palette.DEEP_BLUE))
    _arrow(slide, 1.6, y, 11.2, y)
    for x, label, colour in (*places, (11.5, "guided ε for a large w", palette.AMBER)):
        dot = slide.shapes.add_shape(
            MSO_SHAPE.OVAL, Inches(x - 0.12), Inches(y - 0.12), Inches(0.24), Inches(0.24)
        )
        _fill(dot, colour)
        _caption(slide, label, x - 1.5, y - 0.52, 3.0, 14)
    _caption(slide, caption, 0.7, top + 0.62, 11.93, 13)


def draw_latent(slide: Any, top: float, caption: str) -> None:
    """Draw picture, encoder, latent, decoder and picture in a row."""
    middle = top + 0.6
    boxes = (
        _Box("Picture\n1024 × 1024 × 3", 0.9, top, 2.4, 1.2, palette.AMBER),
        _Box("VAE encoder", 3.75, middle - 0.35, 1.7, 0.7),
        _Box("Latent\n128 × 128 × 4", 5.9, middle - 0.35, 1.55, 0.7, palette.TEAL),
        _Box("VAE decoder", 7.9, middle - 0.35, 1.7, 0.7),
        _Box("Picture\n1024 × 1024 × 3", 10.05, top, 2.4, 1.2, palette.AMBER),
    )
    for left, right in pairwise(boxes):
        _arrow(slide, left.right, middle, right.left, middle)
    for box in boxes:
        _draw_box(slide, box)
    _caption(slide, caption, 0.7, top + 1.25, 11.93, 13)


def draw_unet(slide: Any, top: float, caption: str) -> None:
    """Draw the contracting and the expanding half, level by level, with their bridges."""
    lower = top + 0.42
    down = (
        _Box("Fine, 128 × 128", 0.9, top, 1.9, 0.36),
        _Box("Medium, 64 × 64", 3.0, lower, 1.9, 0.36),
    )
    up = (
        _Box("Fine, 128 × 128", 10.53, top, 1.9, 0.36, palette.TEAL),
        _Box("Medium, 64 × 64", 8.43, lower, 1.9, 0.36, palette.TEAL),
    )
    bottom = _Box("Coarse, 32 × 32", 5.72, top + 0.84, 1.9, 0.36, palette.AMBER)
    for a, b in zip(down, up, strict=True):
        _arrow(slide, a.right, a.middle, b.left, b.middle)
    _line(slide, down[0].centre, down[0].bottom, down[0].centre, down[1].middle)
    _arrow(slide, down[0].centre, down[1].middle, down[1].left, down[1].middle)
    _line(slide, down[1].centre, down[1].bottom, down[1].centre, bottom.middle)
    _arrow(slide, down[1].centre, bottom.middle, bottom.left, bottom.middle)
    _line(slide, bottom.right, bottom.middle, up[1].centre, bottom.middle)
    _arrow(slide, up[1].centre, bottom.middle, up[1].centre, up[1].bottom)
    _line(slide, up[1].right, up[1].middle, up[0].centre, up[1].middle)
    _arrow(slide, up[0].centre, up[1].middle, up[0].centre, up[0].bottom)
    for box in (*down, bottom, *up):
        _draw_box(slide, box)
    _caption(slide, caption, 0.7, top + 1.2, 11.93, 13)


def draw_pipeline(slide: Any, top: float, caption: str) -> None:
    """Draw the stages of SDXL as boxes and the way of the data as arrows."""
    x = [0.8, 3.23, 5.66, 8.09, 10.52]
    upper, lower, below = top + 0.35, top + 2.3, top + 3.85
    prompt = _Box("Prompt and negative prompt", x[0], upper, colour=palette.AMBER)
    first = _Box("Text encoder I\nCLIP ViT-L", x[1], upper - 0.35, height=0.75)
    second = _Box("Text encoder II\nOpenCLIP ViT-bigG", x[1], upper + 0.55, height=0.75)
    joined = _Box("Joined embeddings\n77 × 2,048", x[2], upper, colour=palette.TEAL)
    own = _Box("Refiner's own\nembeddings", x[3], upper, colour=palette.TEAL)
    picture = _Box("Picture\n1024 × 1024", x[4], upper, colour=palette.AMBER)
    seed = _Box("Seed", x[0], lower, colour=palette.AMBER)
    noise = _Box("Gaussian noise\n128 × 128 × 4", x[1], lower, colour=palette.TEAL)
    base = _Box("Base UNet\nabout 80 % of the steps", x[2], lower)
    refiner = _Box("Refiner UNet\nlast 20 % of the steps", x[3], lower)
    decoder = _Box("VAE decoder", x[4], lower)
    paces = [_Box("Scheduler", x[i], below, height=0.6, colour=palette.TEAL) for i in (2, 3)]

    for encoder in (first, second):
        _arrow(slide, prompt.right, prompt.middle, encoder.left, encoder.middle)
        _arrow(slide, encoder.right, encoder.middle, joined.left, joined.middle)
    _arrow(slide, joined.centre, joined.bottom, base.centre, base.top)
    _arrow(slide, own.centre, own.bottom, refiner.centre, refiner.top)
    for left, right in ((seed, noise), (noise, base), (base, refiner), (refiner, decoder)):
        _arrow(slide, left.right, left.middle, right.left, right.middle)
    _arrow(slide, decoder.centre, decoder.top, picture.centre, picture.bottom)
    for network, pace in zip((base, refiner), paces, strict=True):
        _arrow(slide, network.centre - 0.4, network.bottom, network.centre - 0.4, pace.top)
        _arrow(slide, network.centre + 0.4, pace.top, network.centre + 0.4, network.bottom)
    route = second.bottom + 0.17  # from the second encoder, below the joined box, to the refiner
    between = own.left - 0.12
    _line(slide, second.centre, second.bottom, second.centre, route)
    _line(slide, second.centre, route, between, route)
    _line(slide, between, route, between, own.middle)
    _arrow(slide, between, own.middle, own.left, own.middle)
    boxes = (prompt, first, second, joined, own, picture, seed, noise, base, refiner, decoder)
    for box in (*boxes, *paces):
        _draw_box(slide, box)
    _caption(slide, caption, 0.7, top + 4.72, 11.93, 13)


FIGURES = {
    "noising": Figure(2.4, draw_noising),
    "guidance": Figure(1.0, draw_guidance),
    "latent": Figure(1.6, draw_latent),
    "unet": Figure(1.55, draw_unet),
    "pipeline": Figure(5.1, draw_pipeline),
}


def rgb(colour: str) -> Any:
    """Turn one of the palette's colours into python-pptx's own."""
    return RGBColor.from_string(colour.upper())  # type: ignore[no-untyped-call]


def remove_style(shape: Any) -> None:
    """Take the theme's style off a shape, and with it the theme's shadow."""
    style = shape._element.find("{http://schemas.openxmlformats.org/presentationml/2006/main}style")
    if style is not None:
        shape._element.remove(style)


def _draw_pixels(
    slide: Any, left: float, top: float, side: float, t: int, noise: list[float]
) -> None:
    kept = _kept_signal(t)
    group = slide.shapes.add_group_shape()
    group.name = f"Picture at step {t}"
    for index in range(100):
        row, column = divmod(index, 10)
        clean = 1.0 if _HOUSE[row][column] == "#" else -1.0
        value = math.sqrt(kept) * clean + math.sqrt(1 - kept) * noise[index]
        cell = group.shapes.add_shape(
            MSO_SHAPE.RECTANGLE,
            Inches(left + column * side / 10),
            Inches(top + row * side / 10),
            Inches(side / 10),
            Inches(side / 10),
        )
        cell.fill.solid()
        cell.fill.fore_color.rgb = rgb(_shade(value))
        remove_style(cell)


def _kept_signal(t: int) -> float:
    """The product of all 1 − β up to step t for the linear schedule of DDPM."""
    return math.prod(1 - (1e-4 + (0.02 - 1e-4) * step / 999) for step in range(t))


def _shade(value: float) -> str:
    """Map a value from −2 (white) to 2 (deep blue) onto a colour."""
    share = min(max((value + 2) / 4, 0.0), 1.0)
    blue = bytes.fromhex(palette.DEEP_BLUE)
    return bytes(round(255 + share * (part - 255)) for part in blue).hex()


def _draw_box(slide: Any, box: _Box) -> None:
    shape = slide.shapes.add_shape(
        MSO_SHAPE.ROUNDED_RECTANGLE,
        Inches(box.left),
        Inches(box.top),
        Inches(box.width),
        Inches(box.height),
    )
    shape.adjustments[0] = 0.12
    _fill(shape, box.colour)
    frame = shape.text_frame
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    frame.margin_left = frame.margin_right = Inches(0.05)
    frame.margin_top = frame.margin_bottom = Inches(0.02)
    ink = palette.DEEP_BLUE if box.colour == palette.AMBER else palette.WHITE
    for number, line in enumerate(box.text.split("\n")):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        _write(paragraph, line, 14 - 2 * number, ink, bold=number == 0)


def _fill(shape: Any, colour: str) -> None:
    shape.fill.solid()
    shape.fill.fore_color.rgb = rgb(colour)
    remove_style(shape)


def _line(slide: Any, x1: float, y1: float, x2: float, y2: float) -> Any:
    line = slide.shapes.add_connector(
        MSO_CONNECTOR.STRAIGHT, Inches(x1), Inches(y1), Inches(x2), Inches(y2)
    )
    line.line.color.rgb = rgb(_GREY)
    line.line.width = Pt(1.75)
    remove_style(line)
    return line


def _arrow(slide: Any, x1: float, y1: float, x2: float, y2: float) -> None:
    pen = _line(slide, x1, y1, x2, y2).line._get_or_add_ln()
    name = "{http://schemas.openxmlformats.org/drawingml/2006/main}tailEnd"
    pen.append(pen.makeelement(name, {"type": "triangle"}))


def _caption(slide: Any, text: str, left: float, top: float, width: float, size: int) -> None:
    box = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(0.32))
    _write(box.text_frame.paragraphs[0], text, size, palette.INK)


def _write(paragraph: Any, text: str, size: int, colour: str, bold: bool = False) -> None:
    paragraph.alignment = PP_ALIGN.CENTER
    run = paragraph.add_run()
    run.text = text
    run.font.name, run.font.size, run.font.bold = _FONT, Pt(size), bold
    run.font.color.rgb = rgb(colour)
