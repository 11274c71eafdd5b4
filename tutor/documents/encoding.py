"""Bytes of a text file become clean text."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from tutor.errors import DocumentError

_BYTE_ORDER_MARKS = (  # UTF-32 before UTF-16: its mark begins with the other's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_DANGEROUS = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x80-\x9f"  # controls, but for tab and the line ends
    "\u202a-\u202e\u2066-\u2069"  # bidirectional overrides: they show other text than there is
    "\U000e0000-\U000e007f"  # tags: invisible ASCII, a way to hide instructions
    "\ud800-\udfff"  # halves of a character that no encoder accepts
)
_INVISIBLE = (
    "\x7f\u00ad"  # delete, soft hyphen
    "\u034f\u180e\u200b-\u200f\u2060-\u2064\ufeff"  # zero width, marks of direction
)
_NOT_WORDS = re.compile(f"[{_DANGEROUS}{_INVISIBLE}]")
_NOT_SAFE = re.compile(f"[{_DANGEROUS}]")
_SYMBOL_IN_WORD = re.compile(r"[^\W\d_][¡-©«-´¶-¹»-¿×÷\ufffd][^\W\d_]")
_BAD_BYTE = re.compile("[\udc80-\udcff]")  # as `surrogateescape` leaves it
_CONTROL_BYTE = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_LINE_ENDS = re.compile("\r\n?|\x0b|\x0c|\x85|\u2028|\u2029")


def read_text(path: Path) -> str:
    """The clean text of the file at `path`. Raises DocumentError when it is none."""
    return clean(decode(path.read_bytes()))


def clean(text: str) -> str:
    """`text` without what no reader sees: controls, zero-width and direction marks.

    Line ends become newlines and every kind of space a plain one. Letters stay
    as they are, ligatures and accents too: quotes are checked word for word.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _LINE_ENDS.sub("\n", text)
    return _SPACES.sub(" ", _NOT_WORDS.sub("", text))


def clean_extracted(text: str) -> str:
    """The same for text that another library has extracted, changing less.

    A reader may compare us with what that library gives. So what merely does
    not show stays: soft hyphens, and U+007F, which pypdf gives for a bullet.
    """
    return _SPACES.sub(" ", _NOT_SAFE.sub("", _LINE_ENDS.sub("\n", text)))


def decode(data: bytes) -> str:
    """The text in `data`, in whichever encoding.

    A byte order mark decides, then UTF-8 where it fits but for a few bytes, then
    the pattern of zeros that UTF-16 and UTF-32 leave in Western text, then a
    statistical guess.

    Raises DocumentError when `data` is no text.
    """
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    if b"\x00" not in data:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return _mostly_utf8(data) or _guess(data)
    if wide := _wide_encoding(data):
        return data.decode(wide, "replace")
    if _has_stray_zeros(data):
        return decode(data.replace(b"\x00", b""))
    raise DocumentError("not a text file")


def _has_stray_zeros(data: bytes) -> bool:
    """Whether it is UTF-8 but for a zero byte or so in it, or zeros that fill it up at its end."""
    text = data.rstrip(b"\x00")
    if text.count(0) > 1 + len(text) // 1000 or _CONTROL_BYTE.search(text):
        return False
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return bool(text)


def _mostly_utf8(data: bytes) -> str:
    """UTF-8 with a few bytes of cp1252 pasted into it; "" where it is not clearly that."""
    text = data.decode("utf-8", "surrogateescape")
    bad = len(_BAD_BYTE.findall(text))
    if len(_BEYOND_ASCII.findall(text)) - bad < 4 * bad:
        return ""
    return _BAD_BYTE.sub(
        lambda found: bytes([ord(found[0]) - 0xDC00]).decode("cp1252", "replace"), text
    )


def _wide_encoding(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, told by where the zero bytes stand."""
    sample = data[:4096]
    quarters = [sample[start::4] for start in range(4)]
    zeros = [quarter.count(0) / max(1, len(quarter)) for quarter in quarters]
    for name, pattern in (
        ("utf-32-le", (0, 1, 1, 1)),
        ("utf-32-be", (1, 1, 1, 0)),
        ("utf-16-le", (0, 1, 0, 1)),
        ("utf-16-be", (1, 0, 1, 0)),
    ):
        if all(
            share > 0.7 if one else share < 0.3 for share, one in zip(zeros, pattern, strict=True)
        ):
            return name
    return None


def _guess(data: bytes) -> str:
    # A heavy import, needed only for the few files that are not UTF-8.
    from charset_normalizer import from_bytes

    controls = len(re.findall(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", data[:65536]))
    if controls > len(data[:65536]) / 100:
        raise DocumentError("not a text file")
    best = from_bytes(data).best()
    western = data.decode("cp1252", "replace")
    if best is None or (_is_latin(best.alphabets) and not _SYMBOL_IN_WORD.search(western)):
        return western
    return data.decode(best.encoding, "replace")


def _is_latin(alphabets: list[str]) -> bool:
    """Whether a guess is one of the Latin encodings.

    A few accents do not tell those apart, and cp1252 is by far the most
    common; the letters of others become symbols within words when read as it. Its
    square and its half stand where others have accents without a letter.
    """
    common = ("Latin", "Punctuation", "Currency", "Control", "Letterlike", "Symbol", "Modifier")
    return all(any(word in alphabet for word in common) for alphabet in alphabets)
