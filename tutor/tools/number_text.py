"""An utterance from which numbers are taken one after the other.

A number that one argument has taken is gone for the next.
"""

from __future__ import annotations

import re

NUMBER = r"(?<![\w.])(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?![\w.])"
TO = r"(?: (?:of|is|are|was|were|=|:|,|to|at|be|value|values|scale|equal|equals|only|just|size|"
TO += r"number|rate|around|about|set|now|should|instead|like|say|up|down|k|p|\())*? ?"
_FRACTIONS = (
    (re.compile(r"\b(\d+) and (?:a|1) half\b"), lambda m: f"{m[1]}.5"),
    (re.compile(r"\bhalf a? ?(\d{3,})\b"), lambda m: f"{int(m[1]) / 2:.10g}"),
    (re.compile(r"\b(?:1|a) half\b"), lambda m: "0.5"),
    (re.compile(r"\b(?:1|a) quarter\b"), lambda m: "0.25"),
    (re.compile(r"\b3 quarters\b"), lambda m: "0.75"),
    (re.compile(r"\b(?:1|a) third\b(?! )"), lambda m: "0.3333"),
    (re.compile(r"\bminus (?=\d)"), lambda m: "-"),
    (re.compile(r"\b(\d+) point (\d+)\b"), lambda m: f"{m[1]}.{m[2]}"),
    (
        re.compile(r"(?<![\w.])(-?\d{1,3}(?:\.\d+)?) ?(?:\^|\* ?\*) ?(\d{1,2})\b"),
        lambda m: f"{float(m[1]) ** int(m[2]):.10g}",
    ),
    (re.compile(r"(?<=, )(\d+) / ([1-9]\d*)(?= ?\))"), lambda m: f"{int(m[1]) / int(m[2]):.10g}"),
    (re.compile(r"\bsigma (?:\^ 2|squared)\b"), lambda _: "variance"),
    (re.compile(r"\bpercent\b|\bper cent\b"), lambda m: "%"),
    (re.compile(r"\b(\d+(?:\.\d+)?) ?%"), lambda m: f"{float(m[1]) / 100:.10g}"),
)


class NumberText:
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
