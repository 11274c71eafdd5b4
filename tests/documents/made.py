"""Documents made for the tests: small, real files of each format."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

LEFT, TOP, LEADING = 72, 760, 14


def pdf(
    path: Path, pages: Sequence[str], *, draw: Callable[[Canvas, int], None] | None = None
) -> Path:
    """A PDF with the lines of each text, one line below the other; `draw` adds to a page."""
    canvas = Canvas(str(path))
    for number, text in enumerate(pages, start=1):
        for row, line in enumerate(text.splitlines()):
            canvas.drawString(LEFT, TOP - row * LEADING, line)
        if draw is not None:
            draw(canvas, number)
        canvas.showPage()
    canvas.save()
    return path


def encrypted(path: Path, password: str) -> Path:
    """The same PDF, encrypted with AES for that user password."""
    writer = PdfWriter(clone_from=PdfReader(path))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")
    writer.write(path)
    return path


def picture_of(text: str) -> ImageReader:
    """A page-wide picture of the words in `text`."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("L", (1600, 400), 255)
    font = ImageFont.load_default(size=48)
    ImageDraw.Draw(image).multiline_text((40, 40), text, fill=0, font=font)
    data = io.BytesIO()
    image.save(data, "PNG")
    data.seek(0)
    return ImageReader(data)


def repacked(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """The same zip with each part's bytes changed."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, change(name, data))
    return path
