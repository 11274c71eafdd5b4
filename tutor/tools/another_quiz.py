"""After a quiz or a search of the course: the same once more, or on another topic.

What a student says after a quiz is most often an answer ("the generator", "1b"), so a topic is
taken for a new one only where words lead to it: "now on VAEs", "what about attention?".
"""

from __future__ import annotations

import re

from tutor.records import ToolCall
from tutor.tools.amounts import read_amounts, whole
from tutor.tools.bare_numbers import bare_number
from tutor.tools.relative import relative
from tutor.tools.texts import read_texts
from tutor.tools.topics import new_topic
from tutor.tools.words import Utterance

_LEAD = re.compile(
    r"(?:(?:ok|okay|but|so|please|,|well|yes|great|cool|thanks|do|the|now|and|then|some|more|"
    r"another|1|a few|questions?) )*"
    r"(?:now|and|then|on|about|for|what about|how about|same|next|try|with|"
    r"\d+ (?:\w+ )?questions? ,) (?P<topic>.+)"
)
_NO_TOPIC = re.compile(
    r"(?:it|is|are|what|which|who|when|where|why|how|does|do|did|can|could|explain|define|describe|"
    r"tell|show|draw|run|sample|train|plot|generate|stop|skip|go|back|not?)\b(?! about)|"
    r"(?:(?:the|number|question|one|ones|[a-d]|\d+|second|third|fourth|fifth|last) ?)+$"
)
_IT = re.compile(r"\b(?:on|about) (?:it|this|that|them|these|those)\b")
_LABS = {"gan": "GANs", "vae": "VAEs", "compare": "generative models"}
"""How the course calls what a lab shows, where that is not the lab's name."""
_MULTIPLIED = re.compile(r"\b(?:double|twice|half|halve)\b")
_NUMBER = re.compile(r"\d+|the|please|an?|some|one")


def is_another(said: Utterance) -> bool:
    """Whether the utterance wishes for the quiz or the search before, once more or otherwise."""
    english = said.english.rstrip(" ?.!")
    if _NUMBER.fullmatch(english):
        return False
    return _MULTIPLIED.search(english) is not None or not new_topic(said) or _is_led(said)


def another(before: ToolCall, said: Utterance) -> ToolCall:
    """The quiz or the search before, on the topic that is named now, if one is."""
    numbers = whole(read_amounts(before.name, said.english))
    named = read_texts(before.name, said).get("topic")
    topic = named or (new_topic(said) if _is_led(said) else "")
    numbers = numbers or bare_number(before, before.name, said.english) or {}
    if not topic:
        numbers = numbers or relative(before.name, said.english, before.arguments, {})
    new = {"topic": topic} if topic else {}
    return ToolCall(before.name, {**before.arguments, **new, **numbers})


def topic_of_it(before: ToolCall, english: str) -> dict[str, str]:
    """The topic of "quiz me on that", said of a lab that was run."""
    if before.name in ("quiz", "search_course") or not _IT.search(english):
        return {}
    return {"topic": _LABS.get(before.name, before.name.replace("_", " "))}


def _is_led(said: Utterance) -> bool:
    """Whether words lead to a topic: "now on VAEs" has one, "the generator" may be an answer."""
    led = _LEAD.match(said.english.rstrip(" ?.!"))
    return bool(said.quotes) or (led is not None and not _NO_TOPIC.match(led["topic"]))
