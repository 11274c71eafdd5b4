"""Reading a page that is a picture, with the programs tesseract and pdftoppm.

Both are optional and found on PATH; what they do is bounded in time and size.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import time
from itertools import groupby
from pathlib import Path

_LONG_SIDE = 2500  # pixels: about 210 dpi on A4, and a bound for enormous pages
_RENDER_SECONDS = 8.0
_RECOGNISE_SECONDS = 20.0  # with rendering below the guard's limit for a page
_SURE = 60.0  # per cent of mean confidence; what is read upside down has about 40
_QUARTER_TURNS = (0, 2, 1, 3)  # upside down is commoner than lying on the side


def missing() -> str:
    """What has to be installed before pages can be read by OCR; "" when all is there."""
    programs = {"tesseract": "tesseract", "pdftoppm": "poppler"}
    return " and ".join(name for program, name in programs.items() if not shutil.which(program))


def read_page(path: Path, number: int) -> str:
    """The words seen on page `number` (from 1) of the PDF; "" when there are none.

    A page that cannot be drawn, takes too long or is read without confidence,
    whichever way it is turned, has none either.
    """
    only = ["-f", str(number), "-l", str(number)]
    draw = ["pdftoppm", "-scale-to", str(_LONG_SIDE), "-gray", *only, str(path.resolve())]
    image = _run(draw, b"", _RENDER_SECONDS)
    deadline = time.monotonic() + _RECOGNISE_SECONDS
    for quarter_turns in _QUARTER_TURNS if image else ():
        seconds = deadline - time.monotonic()
        if seconds <= 0:
            break
        turned = _turned(image, quarter_turns)
        table = _run(["tesseract", "-", "-", "--psm", "3", "tsv"], turned, seconds)
        text, confidence = _words(table.decode("utf-8", "replace"))
        if confidence >= _SURE:
            return text
    return ""


def _words(table: str) -> tuple[str, float]:
    """The text in tesseract's table of words, by paragraph and line, and the mean confidence."""
    rows = [
        row
        for row in csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
        if row["level"] == "5" and (row["text"] or "").strip()
    ]
    paragraphs = []
    for _, words in groupby(rows, key=lambda row: (row["block_num"], row["par_num"])):
        lines = groupby(words, key=lambda row: row["line_num"])
        paragraphs.append("\n".join(" ".join(row["text"] for row in line) for _, line in lines))
    letters = sum(len(row["text"]) for row in rows)
    confidence = sum(float(row["conf"]) * len(row["text"]) for row in rows) / max(1, letters)
    return "\n\n".join(paragraphs), confidence


def _turned(image: bytes, quarter_turns: int) -> bytes:
    """A grey image (netpbm's P5: "P5 width height 255", then the bytes) turned."""
    if not quarter_turns:
        return image
    import numpy  # needed for the rare page that lies askew

    _, width, height, _ = image[:64].split(maxsplit=4)[:4]
    grid = numpy.frombuffer(image[len(image) - int(width) * int(height) :], dtype=numpy.uint8)
    grid = numpy.rot90(grid.reshape(int(height), int(width)), quarter_turns)
    return b"P5\n%d %d\n255\n" % (grid.shape[1], grid.shape[0]) + grid.tobytes()


def _run(command: list[str], data: bytes, seconds: float) -> bytes:
    """What the command writes; nothing when it fails or takes too long."""
    # One thread: several are slower on few cores, and the guard counts on the time.
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=seconds, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        return b""
    return done.stdout if done.returncode == 0 else b""
