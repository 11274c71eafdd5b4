"""How a drawn digit is to look, of the one before: "thicker", "smaller", "leaning left"."""

from __future__ import annotations

import re

from tutor.records import ToolCall

_LOOKS = (
    (("thick", "bold", "fat", "heavy"), ("thin", "slim", "slender", "fine", "skinny")),
    (("large", "big", "huge", "tall"), ("small", "tiny", "little", "short")),
)
_WANTED_LOOKS = (
    (r"\b(?:thicker|bolder|fatter|heavier|thick|bold)\b", 0, "thick"),
    (r"\b(?:thinner|slimmer|finer|thin|slim)\b", 0, "thin"),
    (r"\b(?:larger|bigger|large|big)\b", 1, "large"),
    (r"\b(?:smaller|tinier|small|tiny)\b", 1, "small"),
)
_NO_LOOK = re.compile(r"\bsteps|\bguidance|\bsamples|\bcode|\blatent|\bnoise")
_LEAN = re.compile(r"\b(?:lean\w*|tilt\w*|slant\w*)(?: more| it| to| the)* (left|right)\b|"
                   r"\b(?:to the|more) (left|right)\b")  # fmt: skip


def relooked(before: ToolCall, english: str) -> str | None:
    """The prompt of the picture before, made thicker, smaller, leaning left; None if not asked."""
    if _NO_LOOK.search(english):
        return None
    prompt = str(before.arguments.get("prompt", ""))
    if not prompt and "digit" in before.arguments:
        prompt = f"a {before.arguments['digit']}"
    lean = _LEAN.search(english)
    wanted = [(group, word) for look, group, word in _WANTED_LOOKS if re.search(look, english)]
    if not prompt or not (lean or wanted):
        return None
    for group, word in wanted:
        prompt = _with_look(prompt, group, word)
    if lean:
        side = lean[1] or lean[2]
        prompt, changes = re.subn(r"\b(?:left|right)\b", side, prompt, flags=re.IGNORECASE)
        prompt = prompt if changes else f"{prompt} leaning {side}"
    return prompt


def _with_look(prompt: str, group: int, word: str) -> str:
    others = "|".join(w for words in _LOOKS[group] for w in words)
    prompt, changes = re.subn(rf"\b(?:{others})\b", word, prompt, count=1, flags=re.IGNORECASE)
    if changes:
        return prompt
    article = re.match(r"(an?|the|one) ", prompt)
    if article is None:
        return f"{word} {prompt}"
    first = article[1].replace("an", "a")
    return f"{first} {word} {prompt[article.end() :]}"
