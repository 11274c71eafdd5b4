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


K = "<m:r><m:t>k</m:t></m:r>"


def test_a_fraction_without_a_line_is_no_quotient() -> None:
    parts = f"<m:num>{Y}</m:num><m:den>{K}</m:den>"
    bare = f"<m:f><m:fPr><m:type m:val='noBar'/></m:fPr>{parts}</m:f>"
    assert tex(f"<m:d><m:e>{bare}</m:e></m:d>") == r"$({y \atop k})$"
    assert tex(f"<m:f><m:fPr><m:type m:val='bar'/></m:fPr>{parts}</m:f>") == r"$\frac{y}{k}$"
    assert tex(f"<m:f>{parts}</m:f>") == r"$\frac{y}{k}$"


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("", r"\underbrace{x}"),
        ("<m:chr m:val='⏞'/><m:pos m:val='top'/>", r"\overbrace{x}"),
        ("<m:chr m:val='→'/><m:pos m:val='top'/>", r"\overset{→}{x}"),
        ("<m:chr m:val='⇒'/>", r"\underset{⇒}{x}"),
    ],
)
def test_signs_over_and_under_groups(properties: str, expected: str) -> None:
    grouped = f"<m:groupChr><m:groupChrPr>{properties}</m:groupChrPr>{E}</m:groupChr>"
    assert tex(grouped) == f"${expected}$"
    under = f"<m:limLow><m:e>{grouped}</m:e><m:lim>{Y}</m:lim></m:limLow>"
    base = expected if "brace" in expected else f"{{{expected}}}"
    assert tex(under) == f"${base}_{{y}}$"


@pytest.mark.parametrize(
    ("properties", "text", "expected"),
    [
        ("<m:scr m:val='double-struck'/>", "R", r"\mathbb{R}"),
        ("<m:scr m:val='script'/>", "L=2", r"\mathcal{L}=2"),
        ("<m:scr m:val='fraktur'/>", "g", r"\mathfrak{g}"),
        ("<m:scr m:val='roman'/>", "R", "R"),
        ("<m:nor/>", " for all ", r"\text{ for all }"),
        ("<m:nor/>", "if", "if"),
        ("<m:nor/>", "x = 2", "x = 2"),
        ("", "for all", "for all"),
    ],
)
def test_letters_of_other_alphabets_and_words(properties: str, text: str, expected: str) -> None:
    run = f"<m:r><m:rPr>{properties}</m:rPr><m:t>{text}</m:t></m:r>"
    assert tex(run) == f"${expected}$"
