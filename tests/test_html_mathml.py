"""MathML in TeX notation."""

from __future__ import annotations

import pytest

from tutor.documents import html


@pytest.mark.parametrize(
    ("mathml", "expected"),
    [
        ("<msup><mn>10</mn><mn>6</mn></msup>", "10^{6}"),
        ("<mfrac><mn>1</mn><mrow><mn>2</mn><mi>n</mi></mrow></mfrac>", r"\frac{1}{2n}"),
        ("<msub><mi>x</mi><mrow><mi>t</mi><mo>−</mo><mn>1</mn></mrow></msub>", "x_{t−1}"),
        ("<msubsup><mi>W</mi><mi>i</mi><mi>T</mi></msubsup><mi>x</mi>", "W_{i}^{T} x"),
        (
            "<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi>"
            "</munderover><msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt>",
            r"\sum_{i=1}^{n} \sqrt{x+1}",
        ),
        ("<mo>∑</mo><mi>x</mi><mi>log</mi><mi>y</mi>", r"\sum x log y"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", r"\sqrt[3]{x}"),
        (
            "<mover><mi>x</mi><mo>^</mo></mover><munder><mi>x</mi><mo>¯</mo></munder>",
            r"\hat{x}\underline{x}",
        ),
        (
            "<munder><mi>min</mi><mi>G</mi></munder><mover><mo>=</mo><mi>d</mi></mover>",
            "{min}_{G}=^{d}",
        ),
        ("<mfenced><mi>x</mi><mi>y</mi></mfenced><mphantom><mi>z</mi></mphantom>", "(x,y)"),
        (
            "<mtable><mtr><mtd><mi>a</mi></mtd><mtd><mi>b</mi></mtd></mtr>"
            "<mtr><mtd><mi>c</mi></mtd><mtd><mi>d</mi></mtd></mtr></mtable>",
            r"\begin{matrix} a & b \\ c & d \end{matrix}",
        ),
        (
            '<mo>(</mo><mfrac linethickness="0"><mi>n</mi><mi>k</mi></mfrac><mo>)</mo>',
            r"({n \atop k})",
        ),
        ('<mfrac linethickness="0pt"><mi>n</mi><mi>k</mi></mfrac>', r"{n \atop k}"),
        ('<mfrac linethickness="0.5pt"><mi>n</mi><mi>k</mi></mfrac>', r"\frac{n}{k}"),
        ("<mn>0</mn><mtext>for all</mtext><mi>y</mi>", r"0\text{ for all }y"),
        ("<mi>x</mi><mtext>if</mtext><mi>y</mi>", "x if y"),
        ("<mi>x</mi><mtext>= 2 $</mtext><mi>y</mi>", "x= 2 $y"),
        (
            "<munder><munder><mi>x</mi><mo>⏟</mo></munder><mtext>the sum</mtext></munder>",
            r"\underbrace{x}_{\text{ the sum }}",
        ),
        ("<mover><mi>x</mi><mo>⏞</mo></mover>", r"\overbrace{x}"),
    ],
)
def test_formulas_become_tex(mathml: str, expected: str) -> None:
    (page,) = html.parse(f"<p>Let <math><mrow>{mathml}</mrow></math>.</p>", "a.html").pages
    assert page.text == f"Let ${expected}$."


def test_the_tex_that_a_formula_was_made_from_is_kept() -> None:
    annotation = '<annotation encoding="application/x-tex">x^2</annotation>'
    text = f"<p>Let <math><semantics><mi>x</mi>{annotation}</semantics></math>.</p>"
    assert html.parse(text, "a.html").pages[0].text == "Let $x^2$."


def test_damaged_formulas_are_read() -> None:
    text = "<p>Let <math><msup></msup><mfrac><mi>x</mi></mfrac><mtr>y</mtr></math> be</p>"
    assert html.parse(text, "a.html").pages[0].text == r"Let $\frac{x}{}$ be"
