"""The numbers of a wish: "30 steps", "guidance of 4", "7 heads in 10 tosses", "from 3 to 8".

Works on the router's English (`tutor.tools.words`), in which every number is
in digits. A number that one argument has taken is gone for the next, so the
arguments that are named come first and the digit, which is often just "a 7",
comes last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tutor.tools.argument_patterns import COUNTS, IMAGES, PATTERNS, UP_TO_2, counted
from tutor.tools.laws import bare_parameters, deviation, heads_of_tosses, in_brackets, law_of
from tutor.tools.number_text import NUMBER, TO, NumberText
from tutor.tools.own_data import tossed, without_data
from tutor.tools.registry import TOOLS

_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_DIGIT_LABS = frozenset(name for name, kind in TOOLS.items() if "digit" in kind.model_fields)


def read_amounts(tool: str, english: str) -> dict[str, float]:
    """What the utterance says of the tool's numeric arguments, out of bounds or not."""
    text = NumberText(english)
    if tool in ("quiz", "search_course"):
        found = text.first(COUNTS["quiz"]) if tool == "quiz" else None
        return {} if found is None else {"n": found}
    fields = TOOLS[tool].model_fields
    said: dict[str, float] = {}
    _fixed_words(tool, text, said)
    if tool == "attention":
        _ordinals(text)
    if tool == "likelihood":
        without_data(text)
        if bias := text.take(rf"\b(?:p|θ|theta)(?: =| is| of)? {NUMBER}"):
            said["other"] = bias[0]
        if not tossed(text, said):
            heads_of_tosses(text, said)
    if tool in ("distribution", "likelihood"):
        in_brackets(text, said)
    if tool == "likelihood" and "p" in said:
        said["other"] = said.pop("p")
    if tool == "compare":
        text.take(rf"{NUMBER} (?:\w+ )?(?:models?|generators?|networks|image|generative|methods)\b")
    if "digit" in fields:
        _counted_digits(text, said)
        if "to_digit" in fields:
            _from_to(text, said)
    for name, patterns in PATTERNS.items():
        if name not in fields or name in said or not _fits(name, tool, text):
            continue
        if (value := text.first(patterns)) is not None:
            said[name] = value
    if tool == "distribution":
        bare_parameters(text, said)
    if "n" in fields and "n" not in said:
        value = text.first(COUNTS.get(tool, counted(IMAGES)))
        if value is not None:
            said["n"] = value
    if tool in _DIGIT_LABS:
        _digit(text, said)
    return _as_meant(tool, said, english)


def _fixed_words(tool: str, text: NumberText, said: dict[str, float]) -> None:
    """Numbers that are said by a word: "without guidance" is a scale of 1."""
    fields = TOOLS[tool].model_fields
    if "guidance" in fields and text.has(r"\b(?:without|no|zero) (?:any |the )?guidance|unguided"):
        said["guidance"] = 1
    if "min_p" in fields and text.has(r"\b(?:without|no) (?:any )?min p"):
        said["min_p"] = 0
    if "refiner" in fields and text.has(
        r"\b(?:without|no|skip|leave out)(?: the| a| any)? refiner"
    ):
        said["refiner"] = 0
    elif "refiner" in fields and text.has(r"\brefiner\b.*\bhalf\b|\bhalf\b.*\brefiner\b"):
        said["refiner"] = 0.5


def _ordinals(text: NumberText) -> None:
    for value, word in enumerate(_ORDINALS.split(), start=1):
        text.text = re.sub(rf"\b{word} (?=layer|head)", f"{value} ", text.text)


def _counted_digits(text: NumberText, said: dict[str, float]) -> None:
    """ "five 3s": how many, and of which digit."""
    for pattern in (
        rf"{NUMBER} (?:\w+ )?(?<!\w)(\d)s\b",
        rf"{NUMBER} {UP_TO_2}(?:{IMAGES}) of (?:an? |the )?(?:digit |number )?{NUMBER}(?= |$)",
        rf"{NUMBER} (?:times|x|×) (?:an? |the )?{NUMBER}",
        rf"(?<!digit )(?<!number ){NUMBER} (\d)(?![\w.])(?! steps?\b)",
    ):
        if pair := text.take(pattern):
            said["n"], said["digit"] = pair
            return


def _from_to(text: NumberText, said: dict[str, float]) -> None:
    """ "from 3 to 8", "between a 3 and an 8", "turn a 3 into an 8"."""
    one = r"(?:an? |the |digit |number |1 |some )*"
    link = r"(?:to|into|until|towards?|through to|onto|over to|becomes?|and|with|until it is|as)"
    digit = r"(?<![\w.])(\d)s?(?![\w.])"
    words = r"(?:[a-z]+ ){0,5}?"
    for pattern in (
        rf"\b(?:from|between|of|for) {one}{digit} {words}{link} {one}{digit}",
        rf"{digit} {words}(?:to|into|becomes?|towards?|turns? into) {one}{digit}",
        rf"\b(?:interpolat\w*|morph\w*|blend\w*|melt\w*|mix\w*|walk|transition) "
        rf"{words}{one}{digit} "
        rf"(?:and|with|,|to|into) {one}{digit}",
        rf"{digit} (?:and|,|/) {one}{digit}",
    ):
        if pair := text.take(pattern):
            said["digit"], said["to_digit"] = pair
            return
    if end := text.take(rf"\b(?:to|into|towards?|until) {one}{digit}(?! steps| samples)"):
        said["to_digit"] = end[0]


def _digit(text: NumberText, said: dict[str, float]) -> None:
    """The digit itself, when all other numbers have been taken."""
    if "digit" in said or ("to_digit" in said and not text.has(r"\bfrom\b")):
        return
    for pattern in (
        r"(?<![\w.])(\d)s\b",
        rf"\b(?:digits?|numbers?|numerals?|class|label|figure|cipher){TO}{NUMBER}",
        rf"\b(?:an?|the|another|some|any) (?:\w+ )?{NUMBER}",
        NUMBER,
    ):
        if found := text.take(pattern):
            said["digit"] = found[0]
            return


def _fits(name: str, tool: str, text: NumberText) -> bool:
    """Whether a pattern of that name may be tried on this text."""
    match name:
        case "guidance":  # "guidance 1, 3 and 7" is a comparison, no one value
            return not text.has(
                rf"guidance\b[a-z ]*{TO}{NUMBER} ?(?:,|and|vs|versus|or) "
                rf"?{NUMBER}(?! (?:\w+ )?(?:steps|samples|images|digits|pictures|seed))"
            )
        case "top_p":
            return tool == "sampling" and not text.has(r"\btop k\b.*\bp\b(?! ?\d| =)")
        case "mean" | "std":
            return tool != "likelihood" or text.has(
                r"\bmean|\bmu\b|\bstd|\bsd\b|\bsigma|\bdeviation"
            )
        case "trials" if tool == "likelihood":  # n is the size of a sample, but of tosses
            return law_of(text.text) != "normal"
        case "trials" | "p":
            return tool != "distribution" or law_of(text.text) in ("binomial", "bernoulli", None)
        case "rate":
            return law_of(text.text) in ("poisson", "exponential", None)
        case "low" | "high":
            return law_of(text.text) in ("uniform", None)
        case _:
            return True


def _as_meant(tool: str, said: dict[str, float], english: str) -> dict[str, float]:
    """Percentages as shares, a variance as a standard deviation."""
    for name in ("top_p", "min_p", "p", "refiner", "stay", "clarity"):
        if 2 <= said.get(name, 0) <= 100:
            said[name] /= 100
    if "std" in TOOLS[tool].model_fields and "std" not in said:
        found = re.search(rf"\bvariance{TO}{NUMBER}", NumberText(english).text)
        if found and float(found[1]) > 0:
            said["std"] = deviation(float(found[1]))
    return said


def whole(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, those without a fraction as whole numbers."""
    return {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in values.items()
    }
