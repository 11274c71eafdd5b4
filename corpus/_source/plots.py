"""Draws the handout's distributions as vector pictures with reportlab.graphics.

``PLOTS`` maps the name used in the source (``!figure NAME ...``) to a function that takes the
width in points and returns a ``Drawing``. Every curve is computed here from its formula.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import palette
from fonts import draw_outlines
from reportlab.graphics.shapes import Drawing, Group, Line, PolyLine, Rect
from reportlab.lib.colors import HexColor

_HEIGHT = 132.0
_SERIES = (palette.DEEP_BLUE, palette.TEAL, palette.AMBER)


@dataclass(frozen=True)
class _Axes:
    """A plotting area: its place in the drawing (points) and the data ranges it shows."""

    left: float
    width: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    bottom: float = 22.0
    height: float = 92.0

    def x(self, value: float) -> float:
        low, high = self.x_range
        return self.left + self.width * (value - low) / (high - low)

    def y(self, value: float) -> float:
        low, high = self.y_range
        return self.bottom + self.height * (value - low) / (high - low)


def discrete(width: float) -> Drawing:
    """Binomial bars on the left, Poisson bars on the right."""
    drawing = Drawing(width, _HEIGHT)
    half = width / 2 - 28

    def binomial(p: float) -> list[float]:
        return [math.comb(10, k) * p**k * (1 - p) ** (10 - k) for k in range(11)]

    def poisson(rate: float) -> list[float]:
        return [rate**k * math.exp(-rate) / math.factorial(k) for k in range(11)]

    left = _Axes(24, half, (-0.7, 10.7), (0, 0.4))
    right = _Axes(width / 2 + 24, half, (-0.7, 10.7), (0, 0.4))
    for axes in (left, right):
        _frame(drawing, axes, x_ticks=range(0, 11, 2), y_ticks=(0, 0.2, 0.4))
    _bars(drawing, left, [binomial(0.3), binomial(0.7)])
    _legend(drawing, left.left + left.width - 52, ["p = 0.3", "p = 0.7"])
    _bars(drawing, right, [poisson(1), poisson(4)])
    _legend(drawing, right.left + right.width - 52, ["λ = 1", "λ = 4"])
    return drawing


def continuous(width: float) -> Drawing:
    """Normal curves on the left, uniform and exponential curves on the right."""
    drawing = Drawing(width, _HEIGHT)
    half = width / 2 - 28

    def normal(mean: float, sigma: float) -> Callable[[float], float]:
        scale = sigma * math.sqrt(2 * math.pi)
        return lambda x: math.exp(-((x - mean) ** 2) / (2 * sigma**2)) / scale

    left = _Axes(24, half, (-5, 6), (0, 1.0))
    _frame(drawing, left, x_ticks=range(-4, 7, 2), y_ticks=(0, 0.5, 1))
    curves = [normal(0, 1), normal(0, 2), normal(2, 0.5)]
    for curve, colour in zip(curves, _SERIES, strict=True):
        _curve(drawing, left, curve, colour)
    _legend(drawing, left.left + 6, ["μ = 0, σ = 1", "μ = 0, σ = 2", "μ = 2, σ = 0.5"])

    right = _Axes(width / 2 + 24, half, (0, 6), (0, 1.05))
    _frame(drawing, right, x_ticks=range(0, 7, 2), y_ticks=(0, 0.5, 1))
    steps = [(1.0, 0.0), (1.0, 1 / 3), (4.0, 1 / 3), (4.0, 0.0)]
    points = [coordinate for x, y in steps for coordinate in (right.x(x), right.y(y))]
    drawing.add(PolyLine(points, strokeColor=HexColor(f"#{_SERIES[0]}"), strokeWidth=1.5))
    for rate, colour in ((1.0, _SERIES[1]), (0.5, _SERIES[2])):
        _curve(drawing, right, _exponential(rate), colour)
    labels = ["uniform on 1 to 4", "exponential, λ = 1", "exponential, λ = 0.5"]
    _legend(drawing, right.left + right.width - 96, labels)
    return drawing


def likelihood(width: float) -> Drawing:
    """The log-likelihood of seven heads in ten tosses, with its maximum marked."""
    drawing = Drawing(width, _HEIGHT)
    axes = _Axes(width * 0.2, width * 0.6, (0, 1), (-16, -4))
    _frame(drawing, axes, x_ticks=(0, 0.25, 0.5, 0.7, 1), y_ticks=(-16, -12, -8, -4))

    def log_likelihood(theta: float) -> float:
        return 7 * math.log(theta) + 3 * math.log(1 - theta)

    _curve(drawing, axes, log_likelihood, palette.DEEP_BLUE, span=(0.13, 0.975))
    top = log_likelihood(0.7)
    drawing.add(
        Line(
            axes.x(0.7),
            axes.y(-16),
            axes.x(0.7),
            axes.y(top),
            strokeColor=HexColor(f"#{palette.TEAL}"),
            strokeDashArray=[3, 2],
        )
    )
    marker = HexColor(f"#{palette.AMBER}")
    x, y = axes.x(0.7), axes.y(top)
    drawing.add(Rect(x - 2.5, y - 2.5, 5, 5, fillColor=marker, strokeColor=None))
    drawing.add(_label(x, y + 6, "maximum −6.11", "middle"))
    drawing.add(_label(axes.left + axes.width + 8, axes.bottom - 3, "θ", "start"))
    drawing.add(_label(axes.left - 34, axes.y(-10), "ln L(θ)", "end"))
    return drawing


PLOTS: dict[str, Callable[[float], Drawing]] = {
    "discrete": discrete,
    "continuous": continuous,
    "likelihood": likelihood,
}


def _exponential(rate: float) -> Callable[[float], float]:
    return lambda x: rate * math.exp(-rate * x)


def _label(x: float, y: float, text: str, anchor: str) -> Group:
    outlines, width = draw_outlines(text, 7, HexColor(f"#{palette.INK}"))
    shift = {"start": 0.0, "middle": width / 2, "end": width}[anchor]
    outlines.transform = (1, 0, 0, 1, x - shift, y)
    return outlines


def _frame(
    drawing: Drawing, axes: _Axes, x_ticks: Sequence[float], y_ticks: Sequence[float]
) -> None:
    grey = HexColor(f"#{palette.LINE}")
    group = Group()
    for tick in y_ticks:
        y = axes.y(tick)
        group.add(Line(axes.left, y, axes.left + axes.width, y, strokeColor=grey, strokeWidth=0.5))
        group.add(_label(axes.left - 4, y - 2.5, f"{tick:g}".replace("-", "−"), "end"))
    for tick in x_ticks:
        group.add(_label(axes.x(tick), axes.bottom - 10, f"{tick:g}".replace("-", "−"), "middle"))
    drawing.add(group)


def _bars(drawing: Drawing, axes: _Axes, series: Sequence[Sequence[float]]) -> None:
    thickness = axes.x(0.38) - axes.x(0)
    for number, heights in enumerate(series):
        colour = HexColor(f"#{_SERIES[number]}")
        for k, height in enumerate(heights):
            left = axes.x(k) + (number - 1) * thickness
            tall = axes.y(height) - axes.bottom
            bar = Rect(left, axes.bottom, thickness, tall, fillColor=colour, strokeColor=None)
            drawing.add(bar)


def _curve(
    drawing: Drawing,
    axes: _Axes,
    function: Callable[[float], float],
    colour: str,
    span: tuple[float, float] | None = None,
) -> None:
    low, high = span or axes.x_range
    points: list[float] = []
    for step in range(161):
        value = low + (high - low) * step / 160
        points += [axes.x(value), axes.y(function(value))]
    drawing.add(PolyLine(points, strokeColor=HexColor(f"#{colour}"), strokeWidth=1.5))


def _legend(drawing: Drawing, left: float, labels: Sequence[str]) -> None:
    for number, text in enumerate(labels):
        y = 100.0 - 11 * number
        colour = HexColor(f"#{_SERIES[number]}")
        drawing.add(Rect(left, y, 8, 5, fillColor=colour, strokeColor=None))
        drawing.add(_label(left + 12, y, text, "start"))
