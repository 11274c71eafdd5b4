"""What a message means after the turns before: follow-ups, forms of study, replies, chatter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tutor.config import FormName
from tutor.form_words import read_form
from tutor.records import Message
from tutor.study import BEFORE_I_SHOW

_REFERS = re.compile(
    r"\b(?:it|its|they|them|their|this|that|these|those|he|she|one|ones|former|latter|"
    r"first|second|third|last|other|same|both|another|more|else)\b",
    re.IGNORECASE,
)
_CONTINUES = re.compile(
    r"^(?:and|but|or|so|also|then|what about|how about|why(?: not)?\b\W*$|how\b\W*$|"
    r"(?:(?:can|could|please) (?:you )?)?(?:give|show) (?:me )?(?:an?|another|more|some) \w+\W*$|"
    r"shorter|longer|simpler|(?:(?:can|could) you )?explain (?:it|that|this)\b|"
    r"for example|an? example|in \w+\W*$)",
    re.IGNORECASE,
)
_CONTENT = re.compile(r"\b(?:[^\W\d_]{4,}|[A-Z]{2,}s?)\b")
_ASKING = re.compile(
    r"\b(?:what|which|when|where|does|done|have|with|from|there|they|them|their|this|that|these|"
    r"those|about|please|explain|describe|define|tell|mean|means)\b",
    re.IGNORECASE,
)

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
    content = len(_CONTENT.findall(_ASKING.sub(" ", question)))
    if _CONTINUES.match(question.strip()):
        return content <= 6
    return content == 0 or (content <= 4 and bool(_REFERS.search(question)))


@dataclass(frozen=True, slots=True)
class Meant:
    """What a message asks: a question that stands on its own, and the form it asks for in words.

    `again`: nothing but a form was said, of the question before ("" if there is none).
    `reply` is what the student replied to the tutor's own question about it.
    """

    question: str
    form: FormName | None = None
    again: bool = False
    reply: str | None = None


def meant(message: str, history: Sequence[Message]) -> Meant:
    """What a message means after the turns before."""
    if (asked := open_question(history)) is not None and attempts(message):
        return Meant(asked, "socratic", reply=message)
    form, rest = read_form(message)
    before = list(_questions(history))
    if form and not rest:
        last = _with_context(before[-1], before[:-1]) if before else ""
        return Meant(last, form, again=True)
    return Meant(_with_context(rest, before), form)


def standalone(question: str, history: Sequence[Message]) -> str:
    """The question with what it leans on: the student's last question that stood alone."""
    return meant(question, history).question or question


def _with_context(question: str, before: Sequence[str]) -> str:
    """A question after the questions before it."""
    if not before or not is_follow_up(question):
        return question
    alone = next((one for one in reversed(before) if not is_follow_up(one)), before[0])
    return f"{alone.strip()} {question.strip()}"


def _questions(history: Sequence[Message]) -> Iterator[str]:
    """What the student asked, without chatter, wishes for a form and replies to the tutor."""
    for number, turn in enumerate(history):
        if turn.role != "user" or chatter(turn.content):
            continue
        if open_question(history[:number]) is not None and attempts(turn.content):
            continue
        form, rest = read_form(turn.content)
        if rest or not form:
            yield rest


def open_question(history: Sequence[Message]) -> str | None:
    """The student's question to which the tutor has just replied with one of its own."""
    if len(history) < 2 or history[-1].role != "assistant" or history[-2].role != "user":
        return None
    if not history[-1].content.lstrip().startswith(BEFORE_I_SHOW):
        return None
    return meant(history[-2].content, history[:-2]).question or None


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
