"""What the turns before mean for a question: follow-ups and plain chatter."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tutor.records import Message

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


def standalone(question: str, history: Sequence[Message]) -> str:
    """The question with what it leans on: the student's last question that stood alone."""
    if not is_follow_up(question):
        return question
    asked = [m.content for m in history if m.role == "user" and not chatter(m.content)]
    for earlier in reversed(asked):
        if not is_follow_up(earlier):
            return f"{earlier.strip()} {question.strip()}"
    return f"{asked[0].strip()} {question.strip()}" if asked else question
