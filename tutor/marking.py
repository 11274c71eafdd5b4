"""A student's answers to a quiz: "1b 2a", "the generator", "what is the answer to question 2?".

The quiz stands in the turns before, its answers below its questions, so each is read from there
and no model judges it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tutor.chatter import aside
from tutor.quiz import Asked, asked_in
from tutor.records import Message
from tutor.tools.turns import MARKED, is_marked

_LETTERS = "abcdefgh"
_NUMBER = r"(?:(?:question|number|no\.?|nr\.?|q|#)\s*)?(?P<number>\d{1,2})"
_PAIR = re.compile(
    rf"{_NUMBER}\s*(?:[.):=,-]|is)?\s*\(?(?P<letter>[{_LETTERS}])\)?(?![^\W_])", re.IGNORECASE
)
_NUMBERED = re.compile(
    rf"(?<!\w){_NUMBER}(?:\s*[.):=-]+\s*|\s+(?:is\s+)?)(?=[^\W\d_])", re.IGNORECASE
)
_LONE_LETTERS = re.compile(rf"\W*(?:[{_LETTERS}]\b\W*)+", re.IGNORECASE)
_AROUND = re.compile(
    r"^\W*(?:(?:so|ok|okay|well|hmm?|um|maybe|perhaps|probably|is|it['’]s|its|it|that['’]s|that|"
    r"the|an?|i|think|guess|believe|say|would|my|answer|solution|option|must|be|should|then)\b\W*)+|"
    r"\W*(?:\b(?:right|correct|then|i think|maybe|please)\b\W*)*$",
    re.IGNORECASE,
)
_WANTED = re.compile(
    r"\W*(?:(?:and|so|ok|but|please)\W+)*(?:(?:what(?:['’]s| is| was)|tell me|give me|"
    r"show me|reveal)\s+)?(?:the\s+)?(?:right\s+|correct\s+)?(?:answer|solution)\s*"
    rf"(?:(?:to|of|for|in)\s+)?(?:the\s+)?{_NUMBER}(?:st|nd|rd|th)?(?:\s+(?:question|one))?(?:\s+please)?\W*",
    re.IGNORECASE,
)
_ALL_WANTED = re.compile(
    r"\W*(?:(?:what are|tell me|give me|show me|reveal)\s+)?(?:all\s+)?(?:of\s+)?(?:the\s+)?"
    r"(?:right\s+|correct\s+)?(?:answers|solutions)(?:\s+please)?\W*|"
    r"\W*(?:sorry\W+)?(?:i\s+)?(?:really\s+)?(?:do\s*n['’]?t|do not|dont)\s+know"
    r"(?:\s+(?:it|them|any|that|the answers?))*\W*|\W*(?:i have |i['’]ve )?no (?:idea|clue)\W*|"
    r"\W*i give up\W*",
    re.IGNORECASE,
)


def marked(message: str, history: Sequence[Message]) -> str | None:
    """What is said of an answer to the quiz just before; None where the message is none."""
    rows = _quiz_before(history)
    if not rows:
        return None
    if wanted := _WANTED.fullmatch(message):
        number = int(wanted["number"])
        return _told(number, rows[number - 1]) if 1 <= number <= len(rows) else _which(rows)
    if _ALL_WANTED.fullmatch(message):
        return "\n\n".join(_told(number, row) for number, row in enumerate(rows, start=1))
    given = _given(message, rows)
    if given is None:
        return None
    return "\n\n".join(_marked(n, rows[n - 1], term) for n, term in given) or _which(rows)


def _quiz_before(history: Sequence[Message]) -> list[Asked]:
    """The questions of the last turn; thanks and answers that were marked may stand between."""
    turns = list(history)
    while len(turns) >= 2 and [turn.role for turn in turns[-2:]] == ["user", "assistant"]:
        said, reply = turns[-2:]
        if rows := asked_in(reply.content):
            return rows
        if not is_marked(reply.content) and aside(said.content) is None:
            return []
        turns = turns[:-2]
    return []


def _given(message: str, rows: Sequence[Asked]) -> list[tuple[int, str]] | None:
    """The number of each question that is answered, and the answer.

    Empty: it answers, but one cannot tell which question. None: it answers nothing.
    """
    if pairs := list(_PAIR.finditer(message)):
        rest = re.sub(r"\W|\band\b", "", _PAIR.sub("", message))
        if not rest:
            found = [(int(pair["number"]), _lettered(pair["letter"])) for pair in pairs]
            return _known([(n, at) for n, at in found if n <= len(rows)], rows)
    if _LONE_LETTERS.fullmatch(message):
        letters = re.findall(r"[a-z]", message.lower())
        if len(letters) != len(rows):
            return []
        return _known([(n, _lettered(x)) for n, x in enumerate(letters, start=1)], rows)
    starts = list(_NUMBERED.finditer(message))
    if starts and not re.sub(r"\W|\bthink\b|\bi\b", "", message[: starts[0].start()]):
        ends = [start.start() for start in starts[1:]] + [len(message)]
        terms = [message[start.end() : end] for start, end in zip(starts, ends, strict=True)]
        numbers = [int(start["number"]) for start in starts]
        if all(1 <= n <= len(rows) for n in numbers):
            chosen = [(n, _choice(t, rows[n - 1])) for n, t in zip(numbers, terms, strict=True)]
            if all(term for _, term in chosen):
                return [(n, term) for n, term in chosen if term]
    return _alone(message, rows)


def _alone(message: str, rows: Sequence[Asked]) -> list[tuple[int, str]] | None:
    """The question that a term without a number answers: the one it is right for, if there is."""
    offered = [
        (number, row, term)
        for number, row in enumerate(rows, start=1)
        if (term := _choice(message, row)) is not None
    ]
    right = [(number, term) for number, row, term in offered if term == row.answer]
    if right or len(offered) == 1:
        return right[:1] or [(offered[0][0], offered[0][2])]
    return [] if offered else None


def _known(pairs: Sequence[tuple[int, int]], rows: Sequence[Asked]) -> list[tuple[int, str]]:
    """The terms behind the letters, of questions and choices that there are."""
    return [
        (number, rows[number - 1].choices[at])
        for number, at in pairs
        if number >= 1 and at < len(rows[number - 1].choices)
    ]


def _lettered(letter: str) -> int:
    return _LETTERS.index(letter.lower())


def _choice(text: str, row: Asked) -> str | None:
    """The choice that the words name and nothing else beside it."""
    said = _folded(_AROUND.sub("", text))
    return next((choice for choice in row.choices if said and _folded(choice) == said), None)


def _folded(text: str) -> str:
    words = re.findall(r"\w+", text.lower())
    return " ".join(words).removesuffix("s")


def _marked(number: int, row: Asked, term: str) -> str:
    if term == row.answer:
        return f"{MARKED}{number}: “{term}” is right. {row.filled}"
    return f"{MARKED}{number}: it is not “{term}” but “{row.answer}”. {row.filled}"


def _told(number: int, row: Asked) -> str:
    return f"{MARKED}{number}: the answer is “{row.answer}”. {row.filled}"


def _which(rows: Sequence[Asked]) -> str:
    """What is said where it is open which question an answer is meant for."""
    if len(rows) == 1:
        return f"{MARKED}1 is the only one. Answer with one of: {', '.join(rows[0].choices)}."
    return (
        f"{MARKED}1 or another one? There are {len(rows)}. "
        "Write its number and your answer, such as “1 b” for the second choice of question 1."
    )
