"""PDF files: one page per page, the words as pypdf extracts them.

Only white space changes between pypdf's text of a page and ours, and running
heads and page numbers are left off its edges, so a quote from us is found word
for word in what pypdf gives. Pages without a text layer are read by OCR where
that is installed, and otherwise reported.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar, cast

from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from tutor.documents import ocr, pdf_layout, pdf_outline
from tutor.documents.encoding import clean, clean_extracted
from tutor.documents.progress import tick
from tutor.errors import DocumentError
from tutor.records import Document, Page, Place

Result = TypeVar("Result")
Problems = defaultdict[str, list[int]]  # what is wrong, and on which pages

MAX_PAGES = 5000
_FEW_LETTERS = 25  # a page with fewer may be a picture of text
_FEW_LINES = 3  # a page with no more, but for a picture over most of it, may be a scan
_MOST = 0.55  # share of the page that such a picture covers
_MOST_IN_VAIN = 8  # such pictures without words; then it is a show of pictures and no scan
_MUCH_DRAWING = 10_000  # bytes of drawing on a page that shows more than ornament
_HEADER_WITHIN = 1024  # bytes before which "%PDF-" must stand (ISO 32000-1, annex H.3.4.1)


def read(path: Path, source: str) -> Document:
    """Read a PDF. Raises DocumentError when nothing of it can be read."""
    with _quiet():
        reader = _open(path)
        count = attempt(lambda: len(reader.pages), 0)
        if not count:
            raise DocumentError("damaged PDF file (no pages in it)")
        problems: Problems = defaultdict(list)
        numbers = range(1, min(count, MAX_PAGES) + 1)
        plain = [_page_text(reader, number, problems) for number in numbers]
        texts = _with_pictures_read(path, reader, plain, problems)
        nothing: pdf_outline.PageHeadings = {}
        outline = attempt(lambda: pdf_outline.page_headings(reader), nothing)
    if not any(texts):
        raise DocumentError(_why_no_text(problems, count))
    pages = tuple(
        Page(source, Place("page", number), text, pdf_outline.in_force(outline, number, text))
        for number, text in enumerate(pdf_layout.shape(texts), start=1)
        if text
    )
    reports = [f"{page_range(numbers)}: {what}" for what, numbers in problems.items()]
    if count > MAX_PAGES:
        reports.append(f"only the first {MAX_PAGES} of {count} pages were read")
    return Document(source, pages, tuple(reports))


def attempt(function: Callable[[], Result], otherwise: Result) -> Result:
    """What `function` gives, or `otherwise` when the file is damaged there.

    pypdf raises whatever a damaged object leads it into (KeyError, TypeError,
    zlib.error, ...), and one bad page must not cost the others; hence every
    exception is caught here, but for a lack of memory, which ends the reading.
    """
    try:
        return function()
    except MemoryError:
        raise
    except Exception:  # the boundary to pypdf, see above
        return otherwise


def page_range(numbers: list[int]) -> str:
    """Page numbers in words: "page 3" or "pages 1-4, 7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    text = ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
    return f"page{'s' if len(numbers) > 1 else ''} {text}"


def _open(path: Path) -> PdfReader:
    with path.open("rb") as file:
        if b"%PDF-" not in file.read(_HEADER_WITHIN):
            raise DocumentError("not a PDF file")
    reader = PdfReader(path)
    if reader.is_encrypted and not reader.decrypt(""):
        raise DocumentError("needs a password")
    return reader


def _page_text(reader: PdfReader, number: int, problems: Problems) -> str | None:
    """What one page has as text; None for a damaged one, which goes into `problems`."""
    text = attempt(lambda: clean_extracted(reader.pages[number - 1].extract_text()), None)
    tick()
    if text is None:
        problems["damaged"].append(number)
    return text


def _with_pictures_read(
    path: Path, reader: PdfReader, texts: Sequence[str | None], problems: Problems
) -> list[str]:
    """The pages' texts; where a page has little of its own, as OCR reads it if that is more.

    What repeats on the pages (a library's mark on each page of a scan) is not its own.
    """
    own = pdf_layout.own_lines([text or "" for text in texts])
    found = [text or "" for text in texts]
    in_vain: set[object] = set()  # pictures without further words: a template's background, say
    for index, (text, lines) in enumerate(zip(texts, own, strict=True)):
        if text is None:
            continue
        readable = pdf_layout.is_readable(text)
        few = _letters("".join(lines)) < _FEW_LETTERS
        picture = None
        if readable and not (few and attempt(partial(_shows_much, reader, index), False)):
            if not few and len(lines) <= _FEW_LINES and len(in_vain) < _MOST_IN_VAIN:
                picture = attempt(partial(_covering_picture, reader, index), None)
            if picture is None or picture in in_vain:
                continue
        text = text if readable else ""
        seen = "" if ocr.missing() else clean(ocr.read_page(path, index + 1))
        tick()
        found[index] = text
        if _letters(seen) > 2 * _letters(text):
            found[index] = seen
            continue
        if picture is not None:
            in_vain.add(picture)
        confirmed = text and (picture is not None or 2 * _letters(seen) > _letters(text))
        if ocr.missing() or not confirmed:
            problems[_trouble(bool(text), readable)].append(index + 1)
    return found


def _trouble(some: bool, readable: bool) -> str:
    """What to say of a page with some or no text that should have more."""
    what = "little text (a picture of text?)" if some else "no text (scanned?)"
    if not readable:
        what = "no text (a font without a map to letters)"
    missing = ocr.missing()
    return f"{what}; install {missing} to read {'all of it' if some else 'it'}" if missing else what


def _shows_much(reader: PdfReader, index: int) -> bool:
    """Whether the page draws so much that words may be in it: pictures or many lines."""
    page = reader.pages[index]
    resources = cast(DictionaryObject, page["/Resources"])
    if cast(DictionaryObject, resources.get("/XObject", DictionaryObject()).get_object()):
        return True
    content = page.get_contents()
    return content is not None and len(content.get_data()) > _MUCH_DRAWING


def _covering_picture(reader: PdfReader, index: int) -> object:
    """What identifies the picture that covers most of the page; None where there is none.

    A scan may be cut into strips; then it is the first of them.
    """
    page = reader.pages[index]
    resources = cast(DictionaryObject, page["/Resources"])
    pictures = cast(DictionaryObject, resources.get("/XObject", DictionaryObject()).get_object())
    placed: list[tuple[str, float]] = []

    def place(operator: bytes, operands: list[str], matrix: list[float], _: list[float]) -> None:
        if operator == b"Do":
            drawn = cast(dict[str, object], pictures[operands[0]])
            if drawn["/Subtype"] == "/Image":
                area = abs(matrix[0] * matrix[3] - matrix[1] * matrix[2])
                placed.append((operands[0], area))

    if pictures:
        page.extract_text(visitor_operand_before=place)
    whole = float(page.cropbox.width) * float(page.cropbox.height)
    if sum(area for _, area in placed) <= _MOST * whole:
        return None
    return str(pictures.raw_get(placed[0][0]))


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _why_no_text(problems: Problems, count: int) -> str:
    unread = sum(len(numbers) for what, numbers in problems.items() if what.startswith("no text"))
    pages = f"{count} page{'s' if count > 1 else ''}"
    if unread and (missing := ocr.missing()):
        return f"no text: {unread} of {pages} scanned; install {missing} to read them"
    if "damaged" in problems:
        return f"damaged PDF file (none of {pages} can be read)"
    return f"no text on its {pages}"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep pypdf's remarks on each oddity of a file off standard error."""
    logger = logging.getLogger("pypdf")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
