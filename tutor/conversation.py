"""What a message means after the turns before: follow-ups, forms of study, replies, chatter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tutor.config import FormName
from tutor.form_words import read_form
from tutor.records import Message
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
_CONTINUES = re.compile(
    r"^(?:(?:and|but|or|so|also|then)\b|what about|how about|why(?: not)?\b\W*$|how\b\W*$|"
    r"(?:(?:can|could|please) (?:you )?)?(?:give|show) (?:me )?(?:an?|another|more|some) \w+\W*$|"
    r"(?:shorter|longer|simpler)\b|(?:(?:can|could) you )?explain (?:it|that|this)\b|"
    r"for example|an? example|in \w+\W*$)",
    re.IGNORECASE,
)
_SECOND_HALF = re.compile(
    r"[,;.?!]*\s+and (?=(?:how|why|when|where|what|which|who|does|do|did|is|are|was|can)\b)|"
    r"[?;]\s+",
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

_CHATTER: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"^\W*(?:hi|hello|hey|hallo|hola|bonjour|good (?:morning|afternoon|evening))"
            r"(?: there| tutor| everyone)?\W*$",
            re.IGNORECASE,
        ),
        "Hello! Ask me anything about this course, and I will show you where it stands.",
    ),
    (
        re.compile(
            r"^\W*(?:(?:ok(?:ay)?|great|perfect|cool|nice)\W+)?(?:many )?(?:thanks?(?: you)?|thx|"
            r"danke|merci|gracias)(?: (?:so|very) much| a lot| for .{1,30})?\W*$",
            re.IGNORECASE,
        ),
        "You are welcome. What would you like to look at next?",
    ),
    (
        re.compile(r"^\W*(?:bye|goodbye|see you(?: later)?|tschüss|ciao)\W*$", re.IGNORECASE),
        "Goodbye, and good luck with the course!",
    ),
    (
        re.compile(r"^\W*(?:ok(?:ay)?|great|perfect|cool|nice|i see|got it)\W*$", re.IGNORECASE),
        "Good. Ask on whenever you like.",
    ),
    (
        re.compile(
            r"^\W*(?:who are you|what (?:are you|can you do)|help|how do you work)\W*$",
            re.IGNORECASE,
        ),
        "I am this course's tutor. I answer from the course's own documents: first what they say, "
        "word for word and with the place, then a short explanation. When the course does not "
        "cover something, I say so.",
    ),
)


def chatter(question: str) -> str | None:
    """The reply to a greeting, thanks or the like; None for a real question."""
    return next((reply for pattern, reply in _CHATTER if pattern.match(question)), None)


def is_follow_up(question: str) -> bool:
    """Whether a question leans on the turn before: it refers, continues or is a scrap."""
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
    `reply` is what the student replied to the tutor's own question about it. `own` is what of the
    question stands in the message itself.
    """

    question: str
    form: FormName | None = None
    again: bool = False
    reply: str | None = None
    own: str = ""


def meant(message: str, history: Sequence[Message]) -> Meant:
    """What a message means after the turns before."""
    return _meant(message, *_followed(history))


def _meant(message: str, before: Sequence[str], asked: str | None) -> Meant:
    """What a message means after the questions before it, if the tutor has asked about `asked`."""
    if asked is not None and attempts(message):
        return Meant(asked, "socratic", reply=message)
    form, rest = read_form(message)
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


def _followed(history: Sequence[Message]) -> tuple[list[str], str | None]:
    """What the student asked, and which of it the tutor has just answered by a question of its own.

    Chatter, wishes for a form and replies to the tutor's questions are left out. Every turn is
    read once: what it means depends on those before.
    """
    questions: list[str] = []
    last: Meant | None = None
    asked = None
    for turn in history:
        if turn.role != "user":
            led = turn.role == "assistant" and turn.content.lstrip().startswith(BEFORE_I_SHOW)
            asked = (last.question or None) if led and last else None
            last = None
            continue
        last = _meant(turn.content, questions, asked)
        if last.own and not chatter(turn.content):
            questions.append(last.own)
        asked = None
    return questions, asked


_TURNS_AWAY = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|no|wait|sorry|hm+|well|actually|and|but|so|please|another question)\W+)*"
    r"(?:(?:what|why|how|which|who|whose|when|where|does|do|did|are|were|has|have|should|"
    r"(?:can|could|will|would) (?:you|we|i)|what['’]s|how['’]s)\b|"
    r"(?:explain|describe|define|compare|summari[sz]e)\b|(?:show|tell|give|draw|run|quiz|search|find|train|plot|list|generate|sample)"
    r" (?:me|us|an?|the|some|for|where|\d+)\b|let['’]?s\b|i(?:['’]d| would) like\b|i want\b)",
    re.IGNORECASE,
)
"""How a message begins that is a question or a wish of its own."""
_GIVES_UP = re.compile(
    r"^\W*(?:(?:sorry|hm+|well|ok(?:ay)?|no|oh|um|uh)\W+)*(?:(?:i )?(?:really |just )?"
    r"(?:do ?n['’]?t|do not|dont|did ?n['’]?t) (?:\w+ )?(?:know|understand|get|remember)\b.{0,20}|"
    r"(?:i have |i['’]ve |i got )?no (?:idea|clue)|idk|dunno|(?:i['’]?m |i am )?(?:not|un) ?sure|"
    r"(?:please )?(?:just )?(?:tell|show|give) (?:me|us)(?: (?:the answer|it|already|please|now))*|"
    r"(?:the |what(?:['’]s| is) the )?answer(?: please)?|(?:i )?(?:skip|pass|give up|stop|next|"
    r"hint)(?: (?:it|this|please))?|(?:a |give me a )hint(?: please)?|"
    r"what\??|huh|pardon|what do you mean|\?+)(?:\W+(?:sorry|really|yet|tell me.{0,20}))?\W*$",
    re.IGNORECASE,
)


def gives_up(reply: str) -> bool:
    """Whether a reply says that the student does not know, or wishes to be told."""
    return bool(_GIVES_UP.match(reply)) or not re.search(r"\w", reply)


_STATES = re.compile(
    r"^\W*(?:(?:well|maybe|perhaps|probably|i (?:think|guess|believe)|that|so|then)\W+)*"
    r"(?:it|its|they|their|there|the|an?|because|by|since|when|if|he|she|this|these|one|both)\b",
    re.IGNORECASE,
)


def states(reply: str) -> bool:
    """Whether a reply begins as a statement does: "the generator makes sevens" is no wish."""
    return bool(_STATES.match(reply))


def attempts(message: str) -> bool:
    """Whether a message replies to the tutor's question, rather than asking for something else."""
    if gives_up(message):
        return True
    form, rest = read_form(message)
    return not ((form and not rest) or chatter(message) or _TURNS_AWAY.match(message))
