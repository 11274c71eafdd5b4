"""The student's own data in words: "the values 4, 6 and 8", "how likely is 2 3 5", "H T H H"."""

from __future__ import annotations

import re

from tutor.tools.laws import heads_of_tosses, law_of
from tutor.tools.number_text import NUMBER, NumberText

_NEXT = rf"(?:(?: ?[,;])?(?: and| &)? {NUMBER})"
_NO_UNIT = r"(?! (?:\w+ )?(?:values|points|samples|draws|observations|measurements|times)\b)"
_CUE = (
    r"\b(?:data|values?|observations?|observed|measurements?|measured|points?|numbers?|samples?|"
    r"likely|likelihood|probable|given|saw|got|x)"
    r"(?: (?:are|is|was|were|to|see|observe|get|of|for|the|my|these|data|values?|points?|"
    r"measurements?|observations?|numbers|=|:|\(|\[))* "
)
_LISTS = (
    re.compile(rf"{_CUE}(?P<list>{NUMBER}{_NEXT}++){_NO_UNIT}"),
    re.compile(rf"(?P<list>{NUMBER}{_NEXT}{{2,}}+){_NO_UNIT}"),
)
"""Two numbers are data where a word says so, three wherever they stand."""
_COIN = re.compile(r"\bcoins?\b|\bbernoulli|\btoss|\bflip|\bheads?\b|\btails?\b")
_SIDE = r"(?:heads?|tails?|h|t)"
_SIDES = re.compile(rf"\b{_SIDE}(?:(?: ,)?(?: and)? {_SIDE}\b){{2,}}|\b[ht]{{3,}}\b")
_ALL_NUMBERS = re.compile(rf"{NUMBER}(?:(?: ?[,;])? {NUMBER})+")


def of_a_coin(english: str) -> bool:
    """Whether it speaks of a coin and how it fell."""
    return _COIN.search(english) is not None or _SIDES.search(english) is not None


def own_data(english: str) -> str:
    """The values, blanks between them, as the likelihood lab takes them; "" where there are none.

    What a coin showed is none of these: it is counted by `tossed`.
    """
    found = None if of_a_coin(english) else _listed(NumberText(english).text)
    return _joined(found["list"]) if found else ""


def names_data(english: str) -> bool:
    """Whether data stand there that a word calls so, or how often a coin fell on which side."""
    text = NumberText(english)
    if not of_a_coin(english):
        of_no_other = law_of(english) in (None, "normal")
        return of_no_other and _LISTS[0].search(text.text) is not None
    said: dict[str, float] = {}
    if not tossed(text, said):
        heads_of_tosses(text, said)
    return said.keys() >= {"successes", "trials"}


def quoted_data(quote: str) -> str:
    """The values of "this: 4, 6, 8, 10", whose list is set aside like a quote."""
    return _joined(quote) if _ALL_NUMBERS.fullmatch(quote) else ""


def without_data(text: NumberText) -> None:
    """Take the values out of the text, so that no argument takes one of them."""
    if not of_a_coin(text.text) and (found := _listed(text.text)):
        _take(text, found, "list")


def tossed(text: NumberText, said: dict[str, float]) -> bool:
    """ "H T H H", "heads, tails, heads", "a coin showed 1, 0, 1, 1": each toss, counted."""
    if found := _SIDES.search(text.text):
        shown = [side[0] for side in re.findall(_SIDE, found[0])]
        _take(text, found, 0)
    elif of_a_coin(text.text) and (listed := _listed(text.text)):
        shown = _joined(listed["list"]).split()
        if not set(shown) <= {"0", "1"}:
            return False
        _take(text, listed, "list")
    else:
        return False
    said["successes"], said["trials"] = sum(side in "h1" for side in shown), len(shown)
    return True


def _listed(text: str) -> re.Match[str] | None:
    return next((found for cue in _LISTS if (found := cue.search(text))), None)


def _joined(text: str) -> str:
    return " ".join(re.findall(NUMBER, text))


def _take(text: NumberText, found: re.Match[str], group: str | int) -> None:
    start, end = found.span(group)
    text.text = f"{text.text[:start]}_{text.text[end:]}"
