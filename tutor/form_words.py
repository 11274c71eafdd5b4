"""A form of study that a student asks for in words: "in short", "explain like I'm five".

The words are taken out of the question, so that what is looked up is its
subject alone. Nothing left means: the question before, in that form.
"""

from __future__ import annotations

import re

from tutor.config import FormName

_ME = r"(?:(?:for|to) )?(?:me )?"
_CAN = r"(?:(?:can|could|would|will) you )?(?:please )?"
_YEARS = r"(?:\d{1,2}|five|six|seven|eight|ten|twelve)[- ]years?[- ]old"
_BEGINNER = r"(?:complete |total |absolute )?(?:beginner|newcomer|novice|child|kid)"
_NEW = rf"(?:new|an? {_BEGINNER}|{_YEARS}|\d{{1,2}}|five|six|seven|eight|ten|twelve)"
_WHO = rf"(?:an? )?(?:{_BEGINNER}s?|dummies|{_YEARS}s?)"
_WORKED = r"(?:worked|concrete|numeric(?:al)?|tiny|small|simple)(?:[- ]out)?"
_SIMPLE = r"(?:simpler?|plain|easy|easier|everyday|lay(?:man['’]?s?)?)"

_PHRASES: tuple[tuple[FormName, tuple[str, ...]], ...] = (
    (
        "socratic",
        (
            rf"{_CAN}quiz {_ME}step by step(?: (?:on|about|through))?",
            r"(?:please )?do(?: not|n['’]?t) (?:just )?(?:tell|give) me(?: the answer)?,?"
            r"(?: (?:but )?(?:just )?(?:ask|guide|help) me(?: (?:to )?find it)?(?: instead)?)?",
            rf"{_CAN}ask me (?:instead|first|leading questions(?: (?:on|about))?|"
            r"a (?:leading )?question(?: first)?(?: (?:on|about|that leads me to))?)",
            r"(?:use the |in the |in a )?socratic(?:ally)?(?: (?:method|mode|way|style|form))?",
            r"let me (?:try|guess|think)(?: (?:it|about it))? (?:first|myself)",
            rf"{_CAN}(?:guide|lead|help) me (?:to (?:find )?the answer|find (?:it|the answer)|"
            r"work it out)(?: (?:by )?myself| step by step)?",
        ),
    ),
    (
        "example",
        (
            rf"{_CAN}(?:(?:give|show) {_ME}|(?:work|walk|go) (?:me )?through )an?(?:other)? "
            rf"(?:{_WORKED} )?example(?: (?:of|for|on|with|about)(?: how)?)?",
            rf"{_CAN}(?:explain )?(?:(?:with|using|by|on|give {_ME}|see) )?(?:an?(?:other)? |one |"
            rf"some )?{_WORKED} examples?(?: (?:of|for|on|with|about)(?: how)?)?",
            r"(?:explain )?(?:with an example|by (?:way of )?(?:an )?example)|"
            r"work(?:ed)? (?:it )?through with numbers",
        ),
    ),
    (
        "simple",
        (
            rf"{_CAN}(?:explain (?:it |this |that )?(?:to me )?)?(?:like|as if|as though) "
            rf"(?:i['’]?m|i am|i was|i were) (?:only )?{_NEW}",
            r"eli ?5",
            rf"(?:in|with|using) (?:very |more |really )?{_SIMPLE}(?:,? and \w+)? "
            r"(?:terms|words?|language|english)",
            rf"(?:simply )?(?:for|to) {_WHO}",
            r"(?:much |more |even )?simply(?=\W*(?:$|[.?!,:]| please))",
            r"i(?:['’]m| am) (?:completely |quite |very )?new to (?:this|it|all this)"
            r"(?: (?:topic|subject|field))?",
        ),
    ),
    (
        "detailed",
        (
            r"in (?:(?:more|greater|great|full|much more|some|all) )?(?:detail|depth)",
            r"in[- ]depth",
            rf"{_CAN}(?:(?:give|tell|show) {_ME})?(?:some )?more details?(?: (?:on|about|of))?",
            rf"{_CAN}(?:(?:give|write) (?:me )?)?an? (?:more |very )?(?:long(?:er)?|detailed|"
            r"thorough) (?:answer|explanation|reply)(?: (?:of|to|on|for))?",
            r"at length|thoroughly|go deeper|elaborate(?: (?:on|more)(?: (?:it|this|that))?)?",
        ),
    ),
    (
        "short",
        (
            r"(?:very |as )?briefly|in (?:brief|short|a nutshell|(?:a )?few words)",
            r"(?:(?:in )?(?:just |only )|in |^|(?<=[.?!,;:–—] ))"
            r"(?:one|1|two|2)(?: single| short)? sentences?",
            rf"{_CAN}(?:(?:give|write) (?:me )?)?an? (?:very )?(?:short(?:er)?|brief|"
            r"one[- ](?:sentence|line)) (?:answer|explanation|reply|version)(?: (?:of|to|on|for))?",
            r"(?:make|keep|say) it (?:very )?(?:short|brief|shorter|briefer)|be (?:brief|short)",
            r"tl;? ?dr",
        ),
    ),
)
_ALONE: tuple[tuple[FormName, str], ...] = (
    ("example", r"(?:an?(?:other)?|for) example|examples"),
    ("simple", r"simpler|easier|more simple"),
    ("detailed", r"longer|more|elaborate|deeper"),
    ("short", r"shorter|briefer|summari[sz]e|sum up"),
)
"""Words that ask for a form only where they are all that is said."""


def _one_of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<![\w-])(?:{p})(?![\w-])" for p in phrases), re.IGNORECASE)


_PATTERNS = tuple((name, _one_of(phrases)) for name, phrases in _PHRASES)
_OF_SUBJECT = re.compile(
    rf"in[- ]depth|(?:(?:give|tell|show) )?(?:some )?more details?|(?:for|to) {_WHO}", re.IGNORECASE
)
"""Phrases that may be what a question asks about: networks differ in depth, toys are for kids."""
_EXPLAINING = re.compile(
    r"^\W*(?:(?:can|could|would|will|you|please|i)\W+)*(?:explain|describe|define|teach|elaborate|"
    r"what(?:['’]s| is| does)|how (?:do|does)\b[^?]*\bworks?)\b",
    re.IGNORECASE,
)
_BARE = tuple((name, _one_of((words,))) for name, words in _ALONE)

_FILLER = re.compile(
    r"\b(?:can|could|would|will|you|please|again|explain|describe|say|tell|give|show|make|answer|"
    r"me|it|that|this|them|the|an?|to|and|but|so|now|then|ok|okay|yes|no|i|i['’]?d|want|like|need|"
    r"have|get|do|for|of|on|once|one|thanks|hmm|uh|try|bit|even|much|little|be|just|in|with|is|"
    r"about|question|topic|my|last|explanation|instead|up)\b|[\W_]",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?:^|[.?!,;:–—-]|\b(?:and|but|please|explain|describe|me|it|that|this|ok|okay))\W*$", re.I
)
_AFTER = re.compile(
    r"^\W*(?:$|[.?!,;:–—-]|(?:and|but|please|explain|what|why|how|who|when)\b)", re.I
)
_LOOSE = re.compile(
    r"^(?:[\W_]*\b(?:and|but|please|so|ok|okay|then|also|of|on|about|for)\b)+[\W_]+(?=\w)|"
    r"[\s,;:–—-]+(?:please|and|but|then|it)?(?=[.?!]*$)",
    re.IGNORECASE,
)


_ASKS = re.compile(
    r"(?:what|which|why|how|who|whose|when|where|is|are|was|were|do|does|did|can|could|has|have|"
    r"will|would|should|explain|describe|define|compare|tell|show|give|summari[sz]e|list|name|"
    r"if|in|let|help|i|we|prove|derive|state|outline|difference)\b",
    re.IGNORECASE,
)
"""How a question begins; what begins otherwise is a bare subject."""


def read_form(question: str) -> tuple[FormName | None, str]:
    """The form that a question's words ask for, and the question without them.

    None and the question itself where they ask for none. A bare subject ("a worked example of
    top-p sampling") becomes the question what it is. An empty rest: they are all
    it says ("shorter please").
    """
    form, rest = _phrase(question)
    while form and rest:  # "simpler and shorter, please": the first counts, none is looked up
        again, less = _phrase(rest)
        if again is None:
            break
        rest = less
    left = rest
    for _, words in _BARE:
        left = words.sub("", left)
    if not _FILLER.sub("", left):
        form = form or next((name for name, words in _BARE if words.search(rest)), None)
        rest = "" if form else rest
    return form, rest


def _phrase(question: str) -> tuple[FormName | None, str]:
    """The first form with a phrase at an end of the question or of a clause of it."""
    for name, pattern in _PATTERNS:
        for found in pattern.finditer(question):
            before, after = question[: found.start()], question[found.end() :]
            apart = _BEFORE.search(before)
            able = not _OF_SUBJECT.fullmatch(found.group()) or _EXPLAINING.match(question)
            if apart or (able and _AFTER.search(after)):
                return name, _tidied(before.rstrip(), after.lstrip())
    return None, question


def _tidied(before: str, after: str) -> str:
    """What stands around a phrase as one question; empty where it is filler alone."""
    after = after.lstrip(" ,;:–—-")
    rest = f"{before.rstrip(' ,;:–—-')} {after}" if before else after
    rest = re.sub(r"\s+([.?!,;:])", r"\1", rest)
    rest = _LOOSE.sub("", rest.strip(" \t\r\n,;:–—-")).strip()
    rest = re.sub(r"([.?!])[\s.!,]+$", r"\1", rest).lstrip(".!?, ")
    if not _FILLER.sub("", rest):
        return ""
    return rest[:1].upper() + rest[1:] if _ASKS.match(rest) else f"What is {rest.rstrip('.?! ')}?"
