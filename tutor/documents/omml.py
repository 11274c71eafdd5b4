"""Formulas of the office formats (OMML, ISO/IEC 29500-1, 22.1) in TeX notation."""

from __future__ import annotations

from tutor.documents.ooxml import Element, attribute, child, local

_SUMS = {"∑": r"\sum", "∏": r"\prod", "∫": r"\int", "∬": r"\iint", "⋃": r"\bigcup", "⋂": r"\bigcap"}
_ACCENTS = {
    **dict.fromkeys("\u0302^ˆ", r"\hat"),
    **dict.fromkeys("\u0303~˜", r"\tilde"),
    **dict.fromkeys("\u0304\u0305¯‾", r"\bar"),
    **dict.fromkeys("\u20d7→", r"\vec"),
    **dict.fromkeys("\u0307˙", r"\dot"),
    **dict.fromkeys("\u0308¨", r"\ddot"),
    **dict.fromkeys("\u030cˇ", r"\check"),
    **dict.fromkeys("\u0306˘", r"\breve"),
}
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
        case "acc":
            return _accented(attribute_of(element, "accPr", "chr", "\u0302"), base)
        case "bar":
            at_top = attribute_of(element, "barPr", "pos", "bot") == "top"
            return _accented("\u0305", base) if at_top else rf"\underline{{{base}}}"
        case "sPre":
            return f"{{}}{_script('_', below)}{_script('^', above)}{_group(base)}"
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


def _accented(sign: str, base: str) -> str:
    """`base` under an accent; an accent without a name in TeX stands behind it."""
    name = _ACCENTS.get(sign)
    return f"{name}{{{base}}}" if name else base + sign


def _argument(element: Element | None) -> str:
    return _tex(element).strip()


def _script(sign: str, text: str) -> str:
    return f"{sign}{{{text}}}" if text else ""


def _group(base: str) -> str:
    return base if len(base.strip()) < 2 else f"{{{base}}}"
