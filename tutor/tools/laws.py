"""The numbers of probability: "N(0, 2)", "poisson 6", "7 heads in 10 tosses"."""

from __future__ import annotations

import math
import re

from tutor.tools.argument_patterns import DATA
from tutor.tools.number_text import NUMBER, TO, NumberText

_LAWS = (
    r"normal|gaussian|n|poisson|pois|binomial|binom|bin|b|bernoulli|ber|uniform|u|you|unif|"
    r"exponential|exp|expo"
)
"""As they stand before brackets; the glossary reads a "u" as "you"."""
_LAW_NAMES = {"n": "normal", "g": "normal", "p": "poisson", "b": "binomial", "u": "uniform",
              "y": "uniform", "e": "exponential"}  # fmt: skip
_DEVIATION = r"sigma|standard deviation|std|sd"
PARAMETERS = {
    "normal": ("mean", "std"),
    "poisson": ("rate",),
    "binomial": ("trials", "p"),
    "uniform": ("low", "high"),
    "exponential": ("rate",),
    "bernoulli": ("p",),
}


def _law(word: str) -> str:
    return "bernoulli" if word.startswith("ber") else _LAW_NAMES[word[0]]


def in_brackets(text: NumberText, said: dict[str, float]) -> None:
    """ "N(0, 4)", "Binomial(20; 0.3)": the parameters in their usual order.

    That of N(μ, σ²) is a variance, unless it is called a deviation; that of normal(μ, σ), as
    programs write it, is the deviation.
    """
    pattern = (
        rf"\b({_LAWS})(?: distribution)? ?\( ?(?:(?:mean|mu|=) )*{NUMBER}"
        rf"(?: ?[,;]? ?((?:(?:variance|var|{_DEVIATION}|=) )*){NUMBER})? ?\)"
    )
    match = re.search(pattern, text.text)
    if match is None:
        return
    law = _law(match[1])
    values = [float(value) for value in (match[2], match[4]) if value is not None]
    variance = match[1] == "n" or "var" in match[0]
    if law == "normal" and len(values) == 2 and variance and not re.search(_DEVIATION, match[3]):
        values[1] = deviation(values[1])
    said.update(zip(PARAMETERS[law], values, strict=False))
    text.text = text.text[: match.start(2)] + text.text[match.end() :]


def deviation(variance: float) -> float:
    """The standard deviation of a variance; what can be none stays, to be told so."""
    return round(math.sqrt(variance), 6) if variance > 0 else variance


def bare_parameters(text: NumberText, said: dict[str, float]) -> None:
    """ "between -1 and 4", "poisson 6", "normal 0 1": what stands there without its name."""
    law = law_of(text.text)
    if law == "bernoulli" and "trials" in said:
        said["n"] = said.pop("trials")
    if law == "uniform" and "low" not in said:
        ends = text.take(rf"\b(?:between|from|in|on|over) {NUMBER} (?:and|to|,|up to) {NUMBER}")
        ends = ends or text.take(rf"\[ ?{NUMBER} ?[,;] ?{NUMBER} ?\]")
        ends = ends or text.take(rf"{NUMBER} (?:to|and|,) {NUMBER}")
        if ends:
            said["low"], said["high"] = ends
    if law in ("poisson", "exponential") and "rate" not in said and "mean" in said:
        mean = said.pop("mean")
        said["rate"] = mean if law == "poisson" or mean <= 0 else 1 / mean
    if law and not any(name in said for name in PARAMETERS[law]):
        after = rf"\b(?:{_LAWS})(?: distribution| law| variable| with)?{TO}{NUMBER}"
        two = text.take(rf"{after} ?,? ?(?:and )?{NUMBER}(?! (?:{DATA}))")
        values = two or (text.take(rf"{after}(?! (?:\w+ )?(?:{DATA}))") if law != "normal" else ())
        said.update(zip(PARAMETERS[law], values or (), strict=False))


def law_of(english: str) -> str | None:
    """The distribution that is named."""
    for law, pattern in (
        ("bernoulli", r"\bbernoulli"),
        ("binomial", r"\bbinom"),
        ("poisson", r"\bpoisson"),
        ("exponential", r"\bexpo"),
        ("uniform", r"\buniform|\b(?:u|you) \( ?-?\d"),
        ("normal", r"\bnormal|\bgauss|\bbell (?:curve|shape)|\bn \("),
        ("binomial", r"\bb(?:in)? \("),
        ("exponential", r"\bexp \("),
        ("poisson", r"\bpois?\b"),
    ):
        if re.search(pattern, english):
            return law
    return None


def heads_of_tosses(text: NumberText, said: dict[str, float]) -> None:
    """ "7 heads in 10 tosses", "10 flips, 7 heads", "7 out of 10", "9 heads and 3 tails"."""
    text.text = re.sub(
        r"\b(?:no|not a single|not 1|never) (?=heads?\b|tails?\b|success)", "0 ", text.text
    )
    heads = r"(?:heads?|successes|success|hits?|wins?|ones|positives?|times heads?|times)"
    tosses = r"(?:tosses|flips|throws|trials|attempts|tries|coin tosses|coin flips|times|games)"
    link = r"(?:(?:out )?of|in|from|over|after|among|/|within|on)"
    if pair := text.take(rf"{NUMBER} (?:{heads} )?(?:\w+ ){{0,3}}?{link} (?:a |the |my )?{NUMBER}"):
        said["successes"], said["trials"] = pair
        return
    if pair := text.take(rf"\bheads? {NUMBER} (?:times )?{link} {NUMBER}"):
        said["successes"], said["trials"] = pair
        return
    tossing = rf"\b(?:toss\w*|flip\w*|thr[eo]w\w*)(?: [a-z]+){{0,3}}? {NUMBER} times\b"
    tossed = text.take(tossing)
    won = text.take(rf"{NUMBER} (?:\w+ )?{heads}\b") or text.take(rf"\bheads?{TO}{NUMBER}")
    if won is None and (found := text.take(rf"{NUMBER} (?:\w+ )?(?:times )?heads")):
        won = found
    lost = text.take(rf"{NUMBER} (?:tails?|failures?|misses|losses)\b")
    tossed = (
        tossed
        or text.take(rf"{NUMBER} (?:\w+ )?{tosses}\b")
        or text.take(rf"\b(?:tosse[sd]|flip\w*|thr[eo]w\w*|tossed)(?: \w+){{0,3}}? {NUMBER}")
    )
    if won:
        said["successes"] = won[0]
    if tossed:
        said["trials"] = tossed[0]
    elif won and lost:
        said["trials"] = won[0] + lost[0]
    if lost and tossed and not won:
        said["successes"] = tossed[0] - lost[0]
