"""What "it" is: "what is a GAN?" and then "show me one" wishes to see a GAN.

Only the student's own question before is looked at, never the reply to it.
"""

from __future__ import annotations

import re

_ASKED = re.compile(
    r"^(?:(?:and|but|so|ok|okay|please|hey|hi|,|can you|could you|would you) )*"
    r"(?:what (?:is|are|does|do)|what 's|whats|explain|define|describe|tell me (?:about|what)|"
    r"how (?:does|do)|i do not (?:get|understand)|i don 't (?:get|understand)|remind me what)"
    r" (?:to me )?(?P<thing>\S.*?)"
    r"(?: (?:is|are|works?|means?|does|do|to me|again|exactly|please|here|"
    r"in (?:simple|plain|easy|short) (?:words|terms)|in short))*$"
)
_WISHED = re.compile(
    r"^(?P<wish>(?:(?:and|but|so|ok|okay|please|yes|yeah|sure|great|cool|then|now|hey|,|well|"
    r"thanks|"
    r"nice|could|can|may|would|will|you|i|we|just|like|to|want|let|me|us|love|like|go ahead) )*"
    r"(?:show(?: me)?|see|look at|demonstrate|demo|run|try|plot|draw|visualise|generate|"
    r"sample|train|display|make|(?:quiz|test|examine|ask)(?: me| us)(?: (?:on|about))?|"
    r"search(?: the \w+)? for))(?P<rest>\b.*)$"
)
_PRONOUN = re.compile(
    r"\b(?:it|that|this|them|these|those|both|one|1)(?= ?$| please| for| to me| in action)"
)
_EXAMPLE = re.compile(
    r"(?: (?:me|how|an?|some|the|please|quick|small|short|demo|demos|demonstration|examples?|"
    r"instance|in action|picture|pictures))*"
)
_THEN = re.compile(
    r"(?P<asked>\S.*?)(?: (?:,|;|\.|and|then|after that|afterwards))+ "
    r"(?P<wish>(?:please )?(?:quiz|test|ask) (?:me|us)\b.*)"
)
_ABOUT = re.compile(r"\b(?:quiz|test|examine|ask|search)\b")
_ARTICLE = re.compile(r"^(?:an?|the) ")
_LONGEST = 6


def completed(english: str, before: str) -> str | None:
    """The wish, "it" replaced by what the question before was about; None where nothing is.

    Both are the router's English: `before` is the student's turn before.
    """
    asked = _ASKED.match(before.rstrip(" ?.!"))
    wished = _WISHED.match(english.rstrip(" ?.!"))
    if not asked or not wished or len(asked["thing"].split()) > _LONGEST:
        return None
    thing, rest = asked["thing"], wished["rest"]
    if _ABOUT.search(wished["wish"]):
        thing = _ARTICLE.sub("", thing)
    if _PRONOUN.search(rest):
        return wished["wish"] + _PRONOUN.sub(lambda _: thing, rest, count=1)
    return f"{wished['wish']} {thing}" if _EXAMPLE.fullmatch(rest) else None


def completed_within(english: str) -> str | None:
    """The second of two wishes in one, "it" replaced: "explain VAEs and then quiz me on them"."""
    both = _THEN.match(english)
    return completed(both["wish"], both["asked"]) if both else None
