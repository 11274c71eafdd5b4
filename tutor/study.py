"""The forms of study in which a student can have an answer.

A form says how much is quoted and from how many passages, how long the reply
may grow, which windows of the passages it prefers, and what the model is told.
It draws on the course's own sentences: a form chooses among them, and never
asks for what does not stand there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import get_args

from tutor.config import FormName
from tutor.leanings import defining, easy, worked

Leaning = Callable[[str, str], float]
"""A window's text and the question to how well it suits a form, in [0, 1]."""

REPLY_WORDS = 150
"""A reply's length at most, quotes included, where the student does not ask for more."""
BEFORE_I_SHOW = "Before I show you what the course says, a question for you."
"""How a Socratic question begins; by it the next turn knows that a reply was asked for."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form of study.

    `evidence_words` None is the setting's own; `passages`, `pieces` and `longest` count the
    passages that are read, the pieces quoted from them and a piece's units; `length` is what a
    piece's length counts for. `leaning` with its `weight` is added to a window's score, and only
    windows that lean at least `enough` are quoted; they are looked for in the `searched` nearest
    passages. `lead` stands above the quotes, `without` where none leans so much. After the first,
    a piece is quoted that the judge gives at least `least`. The explanation has at most
    `sentences`.
    """

    name: FormName
    label: str
    help: str
    instruction: str
    evidence_words: int | None = None
    reply_words: int = REPLY_WORDS
    passages: int = 2
    pieces: int = 3
    longest: int = 4
    length: float = 0.15
    sentences: int | None = None
    searched: int = 8
    leaning: Leaning | None = None
    weight: float = 0.0
    enough: float = 0.0
    least: float = 0.0
    lead: str = ""
    without: str = ""

    @property
    def eases(self) -> bool:
        """Whether further quotes help: a comparison, and what hard words of the others mean."""
        return self.name == "simple"


NORMAL = Form(
    "normal",
    "Normal",
    "the quotes that answer, and a short explanation",
    "Answer in two to four sentences.",
)

FORMS: Mapping[FormName, Form] = {
    form.name: form
    for form in (
        NORMAL,
        Form(
            "short",
            "Short",
            "one quote, and one sentence of explanation",
            "Answer in one short sentence.",
            evidence_words=45,
            reply_words=80,
            passages=4,
            pieces=1,
            length=0.05,
            leaning=defining,
            weight=0.2,
            sentences=1,
        ),
        Form(
            "detailed",
            "Detailed",
            "more of the course's passages, and a longer explanation",
            "Answer in detail, in five or six sentences.",
            evidence_words=200,
            reply_words=300,
            passages=5,
            pieces=5,
            longest=8,
            length=0.1,
            least=-0.5,
        ),
        Form(
            "simple",
            "Explain like I'm new",
            "the plainest sentences, and what their terms mean",
            "Explain it in two to four sentences of everyday words, to somebody who is new to "
            "this.",
            evidence_words=70,
            passages=5,
            pieces=2,
            longest=3,
            length=0.05,
            leaning=easy,
            weight=0.4,
            enough=0.25,
        ),
        Form(
            "example",
            "Worked example",
            "an example that the course works through",
            "Go through the example that the notes give, in two to four sentences.",
            evidence_words=120,
            passages=6,
            pieces=1,
            longest=10,
            length=0.1,
            searched=40,
            leaning=worked,
            weight=0.5,
            enough=0.6,
            lead="An example from the course:",
            without="I found no worked example of this in the course. This is what it says:",
        ),
        Form(
            "socratic",
            "Socratic",
            "a leading question first; the quotes follow your reply",
            "",
            evidence_words=90,
        ),
    )
}

assert tuple(FORMS) == get_args(FormName)
