"""Formulas of HTML pages (MathML Core) in TeX notation."""

from __future__ import annotations

import re
from typing import TypeAlias

from lxml import etree  # type: ignore[import-untyped]

from tutor.documents.encoding import clean
from tutor.documents.tex import accented, group, is_accent, operator, script

Element: TypeAlias = etree._Element

_MAX_DEPTH = 200
_NO_LINE = re.compile(r"0(?:\.0*)?[a-z%]*")  # the length of a fraction's line where it has none
_NO_WORDS = frozenset({"annotation", "annotation-xml", "mphantom", "mprescripts", "none"})


def formula(element: Element) -> str:
    """The formula in dollars, as the TeX it was made from where that is kept; "" when empty."""
    for annotation in element.iter("annotation"):
        if "tex" in (annotation.get("encoding") or "") and annotation.text:
            return f"${clean(annotation.text).strip()}$"
    if alternative := clean(element.get("alttext") or ""):
        return alternative
    text = " ".join(_tex(element, 0).split())
    return f"${text}$" if text else ""


def _tex(element: Element, depth: int) -> str:
    if depth > _MAX_DEPTH or not isinstance(element.tag, str) or element.tag in _NO_WORDS:
        return ""
    parts = [_tex(each, depth + 1) for each in element if isinstance(each.tag, str)]
    base, first, second = [*(part.strip() for part in parts[:3]), "", "", ""][:3]
    match element.tag:
        case "mtext" if _is_phrase(words := clean("".join(element.itertext())).strip()):
            return rf"\text{{ {words} }}"
        case "mi" | "mn" | "mo" | "ms" | "mtext":
            words = clean("".join(element.itertext())).strip()
            sign = operator(words)
            # A name such as log is not part of the letters beside it.
            is_name = sign != words or (len(words) > 1 and words.isalpha())
            return f" {sign} " if is_name else sign
        case "msup":
            return group(base) + script("^", first)
        case "msub":
            return group(base) + script("_", first)
        case "munder" | "mover" if first in ("⏟", "⏞"):
            return rf"\{element.tag[1:]}brace{{{base}}}"
        case "munder" | "mover" if is_accent(first):
            return accented(first, base) if element.tag == "mover" else rf"\underline{{{base}}}"
        case "munder":
            return _signed(base) + script("_", first)
        case "mover":
            return _signed(base) + script("^", first)
        case "msubsup" | "munderover":
            return _signed(base) + script("_", first) + script("^", second) + " "
        case "mfrac" if _NO_LINE.fullmatch(element.get("linethickness", "").strip()):
            return rf"{{{base} \atop {first}}}"
        case "mfrac":
            return rf"\frac{{{base}}}{{{first}}}"
        case "msqrt":
            return rf"\sqrt{{{''.join(parts).strip()}}}"
        case "mroot":
            return rf"\sqrt[{first}]{{{base}}}"
        case "mfenced":
            inside = element.get("separators", ",")[:1].join(part.strip() for part in parts)
            return f"{element.get('open', '(')}{inside}{element.get('close', ')')}"
        case "mtable":
            rows = r" \\ ".join(part.strip() for part in parts)
            return rf"\begin{{matrix}} {rows} \end{{matrix}}"
        case "mtr":
            return " & ".join(part.strip() for part in parts)
    return "".join(parts)


def _is_phrase(text: str) -> bool:
    words = text.split()
    return len(words) > 1 and all(word.strip(",.;:").isalpha() for word in words)


def _signed(base: str) -> str:
    """What scripts stand at: a sum's sign or a brace is one already, other words are grouped."""
    is_brace = base.startswith((r"\underbrace", r"\overbrace"))
    return base if is_brace or (base.startswith("\\") and base[1:].isalpha()) else group(base)
