"""Formulas of the office formats (OMML, ISO/IEC 29500-1, 22.1) in TeX notation."""

from __future__ import annotations

from tutor.documents.ooxml import Element, attribute, child, local
from tutor.documents.tex import accented, group, operator, script

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
            return group(base) + script("_", _argument(part.get("lim")))
        case "limUpp":
            return group(base) + script("^", _argument(part.get("lim")))
        case "d":
            return _delimited(element)
        case "acc":
            return accented(attribute_of(element, "accPr", "chr", "\u0302"), base)
        case "bar":
            at_top = attribute_of(element, "barPr", "pos", "bot") == "top"
            return accented("\u0305", base) if at_top else rf"\underline{{{base}}}"
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
