"""Several questions in one message: each is looked up, and the quotes of all make one answer.

A question that leans on the one before ("What is a VAE? How does it work?") stays
with it. Where the course does not answer a question as it is written, it is
read without its misspelt words.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tutor.conversation import is_follow_up
from tutor.finding import Finder, Look, Quotes
from tutor.index.words import STOPWORDS
from tutor.mentions import asks
from tutor.records import Evidence
from tutor.spelling import Reading, Spelling
from tutor.study import Form

MOST = 3
"""Questions that one answer takes."""
LEAST_WORDS = 36
"""Of the quotes for each."""
SHOWN = 80
"""Letters of a question that is said again."""

_BREAK = re.compile(r"(?<=\?)\s+")
_SENTENCE = re.compile(r"(?<=[.!:])\s+")
_LINK = re.compile(
    r"^(?:(?:and|also|then|next|plus|so|but|second(?:ly)?|third(?:ly)?|finally|lastly)\b[,:]?\s+)+",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"^(?:(?:please|(?:can|could|would) you(?: please)?|can i ask)[,:]?\s+)?"
    r"(?:what|which|who|whose|why|how|when|where|explain|define|describe|compare|tell me)\b",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"\b(?:it|its|they|them|their|this|that|these|those|he|she|one|ones|former|latter|both|else|"
    r"same|other|another|first|second|last|there|here|mine|instead)\b(?!-)",
    re.IGNORECASE,
)
_SECOND_HALF = re.compile(r",?\s+and\s+", re.IGNORECASE)
_IDLE = frozenset(
    "explain define describe compare tell mean means happen happens work works working used get "
    "gets like please about more help question something anything know do done going about "
    "whats up right okay ok sure here today".split()
)
_VAGUE = frozenset(
    "training train trained learning generation generate data input inputs output outputs loss "
    "model models network networks layer layers step steps parameter parameters result results "
    "architecture algorithm method methods idea problem problems formula people value values "
    "number numbers choice default size".split()
)
"""Words that mean what was spoken of before, where they stand alone."""


def parts(message: str) -> tuple[str, ...]:
    """The questions of a message, each with those that lean on it; one, if it is not clear.

    >>> parts("What is dropout? And what is perplexity?")
    ('What is dropout?', 'what is perplexity?')
    >>> parts("What is a VAE? How does it work?")
    ('What is a VAE? How does it work?',)
    """
    found: list[str] = []
    for piece in _BREAK.split(message.strip()):
        own = _LINK.sub("", piece)
        if found and _alone(own) and _asked(found[-1]):
            found.append(own)
        elif found:
            found[-1] = f"{found[-1]} {piece}"
        else:
            found.append(piece)
    return tuple(found)


def _asked(part: str) -> bool:
    return _alone(_BREAK.split(part)[0])


def _alone(piece: str) -> bool:
    """Whether a piece is a question that says itself what it is about."""
    question = _SENTENCE.split(piece)[-1]
    first = _SECOND_HALF.split(question)[0]
    if not _QUESTION.match(question) or is_follow_up(question) or _LEANS.search(first):
        return False
    words = [word for word in re.findall(r"[^\W_]+", first) if _says(word)]
    if len(words) != 1:
        return bool(words)
    word = words[0]
    leans = word.islower() and re.search(rf"\bthe {word}\b", first, re.IGNORECASE)
    return not leans and word.lower() not in _VAGUE


def _says(word: str) -> bool:
    """Whether a word is of what a question is about."""
    lower = word.lower()
    asking = lower in STOPWORDS or lower in _IDLE or _QUESTION.match(lower)
    return len(word) > 1 and not asking and not asks(lower)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found for a message: a look for each of its questions.

    `readings`: of which of them words were mended. `left`: how many questions were too many.
    """

    message: str
    looks: tuple[Look, ...]
    readings: tuple[Reading, ...] = ()
    left: int = 0

    @property
    def covered(self) -> bool:
        return any(look.covered for look in self.looks)

    @property
    def best(self) -> Look:
        """The look that stands for the message: the first that is covered."""
        return next((look for look in self.looks if look.covered), self.looks[0])

    @property
    def question(self) -> str:
        """The message as it was read."""
        return self.best.question if len(self.looks) == 1 else self.message

    @property
    def lead(self) -> str:
        """What is to be said before the quotes."""
        lines = [reading.note for reading in self.readings]
        if lacking := [look.question for look in self.looks if not look.covered]:
            asked = " or ".join(
                f"“{textwrap.shorten(q, SHOWN, placeholder=' …')}”" for q in lacking
            )
            lines.append(f"The course's documents do not answer {asked}.")
        if self.left:
            lines.append(f"I take {MOST} questions at a time; please ask the rest once more.")
        return " ".join(lines)


class Seeker:
    """Looks up messages of one question or several."""

    def __init__(self, finder: Finder, spelling: Spelling) -> None:
        self._finder = finder
        self._spelling = spelling

    def prepare(self) -> None:
        """Do now what the first question would wait for."""
        self._finder.prepare()
        self._spelling.prepare()

    def look(self, message: str, *, whole: bool = False) -> Seen:
        """What the course has for each question of a message, or for all of it as one (`whole`)."""
        asked = (message,) if whole else parts(message)
        if len(asked) > 1:
            seen = self._seen(message, asked[:MOST])
            if seen.covered:
                return replace(seen, left=len(asked[MOST:]))
        return self._seen(message, (message,))

    def _seen(self, message: str, asked: Sequence[str]) -> Seen:
        found = [self._look(question) for question in asked]
        readings = tuple(reading for _, reading in found if reading)
        return Seen(message, tuple(look for look, _ in found), readings)

    def _look(self, question: str) -> tuple[Look, Reading | None]:
        """A look at the course; at the mended question, if that alone is covered."""
        look = self._finder.look(question)
        if look.covered or not (reading := self._spelling.mended(question)):
            return look, None
        again = self._finder.look(reading.question)
        return (again, reading) if again.covered else (look, None)

    def quotes(self, seen: Seen, form: Form) -> Quotes:
        """What to quote of what is covered, numbered through, in a form of study."""
        looks = [look for look in seen.looks if look.covered]
        if len(seen.looks) == 1:
            quotes = self._finder.quotes(looks[0], form)
            return replace(quotes, lead=" ".join(filter(None, [seen.lead, quotes.lead])))
        share = self._share(form, len(looks))
        chosen = [self._finder.quotes(look, share).evidence for look in looks]
        return Quotes(numbered([piece for pieces in chosen for piece in pieces]), seen.lead)

    def _share(self, form: Form, questions: int) -> Form:
        """The form with each question's share of its words."""
        words = form.evidence_words or self._finder.selector.limit_words
        return replace(
            form,
            evidence_words=max(words // questions, LEAST_WORDS),
            reply_words=form.reply_words // questions,
            pieces=max(form.pieces // questions, 1),
        )


def numbered(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Pieces with markers from 1 on; one that two questions share is quoted once."""
    once = {(piece.source, piece.place, piece.quote): piece for piece in evidence}
    return tuple(replace(piece, marker=n) for n, piece in enumerate(once.values(), start=1))
