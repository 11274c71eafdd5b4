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
_PUPIL = r"(?:(?:high|primary)[- ]school |first[- ]year )?(?:student|pupil|teenager|undergraduate)"
_NEW = (
    rf"(?:new|an? (?:{_BEGINNER}|{_PUPIL})|in (?:high|primary) school|{_YEARS}|\d{{1,2}}|five|six|"
    r"seven|eight|ten|twelve)"
)
_WHO = rf"(?:an? )?(?:{_BEGINNER}s?|(?:high|primary)[- ]schoolers?|{_YEARS}s?)"
_WORKED = (
    r"(?:worked|concrete|practical|real(?:[- ](?:world|life))?|numeric(?:al)?|tiny|small|simple)"
    r"(?:[- ]out)?"
)
_SIMPLE = r"(?:simpler?|plain|easy|easier|everyday|lay(?:man['’]?s?)?)"

_FEW = r"(?:one|1|two|2|three|3|a few|a couple of|few)(?: single| short)?"
_METHOD = r"(?: (?:method|mode|way|style|form|dialogue|questions|questioning))?"
_EXAMPLE_OF = r"(?: with (?:some |real |actual |concrete )?numbers)?(?: (?:of|for|on|with|about))?"

_PHRASES: tuple[tuple[FormName, tuple[str, ...]], ...] = (
    (
        "normal",
        (
            r"(?:please )?(?:(?:stop|quit|end|leave|drop|exit|without|not) |no more |"
            r"do(?:n['’]?t| not) )(?:being |be |use |using |with )?(?:the |so )?"
            rf"socratic(?:ally)?{_METHOD}",
            r"(?:please )?(?:no more|(?:stop|enough|quit)(?: with)?|without)(?: asking)?(?: me)?"
            r"(?: the| any| your)? questions|stop (?:asking|quizzing)(?: me)?",
            rf"(?:just )?{_CAN}(?:(?:give|write) {_ME})?(?:an? |the |just )*"
            r"(?:normal|regular|direct|straight) (?:answer|reply|explanation)(?: (?:to|of|for))?",
            rf"{_CAN}(?:just )?(?:answer|reply|explain)(?: (?:it|me|that))? "
            r"(?:normally|directly|as usual|as before)",
            r"(?:(?:go|switch|change|come) )?back to normal(?: (?:mode|answers|form))?",
        ),
    ),
    (
        "socratic",
        (
            rf"{_CAN}quiz {_ME}step by step(?: (?:on|about|through))?",
            r"(?:please )?do(?: not|n['’]?t) (?:just )?(?:tell|give) me(?: the answer)?,?"
            r"(?: (?:but )?(?:just )?(?:ask|guide|help) me(?: (?:to )?find it)?(?: instead)?)?",
            rf"{_CAN}ask me (?:instead|first|leading questions(?: (?:on|about))?|"
            r"a (?:leading )?question(?: first)?(?: (?:on|about|that leads me to))?)",
            r"(?<!\bi )(?<!\bto )(?<!\bwe )"
            r"(?:(?:i(?:['’]d| would)? (?:want|like|love) to|let['’]?s|(?:can|could) (?:you|we)|"
            r"please) )*(?:use|do|try|go|be|apply|start|with|by|in|via|using|switch to) "
            rf"(?:the |an? )?socratic(?:ally)?{_METHOD}"
            r"(?: (?:to|and) (?:teach|help|guide|ask|quiz|show|tell) me"
            r"(?: (?:about|on|through|with|to understand|understand|learn))?)?",
            rf"(?:^|(?<=[.?!,;:–—] ))(?:the )?socratic{_METHOD}|socratically|"
            r"(?<!the )(?<!an )(?<!a )(?<!is )socratic (?:style|mode|way)",
            r"let me (?:try|guess|think)(?: (?:it|about it))? (?:first|myself)",
            rf"{_CAN}(?:guide|lead|help) me (?:to (?:find )?the answer|find (?:it|the answer)|"
            r"work it out)(?: (?:by )?myself| step by step)?",
        ),
    ),
    (
        "example",
        (
            rf"{_CAN}(?:(?:give|show) {_ME}|(?:work|walk|go) (?:me )?through )"
            rf"(?:an?(?:other)?|some) (?:{_WORKED} )?examples?{_EXAMPLE_OF}",
            rf"{_CAN}(?:explain )?(?:(?:with|using|by|on|give {_ME}|see) )?(?:an?(?:other)? |one |"
            rf"some )?{_WORKED} examples?{_EXAMPLE_OF}",
            r"^(?:an? |some |another )?examples? (?:of|for)",
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
            rf"(?:simply )?(?:for|to) {_WHO}|for dummies",
            r"(?:much |more |even )?simply(?=\W*(?:$|[.?!,:]| please))",
            r"i(?:['’]m| am) (?:completely |quite |very )?new to (?:this|it|all this)"
            r"(?: (?:topic|subject|field))?",
        ),
    ),
    (
        "detailed",
        (
            r"(?<!less )(?<!rich )(?<!poor )"
            r"in (?:(?:more|greater|great|full|much more|some|all) )?(?:detail|depth)",
            r"in[- ]depth",
            rf"{_CAN}(?:(?:give|tell|show) {_ME})?(?:(?:some )?more|(?:all|full)(?: (?:of )?the)?) "
            r"details?(?: (?:on|about|of))?",
            rf"{_CAN}(?:(?:give|write) (?:me )?)?an? (?:more |very )?(?:long(?:er)?|detailed|"
            r"thorough) (?:answer|explanation|reply)(?: (?:of|to|on|for))?",
            r"at length|thoroughly|go deeper|elaborate(?: (?:on|more)(?: (?:it|this|that))?)?",
        ),
    ),
    (
        "short",
        (
            r"(?:very |as )?briefly|concisely|succinctly|in (?:brief|short|a nutshell)|"
            rf"in (?:just |only )?{_FEW} (?:words?|lines?|sentences?)",
            r"(?:(?:in )?(?:just |only )|in |^|(?<=[.?!,;:–—] ))"
            r"(?:one|1|two|2)(?: single| short)? sentences?",
            rf"{_CAN}(?:(?:give|write) (?:me )?)?(?:(?<!the )(?:^|(?<=[.?!,;:–—] ))|an? )"
            r"(?:very )?(?:short(?:er)?|brief|one[- ](?:sentence|line)) "
            r"(?:answer|explanation|reply|version)(?: (?:of|to|on|for))?",
            r"(?:make|keep|say) it (?:very )?(?:short|brief|shorter|briefer)",
            r"be (?:more )?(?:brief|short|concise|succinct)",
            r"tl;? ?dr",
        ),
    ),
)
_ALONE: tuple[tuple[FormName, str], ...] = (
    ("normal", r"just (?:answer|tell me|explain)|(?:normal|regular) mode"),
    (
        "example",
        r"(?:for (?:example|instance)|such as|like what)|"
        rf"(?:an?(?:other)? |some )?(?:{_WORKED} )?examples?|step[- ]by[- ]step",
    ),
    (
        "simple",
        r"simpler|easier|more simple|rephrase|"
        r"(?:say|put|explain) (?:it |that )?(?:differently|again)|in other words|"
        r"huh|pardon|what do you mean|come again|"
        r"too (?:complicated|complex|hard|difficult|technical|abstract|advanced)(?: for me)?|"
        r"(?:i )?(?:still )?(?:do ?n['’]?t|do not|did ?n['’]?t|can(?:no|['’])?t) (?:really |quite |"
        r"fully |even )*(?:understand|get|follow)(?: (?:it|this|that|you|anything|a word))?"
        r"(?: at all| yet)?|(?:i['’]?m |i am )?(?:still |so |totally |a bit |completely )*"
        r"(?:lost|confused)|(?:this|that|it)(?:['’]s| is) (?:so |very |really )?confusing",
    ),
    (
        "detailed",
        r"longer|more|elaborate|deeper|continue|go on|keep going|carry on|expand|too short|"
        r"(?:more )?info(?:rmation)?",
    ),
    ("short", r"shorter|briefer|summari[sz]e|sum up|(?:too|very) (?:long|much|wordy|verbose)"),
)
"""Words that ask for a form only where they are all that is said."""


def _one_of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<![\w-])(?:{p})(?![\w-])" for p in phrases), re.IGNORECASE)


_PATTERNS = tuple((name, _one_of(phrases)) for name, phrases in _PHRASES)
_OF_SUBJECT = re.compile(
    rf"in[- ]depth|(?:(?:give|tell|show) )?"
    rf"(?:(?:some )?more|(?:all|full)(?: (?:of )?the)?) details?|"
    rf"(?:for|to) {_WHO}|in {_FEW} (?:words?|lines?)",
    re.IGNORECASE,
)
"""Phrases that may be what a question asks about: networks differ in depth, toys are for kids."""
_EXPLAINING = re.compile(
    r"^\W*(?:(?:can|could|would|will|you|please|i)\W+)*(?:explain|describe|define|teach|elaborate|"
    r"what(?:['’]s| is| does)|how (?:do|does)\b[^?]*\bworks?)\b",
    re.IGNORECASE,
)
_BARE = tuple((name, _one_of((words,))) for name, words in _ALONE)

_FILLER = re.compile(
    r"\b(?:can|could|would|will|you|please|pls|plz|sorry|let['’]?s|again|explain|describe|say|tell|give|show|make|answer|"
    r"me|it|that|this|them|the|an?|to|and|but|so|now|then|ok|okay|yes|no|i|i['’]?d|want|like|need|"
    r"have|get|do|for|of|on|once|one|thanks|hmm|uh|try|bit|too|way|still|even|much|little|be|just|in|with|is|"
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
    r"if|in|let|help|i|we|prove|derive|state|outline|difference|teach|it|this|that|they|with|by|"
    r"from|using|to)\b",
    re.IGNORECASE,
)
"""How a question or a piece of one begins; what begins otherwise is a bare subject."""


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
