"""How a student replies to the tutor's own question: a guess, no idea, a hint, please, or away."""

from __future__ import annotations

import re

from tutor.chatter import aside, may_answer
from tutor.form_words import read_form

_OPENING = (
    r"^\W*(?:(?:ok(?:ay)?|no|yes|wait|sorry|hm+|well|actually|and|but|so|please|oh|um+|uh+|"
    r"thanks|another question)\W+)*"
)
_STATED = r"(?! (?:the|an?|it|its|they|there|this|that|these|each|every|one|no)\b[^?]*$)"
"""Not "when the generator wins": that is no question, but its answer."""
_TURNS_AWAY = re.compile(
    rf"{_OPENING}"
    rf"(?:(?:what|how|when|where){_STATED}\b|"
    r"(?:why|which|who|whose|does|do|did|are|were|has|have|should|"
    r"(?:can|could|will|would) (?:you|we|i)|what['’]s|how['’]s)\b|"
    r"(?:explain|describe|define|compare|summari[sz]e)\b|"
    r"(?:show|tell|give|draw|run|quiz|search|find|train|plot|list|generate|sample)"
    r" (?:me|us|an?|the|some|for|where|\d+)\b|let['’]?s\b|"
    r"i(?:['’]d| would) like\b|i want\b)(?! to (?:say|guess)\b)|"
    rf"{_OPENING}(?:now|next)(?: (?:to|on|for|about))?:? (?!the\b|an?\b|its?\b|they\b)\w[\w-]*"
    r"(?: [\w-]+)?(?: please)?\W*$|"  # now VAEs
    r"^[^:?]{1,40}:\s*(?:what|why|how|who|when|where|which|explain|describe|define)\b",
    re.IGNORECASE,
)
"""How a message begins that is a question or a wish of its own."""
_TRYING = r"(?:but|maybe|perhaps|probably|possibly|could|might|guess)"
_GIVES_UP = re.compile(
    r"^\W*(?:(?:sorry|hm+|well|ok(?:ay)?|no|oh|um|uh|honestly|please|haha)\W+)*(?:"
    r"(?:i )?(?:really |just |still )?"
    r"(?:do ?n['’]?t|do not|dont|did ?n['’]?t|can(?:no|['’])?t) "
    r"(?:\w+ )?(?:know|understand|get|remember|say|guess|think of)\b"
    rf"(?:(?! {_TRYING}\b)[^,;.:!?–—]){{0,30}}|"
    r"(?:i have |i['’]ve |i got )?(?:absolutely )?no (?:idea|clue)|idk|dunno|no+pe|"
    r"(?:i['’]?m |i am )?(?:not|un) ?sure|(?:it )?beats me|whatever|who knows|"
    r"(?:ich habe )?keine ahnung|(?:ich )?wei(?:ß|ss) (?:ich |es )*nicht|"
    r"(?:please |you )?(?:just )?(?:tell|show|give) (?:me|us)(?: (?:the answer|it|already|please|"
    r"now))*|(?:the |what(?:['’]s| is) the )?(?:answer|solution)(?: please)?|"
    r"(?:i )?(?:skip|pass|give up|stop|quit|exit|next)(?: (?:it|this|one|question|please))*|"
    r"what\??|huh|pardon|what do you mean|\?+)"
    r"(?:\W+(?:sorry|really|yet|lol|haha|please|tell me.{0,20}))*\W*$",
    re.IGNORECASE,
)
_HINT = re.compile(
    rf"{_OPENING}(?:(?:(?:can|could|may|would|will) (?:you|i|we) )?(?:please )?"
    r"(?:i(?:['’]d| would)? )?(?:(?:give|get|have|need|want|like|show|tell)\b(?: (?:me|us))? )?"
    r"(?:(?:an?(?:other)?|one|some|more|the|next|any|just) )*(?:(?:small|little|tiny) )?"
    r"(?:hint|clue)s?|help(?: me)?)\b[^,;:.]{0,20}\W*$",
    re.IGNORECASE,
)
_STATES = re.compile(
    r"^\W*(?:(?:well|maybe|perhaps|probably|i (?:think|guess|believe)|i want to say|that|so|then)"
    r"\W+)*(?:it|its|they|their|there|the|an?|because|by|since|when|how|if|he|she|this|these|one|"
    r"both)\b",
    re.IGNORECASE,
)


def gives_up(reply: str) -> bool:
    """Whether a reply says that the student does not know, or wishes to be told."""
    return bool(_GIVES_UP.match(reply)) or asks_hint(reply) or not re.search(r"\w", reply)


def asks_hint(reply: str) -> bool:
    """Whether a reply asks for help with the tutor's question: "i need a hint"."""
    return bool(_HINT.match(reply))


def states(reply: str) -> bool:
    """Whether a reply begins as a statement does: "the generator makes sevens" is no wish."""
    return bool(_STATES.match(reply))


def attempts(message: str) -> bool:
    """Whether a message replies to the tutor's question, rather than asking for something else."""
    if gives_up(message):
        return True
    if aside(message):
        return may_answer(message)
    form, rest = read_form(message)
    return not ((form and not rest) or _TURNS_AWAY.match(message))
