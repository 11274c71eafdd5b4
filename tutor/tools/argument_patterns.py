"""How students name numbers: "30 steps", "guidance of 4", "k = 10", "20 samples".

Each argument's patterns work on the router's English (`tutor.tools.words`),
where every number is in digits.
"""

from __future__ import annotations

from collections.abc import Mapping

from tutor.tools.number_text import NUMBER, TO

IMAGES = (
    r"samples?|digits?|images?|pictures?|examples?|exemplars?|outputs?|results?|instances?|copies|"
    r"specimens?|draws?|drawings?|times|ones|reconstructions?|shots|originals?|numerals?|"
    r"characters?|numbers?|figures?|faces|renderings?|generations?|pieces|tries|variants?|versions?"
)
DATA = (
    r"samples?|points?|values?|draws|observations?|examples?|data|numbers?|times|instances?|"
    r"measurements?|realisations?|realizations?|records?|rows|items"
)
_UNITS = r"steps?|iterations?|epochs?|frames?|images?|pictures?|digits?|layers?|heads?"
UP_TO_2 = r"(?:[a-z']+ ){0,2}?"
_COUNT = rf"\bn(?: =| :| of| is)? {NUMBER}|\b(?:sample size|count|number of \w+){TO}{NUMBER}"


def _named(names: str, units: str = "") -> tuple[str, ...]:
    """The patterns of an argument that is named before its number, or has a unit after it."""
    before = rf"\b(?:{names}){TO}{NUMBER}(?! (?:more |random |new )?(?:{DATA}|{_UNITS})\b)"
    return (before, rf"{NUMBER} (?:{units})\b") if units else (before,)


def counted(nouns: str, between: str = UP_TO_2) -> tuple[str, ...]:
    of_them = rf"{NUMBER} of (?:them|those|these)\b"
    return (_COUNT, rf"{NUMBER} (?:more )?{between}(?:{nouns})\b", of_them)


_STEPS = (
    rf"{NUMBER} (?:more )?(?:(?!and |steps? )[a-z]+ ){{0,2}}?(?:steps?|iterations?|epochs?|"
    r"updates?|"
    r"rounds?|frames?|passes|cycles|batches|intermediate|stages)\b(?! by)",
    rf"\b(?<!by )(?:steps?|iterations?|epochs?|frames?){TO}{NUMBER}",
    rf"\b(?:train\w*|learn|fit|run|go) (?:\w+ ){{0,4}}?for {NUMBER}(?! samples| digits| images)",
    rf"\bin {NUMBER}(?= ?$| please| ?[,.!?])",
)

PATTERNS: Mapping[str, tuple[str, ...]] = {
    "seed": _named("(?:random )?seed(?: number)?"),
    "layer": (
        *_named("layer(?: number)?"),
        rf"{NUMBER} layer\b",
        r"\b(\d+)(?:st|nd|rd|th) layer\b",
    ),
    "head": (*_named("head(?: number)?"), rf"{NUMBER} head\b", r"\b(\d+)(?:st|nd|rd|th) head\b"),
    "refiner": _named("refiner(?: share| fraction| strength)?"),
    "guidance": _named(
        "(?:classifier free )?guidance(?: scale| strength| weight| value| factor)?|cfg(?: scale)?|"
        r"\bw(?= =)",
        "guidance|cfg",
    ),
    "temperature": _named(r"temperature|temp|\bt(?= =|:| \d| of)|tau", "temperature|degrees"),
    "top_k": (
        rf"\btop k(?: sampling| decoding)?(?: with| at)?{TO}{NUMBER}",
        rf"\bk{TO}{NUMBER}",
        rf"\btop {NUMBER}(?! p)",
        rf"{NUMBER} (?:likeliest|most likely|most probable|best|top)\b",
    ),
    "min_p": _named("min p|minimum p"),
    "top_p": (
        rf"\btop p(?: sampling| decoding)?(?: with| at)?{TO}{NUMBER}",
        rf"\bnucleus(?: sampling| decoding| mass| size)?(?: with| at)?{TO}{NUMBER}",
        rf"(?<!min )\bp{TO}{NUMBER}",
        rf"{NUMBER} nucleus\b",
    ),
    "latent_dim": (
        rf"{NUMBER} latent (?:dims?|dimensions?|variables?|numbers?)\b",
        rf"\b(?:latent (?:dims?|dimensions?|dimensionality|size|code|space|codes|vector|"
        r"variables?)|"
        rf"codes?(?: size| length)?|bottleneck|code dimension){TO}{NUMBER}(?! (?:{_UNITS})\b)",
        rf"{NUMBER} ?(?:d|dim|dims|dimensions?|dimensional)\b",
        rf"{NUMBER} latents?\b(?: dims?| dimensions?| numbers| variables)?",
        rf"\b(?:into|to|code of|with|only|just|bottleneck of|through|of) (?:just |only )?{NUMBER} "
        r"(?:numbers?|values?|units?|neurons?|variables?|floats?|latents?|hidden|coordinates?)\b",
        r"\b(\d+)d\b",
        rf"\b(?:dims?|dimensions?){TO}{NUMBER}(?! (?:{_UNITS})\b)",
    ),
    "beta": _named("beta|kl weight|weight of the kl(?: term)?"),
    "noise": (
        rf"\bnoise(?: level| std| strength| sigma| amount| standard deviation)?{TO}{NUMBER}",
        rf"\b(?:std|sigma|standard deviation|level){TO}{NUMBER}",
        rf"{NUMBER} noise\b",
    ),
    "steps": _STEPS,
    "length": (
        rf"\b(?:length|long)(?: each)?{TO}{NUMBER}",
        rf"\b(?:continuations?|texts?|each) {UP_TO_2}{NUMBER} (?:tokens?|words?)\b",
        rf"{NUMBER} (?:tokens?|words?) (?:each|long|per \w+)\b",
    ),
    "clusters": (rf"{NUMBER} (?:true|real|actual) (?:clusters?|groups?|components?)\b",),
    "stay": (
        rf"\bstay(?:s|ing)?(?: probability| with| put| the same)?{TO}{NUMBER}",
        rf"\bpersistence{TO}{NUMBER}",
    ),
    "clarity": (rf"\bclarity{TO}{NUMBER}",),
    "other": (
        rf"\b(?:compared?|against|versus|vs) (?:it )?(?:with |to )?{NUMBER}",
        rf"\b(?:bias|probability|chance)(?: (?:of|for) (?:heads?|success))?{TO}{NUMBER}",
    ),
    "components": (
        rf"{NUMBER} {UP_TO_2}(?:gaussians?|components?|clusters?|normals?|groups|bells?|blobs?|"
        r"modes|distributions|mixtures?|bell curves)\b",
        rf"\b(?:components?|clusters?|gaussians?|k|gmm){TO}{NUMBER}",
        rf"\bmixture of {NUMBER}",
    ),
    "p": (
        rf"\b(?:p|(?:success )?(?:probability|prob|chance)(?: of (?:a )?(?:success|heads?|one|1))?|"
        rf"bias|success rate){TO}{NUMBER}",
        rf"{NUMBER} {UP_TO_2}(?:probability|chance|success|bias)\b",
        rf"\bcoin {UP_TO_2}(?:of|with) {NUMBER}",
    ),
    "trials": _named(
        r"trials|tosses|flips|throws|attempts|\bn",
        "(?:[a-z]+ )??(?:trials?|tosses|flips?|throws?|attempts?|experiments?|tries)",
    ),
    "rate": _named("rate lambda|rate|lambda|intensity|parameter|events per \\w+", "events"),
    "mean": _named(
        r"mean mu|mean|mu|average|expectation|expected value|cent(?:er|re)(?:e?d)?|true value|"
        r"around|"
        r"m(?= =)"
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
    "language_model": counted("characters?|letters?|chars?|symbols?"),
    "sampling": counted("draws?|tokens?|words?|samples?|times|repetitions?|trials"),
    "embeddings": counted(
        "neighbours?|passages?|results?|sentences?|chunks?|vectors?|hits?|"
        r"closest|nearest|most similar"
    ),
    "distribution": counted(DATA),
    "likelihood": counted(DATA),
    "classifier": counted(DATA),
    "mixture": counted(DATA),
    "sequence": (
        *counted(
            r"steps?|observations?|states?|symbols?|long|items|emissions|points|samples|days?"
        ),
        rf"\b(?:length|long){TO}{NUMBER}",
        rf"\bof {NUMBER}(?= ?$| ?[,.!?])",
    ),
    "quiz": counted("questions?|things?|problems?|tasks?|exercises?|items|queries|puzzles?"),
}
