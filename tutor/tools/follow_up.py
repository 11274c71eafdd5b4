"""Wishes that change the call before: "now a nine", "again with 50 steps"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tutor.labs.usual import STEPS
from tutor.records import ToolCall
from tutor.tools.amounts import read_amounts, whole
from tutor.tools.another_quiz import another, is_another
from tutor.tools.bare_numbers import bare_number, stands_alone
from tutor.tools.choices import actions_of, mentioned, read_choices, said_actions
from tutor.tools.looks import relooked
from tutor.tools.own_data import names_data
from tutor.tools.registry import TOOLS
from tutor.tools.relative import (
    AMOUNTS,
    factor_aside,
    is_wish,
    names_amount,
    relative,
    says_change,
)
from tutor.tools.texts import read_texts
from tutor.tools.words import Utterance

_QUESTION = re.compile(
    r"^(?:and |but |so |ok |well )*(?:what(?! about| if)|which|who|when|where|why|how(?! about)|"
    r"is|are|"
    r"does|do|did|was|explain|define|describe|tell|thanks|thank)\b"
)
_SAME = re.compile(
    r"\b(?:same|again|once more|repeat|instead|this time|do it|do that|likewise|another go|redo)\b"
)
_LINKED = re.compile(
    r"^(?:and |but |now |then |ok |so )*(?:with|without|from|by|for|using|use|set|change|what "
    r"about|how about|"
    r"what if|the|"
    r"on|to|in|at)\b"
)
_ONLY_DIGIT = re.compile(
    r"(?:(?:and|now|then|ok|,|please|make it|make them|try|what about|how about|an?|the|some) )*"
    r"(?<!\d)\ds?(?: (?:instead|again|please|now|then|this time))*(?: ?[.!?])*"
)
_WITH_OTHERS = re.compile(
    r"\bcompare (?:it|that|this|them)\b|\bwith the others?\b|\bthe other (?:2|models)\b|\ball 3\b"
)
_EVERY = re.compile(r"\b(?:every|all|each|all the) digits?\b")
_OBJECT = re.compile(r"\b(?:it|that|this|them|those)\b")
_SEED = re.compile(
    r"\b(?:other|another|different|new|change(?: the)?|fresh|next) (?:random )?seed\b|"
    r"\breseed\b|\b(?:an)?other one\b|\ba different one\b|\ba new one\b"
)
_TURNED = re.compile(r"\bother (?:way|direction)|\breverse|\bback(?:wards)?\b|\bswap")
_NEXT = re.compile(r"\bnext (?:digit|number)\b|^next$")
_SAMPLES = re.compile(
    r"^(?:(?:and|now|then|ok|so|please|can|could|you|next|just|let us|let's|,) )*"
    r"(?:sample|generate|draw)(?! steps)\b"
)
_IMAGES = ("gan", "vae", "diffusion", "autoencoder", "text_to_image", "compare")
_TEXTS = ("attention", "tokens", "embeddings", "sampling", "language_model")


def is_change(said: Utterance, before: ToolCall, best: str, again: float, none: float) -> bool:
    """Whether the utterance changes the call before, rather than being a call or question anew.

    `best` is the tool it would call if it stood alone; `again` and `none` are
    how likely it is a change, or no wish at all.
    """
    english = said.english
    call = max(0.0, 1 - again - none)
    if before.name in ("quiz", "search_course"):
        question = _QUESTION.match(english) and not _SAME.search(english)
        return again > 0.7 if question else is_another(said)
    if stands_alone(english) or _ONLY_DIGIT.fullmatch(english):
        return True
    if before.name in _IMAGES and _WITH_OTHERS.search(english):
        return True
    same = _SAME.search(english) is not None
    if _QUESTION.match(english) and not same:
        return again > 0.7
    if again >= max(none, call) or (before.name == "likelihood" and names_data(english)):
        return True
    short = len(english.split()) <= 9
    linked = _LINKED.match(english) is not None
    if none >= call:
        bare = _only_names(said) or bool(
            read_amounts(before.name, english)
            or read_choices(before.name, english)
            or names_amount(before.name, english)
        )
        linked = linked or english.startswith(("and ", "now ", "then "))
        linked = linked or is_wish(before.name, english)
        return short and (again > 0.15 or (bare and (none < 0.8 or same or linked)))
    if same:
        return again > 0.03
    named = mentioned(english)
    if best == before.name:
        return best not in named and (short or linked)
    if best in named:
        meant = linked or again > 0.2 or _OBJECT.search(english) is not None
        return short and _tool_after(before, english) == best and meant
    return short and _can_follow(before.name, english)


_FILLERS = re.compile(r"\b(?:and|now|with|the|a|from|of|for|on|what|about|how|then|ok|please)\b|\W")


def _only_names(said: Utterance) -> bool:
    words = _FILLERS.sub(" ", said.english)
    return bool(said.quotes) or len(words.split()) <= 1


def _can_follow(tool: str, english: str) -> bool:
    """Whether the tool of the call before can do what the utterance speaks of."""
    return bool(said_actions(tool, english) or read_amounts(tool, english))


_LAID_ON = re.compile(
    r"^(?:(?:and|but|ok|okay|then|so|please|,) )*"
    r"(?:now|with|from|by|using|use|try|make|set|change|same|again|once more|do the same|do it)\b"
)
_THICKNESS = re.compile(r"\b(?:thicker|thinner|bolder|slimmer|lean\w*|tilt\w*|slant\w*)\b")
_QUIZ = re.compile(r"\bquiz|\bquestions\b|\btest me\b|\bsearch\b")


def resumes(said: Utterance, before: ToolCall) -> bool:
    """Whether the utterance means the call, though the student asked something else after it.

    "More" and "again" then speak of what was asked; "now nines", "with 50 steps" and "the same
    with the VAE" name what the call takes.
    """
    english = said.english
    if before.name in ("quiz", "search_course"):
        return _QUIZ.search(english) is not None
    if stands_alone(english) or _ONLY_DIGIT.fullmatch(english) or said.quotes:
        return True
    laid_on = _LAID_ON.match(english) or _SAME.search(english)
    numbers = set(read_amounts(before.name, english))
    if numbers and (laid_on or numbers - {"n", "digit"}):
        return True
    if laid_on and (mentioned(english) or read_choices(before.name, english)):
        return True
    named = names_amount(before.name, english) and not english.endswith("?")
    digits = "digit" in before.arguments and (_TURNED.search(english) or _THICKNESS.search(english))
    return named or bool(digits) or re.search(r"\bseed\b", english) is not None


def changed(before: ToolCall, said: Utterance, best: str | None) -> ToolCall:
    """The call before, as the utterance changes it; `best` is the tool it names, if any."""
    english = said.english
    if before.name in ("quiz", "search_course"):
        return another(before, said)
    if before.name in _IMAGES and (prompt := relooked(before, english)):
        kept = before.arguments if before.name == "text_to_image" else {}
        amounts = _numbers("text_to_image", english)
        return ToolCall("text_to_image", {**kept, "prompt": prompt, **amounts})
    tool = _tool_after(before, english)
    factor, english = factor_aside(english)
    numbers = _numbers(tool, english)
    if (lone := bare_number(before, tool, english)) is not None:
        numbers = lone
    new: dict[str, Any] = {**read_texts(tool, said), **read_choices(tool, english)}
    kept = _kept(before, tool, new)
    if action := _new_action(tool, english, numbers):
        new["action"] = action
    elif tool == "language_model" and "model" in new and kept["action"] == "compare":
        new["action"] = "generate"  # one alone: comparing would show all of them again
    if tool in ("gan", "vae") and {**kept, **new}["action"] not in STEPS[tool]:
        kept.pop("steps", None)
    if "n" in numbers:
        kept.pop("data", None)  # so many are drawn
    merged = {**kept, **new, **numbers}
    merged.update(relative(tool, english, {**kept, **new}, numbers, factor))
    if _SEED.search(english) and "seed" not in numbers:
        merged["seed"] = int(merged.get("seed", 0)) + 1
    if _TURNED.search(english) and {"digit", "to_digit"} <= merged.keys():
        merged["digit"], merged["to_digit"] = merged["to_digit"], merged["digit"]
    if _NEXT.search(english) and "digit" in merged:
        merged["digit"] = (int(merged["digit"]) + 1) % 10
    if _EVERY.search(english):
        merged.pop("digit", None)
    return ToolCall(tool, merged)


def _kept(before: ToolCall, tool: str, new: Mapping[str, Any]) -> dict[str, Any]:
    """What of the call before goes on to hold for `tool`."""
    kept = {k: v for k, v in before.arguments.items() if k in TOOLS[tool].model_fields}
    if actions := actions_of(tool):
        kept["action"] = kept["action"] if kept.get("action") in actions else actions[0]
    if tool in ("distribution", "likelihood"):
        was = kept.get("name", TOOLS[tool].model_fields["name"].default)
        if new.get("name", was) != was:
            return {k: v for k, v in kept.items() if k in ("n", "seed")}
    if tool == "sampling" and new.get("strategy", kept.get("strategy")) != kept.get("strategy"):
        return {k: v for k, v in kept.items() if k not in ("top_k", "top_p")}
    return kept


def _new_action(tool: str, english: str, numbers: Mapping[str, Any]) -> str | None:
    """The action that the utterance names, if it names one: "more guidance" names none."""
    actions = actions_of(tool)
    named = [
        action
        for action in said_actions(tool, english)
        if action not in numbers
        and not (action == "schedules" and read_choices(tool, english))
        and not (action in AMOUNTS and says_change(english))
    ]
    if len(named) == 1:
        return named[0]
    if "to_digit" in numbers and "interpolate" in actions:
        return "interpolate"
    if "sample" in actions and _SAMPLES.search(english):
        return "sample"
    return None


def _numbers(tool: str, english: str) -> dict[str, Any]:
    return whole(read_amounts(tool, english))


def _tool_after(before: ToolCall, english: str) -> str:
    """The tool before, or another of its kind that the utterance names."""
    if before.name in _IMAGES and _WITH_OTHERS.search(english):
        return "compare"
    for group in (_IMAGES, _TEXTS):
        named = [tool for tool in group if tool in mentioned(english)]
        if before.name in group and before.name not in named and len(named) == 1:
            return named[0]
    return before.name
