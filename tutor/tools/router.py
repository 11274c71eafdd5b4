"""From what a student says to the call it means, or to none, without a language model.

A classifier over the bundled embedding says which tool and action; patterns
read the arguments. A question about a model is no call; a wish to see or run
it is. Only what the student says is read: replies and documents never are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tutor.config import Settings
from tutor.records import Message, ToolCall
from tutor.tools.amounts import read_amounts, whole
from tutor.tools.choices import actions_of, mentioned, read_choices, said_actions, says_action
from tutor.tools.classifier import AGAIN, NONE, Classifier, Encode, Floats, features
from tutor.tools.follow_up import changed, is_change
from tutor.tools.registry import TOOLS, clamp
from tutor.tools.texts import read_texts
from tutor.tools.words import Reader, Utterance

TURNS = 8
"""How many of the student's turns before may be leant on."""


@dataclass(frozen=True, slots=True)
class Routed:
    """The call that an utterance means, if it means one; `notes` say what was clamped."""

    call: ToolCall | None
    notes: tuple[str, ...] = ()


class Router:
    """Routes utterances. All its parts are given; `load_router` puts them together."""

    def __init__(self, reader: Reader, encode: Encode, classifier: Classifier) -> None:
        self._reader = reader
        self._encode = encode
        self._classifier = classifier

    def route(self, question: str, history: Sequence[Message] = ()) -> Routed:
        """The call that `question` means; the student's turns in `history` tell what "it" is."""
        asked = [turn.content for turn in history if turn.role == "user"][-TURNS:]
        said: list[Utterance] = []
        for text in [*asked, question]:
            said.append(self._reader.read(text, said[-1].language if said else None))
        rows = self._classifier.probabilities(
            features([utterance.english for utterance in said], self._encode)
        )
        call: ToolCall | None = None
        found: ToolCall | None = None
        for utterance, row in zip(said, rows, strict=True):
            found = self._call(utterance, row, call)
            call = found or call
        if found is None:
            return Routed(None)
        return Routed(*clamp(found))

    def _call(self, said: Utterance, row: Floats, before: ToolCall | None) -> ToolCall | None:
        shares = dict(zip(self._classifier.labels, row.tolist(), strict=True))
        again, none = shares.pop(AGAIN), shares.pop(NONE)
        tools = {tool: 0.0 for tool in TOOLS}
        for label, share in shares.items():
            tools[label.split()[0]] += share
        best = max(tools, key=lambda tool: tools[tool])
        if before is not None and is_change(said, before, best, again, none):
            return changed(before, said, best if tools[best] > again else None)
        if before is None:
            none += again
        if none >= tools[best]:
            return None
        given = arguments(best, said, _action(best, said, shares))
        return None if _draws_no_digit(best, said, given) else ToolCall(best, given)


def _action(tool: str, said: Utterance, shares: dict[str, float]) -> str | None:
    """The likeliest of the tool's actions; a word that stands for one other settles it."""
    actions = actions_of(tool)
    if not actions:
        return None
    best = max(actions, key=lambda action: shares.get(f"{tool} {action}", 0.0))
    named = said_actions(tool, said.english)
    if len(named) == 1 and not says_action(best, said.english):
        likely = shares.get(f"{tool} {named[0]}", 0.0) > 0.1 * shares.get(f"{tool} {best}", 0.0)
        return named[0] if likely else best
    return best


def arguments(tool: str, said: Utterance, action: str | None) -> dict[str, Any]:
    """The tool's arguments as far as the student said them."""
    amounts = whole(read_amounts(tool, said.english))
    if action is not None and action != (default := actions_of(tool)[0]):
        action = _consistent(tool, action, amounts, default)
    given: dict[str, Any] = {}
    if action:
        given["action"] = action
    given.update(read_texts(tool, said))
    given.update(read_choices(tool, said.english))
    if tool == "language_model" and action not in ("generate", "train"):
        given.pop("model", None)  # all of them are compared
    given.update(amounts)
    return given


def _consistent(tool: str, action: str, amounts: dict[str, Any], default: str) -> str:
    """The action, unless the amounts contradict it."""
    if "to_digit" in amounts:
        return "interpolate"
    if action == "guidance" and "guidance" in amounts:
        return default
    return action


def _draws_no_digit(tool: str, said: Utterance, given: dict[str, Any]) -> bool:
    """Whether a picture is wanted of something that the image lab cannot draw: "draw a dog"."""
    if tool != "text_to_image" or said.quotes or "text_to_image" in mentioned(said.english):
        return False
    if re.search(r"\bprompt|\bpipeline|\bstages?\b", said.english):
        return False
    return not re.search(r"\d", said.english)


def load_reader() -> Reader:
    """Reads utterances; the words of the bundled embedding model are no typing errors.

    Raises:
        ModelError: that model is not installed.
    """
    from tutor.models import embedding_folder, read_tokenizer

    tokenizer = read_tokenizer(embedding_folder("bundled") / "tokenizer.json")
    return Reader(frozenset(word for word in tokenizer.get_vocab() if not word.startswith("##")))


def load_encoder(settings: Settings | None = None) -> Encode:
    """The bundled embedding model, whichever one the settings name: the weights fit it alone.

    Raises:
        ModelError: it is not installed.
    """
    from tutor.embed import load_embedder

    chosen = settings or Settings()
    return load_embedder(chosen.model_copy(update={"embedding_model": "bundled"})).encode


def load_router(settings: Settings, encode: Encode | None = None) -> Router:
    """The router; `encode` saves loading the bundled embedding model a second time.

    Raises:
        ModelError: the bundled embedding model or the router's weights are missing.
    """
    return Router(load_reader(), encode or load_encoder(settings), Classifier.load())
