"""How well a piece of text suits a form of study: how easy it is to read, how much it works out.

The first line of each text is the heading that it stands under, empty where there is none.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?:](?=\s|$)|\n")
_VOWELS = re.compile(r"[aeiouy]+")
_FORMAL = re.compile(r"\$|\\\w|[=≈≤≥∑∏√∂∇×·⊙‖|`{}^]|\b[A-Za-z]\(|\b\w_\w")
"""Marks of formulas, code and tables."""
_PICTURES = re.compile(
    r"\b(?:think of|imagine|picture (?:a|an|the)|as if|in (?:other|plain) words|in words|"
    r"just as|much like|is like|like an?\b|for short|simply|everyday|compare it)\b",
    re.IGNORECASE,
)
"""What announces a comparison with something everybody knows."""
_ANNOUNCES = re.compile(
    r"\b(?:for example|for instance|e\.g\.|suppose|imagine|consider|"
    r"let (?:the|us|a\b|\w+ =|\w+ be)|take (?:a|an|the|two|three)|an? (?:\w+ )?example|"
    r"here is an?)\b",
    re.IGNORECASE,
)
_TITLED = re.compile(
    r"\b(?:examples?|worked|numeric(?:al)?|numbers|arithmetic|by hand|step by step|exercise)\b",
    re.IGNORECASE,
)
_RESULT = re.compile(r"[\d)⁰-⁹²³¹]\s*[=≈→]\s*[-−]?\$?\d")
"""A value that comes out: "512 / 8 = 64", "tanh(0.5) ≈ 0.462"."""
_NUMBER = re.compile(r"(?<![\w.])(?!(?:1[5-9]|20)\d\d\b|\d\. )\d+(?:[.,]\d+)?")
"""Numbers that are no year and do not count a list's items."""
_CELL = re.compile(r"[(−-]?\d[\d.,/ =%()×−-]*")
_CODE = re.compile(r"^\s*(?:```|~~~)", re.MULTILINE)

_LEANS_BACK = re.compile(
    r"\W*(?:this|that|these|those|it|they|here|therefore|thus|so|but|however|also|the same|another|"
    r"\d+\.)\b",
    re.IGNORECASE,
)
"""How a text begins that says little without what stands before it."""
_THINK_OF = re.compile(
    r"\W*(?:think of|imagine|picture (?:a|an|the)|suppose you|compare it|it is (?:like|as if))\b",
    re.IGNORECASE,
)
_ASKS_WHAT = re.compile(
    r"^\W*(?:what(?:['’]s| is| are| does)|define|explain|describe)(?: meant by)? (?:(?:an?|the) )?"
    r"(?P<subject>.+?)(?: mean| do)?[\s?.!]*$",
    re.IGNORECASE,
)

_ALSO = re.compile(r"[^,(]{2,60}[,(] ?(?:also )?(?:called|known as|spelt) (?P<name>[^,)]+)[,)]")
_IS = re.compile(r" (?:is|are) (?:an?|the) | means | (?:refers|stands) (?:to|for) ")

HARD_SYLLABLES = 4


def easy(text: str, question: str) -> float:
    """How easy a text is to read, in [0, 1]: short sentences of short words, no formula.

    After the fog index (Gunning 1952, "The Technique of Clear Writing"): words to a sentence plus
    the percentage of long words, here those of four syllables and more. Words of the question are
    not counted as long: it is they that are to be explained.
    """
    body = text.partition("\n")[2]
    words = _WORD.findall(body)
    if not words or "$$" in body:
        return 0.0
    asked = {word.lower() for word in _WORD.findall(question)}
    sentences = max(1, len(_SENTENCE_END.findall(body)))
    long = sum(syllables(word) >= HARD_SYLLABLES and word.lower() not in asked for word in words)
    fog = 0.4 * (len(words) / sentences + 100 * long / len(words))
    score = 1 - min(max(fog - 5, 0) / 12, 1)
    score -= 0.35 * len(_FORMAL.findall(body))
    score += 0.5 * bool(_PICTURES.search(body)) + 0.5 * defining(text, question)
    score -= 0.5 * bool(_LEANS_BACK.match(body))
    return min(max(score, 0.0), 1.0)


def _rows(text: str) -> int:
    """How many rows of a table hold two numbers or more."""
    rows = [line.split("|") for line in text.splitlines() if line.lstrip().startswith("|")]
    return sum(sum(bool(_CELL.fullmatch(c.strip())) for c in cells) >= 2 for cells in rows)


def defining(text: str, question: str) -> float:
    """Whether a text begins by saying what the question asks about is, where it asks that.

    1 for "X is a ...", one half where it begins with X otherwise.
    """
    asked = _ASKS_WHAT.match(question)
    if asked is None:
        return 0.0
    body = text.partition("\n")[2]
    first = _SENTENCE_END.split(body.lstrip(" -*+•\n"), maxsplit=1)[0].lower()
    wanted = {word.lower().rstrip("s") for word in _WORD.findall(asked["subject"])}
    subject, *rest = _IS.split(first, maxsplit=1)
    if rest and len(subject.split()) < 12 and wanted <= _singular(subject):
        return 1.0
    begins = " ".join(first.split()[: len(wanted) + 2])
    named = _ALSO.match(first)
    parts = [begins, named["name"]] if named else [begins]
    return 0.5 * (bool(wanted) and any(wanted <= _singular(part) for part in parts))


def _singular(text: str) -> set[str]:
    return {word.rstrip("s") for word in _WORD.findall(text)}


def pictures(text: str) -> bool:
    """Whether a text begins by asking to think of something that everybody knows."""
    return bool(_THINK_OF.match(text))


def syllables(word: str) -> int:
    """About how many syllables an English word has: its groups of vowels, a mute e aside."""
    lowered = word.lower()
    groups = len(_VOWELS.findall(lowered))
    return max(1, groups - (lowered.endswith("e") and not lowered.endswith("le")))


def worked(text: str, question: str) -> float:
    """How much a text works an example out, in [0, 1]; one half says that it does.

    Values that come out count most, then words and a heading that announce an example, rows of
    numbers and code.
    """
    heading, _, body = text.partition("\n")
    results = len(_RESULT.findall(body))
    numbers = len(_NUMBER.findall(body))
    score = 0.25 * min(results, 2) + 0.05 * min(numbers, 6)
    score += 0.35 * bool(_ANNOUNCES.search(body)) + 0.35 * bool(_TITLED.search(heading))
    score += 0.35 * (_rows(body) >= 2) + 0.35 * bool(_CODE.search(body))
    return min(score, 1.0)
