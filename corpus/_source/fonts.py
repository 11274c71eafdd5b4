"""Finds the DejaVu fonts, which hold every sign that the course's formulas need.

They are free to embed and lie in the folder that matplotlib installs; matplotlib itself is never
imported.
"""

import importlib.util
from functools import cache
from pathlib import Path

from fontTools.pens.reportLabPen import ReportLabPen
from fontTools.ttLib import TTFont as OutlineFont
from reportlab.graphics.shapes import Group
from reportlab.graphics.shapes import Path as Outline
from reportlab.lib.colors import Color
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

_FILES = {
    "Body": "DejaVuSans.ttf",
    "Bold": "DejaVuSans-Bold.ttf",
    "Slanted": "DejaVuSans-Oblique.ttf",
}


def register_fonts() -> None:
    """Make the fonts known to reportlab as ``Body``, ``Bold`` and ``Slanted``.

    Raises ``FileNotFoundError`` where matplotlib's fonts are missing.
    """
    for name in _FILES:
        pdfmetrics.registerFont(TTFont(name, str(_font_file(name))))
    pdfmetrics.registerFontFamily("Body", normal="Body", bold="Bold", italic="Slanted")


def draw_outlines(text: str, size: float, colour: Color) -> tuple[Group, float]:
    """Draw a text as filled outlines from the origin; return the drawing and its width in points.

    Outlines keep the tick labels of a plot out of the text that readers extract from the PDF.
    """
    font = _outline_font()
    glyphs, names = font.getGlyphSet(), font.getBestCmap()
    scale = size / font["head"].unitsPerEm
    group, advance = Group(), 0.0
    for sign in text:
        name = names[ord(sign)]
        outline = Outline(fillColor=colour, strokeColor=None)
        glyphs[name].draw(ReportLabPen(glyphs, outline))
        group.add(Group(outline, transform=(scale, 0, 0, scale, advance, 0)))
        advance += glyphs[name].width * scale
    return group, advance


def text_width(text: str, size: float, bold: bool = False) -> float:
    """The width of a text in points, set in DejaVu Sans, which is wider than most fonts."""
    if "Body" not in pdfmetrics.getRegisteredFontNames():
        register_fonts()
    return float(pdfmetrics.stringWidth(text, "Bold" if bold else "Body", size))


def _font_file(name: str) -> Path:
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the DejaVu fonts are missing: pip install matplotlib")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / _FILES[name]


@cache
def _outline_font() -> OutlineFont:
    return OutlineFont(str(_font_file("Body")))
