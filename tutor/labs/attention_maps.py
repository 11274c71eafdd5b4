"""Attention weights as pictures: one map with its tokens, and many small ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tutor.labs.lettering import font, visible
from tutor.labs.pictures import INK, PAPER, WIDTH, charts, picture
from tutor.labs.records import Picture

NAMED = 26
"""Tokens that an axis has room to name."""
NUMBERED = 16
"""With more tokens a cell has no room for its number."""
_MARGIN, _GAP = 20, 6

Weights = NDArray[np.float32]


def draw_map(weights: Weights, names: Sequence[str], title: str) -> Picture:
    """One map [n, n] with its tokens on both sides."""
    n = len(names)
    past = np.where(np.tri(n, dtype=bool), weights.astype(np.float64), np.nan)
    most = _brightest(weights)
    every = -(-n // NAMED)
    places = list(range(0, n, every))
    labels = [visible(names[i] if len(names[i]) <= 11 else f"{names[i][:10]}…") for i in places]
    size = 14 if n <= NUMBERED else 11 if n <= NAMED else 9
    with charts(height=5.9) as (figure, axes):
        image = axes.imshow(past, vmin=0, vmax=most)
        # The tokens are the student's: what stands between two $ is no formula here.
        axes.set_xticks(places, labels, rotation=90, fontsize=size, parse_math=False)
        axes.set_yticks(places, labels, fontsize=size, parse_math=False)
        axes.set(title=title, xlabel="is read", ylabel="reads")
        axes.grid(visible=False)
        if n <= NUMBERED:
            _number(axes, weights, most)
        else:
            bar = figure.colorbar(image, ax=axes, shrink=0.7, extend="max", format="{x:.0%}")
            bar.outline.set_visible(False)
            bar.ax.tick_params(labelsize=11)
    alt = f"{title}: a map of {n} by {n} tokens; the brighter a cell, the more is read."
    return picture("attention", alt, figure)


def _brightest(weights: Weights) -> float:
    """Where the colours end: at the greatest weight that is not the first token's.

    That one draws so much that with it all else would be dark.
    """
    inside = weights[..., 1:, 1:]
    return max(float(inside.max()), 0.02) if inside.size else 1.0


def _number(axes: Any, weights: Weights, most: float) -> None:
    """Write each weight in percent into its cell."""
    size = 12 if len(weights) <= 10 else 10
    for i in range(len(weights)):
        for j in range(i + 1):
            if (share := float(weights[i, j])) >= 0.005:
                colour = INK if share > 0.55 * most else "#FFFFFF"
                axes.text(j, i, f"{100 * share:.0f}", ha="center", va="center", fontsize=size,
                          color=colour)  # fmt: skip


# Many small maps


def draw_overview(chosen: Weights, layer: int | None, head: int | None) -> Picture:
    """Every head [layers, heads, n, n] as a small map: of the model, of a layer, or of a number.

    All heads of the model stand in two blocks, the earlier layers on the left.
    """
    layers, heads = chosen.shape[:2]
    if layer is not None:
        sheet = _named_maps(chosen[0], [f"head {h + 1}" for h in range(heads)], 3)
        title = f"The heads of layer {layer}"
    elif head is not None:
        sheet = _named_maps(chosen[:, 0], [f"layer {a + 1}" for a in range(layers)], 5)
        title = f"Head {head} in every layer"
    else:
        sheet = _all_maps(chosen)
        title = "Every head of every layer"
    top = 64
    whole = Image.new("RGB", (WIDTH, sheet.height + top), PAPER)
    whole.paste(sheet, (0, top))
    letters = font(30, "DejaVuSans-Bold")
    ImageDraw.Draw(whole).text((_MARGIN, 18), f"{title}, each on its own scale", INK, letters)
    alt = f"{title}: {layers * heads} small attention maps; the brighter, the more is read."
    return picture("attention-heads", alt, whole)


def _named_maps(maps: Weights, names: Sequence[str], columns: int) -> Image.Image:
    """Maps [m, n, n] in rows, a name above each."""
    columns = min(columns, len(maps))
    rows = -(-len(maps) // columns)
    side = min(480, (WIDTH - 2 * _MARGIN) // columns - 2 * _GAP)
    step_x, step_y = (WIDTH - 2 * _MARGIN) // columns, side + 50
    sheet = Image.new("RGB", (WIDTH, rows * step_y + _MARGIN), PAPER)
    canvas = ImageDraw.Draw(sheet)
    for number, (weights, name) in enumerate(zip(maps, names, strict=True)):
        row, column = divmod(number, columns)
        x, y = _MARGIN + column * step_x, row * step_y
        canvas.text((x + side / 2, y + 4), name, INK, font(26), anchor="ma")
        sheet.paste(_coloured(weights, side), (x, y + 40))
    return sheet


def _all_maps(chosen: Weights) -> Image.Image:
    """Maps [layers, heads, n, n]: a row for each layer, in two blocks where there are many."""
    layers, heads = chosen.shape[:2]
    blocks = 2 if layers > 12 and heads <= 16 else 1
    rows = -(-layers // blocks)
    beside, above = 46, 36
    room = (WIDTH - 2 * _MARGIN) // blocks
    step = (room - beside) // heads
    side = step - 4
    sheet = Image.new("RGB", (WIDTH, above + rows * step + _MARGIN), PAPER)
    canvas = ImageDraw.Draw(sheet)
    for layer in range(layers):
        block, row = divmod(layer, rows)
        left, y = _MARGIN + block * room + beside, above + row * step
        canvas.text((left - 8, y + side / 2), str(layer + 1), INK, font(22), anchor="rm")
        for head in range(heads):
            x = left + head * step
            sheet.paste(_coloured(chosen[layer, head], side), (x, y))
            if row == 0:
                canvas.text((x + side / 2, 4), str(head + 1), INK, font(22), anchor="ma")
    return sheet


def _coloured(weights: Weights, side: int) -> Image.Image:
    """A map [n, n] in colours, `side` pixels wide; the future is paper."""
    from matplotlib import colormaps

    shares = np.clip(weights / _brightest(weights), 0, 1)
    colours = colormaps["cividis"](shares)[..., :3]
    paper = np.asarray(Image.new("RGB", (1, 1), PAPER))[0, 0] / 255
    colours[~np.tri(len(weights), dtype=bool)] = paper
    image = Image.fromarray(np.round(255 * colours).astype(np.uint8))
    # Large cells stay sharp; where a cell is less than a pixel they are averaged.
    method = Image.Resampling.NEAREST if side >= 2 * len(weights) else Image.Resampling.BOX
    return image.resize((side, side), method)
