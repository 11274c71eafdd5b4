"""The numbers that Word shows before the items of its lists (ISO/IEC 29500-1, 17.9)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from tutor.documents.numerals import numeral
from tutor.documents.ooxml import Element, attribute, child, local

_PLACE = re.compile(r"%([1-9])")
_MAX_LINKS = 5  # lists that take their look from a style, which may take it from another


@dataclass(frozen=True, slots=True)
class _Level:
    """How the items of one level are numbered."""

    format: str = "decimal"
    text: str = ""  # "%1.%2)" stands for the numbers of the levels 1 and 2
    start: int = 1
    restart: int = 9  # an item of a level below this one begins the count anew
    is_plain: bool = False  # outer numbers are digits here, whatever they are there


@dataclass
class _List:
    """The levels of a list and how far each has been counted; several lists may share it."""

    levels: dict[int, _Level]
    counted: dict[int, int] = field(default_factory=dict)


class Numbering:
    """Counts the items of a document's lists; to be asked in reading order."""

    def __init__(self, numbering: Element | None) -> None:
        parts = [] if numbering is None else list(numbering)
        abstract = {
            attribute(each, "abstractNumId"): each for each in parts if local(each) == "abstractNum"
        }
        shared = {name: _List(_levels(_linked(each, abstract))) for name, each in abstract.items()}
        self._lists: dict[str, _List] = {}
        self._starts: dict[str, dict[int, int]] = {}
        for each in parts:
            kind = shared.get(_value(each, "abstractNumId")) if local(each) == "num" else None
            if kind is not None:
                number_id = attribute(each, "numId")
                own = _overridden(each)
                levels = {level: found for level, (_, found) in own.items() if found}
                self._lists[number_id] = (
                    kind if not levels else replace(kind, levels={**kind.levels, **levels})
                )
                self._starts[number_id] = {level: at for level, (at, _) in own.items() if at >= 0}

    def mark(self, number_id: str, level: int) -> str:
        """The number of the next item at `level` (from 0) of a list; "" where it has none."""
        if number_id.startswith("List Number"):  # known by the name of its style alone
            self._lists.setdefault(number_id, _List({level: _Level(text="%1.")}))
        found = self._lists.get(number_id)
        if found is None:
            return ""
        for each, at in self._starts.pop(number_id, {}).items():
            found.counted[each] = at - 1
        for inner in [each for each in found.counted if each > level]:
            if level < found.levels.get(inner, _Level()).restart:
                del found.counted[inner]
        own = found.levels.get(level)
        if own is None:
            return ""
        found.counted[level] = found.counted.get(level, own.start - 1) + 1
        return "" if own.format in ("bullet", "none") else _shown(found, own)


def _shown(found: _List, own: _Level) -> str:
    def number(place: re.Match[str]) -> str:
        level = int(place[1]) - 1
        kind = found.levels.get(level, _Level())
        return numeral(found.counted.get(level, kind.start), "" if own.is_plain else kind.format)

    return _PLACE.sub(number, own.text).strip()


def _linked(each: Element, abstract: dict[str, Element]) -> Element:
    """The list itself, or the one whose look it takes by the name of a style."""
    for _ in range(_MAX_LINKS):
        style = _value(each, "numStyleLink")
        by_style = (other for other in abstract.values() if _value(other, "styleLink") == style)
        if not style or (other := next(by_style, None)) is None:
            break
        each = other
    return each


def _levels(parent: Element) -> dict[int, _Level]:
    levels = [each for each in parent if local(each) == "lvl"]
    return {_integer(attribute(each, "ilvl"), 0): _level(each) for each in levels}


def _level(each: Element) -> _Level:
    plain = child(each, "isLgl")
    is_set = child(each, "lvlText") is not None
    return _Level(
        _format(each),
        _value(each, "lvlText") if is_set else f"%{_integer(attribute(each, 'ilvl'), 0) + 1}.",
        _integer(_value(each, "start"), 0),
        _integer(_value(each, "lvlRestart"), 9),
        plain is not None and attribute(plain, "val") not in ("0", "false", "off"),
    )


def _format(level: Element) -> str:
    """The format; a newer one stands in an alternative, beside one for old readers."""
    return _value(level, "numFmt") or _value(level, "AlternateContent", "Fallback", "numFmt")


def _overridden(number: Element) -> dict[int, tuple[int, _Level | None]]:
    """What a list changes of the one it shares, by level: the start (-1: not) and the look."""
    found: dict[int, tuple[int, _Level | None]] = {}
    for each in number:
        if local(each) == "lvlOverride":
            look = child(each, "lvl")
            start = _integer(_value(each, "startOverride"), -1)
            level = _integer(attribute(each, "ilvl"), 0)
            found[level] = start, _level(look) if look is not None else None
    return found


def _integer(text: str, otherwise: int) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else otherwise


def _value(element: Element, *path: str) -> str:
    found = child(element, *path)
    return attribute(found, "val") if found is not None else ""
