"""What a tool showed in the turn before, asked about: "how many of them are read rightly?".

The course knows nothing of a lab's outcome, so the sentences that the tool said
itself are read by the judge, as passages of the course are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tutor.citations import own_words
from tutor.coverage import Score, answered
from tutor.quiz import ANSWERS, GAP
from tutor.records import Message
from tutor.support import sentences_of
from tutor.tools.router import Routed

Wanted = Callable[[str, Sequence[Message]], Routed]
"""A student's words and the turns before them to the call that they wish for."""


def recall(
    question: str,
    history: Sequence[Message],
    wanted: Wanted,
    score: Score,
    quotes: Sequence[str] = (),
) -> str:
    """The sentence of the tool's that answers, in a reply; nothing where none does.

    Nor where one of the course's `quotes` answers better. What stands below the tool's words of
    the course is left out: it is found there as well.
    """
    if [turn.role for turn in history[-2:]] != ["user", "assistant"]:
        return ""
    wish, shown = history[-2:]
    if shown.content.startswith(">"):  # an answer from the course, the usual case
        return ""
    if (wish.call or wanted(wish.content, history[:-2]).call) is None:
        return ""
    own = [part for part in shown.content.split("\n\n") if not part.startswith((">", "[", ANSWERS))]
    told = [sentence for part in own for sentence in sentences_of(part) if GAP not in sentence]
    sentences = [own_words(sentence) for sentence in told]
    if not sentences or not answered(question, sentences, score):
        return ""
    scores = score(question, sentences)
    if quotes and score(question, quotes).max() > scores.max():
        return ""
    return f"As was shown above: {sentences[int(np.argmax(scores))]}"
