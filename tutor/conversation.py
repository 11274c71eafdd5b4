"""What a message means after the turns before: a follow-up, a form of study, a reply, chatter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tutor.chatter import aside, without_filler
from tutor.config import FormName
from tutor.form_words import read_form
from tutor.records import Message
from tutor.replies import asks_hint, attempts
from tutor.study import BEFORE_I_SHOW

_PRONOUNS = re.compile(
    r"\b(?:it|its|they|them|their|this|that|these|those|he|she|one|ones|former|latter|both|else)"
    r"\b(?!-)",  # one-hot is a name
    re.IGNORECASE,
)
_ORDINAL = r"(?:first|second|third|last)"
_POINTS = rf"\b(?:{_ORDINAL}|other|same|another|more)\b(?!-)"
_POINTING = re.compile(_POINTS, re.IGNORECASE)
_NO_NAME = (
    r"(?:the|this|that|these|those|each|every|general|practice|theory|detail|order|total|"
    r"i|english|german|french|spanish|python)\b"
)
_CAPITAL = rf"(?!{_NO_NAME})(?-i:[A-Z])[\w-]*"
_NAME = rf"(?:{_CAPITAL}|an? \w{{3,}})"
_NOUN = r" (?!true|works?\b)\w+"
_OF_WHAT = re.compile(
    rf"\b{_ORDINAL} {_CAPITAL}|"  # the first GAN
    rf"{_POINTS}(?:{_NOUN}){{1,2}} of (?:\w+ing )?(?:the )?{_NAME}|"  # the last layer of a CNN
    rf"{_POINTS}{_NOUN} (?:in|for) (?:the )?{_NAME}|"
    rf"{_POINTS}{_NOUN} (?:of|for|in) (?!{_NO_NAME}|train)[^\W\d_]{{4,}}|"  # of backpropagation
    rf"{_NAME} the same as\b|{_NAME} or {_NAME}\b.{{1,80}}{_POINTS}|"
    rf"{_POINTS} \w[^,]{{0,80}}, "  # more stable, GANs or VAEs
    rf"(?!.{{0,80}}\b(?:{_ORDINAL}|other)\b).{{0,80}}\bor\b",
    re.IGNORECASE,
)
"""A question that points ("the first", "more") and says itself of what."""
_OF_SOMETHING = (
    r"(?:pros|cons|(?:dis)?advantages?|benefits?|drawbacks?|strengths?|weaknesses|limitations?|"
    r"downsides?|differences?|similarities|alternatives?|applications?|use cases?)"
)
"""What only something else has: without it, it is that of the question before."""
_CONTINUES = re.compile(
    r"^(?:(?:and|but|or|so|also|then)\b|what about|how about|why(?: not)?\b\W*$|how\b\W*$|"
    r"(?:vs|versus|compared (?:to|with)|as opposed to|unlike)\b|"
    r"(?:(?:what(?:['’]s| is| are)|are there|name) )?(?:(?:the|its|their|any|some) )?(?:main )?"
    rf"{_OF_SOMETHING}(?: (?:and|or) {_OF_SOMETHING})?\W*$|"
    r"(?:(?:can|could|please) (?:you )?)?(?:give|show) (?:me )?(?:an?|another|more|some) \w+\W*$|"
    r"(?:shorter|longer|simpler)\b|(?:(?:can|could) you )?explain (?:it|that|this)\b|"
    r"for example|an? example|in \w+\W*$)",
    re.IGNORECASE,
)
_SECOND_HALF = re.compile(
    r"[,;.?!]*\s+and (?=(?:how|why|when|where|what|which|who|does|do|did|is|are|was|can)\b)|"
    r"[?;:]\s+",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\b(?:it|its|they|them|their)\b", re.IGNORECASE)
_CONTENT = re.compile(r"\b(?:[^\W\d_]{4,}|[A-Z]{2,}s?)\b")
_ASKING = re.compile(
    r"\b(?:what|which|when|where|does|done|have|with|from|there|they|them|their|this|that|these|"
    r"those|about|please|explain|describe|define|tell|mean|means)\b",
    re.IGNORECASE,
)

_SMALL_WORDS = re.compile(
    r"\b(?:the|are|was|and|but|for|not|yes|why|how|who|did|has|had|can|may|you|she|him|her|its|our|"
    r"say|get|got|see|now|too|yet|all|any|let|new|way|use|used|out)\b",
    re.IGNORECASE,
)
"""Words of three letters that are no subject, as VAE and PCA are."""


def is_follow_up(question: str) -> bool:
    """Whether a question leans on the turn before: it refers, continues or is a scrap."""
    question = without_filler(question)
    said = _ASKING.sub(" ", question)
    content = len(_CONTENT.findall(said))
    if _CONTINUES.match(question.strip()):
        return content <= 6
    if _refers(question):
        return content <= 4 and not _names_first(question)
    return content == 0 and not re.search(r"[^\W\d_]{3,}", _SMALL_WORDS.sub(" ", said))


def _refers(question: str) -> bool:
    """Whether it has a pronoun, or points to one of several and does not say of what."""
    points = _POINTING.search(question) and not _OF_WHAT.search(question)
    return bool(points or _PRONOUNS.search(question))


def _names_first(question: str) -> bool:
    """Whether its first half names what the pronouns of its second half stand for.

    "What is a VAE and how does it work?"
    """
    first, *rest = _SECOND_HALF.split(question.strip(), maxsplit=1)
    return (
        bool(rest)
        and not _refers(first)
        and not is_follow_up(first)
        and not _refers(_PRONOUN.sub(" ", rest[0]))
    )


@dataclass(frozen=True, slots=True)
class Meant:
    """What a message asks: a question that stands on its own, and the form it asks for in words.

    `again`: nothing but a form was said, of the question before ("" if there is none).
    `reply` is what the student replied to the tutor's own question about it, and `hints` how many
    hints they have asked for. `own` is what of the question stands in the message itself. `told` is
    what the tutor says at once to a message that asks nothing of the course.
    """

    question: str
    form: FormName | None = None
    again: bool = False
    reply: str | None = None
    own: str = ""
    hints: int = 0
    told: str = ""


def meant(message: str, history: Sequence[Message]) -> Meant:
    """What a message means after the turns before."""
    shown = history[-1].content if history and history[-1].role == "assistant" else ""
    return _meant(message, *_followed(history), shown)


def _meant(message: str, before: Sequence[str], asked: Meant | None, shown: str = "") -> Meant:
    """What a message means after the questions before it, if the tutor has asked about `asked`.

    `shown` is the tutor's last reply.
    """
    said = without_filler(message)
    if asked is not None and attempts(said):
        hints = asked.hints + 1 if asks_hint(said) else 0
        return Meant(asked.question, "socratic", reply=message, hints=hints)
    if told := aside(message, shown) or aside(said, shown):
        return Meant("", told=told)
    form, rest = read_form(said)
    if form and not rest:
        last = _with_context(before[-1], before[:-1]) if before else ""
        return Meant(last, form, again=True)
    return Meant(_with_context(rest, before), form, own=rest)


def standalone(question: str, history: Sequence[Message]) -> str:
    """The question with what it leans on: the student's last question that stood alone."""
    return meant(question, history).question or question


def _with_context(question: str, before: Sequence[str]) -> str:
    """A question after the questions before it."""
    if not before or not is_follow_up(question):
        return question
    alone = next((one for one in reversed(before) if not is_follow_up(one)), before[0])
    return f"{alone.strip()} {question.strip()}"


def _followed(history: Sequence[Message]) -> tuple[list[str], Meant | None]:
    """What the student asked, and what of it the tutor has just answered by a question of its own.

    Chatter, remarks, wishes for a form and replies to the tutor's questions are left out. Every
    turn is read once: what it means depends on those before.
    """
    questions: list[str] = []
    last: Meant | None = None
    asked: Meant | None = None
    for turn in history:
        if turn.role != "user":
            led = turn.role == "assistant" and turn.content.lstrip().startswith(BEFORE_I_SHOW)
            asked = last if led and last and last.question else None
            last = None
            continue
        last = _meant(turn.content, questions, asked)
        if last.own:
            questions.append(last.own)
        asked = None
    return questions, asked
