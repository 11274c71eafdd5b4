"""What students of other languages say, as English; and which words typing errors are mended to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path

from tutor.tools import numbers
from tutor.tools.pieces import Piece, pieces_of

GLOSSARY = Path(__file__).with_name("glossary.txt")
_PHRASE = 7  # the longest phrase of the glossary, in pieces
_ENGLISH = frozenset(
    "the a an of with and is are what why how does do did show me give from to for please draw "
    "some "
    "i you it let in on now at by this that these be can could would should my your which when "
    "where who make again same but another instead not than then there has have was were will want "
    "like see if or as into up out about one two its it's explain between using use run try get "
    "look watch tell many much more less all both each every side after before only just".split()
)


@cache
def glossary() -> Mapping[str, Mapping[tuple[str, ...], str]]:
    """For each language its phrases, in pieces, with what they are in English."""
    table: dict[str, dict[tuple[str, ...], str]] = {name: {} for name in numbers.LANGUAGES}
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        meaning, *columns = (part.strip() for part in line.split(" | "))
        for column in columns:
            language, _, phrases = column.partition(" ")
            for phrase in phrases.split(", "):
                key = tuple(piece.text for piece in pieces_of(phrase) if piece.text != "'")
                table[language].setdefault(key, meaning)
    return table


@cache
def terms() -> frozenset[str]:
    """The English words to which typing errors are mended."""
    words = {
        word
        for phrases in glossary().values()
        for meaning in phrases.values()
        for word in meaning.split()
        if len(word) > 3
    }
    named = (
        "transformer transformers adversarial variational samples generated generator collapse "
        "interpolation reconstruction reconstructions schedule schedules nucleus greedy random "
        "perplexity poisson binomial bernoulli gaussian gaussians exponential viterbi markov "
        "four five nine eleven twelve twenty thirty fifty hundred thousand "
        "hidden attention tokenizer tokenization embedding neighbours likelihood successes naive "
        "bayes logistic regression expectation maximisation digit digits eight seven three "
        "guidance negative prompt pipeline compression posterior"
    )
    return frozenset(words | set(named.split()))


def language_of(pieces: Sequence[Piece]) -> str | None:
    """The language that has more of the words than English has; None where nothing tells."""
    words = [piece.text for piece in pieces]
    best, most = "en", 0
    for language in numbers.LANGUAGES[1:]:
        table = glossary()[language]
        english = sum(word in _ENGLISH and (word,) not in table for word in words)
        telling = [
            word
            for word in words
            if ((word,) in table or numbers.is_number_word(word, language))
            and not (word in _ENGLISH or word in terms() or numbers.is_number_word(word, "en"))
        ]
        hits = len(telling)
        if hits == 1 and len(telling[0]) < 3:
            continue  # one word of two letters tells nothing
        if hits - english > most:
            best, most = language, hits - english
    return best if most or any(word in _ENGLISH for word in words) else None


def translated(pieces: Sequence[Piece], language: str) -> list[Piece]:
    """Phrases of the glossary replaced by what they mean."""
    tables = [glossary()[name] for name in dict.fromkeys((language, "en"))]
    done: list[Piece] = []
    if language != "en":  # "l'attention": two words
        pieces = [replace(piece, glued=False) for piece in pieces if piece.text != "'"]
    position = 0
    while position < len(pieces):
        meaning, length = _phrase_at(pieces, position, tables)
        if meaning is None:
            done.append(pieces[position])
        else:
            first, last = pieces[position], pieces[position + length - 1]
            done += [Piece(word, first.start, last.end) for word in meaning.split()]
        position += length
    return done


def _phrase_at(
    pieces: Sequence[Piece], position: int, tables: Sequence[Mapping[tuple[str, ...], str]]
) -> tuple[str | None, int]:
    for length in range(min(_PHRASE, len(pieces) - position), 0, -1):
        key = tuple(piece.text for piece in pieces[position : position + length])
        for table in tables:
            if key in table:
                return table[key], length
    return None, 1


@lru_cache(maxsize=4096)  # students' words have no end
def nearest_term(word: str, long: bool) -> str | None:
    """The one term that a typing error or two away from the word, if there is just one."""
    for limit in (1, 2) if long else (1,):
        near = [
            term
            for term in terms()
            if abs(len(term) - len(word)) <= limit and _distance(word, term, limit) <= limit
        ]
        if near:
            return min(near, key=lambda term: (term[0] != word[0], term))
    return None


def _distance(a: str, b: str, limit: int) -> int:
    """Insertions, deletions, changes and swaps of neighbours that turn `a` into `b`.

    Optimal string alignment (Damerau 1964); more than `limit` is not told apart.
    """
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        before, last, row = row, before, [i]
        for j, y in enumerate(b, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > limit + 1:
            return limit + 1
    return row[-1]
