"""Formulas of the office formats (OMML, ISO/IEC 29500-1, 22.1) in TeX notation."""

from __future__ import annotations

from tutor.documents.ooxml import Element, attribute, child, local

_SUMS = {"∑": r"\sum", "∏": r"\prod", "∫": r"\int", "∬": r"\iint", "⋃": r"\bigcup", "⋂": r"\bigcap"}


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
        case "f":
            return rf"\frac{{{_tex(part.get('num'))}}}{{{_tex(part.get('den'))}}}"
        case "sSub" | "sSup" | "sSubSup":
            return _group(base) + _script("_", below) + _script("^", above)
        case "nary":
            sign = attribute_of(element, "naryPr", "chr") or "∫"
            return f"{_SUMS.get(sign, sign)}{_script('_', below)}{_script('^', above)} {base}"
        case "rad":
            degree = _tex(part.get("deg")).strip()
            return rf"\sqrt{f'[{degree}]' if degree else ''}{{{base}}}"
        case "limLow":
            return _group(base) + _script("_", _argument(part.get("lim")))
        case "limUpp":
            return _group(base) + _script("^", _argument(part.get("lim")))
        case "d":
            return _delimited(element)
        case "func":
            return f"{_tex(part.get('fName'))} {base}"
        case "m":
            rows = (" & ".join(_tex(cell) for cell in row if local(cell) == "e") for row in element)
            return r"\begin{matrix} " + r" \\ ".join(filter(None, rows)) + r" \end{matrix}"
        case name if name.endswith("Pr"):
            return ""
    return "".join(_tex(each) for each in element)


def attribute_of(element: Element, properties: str, name: str) -> str:
    """The value `val` of a property; "" where it is not set."""
    found = child(element, properties, name)
    return attribute(found, "val") if found is not None else ""


def _delimited(element: Element) -> str:
    begin = attribute_of(element, "dPr", "begChr") or "("
    end = attribute_of(element, "dPr", "endChr") or ")"
    inside = ", ".join(_tex(each) for each in element if local(each) == "e")
    return f"{begin}{inside}{end}"


def _argument(element: Element | None) -> str:
    return _tex(element).strip()


def _script(sign: str, text: str) -> str:
    return f"{sign}{{{text}}}" if text else ""


def _group(base: str) -> str:
    return base if len(base.strip()) < 2 else f"{{{base}}}"
