"""From what a student says to the call it means, or to none, without a language model.

A classifier over the bundled embedding says which tool and action; patterns
read the arguments. A question about a model is no call; a wish to see or run
it is. Only what the student says is read for wishes: replies and documents never are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tutor.config import Settings
from tutor.records import Message, ToolCall
from tutor.tools import numbers
from tutor.tools.amounts import read_amounts, whole
from tutor.tools.another_quiz import topic_of_it
from tutor.tools.antecedent import completed, completed_within
from tutor.tools.choices import actions_of, mentioned, read_choices, said_actions, says_action
from tutor.tools.classifier import AGAIN, NONE, Classifier, Encode, Floats, features
from tutor.tools.everyday import plain_wish
from tutor.tools.follow_up import changed, is_change, resumes
from tutor.tools.laws import law_of
from tutor.tools.no_wish import draws_no_digit, no_wish, only_asks
from tutor.tools.own_data import names_data, of_a_coin, own_data, quoted_data
from tutor.tools.pieces import fold
from tutor.tools.registry import TOOLS, clamp
from tutor.tools.texts import own_prompt, read_texts
from tutor.tools.topics import new_topic
from tutor.tools.turns import Turn, turns_of
from tutor.tools.words import Reader, Utterance

TURNS = 8
"""How many of the student's turns before may be leant on."""
LONGEST, EARLIER = 6000, 2000
"""How many characters are read of what is said, more than any argument has; and of turns before."""

_HOW_LIKELY = re.compile(r"\bhow (?:likely|probable)\b")
_FIT = re.compile(
    r"^(?!how |why |(?:what )?(?:does|do (?:you|we|i)) )"
    r"(?!.*\b(?:units?|pages?|chapters?|slides?)\b)"
    r".*\b(?:fit|fits|fitted|fitting|estimat\w+|mle)\b"
)
"""A wish to fit, no question of how it is done; numbers of pages are no data."""


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
        """The call that `question` means; the student's turns in `history` tell what "it" is.

        Of a turn whose call is known, the words are not read for another one.
        """
        turns = [*turns_of(history)[-TURNS:], Turn(question)]
        said = self._read(turns)
        rows = self._classifier.probabilities(
            features([utterance.english for utterance in said], self._encode)
        )
        call: ToolCall | None = None
        found: ToolCall | None = None
        asked_since = False
        notes: tuple[str, ...] = ()
        for turn, utterance, row in zip(turns, said, rows, strict=True):
            if turn.aside:
                continue
            before = call if call and (not asked_since or resumes(utterance, call)) else None
            found, notes = turn.call, ()
            if found is None and not turn.quiet:
                found = self._call(utterance, row, before)
                if found is not None:  # at once: "half the steps" is half of those that ran
                    found, notes = clamp(found)
            asked_since = found is None
            call = found or call
        return Routed(found, notes)

    def settings(self, tool: str, text: str) -> dict[str, Any]:
        """The arguments of a tool that a text names, whatever it would be taken for."""
        said = self._reader.read(text[:LONGEST])
        named = said_actions(tool, said.english)
        return arguments(tool, said, named[0] if len(named) == 1 else None)

    def own_text(self, tool: str, text: str) -> str:
        """What of the words of a command is a topic or a prompt, and no setting of the tool."""
        said = self._reader.read(text[:LONGEST])
        return new_topic(said) if tool == "quiz" else own_prompt(tool, said)

    def _read(self, turns: Sequence[Turn]) -> list[Utterance]:
        """The turns, each in the language of the one before unless its words tell."""
        said: list[Utterance] = []
        asked = ""
        for at, turn in enumerate(turns, start=1):
            text = turn.text[: LONGEST if at == len(turns) else EARLIER]
            new = self._reader.read(text, said[-1].language if said else None)
            whole_wish = completed_within(new.english)
            if not new.quotes and not mentioned(new.english) - {"quiz", "search_course"}:
                whole_wish = whole_wish or completed(new.english, asked)
            new = self._reader.read(whole_wish, "en") if whole_wish else new
            said.append(new)
            asked = asked if turn.aside else new.english
        return said

    def _call(self, said: Utterance, row: Floats, before: ToolCall | None) -> ToolCall | None:
        shares = dict(zip(self._classifier.labels, row.tolist(), strict=True))
        if (_HOW_LIKELY.search(said.english) and names_data(said.english)) or _fits_data(said):
            return ToolCall("likelihood", arguments("likelihood", said, None))
        again, none = shares.pop(AGAIN), shares.pop(NONE)
        tools = {tool: 0.0 for tool in TOOLS}
        for label, share in shares.items():
            tools[label.split()[0]] += share
        best = max(tools, key=lambda tool: tools[tool])
        if no_wish(said.english):
            return None
        if before is not None and is_change(said, before, best, again, none):
            return changed(before, said, best if tools[best] > again else None)
        if before is None:
            none += again
        if plain := plain_wish(said.english):
            return ToolCall(plain[0], arguments(plain[0], said, plain[1]))
        if none >= tools[best]:
            return None
        action = _action(best, said, shares)
        if only_asks(best, action, said.english):
            return None
        given = arguments(best, said, action)
        if _draws_no_digit(best, said, given) or (best == "search_course" and "topic" not in given):
            return None
        if best == "quiz" and before is not None and "topic" not in given:
            given.update(topic_of_it(before, said.english))
        return ToolCall(best, given)


def _action(tool: str, said: Utterance, shares: dict[str, float]) -> str | None:
    """The likeliest of the tool's actions; a word that stands for one other settles it."""
    actions = actions_of(tool)
    if not actions:
        return None
    best = max(actions, key=lambda action: shares.get(f"{tool} {action}", 0.0))
    named = said_actions(tool, said.english)
    if len(named) == 1 and not says_action(best, said.english):
        likely = shares.get(f"{tool} {named[0]}", 0.0) > 0.1 * shares.get(f"{tool} {best}", 0.0)
        by_name = re.search(rf"\b{named[0].replace('_', ' ')}\b", said.english)
        return named[0] if likely or by_name else best
    return best


def _fits_data(said: Utterance) -> bool:
    """Whether a normal or a coin is to be fitted to values that the student gives."""
    english = said.english
    if not _FIT.match(english) or mentioned(english) - {"distribution", "likelihood"}:
        return False
    if of_a_coin(english):
        return names_data(english)
    given = quoted_data(said.quotes[0]) if said.quotes else own_data(english)
    return law_of(english) == "normal" and bool(given)


def arguments(tool: str, said: Utterance, action: str | None) -> dict[str, Any]:
    """The tool's arguments as far as the student said them."""
    amounts = whole(read_amounts(tool, said.english))
    choices = read_choices(tool, said.english)
    given: dict[str, Any] = {}
    if action is not None:
        given["action"] = _consistent(tool, action, {**choices, **amounts}, said.english)
    given.update(read_texts(tool, said))
    given.update(choices)
    if tool == "language_model" and action not in ("generate", "train"):
        given.pop("model", None)  # all of them are compared
    given.update(amounts)
    if "digit" in TOOLS[tool].model_fields and "digit" not in given:
        given.update(_quoted_digit(said))
    return given


def _quoted_digit(said: Utterance) -> dict[str, int]:
    """ "the digit “seven”": quotes are set aside, so this one is read here."""
    for quote in said.quotes:
        words = fold(quote).split()
        read = numbers.read(words, 0, said.language)
        if quote.isdigit() and len(quote) == 1:
            return {"digit": int(quote)}
        if read and read[1] == len(words):
            return {"digit": read[0]}
    return {}


def _consistent(tool: str, action: str, given: Mapping[str, Any], english: str) -> str:
    """The action, unless what else is said contradicts it."""
    default = actions_of(tool)[0]
    if "to_digit" in given:
        return "interpolate"
    if action == "guidance" and "guidance" in given:
        return default
    if action == "schedules" and "schedule" in given:  # one of them: nothing to compare
        return "noise" if says_action("noise", english) else default
    if tool == "diffusion" and action == "denoise" and not says_action(action, english):
        return default if "steps" in given and says_action(default, english) else action
    return action


def _draws_no_digit(tool: str, said: Utterance, given: dict[str, Any]) -> bool:
    """Whether a picture is wanted of something that the image lab cannot draw: "draw a dog"."""
    if tool in ("gan", "vae", "diffusion", "compare"):
        return not said.quotes and draws_no_digit(said.english)
    if tool != "text_to_image" or "text_to_image" in mentioned(said.english):
        return False
    if said.quotes and says_action("sample", said.english):
        return False
    if re.search(r"\bprompt|\bpipeline|\bstages?\b", said.english):
        return False
    return not re.search(r"(?<!unit )(?<!page )(?<!chapter )(?<!slide )\b\d", said.english)


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
    bundled = chosen.model_copy(update={"embedding_model": "bundled"})
    return load_embedder(bundled, questions=False).encode


def load_router(settings: Settings, encode: Encode | None = None) -> Router:
    """The router; `encode` saves loading the bundled embedding model a second time.

    Raises:
        ModelError: the bundled embedding model or the router's weights are missing.
    """
    return Router(load_reader(), encode or load_encoder(settings), Classifier.load())
