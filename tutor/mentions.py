"""What a question speaks of and the course never mentions.

A judge that reads a question beside a passage is easily taken in by a
neighbour: StyleGAN asked about, GANs explained. That no document has the name
at all is known to the index alone, and tells a great deal. Of 2,462 questions
that three sets of course documents answer two have such a name, of 999 near
misses one in five; a technical term (`tutor.terms`) one in a hundred, and 44 %
of the near misses. Other words tell only in a short plain question, whose
every word counts: 3 % of those covered have one that the course lacks, 35 % of
the near misses; those who put a long question in their own way have half.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from tutor.records import Hit

Knows = Callable[[str], bool]
"""Whether a word stands anywhere in the course."""
Terms = Callable[[str], Sequence[str]]
"""The technical terms of a question that stand nowhere in the course."""

SHORT = 8
"""Words of a short question."""
LEAST_LETTERS = 2
"""Letters of a name: x0 and R1 are variables."""
CLOSE, LONG_ENOUGH = 0.85, 6
"""A word is a misspelt one of the passages' from this likeness and length on: short names differ
by a letter and mean something else."""

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_OWN_CAPITAL = re.compile(r"[^\W_].*[A-Z]|[A-Za-z]{2,}.*\d")
"""A capital within the word, or letters with a figure: never how a plain word is written."""
_ENGLISH = frozenset(
    "what how the does why which who when where with and are explain tell should this define "
    "describe".split()
)
"""Words that hardly another language of the Latin script has: elsewhere nouns may be capitalised,
and the course's words are not those of the question."""
_PLAIN = re.compile(
    r"(?:what (?:is|are|was|were|does|do|did)|how (?:does|do|is|are|did|was)|explain|define|"
    r"describe|why (?:does|do|is|are)|who|when)\b",
    re.IGNORECASE,
)
_OF_THE_ANSWER = frozenset(
    "advantage disadvantage benefit drawback downside upside merit flaw weakness strength "
    "pitfall risk purpose role goal aim idea gist point nutshell reason cause effect "
    "consequence implication difference similarity contrast trade-off definition meaning "
    "meant formula equation symbol example instance analogy use usage application name term "
    "type kind variant version stage good bad best worst better worse main key plain simple "
    "exact typical called named linked related important useful necessary nobody somebody "
    "people beforehand".split()
)
"""What a question asks for; such a word does not name its subject."""
_SENTENCE_END = (".", "!", "?", ":", "…")


@dataclass(frozen=True, slots=True)
class Unmentioned:
    """Names and terms of a question that the course lacks; of a short plain one, other words."""

    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


NOTHING = Unmentioned()


def unmentioned(
    question: str, knows: Knows, hits: Sequence[Hit], terms: Terms = lambda question: ()
) -> Unmentioned:
    """What the question speaks of and the course lacks, in any spelling that `hits` show.

    In a question that is not English nothing but technical terms.
    """
    found = tuple(terms(question))
    others = _unmentioned(question, knows, hits)
    known = {word for term in found for word in _words(term)}
    names = tuple(name for name in others.names if name not in known)
    return Unmentioned((*found, *names), others.words)


def _unmentioned(question: str, knows: Knows, hits: Sequence[Hit]) -> Unmentioned:
    spoken = question.split()
    if _ENGLISH.isdisjoint(word.lower() for word in _words(question)) or question.isupper():
        return NOTHING
    short = len(spoken) <= SHORT and _PLAIN.match(question)
    names = _names(question)
    others = [w for w in _words(question) if w not in names and not asks(w)] if short else []
    lacking = [word for word in (*names, *others) if not knows(word)]
    if not lacking:
        return NOTHING
    texts = [
        [word.lower() for word in _words(" ".join((*hit.chunk.headings, hit.chunk.text)))]
        for hit in hits
    ]
    lacking = [word for word in lacking if not any(_mentions(t, word.lower()) for t in texts)]
    return Unmentioned(
        tuple(word for word in lacking if word in names),
        tuple(word for word in lacking if word not in names),
    )


def _words(text: str) -> list[str]:
    """A text's words, without what stands behind an apostrophe."""
    return [re.split("['’]", token)[0] for token in _TOKEN.findall(text)]


def asks(word: str) -> bool:
    """Whether a word says what is asked for, not about what."""
    lowered = word.lower()
    return lowered in _OF_THE_ANSWER or lowered.removesuffix("s") in _OF_THE_ANSWER


def _names(question: str) -> list[str]:
    """Words that their capitals or figures show to be names.

    A capital says nothing where a sentence begins, or where most words have one.
    """
    found = list(_TOKEN.finditer(question))
    capitals = sum(match.group()[0].isupper() for match in found)
    titled = len(found) > 2 and capitals > len(found) / 2
    names = []
    for match in found:
        word = re.split("['’]", match.group())[0]
        before = question[: match.start()].rstrip()
        begins = titled or not before or before.endswith(_SENTENCE_END)
        named = _OWN_CAPITAL.match(word) or (word[0].isupper() and not begins)
        if named and word[0].isalpha() and sum(map(str.isalpha, word)) >= LEAST_LETTERS:
            names.append(word)
    return list(dict.fromkeys(names))


def _mentions(words: Sequence[str], wanted: str) -> bool:
    """Whether a text has a word misspelt, in parts ("SD XL") or in full ("Stable Diffusion XL")."""
    if len(wanted) >= LONG_ENOUGH and get_close_matches(wanted, set(words), 1, CLOSE):
        return True
    return any(_spells(words[at : at + len(wanted)], wanted) for at in range(len(words)))


def _spells(words: Sequence[str], wanted: str) -> bool:
    """Whether the first of the words, whole or by their first letters, spell `wanted`."""
    if not wanted or not words:
        return not wanted
    first, *rest = words
    parts = {first, first.removesuffix("s"), first[0]} - {""}
    return any(wanted.startswith(p) and _spells(rest, wanted[len(p) :]) for p in parts)
