"""Formulas of the office formats in TeX notation."""

from __future__ import annotations

import pytest
from lxml import etree  # type: ignore[import-untyped]

from tutor.documents.omml import formula

NAMES = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
Y = "<m:r><m:t>y</m:t></m:r>"
E = "<m:e><m:r><m:t>x</m:t></m:r></m:e>"


def tex(omml: str) -> str:
    return formula(etree.fromstring(f"<m:oMath {NAMES}>{omml}</m:oMath>"))


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("", r"\hat{x}"),
        ("<m:chr m:val='\u0303'/>", r"\tilde{x}"),
        ("<m:chr m:val='\u0305'/>", r"\bar{x}"),
        ("<m:chr m:val='\u20d7'/>", r"\vec{x}"),
        ("<m:chr m:val='\u20db'/>", "x\u20db"),
    ],
)
def test_accents(properties: str, expected: str) -> None:
    accented = f"<m:acc><m:accPr>{properties}</m:accPr>{E}</m:acc>"
    assert tex(accented) == f"${expected}$"


def test_bars_stand_above_or_below() -> None:
    above = f"<m:bar><m:barPr><m:pos m:val='top'/></m:barPr>{E}</m:bar>"
    assert tex(above) == r"$\bar{x}$"
    assert tex(f"<m:bar>{E}</m:bar>") == r"$\underline{x}$"


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("", "(x|y)"),
        ("<m:sepChr m:val=','/>", "(x,y)"),
        ("<m:begChr m:val='['/><m:sepChr m:val=''/>", "[xy)"),
        ("<m:begChr m:val='{'/><m:endChr m:val=''/>", r"\{x|y"),
    ],
)
def test_brackets_that_are_not_set_differ_from_empty_ones(properties: str, expected: str) -> None:
    delimited = f"<m:d><m:dPr>{properties}</m:dPr>{E}<m:e>{Y}</m:e></m:d>"
    assert tex(delimited) == f"${expected}$"


def test_rows_of_equations_are_parted() -> None:
    assert tex(f"<m:eqArr>{E}<m:e>{Y}</m:e></m:eqArr>") == r"$x \\ y$"


def test_scripts_before_a_letter() -> None:
    before = f"<m:sPre><m:sub>{Y}</m:sub><m:sup>{Y}</m:sup>{E}</m:sPre>"
    assert tex(before) == "${}_{y}^{y}x$"


def test_formulas_of_one_paragraph_do_not_run_together() -> None:
    broken = "<m:r><w:br xmlns:w='word'/></m:r>"
    lines = f"<m:oMath>{E[5:-6]}{broken}</m:oMath><m:oMath>{Y}</m:oMath>"
    paragraph = etree.fromstring(f"<m:oMathPara {NAMES}>{lines}</m:oMathPara>")
    assert formula(paragraph) == r"$x \\ y$"
    assert tex(f"{Y}{broken}{Y}") == r"$y \\ y$"


def test_a_number_needs_no_braces_to_be_raised() -> None:
    ten = "<m:e><m:r><m:t>10</m:t></m:r></m:e>"
    assert tex(f"<m:sSup>{ten}<m:sup>{Y}</m:sup></m:sSup>") == "$10^{y}$"
