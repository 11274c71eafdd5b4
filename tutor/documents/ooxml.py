"""What the office formats share: a zip of XML parts that refer to each other.

The parts are read as XML, by local names: so the strict and the transitional
variant of the standard (ISO/IEC 29500) are one, and a file that lacks what a
full object model asks for is still read.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias, TypeVar

from lxml import etree  # type: ignore[import-untyped]

from tutor.errors import DocumentError

Element: TypeAlias = etree._Element
Relations: TypeAlias = dict[str, tuple[str, str]]
Result = TypeVar("Result")

_MONOSPACED = re.compile(
    r"\b(?:courier|consolas|mono|code|menlo|monaco|inconsolata|lucida console|andale)\b",
    re.IGNORECASE,
)
_CODE_SIGN = re.compile(r"[=(){}\[\];<>_|$#\\]")
_MAX_PART = 100 << 20  # bytes of one part once unpacked
_MAX_RATIO = 200  # unpacked to packed; text in XML reaches about 50
_SMALL_PART = 10 << 20  # below this any ratio is harmless
_OLE_MAGIC = b"\xd0\xcf\x11\xe0"  # the container of old and of encrypted office files


class Package:
    """An office file opened for reading. Raises DocumentError when it is none."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            if file.read(4) == _OLE_MAGIC:
                raise DocumentError("needs a password, or is an old office file under a new name")
        try:
            self._zip = zipfile.ZipFile(path)
        except zipfile.BadZipFile as error:
            raise DocumentError(f"not a {path.suffix[1:].upper()} file") from error
        self._names = {name.lower(): name for name in self._zip.namelist()}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def part(self, name: str) -> Element | None:
        """The root of the XML part, None if there is none.

        Raises DocumentError when it is damaged or would unpack to too much.
        """
        data = self.data(name)
        if data is None:
            return None
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, remove_comments=True, recover=True
        )
        try:
            return etree.fromstring(data, parser)
        except etree.XMLSyntaxError as error:
            raise DocumentError(f"damaged ({name} cannot be unpacked)") from error

    def data(self, name: str) -> bytes | None:
        """The bytes of a part, None if there is none. Raises DocumentError as `part` does."""
        actual = self._names.get(name.lstrip("/").lower())
        if actual is None:
            return None
        entry = self._zip.getinfo(actual)
        unpacked, packed = entry.file_size, max(1, entry.compress_size)
        if unpacked > _MAX_PART or (unpacked > _SMALL_PART and unpacked > _MAX_RATIO * packed):
            raise DocumentError(f"unpacks to too much ({unpacked >> 20} MB in {name})")
        try:
            return self._zip.read(actual)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
            raise DocumentError(f"damaged ({name} cannot be unpacked)") from error

    def relations(self, name: str) -> Relations:
        """The parts that part `name` refers to: id to (kind, name)."""
        folder, file = posixpath.split(name)
        root = self.part(f"{folder}/_rels/{file}.rels")
        found = {}
        for each in root if root is not None else ():
            if isinstance(each.tag, str) and each.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, each.get("Target", "")))
                kind = posixpath.basename(each.get("Type", ""))
                found[each.get("Id", "")] = (kind, target.lstrip("/"))
        return found

    def main_part(self) -> str:
        """The name of the part that the document begins with."""
        for kind, target in self.relations("").values():
            if kind == "officeDocument":
                return target
        raise DocumentError("no document in it")


def spared(
    function: Callable[[], Result], otherwise: Result, called: str, problems: list[str]
) -> Result:
    """What `function` reads of a package, or `otherwise` where that is damaged.

    It is for what the rest is worth reading without; `problems` names it, as `called`.
    """
    try:
        return function()
    except DocumentError:
        problems.append(f"{called} damaged")
        return otherwise


def local(element: Element) -> str:
    """An element's name without its namespace; "" for a comment."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def attribute(element: Element, name: str) -> str:
    """The value of the attribute with that local name, "" if there is none."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return ""


def child(element: Element | None, *path: str) -> Element | None:
    """The first element found going down by local names."""
    for name in path:
        if element is None:
            return None
        element = next((each for each in element if local(each) == name), None)
    return element


def descendants(element: Element, *names: str) -> Iterator[Element]:
    """All elements below with one of these local names, in document order.

    Of the alternatives for readers old and new only the first that holds
    anything is visited, so nothing is found twice.
    """
    for each in element:
        name = local(each)
        if name == "AlternateContent":
            options = [option for option in each if local(option) in ("Choice", "Fallback")]
            for option in options:
                found = list(descendants(option, *names))
                if found:
                    yield from found
                    break
        elif name in names:
            yield each
        else:
            yield from descendants(each, *names)


def is_monospaced(font: str) -> bool:
    """Whether a font, by its name, is one that code is set in."""
    return _MONOSPACED.search(font) is not None


def looks_like_code(words: str) -> bool:
    """Whether words in such a font may be code: typed letters are in it, too."""
    return bool(words.strip()) and (len(words.split()) < 6 or _CODE_SIGN.search(words) is not None)
