"""The numbers of a wish: "30 steps", "guidance of 4", "7 heads in 10 tosses", "from 3 to 8".

Works on the router's English (`tutor.tools.words`), in which every number is
in digits. A number that one argument has taken is gone for the next, so the
arguments that are named come first and the digit, which is often just "a 7",
comes last.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from tutor.tools.registry import TOOLS

NUMBER = r"(?<![\w.])(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?![\w.])"
_TO = r"(?: (?:of|is|are|was|were|=|:|,|to|at|be|value|values|scale|equal|equals|only|just|size|"
_TO += r"number|rate|around|about|set|now|should|instead|like|say|up|down|k|p|\())*? ?"
_IMAGES = (
    r"samples?|digits?|images?|pictures?|examples?|exemplars?|outputs?|results?|instances?|copies|"
    r"specimens?|draws?|drawings?|times|ones|reconstructions?|shots|originals?|numerals?|"
    r"characters?|numbers?|figures?|faces|renderings?|generations?|pieces|tries|variants?|versions?"
)
_DATA = (
    r"samples?|points?|values?|draws|observations?|examples?|data|numbers?|times|instances?|"
    r"measurements?|realisations?|realizations?|records?|rows|items"
)
_UP_TO_2 = r"(?:[a-z']+ ){0,2}?"
_COUNT = rf"\bn(?: =| :| of| is)? {NUMBER}|\b(?:sample size|count|number of \w+){_TO}{NUMBER}"


def _named(names: str, units: str = "") -> tuple[str, ...]:
    """The patterns of an argument that is named before its number, or has a unit after it."""
    before = rf"\b(?:{names}){_TO}{NUMBER}(?! (?:\w+ )?(?:{_DATA})\b)"
    return (before, rf"{NUMBER} (?:{units})\b") if units else (before,)


def _counted(nouns: str, between: str = _UP_TO_2) -> tuple[str, ...]:
    return (_COUNT, rf"{NUMBER} (?:more )?{between}(?:{nouns})\b")


_STEPS = (
    rf"{NUMBER} (?:more )?(?:(?!and )[a-z]+ ){{0,2}}?(?:steps?|iterations?|epochs?|updates?|rounds?|"
    r"frames?|passes|cycles|batches|intermediate|stages)\b",
    rf"\b(?<!by )(?:steps?|iterations?|epochs?|frames?){_TO}{NUMBER}",
    rf"\b(?:train\w*|learn|fit|run|go) (?:\w+ ){{0,4}}?for {NUMBER}(?! samples| digits| images)",
    rf"\bin {NUMBER}(?= ?$| please| ?[,.!?])",
)

PATTERNS: Mapping[str, tuple[str, ...]] = {
    "seed": _named("(?:random )?seed(?: number)?"),
    "layer": (*_named("layer(?: number)?"), rf"\b{NUMBER}(?:st|nd|rd|th)? layer\b"),
    "head": (*_named("head(?: number)?"), rf"\b{NUMBER}(?:st|nd|rd|th)? head\b"),
    "refiner": _named("refiner(?: share| fraction| strength)?"),
    "guidance": _named(
        "(?:classifier free )?guidance(?: scale| strength| weight| value| factor)?|cfg(?: scale)?|"
        r"\bw(?= =)",
        "guidance|cfg",
    ),
    "temperature": _named(r"temperature|temp|\bt(?= =|:| \d| of)|tau", "temperature|degrees"),
    "top_k": (
        rf"\btop k(?: sampling| decoding)?(?: with| at)?{_TO}{NUMBER}",
        rf"\bk{_TO}{NUMBER}",
        rf"\btop {NUMBER}(?! p)",
        rf"{NUMBER} (?:likeliest|most likely|most probable|best|top)\b",
    ),
    "top_p": (
        rf"\btop p(?: sampling| decoding)?(?: with| at)?{_TO}{NUMBER}",
        rf"\bnucleus(?: sampling| decoding| mass| size)?(?: with| at)?{_TO}{NUMBER}",
        rf"\bp{_TO}{NUMBER}",
        rf"{NUMBER} nucleus\b",
    ),
    "latent_dim": (
        rf"\b(?:latent (?:dims?|dimensions?|dimensionality|size|code|space|codes|vector|variables?)|"
        rf"codes?(?: size| length)?|bottleneck|code dimension){_TO}{NUMBER}",
        rf"{NUMBER} ?(?:d|dim|dims|dimensions?|dimensional)\b",
        rf"{NUMBER} latents?\b(?: dims?| dimensions?| numbers| variables)?",
        rf"\b(?:into|to|code of|with|only|just|bottleneck of|through|of) (?:just |only )?{NUMBER} "
        r"(?:numbers?|values?|units?|neurons?|variables?|floats?|latents?|hidden|coordinates?)\b",
        r"\b(\d+)d\b",
        rf"\b(?:dims?|dimensions?){_TO}{NUMBER}",
    ),
    "beta": _named("beta|kl weight|weight of the kl(?: term)?"),
    "noise": (
        rf"\bnoise(?: level| std| strength| sigma| amount| standard deviation)?{_TO}{NUMBER}",
        rf"\b(?:std|sigma|standard deviation|level){_TO}{NUMBER}",
        rf"{NUMBER} noise\b",
    ),
    "steps": _STEPS,
    "components": (
        rf"{NUMBER} {_UP_TO_2}(?:gaussians?|components?|clusters?|normals?|groups|bells?|blobs?|"
        r"modes|distributions|mixtures?|bell curves)\b",
        rf"\b(?:components?|clusters?|gaussians?|k|gmm){_TO}{NUMBER}",
        rf"\bmixture of {NUMBER}",
    ),
    "p": (
        rf"\b(?:p|(?:success )?(?:probability|prob|chance)(?: of (?:a )?(?:success|heads?|one|1))?|"
        rf"bias|success rate){_TO}{NUMBER}",
        rf"{NUMBER} {_UP_TO_2}(?:probability|chance|success|bias)\b",
        rf"\bcoin {_UP_TO_2}(?:of|with) {NUMBER}",
    ),
    "trials": _named(
        r"trials|tosses|flips|throws|attempts|\bn",
        "(?:[a-z]+ )??(?:trials?|tosses|flips?|throws?|attempts?|experiments?|tries)",
    ),
    "rate": _named("rate lambda|rate|lambda|intensity|parameter|events per \\w+", "events"),
    "mean": _named(
        r"mean mu|mean|mu|average|expectation|expected value|cent(?:er|re)d?|true value|around|m(?= =)"
    ),
    "std": _named(
        "standard deviation|std dev|stddev|std|sd|sigma|deviation|spread|s(?= =)",
        "standard deviation|std|sd",
    ),
    "low": _named("low|lower|minimum|min|lower end|lower bound|a(?= =)"),
    "high": _named("high|upper|maximum|max|upper end|upper bound|b(?= =)"),
}
"""Each argument's patterns, tried in turn; the first group is the number."""

COUNTS: Mapping[str, tuple[str, ...]] = {
    "language_model": _counted("characters?|letters?|chars?|symbols?"),
    "sampling": _counted("draws?|tokens?|words?|samples?|times|repetitions?|trials"),
    "embeddings": _counted("neighbours?|passages?|results?|sentences?|chunks?|vectors?|hits?"),
    "distribution": _counted(_DATA),
    "likelihood": _counted(_DATA),
    "classifier": _counted(_DATA),
    "mixture": _counted(_DATA),
    "sequence": (
        *_counted(r"steps?|observations?|states?|symbols?|long|items|emissions|points|samples"),
        rf"\b(?:length|long){_TO}{NUMBER}",
        rf"\bof {NUMBER}(?= ?$| ?[,.!?])",
    ),
    "quiz": _counted("questions?|things?|problems?|tasks?|exercises?|items|queries|puzzles?"),
}

_FRACTIONS = (
    (re.compile(r"\b(\d+) and (?:a|1) half\b"), lambda m: f"{m[1]}.5"),
    (re.compile(r"\b(?:1|a) half\b"), lambda m: "0.5"),
    (re.compile(r"\b(?:1|a) quarter\b"), lambda m: "0.25"),
    (re.compile(r"\b3 quarters\b"), lambda m: "0.75"),
    (re.compile(r"\b(?:1|a) third\b(?! )"), lambda m: "0.3333"),
    (re.compile(r"\bminus (?=\d)"), lambda m: "-"),
    (re.compile(r"\b(\d+) point (\d+)\b"), lambda m: f"{m[1]}.{m[2]}"),
    (re.compile(r"\bpercent\b|\bper cent\b"), lambda m: "%"),
    (re.compile(r"\b(\d+(?:\.\d+)?) ?%"), lambda m: f"{float(m[1]) / 100:.10g}"),
)
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_DIGIT_LABS = frozenset(name for name, kind in TOOLS.items() if "digit" in kind.model_fields)


class _Text:
    """The English, from which numbers are taken one after the other."""

    def __init__(self, english: str) -> None:
        for pattern, value in _FRACTIONS:
            english = pattern.sub(value, english)
        self.text = english

    def take(self, pattern: str) -> tuple[float, ...] | None:
        """The numbers in the pattern's groups, now gone from the text; None without a match."""
        match = re.search(pattern, self.text)
        if not match or all(group is None for group in match.groups()):
            return None
        spans = [match.span(i) for i in range(1, len(match.groups()) + 1) if match[i] is not None]
        values = tuple(float(self.text[a:b]) for a, b in spans)
        for a, b in spans:
            self.text = f"{self.text[:a]}{'_' * (b - a)}{self.text[b:]}"
        return values

    def first(self, patterns: tuple[str, ...]) -> float | None:
        for pattern in patterns:
            if values := self.take(pattern):
                return values[0]
        return None

    def has(self, pattern: str) -> bool:
        return re.search(pattern, self.text) is not None


def read_amounts(tool: str, english: str, *, follow_up: bool = False) -> dict[str, float]:
    """What the utterance says of the tool's numeric arguments, out of bounds or not.

    `follow_up`: a number that stands alone may be what the call before had.
    """
    text = _Text(english)
    if tool in ("quiz", "search_course"):
        found = text.first(COUNTS["quiz"]) if tool == "quiz" else None
        return {} if found is None else {"n": found}
    fields = TOOLS[tool].model_fields
    said: dict[str, float] = {}
    _fixed_words(tool, text, said)
    if tool == "attention":
        _ordinals(text)
    if tool == "likelihood":
        _heads_of_tosses(text, said)
    if tool == "distribution":
        _in_brackets(text, said)
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
        _bare_parameters(text, said)
    if "n" in fields and "n" not in said:
        value = text.first(COUNTS.get(tool, _counted(_IMAGES)))
        if value is not None:
            said["n"] = value
    if tool in _DIGIT_LABS:
        _digit(text, said)
    return _as_meant(tool, said, english)


def _fixed_words(tool: str, text: _Text, said: dict[str, float]) -> None:
    """Numbers that are said by a word: "without guidance" is a scale of 1."""
    fields = TOOLS[tool].model_fields
    if "guidance" in fields and text.has(r"\b(?:without|no|zero) (?:any |the )?guidance|unguided"):
        said["guidance"] = 1
    if "refiner" in fields and text.has(
        r"\b(?:without|no|skip|leave out)(?: the| a| any)? refiner"
    ):
        said["refiner"] = 0
    elif "refiner" in fields and text.has(r"\brefiner\b.*\bhalf\b|\bhalf\b.*\brefiner\b"):
        said["refiner"] = 0.5


def _ordinals(text: _Text) -> None:
    for value, word in enumerate(_ORDINALS.split(), start=1):
        text.text = re.sub(rf"\b{word} (?=layer|head)", f"{value} ", text.text)


def _heads_of_tosses(text: _Text, said: dict[str, float]) -> None:
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
    won = text.take(rf"{NUMBER} (?:\w+ )?{heads}\b") or text.take(rf"\bheads?{_TO}{NUMBER}")
    if won is None and (found := text.take(rf"{NUMBER} (?:\w+ )?(?:times )?heads")):
        won = found
    lost = text.take(rf"{NUMBER} (?:tails?|failures?|misses|losses)\b")
    tossed = text.take(rf"{NUMBER} (?:\w+ )?{tosses}\b") or text.take(
        rf"\b(?:tosse[sd]|flip\w*|thr[eo]w\w*|tossed)(?: \w+){{0,3}}? {NUMBER}"
    )
    if won:
        said["successes"] = won[0]
    if tossed:
        said["trials"] = tossed[0]
    elif won and lost:
        said["trials"] = won[0] + lost[0]
    if lost and tossed and not won:
        said["successes"] = tossed[0] - lost[0]


_LAWS = r"normal|gaussian|n|poisson|pois|binomial|binom|bin|b|bernoulli|ber|uniform|u|unif|exponential|exp|expo"  # noqa: E501
_LAW_NAMES = {"n": "normal", "g": "normal", "p": "poisson", "b": "binomial", "u": "uniform",
              "e": "exponential"}  # fmt: skip
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


def _in_brackets(text: _Text, said: dict[str, float]) -> None:
    """ "N(0, 2)", "Binomial(20; 0.3)": the parameters in their usual order."""
    pattern = rf"\b({_LAWS})(?: distribution)? ?\( ?{NUMBER}(?: ?[,;] ?{NUMBER})? ?\)"
    match = re.search(pattern, text.text)
    if match:
        names = PARAMETERS[_law(match[1])]
        values = [float(value) for value in match.groups()[1:] if value is not None]
        said.update(zip(names, values, strict=False))
        text.text = text.text[: match.start(2)] + text.text[match.end() :]


def _bare_parameters(text: _Text, said: dict[str, float]) -> None:
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
        after = rf"\b(?:{_LAWS})(?: distribution| law| variable| with)?{_TO}{NUMBER}"
        two = text.take(rf"{after} ?,? ?(?:and )?{NUMBER}(?! (?:{_DATA}))")
        values = two or (text.take(rf"{after}(?! (?:\w+ )?(?:{_DATA}))") if law != "normal" else ())
        said.update(zip(PARAMETERS[law], values or (), strict=False))


def law_of(english: str) -> str | None:
    """The distribution that is named."""
    for law, pattern in (
        ("bernoulli", r"\bbernoulli"),
        ("binomial", r"\bbinom"),
        ("poisson", r"\bpoisson"),
        ("exponential", r"\bexpo"),
        ("uniform", r"\buniform|\bu \("),
        ("normal", r"\bnormal|\bgauss|\bbell (?:curve|shape)|\bn \("),
        ("binomial", r"\bb(?:in)? \("),
        ("exponential", r"\bexp \("),
        ("poisson", r"\bpois?\b"),
    ):
        if re.search(pattern, english):
            return law
    return None


def _counted_digits(text: _Text, said: dict[str, float]) -> None:
    """ "five 3s": how many, and of which digit."""
    if pair := text.take(rf"{NUMBER} (?:\w+ )?(?<!\w)(\d)s\b"):
        said["n"], said["digit"] = pair
    elif pair := text.take(
        rf"{NUMBER} {_UP_TO_2}(?:{_IMAGES}) of (?:an? |the )?(?:digit |number )?{NUMBER}(?= |$)"
    ):  # noqa: E501
        said["n"], said["digit"] = pair
    elif pair := text.take(rf"{NUMBER} (?:times|x|×) (?:an? |the )?{NUMBER}"):
        said["n"], said["digit"] = pair


def _from_to(text: _Text, said: dict[str, float]) -> None:
    """ "from 3 to 8", "between a 3 and an 8", "turn a 3 into an 8"."""
    one = r"(?:an? |the |digit |number |1 |some )*"
    link = r"(?:to|into|until|towards?|through to|onto|over to|becomes?|and|with|until it is|as)"
    digit = r"(?<![\w.])(\d)s?(?![\w.])"
    words = r"(?:[a-z]+ ){0,5}?"
    for pattern in (
        rf"\b(?:from|between|of|for) {one}{digit} {words}{link} {one}{digit}",
        rf"{digit} {words}(?:to|into|becomes?|towards?|turns? into) {one}{digit}",
        rf"\b(?:interpolat\w*|morph\w*|blend\w*|melt\w*|mix\w*|walk|transition) {words}{one}{digit} "
        rf"(?:and|with|,|to|into) {one}{digit}",
        rf"{digit} (?:and|,|/) {one}{digit}",
    ):
        if pair := text.take(pattern):
            said["digit"], said["to_digit"] = pair
            return
    if end := text.take(rf"\b(?:to|into|towards?|until) {one}{digit}(?! steps| samples)"):
        said["to_digit"] = end[0]


def _digit(text: _Text, said: dict[str, float]) -> None:
    """The digit itself, when all other numbers have been taken."""
    if "digit" in said or ("to_digit" in said and not text.has(r"\bfrom\b")):
        return
    for pattern in (
        r"(?<![\w.])(\d)s\b",
        rf"\b(?:digits?|numbers?|numerals?|class|label|figure|cipher){_TO}{NUMBER}",
        rf"\b(?:an?|the|another|some|any) (?:\w+ )?{NUMBER}",
        NUMBER,
    ):
        if found := text.take(pattern):
            said["digit"] = found[0]
            return


def _fits(name: str, tool: str, text: _Text) -> bool:
    """Whether a pattern of that name may be tried on this text."""
    match name:
        case "guidance":  # "guidance 1, 3 and 7" is a comparison, no one value
            return not text.has(rf"guidance\b[a-z ]*{_TO}{NUMBER} ?(?:,|and|vs|versus|or) ?\d")
        case "top_p":
            return tool == "sampling" and not text.has(r"\btop k\b.*\bp\b(?! ?\d| =)")
        case "mean" | "std":
            return tool != "likelihood" or text.has(
                r"\bmean|\bmu\b|\bstd|\bsd\b|\bsigma|\bdeviation"
            )
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
    for name in ("top_p", "p", "refiner"):
        if said.get(name, 0) > 1 and said[name] <= 100:
            said[name] /= 100
    if "std" in TOOLS[tool].model_fields and "std" not in said:
        found = re.search(rf"\bvariance{_TO}{NUMBER}", english)
        if found and float(found[1]) > 0:
            said["std"] = round(math.sqrt(float(found[1])), 6)
    return said


def whole(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, those without a fraction as whole numbers."""
    return {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in values.items()
    }
