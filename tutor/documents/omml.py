"""Formulas of the office formats (OMML, ISO/IEC 29500-1, 22.1) in TeX notation."""

from __future__ import annotations

import re

from tutor.documents.ooxml import Element, attribute, child, local
from tutor.documents.tex import accented, group, operator, script

_ALPHABETS = {"double-struck": "mathbb", "script": "mathcal", "fraktur": "mathfrak"}
_LETTERS = re.compile("[A-Za-z]+")
_BRACES = {"{": r"\{", "}": r"\}"}  # plain ones group in TeX and do not show


def formula(element: Element) -> str:
    """The formula in dollars; "" when it is empty."""
    text = " ".join(_tex(element).split())
    return f"${text}$" if text else ""


def _tex(element: Element | None) -> str:
    if element is None:
        return ""
    part = {local(each): each for each in element if not local(each).endswith("Pr")}
    below, above = _argument(part.get("sub")), _argument(part.get("sup"))
    base = _tex(part.get("e"))
    match local(element):
        case "t":
            return element.text or ""
        case "br":
            return r" \\ "
        case "oMathPara":
            formulas = (_argument(each) for each in element if local(each) == "oMath")
            return r" \\ ".join(filter(None, (each.removesuffix(r" \\") for each in formulas)))
        case "r":
            return _run(element)
        case "f" if attribute_of(element, "fPr", "type") == "noBar":
            return rf"{{{_tex(part.get('num'))} \atop {_tex(part.get('den'))}}}"
        case "f":
            return rf"\frac{{{_tex(part.get('num'))}}}{{{_tex(part.get('den'))}}}"
        case "sSub" | "sSup" | "sSubSup":
            return group(base) + script("_", below) + script("^", above)
        case "nary":
            sign = attribute_of(element, "naryPr", "chr") or "∫"
            return f"{operator(sign)}{script('_', below)}{script('^', above)} {base}"
        case "rad":
            degree = _tex(part.get("deg")).strip()
            return rf"\sqrt{f'[{degree}]' if degree else ''}{{{base}}}"
        case "limLow":
            return _base_of_limits(base) + script("_", _argument(part.get("lim")))
        case "limUpp":
            return _base_of_limits(base) + script("^", _argument(part.get("lim")))
        case "d":
            return _delimited(element)
        case "acc":
            return accented(attribute_of(element, "accPr", "chr", "\u0302"), base)
        case "bar":
            at_top = attribute_of(element, "barPr", "pos", "bot") == "top"
            return accented("\u0305", base) if at_top else rf"\underline{{{base}}}"
        case "groupChr":
            sign = attribute_of(element, "groupChrPr", "chr", "⏟")
            at_top = attribute_of(element, "groupChrPr", "pos", "bot") == "top"
            side = "over" if at_top else "under"
            return (
                rf"\{side}brace{{{base}}}" if sign in "⏞⏟" else rf"\{side}set{{{sign}}}{{{base}}}"
            )
        case "sPre":
            return f"{{}}{script('_', below)}{script('^', above)}{group(base)}"
        case "eqArr":
            return r" \\ ".join(_tex(each) for each in element if local(each) == "e")
        case "func":
            return f"{_tex(part.get('fName'))} {base}"
        case "m":
            rows = (" & ".join(_tex(cell) for cell in row if local(cell) == "e") for row in element)
            return r"\begin{matrix} " + r" \\ ".join(filter(None, rows)) + r" \end{matrix}"
        case name if name.endswith("Pr"):
            return ""
    return "".join(_tex(each) for each in element)


def _run(element: Element) -> str:
    """The letters of a run in their alphabet; words in a formula as such, with their spaces."""
    text = "".join(_tex(each) for each in element)
    if child(element, "rPr", "nor") is not None and _is_phrase(text):
        return rf"\text{{{text}}}"
    name = _ALPHABETS.get(attribute_of(element, "rPr", "scr"))
    return _LETTERS.sub(lambda found: rf"\{name}{{{found[0]}}}", text) if name else text


def _is_phrase(text: str) -> bool:
    words = text.split()
    return len(words) > 1 and all(word.strip(",.;:").isalpha() for word in words)


def _base_of_limits(base: str) -> str:
    """What limits stand at; a brace over or under it carries them itself."""
    return base if base.startswith((r"\underbrace", r"\overbrace")) else group(base)


def attribute_of(element: Element, properties: str, name: str, absent: str = "") -> str:
    """The value `val` of a property, which may be set to ""; `absent` where it is not set."""
    found = child(element, properties, name)
    return attribute(found, "val") if found is not None else absent


def _delimited(element: Element) -> str:
    begin = attribute_of(element, "dPr", "begChr", "(")
    end = attribute_of(element, "dPr", "endChr", ")")
    separator = attribute_of(element, "dPr", "sepChr", "|")
    inside = separator.join(_tex(each) for each in element if local(each) == "e")
    return f"{_BRACES.get(begin, begin)}{inside}{_BRACES.get(end, end)}"


def _argument(element: Element | None) -> str:
    return _tex(element).strip()
