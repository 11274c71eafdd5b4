"""An utterance as the router reads it: plain lower-case English, with a way back to the original.

Words of other languages become English by the glossary, numbers in words
become digits, typing errors are mended, and what stands in quotes is set
aside. Each piece keeps its place in the original, so that a text or topic is
handed on exactly as the student wrote it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from tutor.tools import numbers

GLOSSARY = Path(__file__).with_name("glossary.txt")

QUOTE = "\N{BULLET}"
"""Stands in the English for a text that the student quoted."""

_QUOTED = re.compile(
    r"“([^”“]+)[”“]|„([^“”\"„]+)[“”\"]|«\s*([^»]+?)\s*»|‹([^›]+)›|\"([^\"]+)\"|`([^`]+)`|"
    r"(?<![^\W_])[‘'’]((?:[^‘'’]|(?<=\w)['’](?=\w))+?)['’](?![^\W_])|[\"“„«](.+)$",
    re.DOTALL,
)
_AFTER_COLON = re.compile(
    r"\b(?:sentences?|text|phrase|words?|message|mail|tokeni[sz]e|tokens|spam|ham|attention|this|"
    r"these|following|continue|neighbou?rs|satz|frase|zin|bericht|nachricht|mensaje|messaggio|"
    r"mensagem|texte|texto|testo|tekst|wort|mot|palabra|parola|palavra|woord|classifier|filter|"
    r"for|of|on|in|für|para|pour|per|voor|von|de|di|mit)\s*:\s*(\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
_PIECE = re.compile(
    r"(?P<number>(?<![\w)])[-−]?(?:\d+(?:[.,]\d+)*|\.\d+)(?:e[+-]?\d+)?(?:\s?%)?(?![^\W\d_])|"
    r"(?<![^\W\d_])\d+(?:[.,]\d+)*(?:\s?%)?(?![^\W\d_])|"
    r"(?<=[^\W\d_])\d+(?:[.,]\d+)*(?![^\W\d_]))|"
    r"(?P<word>\d+[^\W\d_]+\d[^\W_]*|\d+[^\W\d_]+|[^\W\d_]+(?:2[^\W\d_]+)?)|"
    r"(?P<arrow>-{1,2}>|=>|→|⇒)|(?P<sign>\S)"
)
_SUFFIXED = re.compile(r"(\d+)(k|m|mio)?(?:([a-z]{3,})|(s))?$")
_PHRASE = 7  # the longest phrase of the glossary, in pieces
_ENGLISH = frozenset(
    "the a an of with and is are what why how does do did show me give from to for please draw some "
    "i you it let in on now at by this that these be can could would should my your which when "
    "where who make again same but another instead not than then there has have was were will want "
    "like see if or as into up out about one two its it's explain between using use run try get "
    "look watch tell many much more less all both each every side after before only just".split()
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, number or sign: as English, and where it stands in the original."""

    text: str
    start: int
    end: int
    glued: bool = False
    """Whether it follows the piece before without a space."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a student said.

    `english` is lower-case English, its pieces apart by one space, each
    quoted text a bullet; `quotes` are those texts. `original` gives back what
    a stretch of the English was.
    """

    raw: str
    pieces: tuple[Piece, ...]
    quotes: tuple[str, ...]
    language: str
    english: str
    _starts: tuple[int, ...]

    def original(self, start: int, end: int) -> str:
        """The student's own words for `english[start:end]`."""
        inside = [
            piece
            for piece, at in zip(self.pieces, self._starts, strict=True)
            if at < end and at + len(piece.text) > start
        ]
        return self.raw[inside[0].start : inside[-1].end] if inside else ""


def fold(text: str) -> str:
    """Lower case without accents: "Fünf" is "funf", "straße" is "strasse"."""
    parts = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss"))
    return "".join(c for c in parts if not unicodedata.combining(c))


class Reader:
    """Reads utterances. `known` are the words that are no typing errors."""

    def __init__(self, known: Collection[str]) -> None:
        self._known = known

    def read(self, raw: str, language: str | None = None) -> Utterance:
        """The utterance in English; `language`, if its own words do not tell."""
        raw = unicodedata.normalize("NFC", raw)
        masked, quotes = _set_quotes_aside(raw)
        pieces = list(_pieces(masked))
        chosen = _language(pieces) or language or "en"
        pieces = [self._mended(piece, chosen) for piece in pieces]
        pieces = _joined_numbers(_translated(pieces, chosen), chosen)
        text, starts = "", []
        for piece in pieces:
            text += "" if not text or piece.glued else " "
            starts.append(len(text))
            text += piece.text
        return Utterance(raw, tuple(pieces), quotes, chosen, text, tuple(starts))

    def _mended(self, piece: Piece, language: str) -> Piece:
        word = piece.text
        if len(word) < 4 or not word.isalpha() or word in self._known or word in terms():
            return piece
        if (word,) in _glossary()[language] or numbers.is_number_word(word, language):
            return piece
        better = _nearest(word, len(word) >= 8 and language == "en")
        return Piece(better, piece.start, piece.end, piece.glued) if better else piece


def _set_quotes_aside(raw: str) -> tuple[str, tuple[str, ...]]:
    """The text with each quoted stretch blanked to a bullet and spaces, and those stretches."""
    quotes: list[str] = []

    def blank(match: re.Match[str]) -> str:
        inside = next(group for group in match.groups() if group is not None)
        quotes.append(inside.strip())
        return QUOTE + " " * (len(match.group()) - 1)

    masked = _QUOTED.sub(blank, raw)
    if not quotes and (found := _AFTER_COLON.search(masked)) and len(found.group(1).strip()) > 1:
        quotes.append(found.group(1).strip())
        start = found.start(1)
        masked = masked[:start] + QUOTE + " " * (len(masked) - start - 1)
    return masked, tuple(quotes)


def _pieces(masked: str) -> Iterator[Piece]:
    """Words folded, numbers as Python reads them, signs as they are."""
    last = 0
    for match in _PIECE.finditer(masked):
        start, end = match.span()
        glued = "'" in masked[max(last - 1, 0) : end].replace("’", "'") and start == last > 0
        last = end
        text = match.group()
        if match["number"]:
            listed = start > 0 and masked[start - 1] in "(["
            yield from _number_pieces(text, start, listed)
        elif match["arrow"]:
            yield Piece("to", start, end)
        elif match["word"]:
            yield from _word_pieces(fold(text), start, end, glued)
        elif text in "'’" or text == QUOTE:
            yield Piece(text.replace("’", "'"), start, end, glued)
        elif text not in "-−–—_":
            yield Piece(text, start, end)


def _number_pieces(text: str, start: int, listed: bool) -> Iterator[Piece]:
    """One number, or those of a list without spaces such as "(20,0.3"."""
    body = text.rstrip("% \u202f\xa0").replace("−", "-")
    percent = "%" in text
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", body) and not listed:
        body = body.replace(",", "")
    elif re.fullmatch(r"-?\d{1,3}(\.\d{3})+", body) and not body.startswith("0"):
        body = body.replace(".", "") if body.count(".") > 1 or body.endswith("000") else body
    elif body.count(",") == 1 and "." not in body and not listed:
        body = body.replace(",", ".")
    if "," in body:
        at = start
        for part in body.split(","):
            yield Piece(_plain(part), at, at + len(part))
            at += len(part) + 1
        return
    if body.count(".") > 1:  # a version or a date
        yield Piece(body, start, start + len(text))
        return
    value = f"{float(body) / 100:.10g}" if percent else _plain(body)
    yield Piece(value, start, start + len(text))


def _plain(number: str) -> str:
    """A number as Python writes it: no zeros in front, no "+"."""
    value = float(number)
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else f"{value:.10g}"


def _word_pieces(word: str, start: int, end: int, glued: bool) -> Iterator[Piece]:
    found = _SUFFIXED.fullmatch(word)
    if not found or not (found[2] or found[3] or found[4]):
        yield Piece(word, start, end, glued)
        return
    number, scale, unit, plural = found.groups()
    value = int(number) * {"k": 1000, "m": 10**6, "mio": 10**6, None: 1}[scale]
    if unit and scale:  # "10ms": what looked like a scale began the word
        unit, value = scale + unit, int(number)
    yield Piece(f"{value}s" if plural else str(value), start, end if not unit else start)
    if unit:
        yield Piece(unit, start + len(number), end)


@cache
def _glossary() -> Mapping[str, Mapping[tuple[str, ...], str]]:
    """For each language its phrases, in pieces, with what they are in English."""
    table: dict[str, dict[tuple[str, ...], str]] = {name: {} for name in numbers.LANGUAGES}
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        meaning, *columns = (part.strip() for part in line.split(" | "))
        for column in columns:
            language, _, phrases = column.partition(" ")
            for phrase in phrases.split(", "):
                key = tuple(piece.text for piece in _pieces(phrase) if piece.text != "'")
                table[language].setdefault(key, meaning)
    return table


@cache
def terms() -> frozenset[str]:
    """The English words to which typing errors are mended."""
    words = {
        word
        for phrases in _glossary().values()
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


def _language(pieces: Sequence[Piece]) -> str | None:
    """The language that has more of the words than English has; None where nothing tells."""
    words = [piece.text for piece in pieces]
    best, most = "en", 0
    for language in numbers.LANGUAGES[1:]:
        table = _glossary()[language]
        english = sum(word in _ENGLISH and (word,) not in table for word in words)
        hits = sum(
            (word,) in table or numbers.is_number_word(word, language)
            for word in words
            if not (word in _ENGLISH or word in terms() or numbers.is_number_word(word, "en"))
        )
        if hits == 1 and all(len(word) < 3 for word in words if (word,) in table):
            continue  # one word of two letters tells nothing
        if hits - english > most:
            best, most = language, hits - english
    return best if most or any(word in _ENGLISH for word in words) else None


def _translated(pieces: Sequence[Piece], language: str) -> list[Piece]:
    """Phrases of the glossary replaced by what they mean."""
    tables = [_glossary()[name] for name in dict.fromkeys((language, "en"))]
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


def _joined_numbers(pieces: Sequence[Piece], language: str) -> list[Piece]:
    """Numbers in words as digits; "sevens" as "7s"; "3 million" as 3000000."""
    languages = [language] if language == "en" else [language, "en"]
    words = [piece.text for piece in pieces]
    done: list[Piece] = []
    position = 0
    while position < len(pieces):
        piece = pieces[position]
        read = next(filter(None, (numbers.read(words, position, name) for name in languages)), None)
        plural = next(
            (d for name in languages if (d := numbers.plural_digit(piece.text, name)) is not None),
            None,
        )
        if read and not _is_pronoun(words, position):
            value, length = read
            done.append(Piece(str(value), piece.start, pieces[position + length - 1].end))
            position += length
            continue
        if plural is not None and not _is_pronoun(words, position):
            piece = Piece(f"{plural}s", piece.start, piece.end)
        scale = numbers.read(words, position + 1, language) if piece.text.isdigit() else None
        if scale and scale[0] >= 100 and words[position + 1] not in ("a", "un", "ein"):
            end = pieces[position + scale[1]].end
            done.append(Piece(str(int(piece.text) * scale[0]), piece.start, end))
            position += 1 + scale[1]
            continue
        done.append(piece)
        position += 1
    return done


_BEFORE_PRONOUN = frozenset(
    "this that which another the each every any some no next last other first new different same "
    "bigger smaller better these those thick thin good larger which's".split()
)


def _is_pronoun(words: Sequence[str], position: int) -> bool:
    """Whether "one" stands for a noun: "this one", "one of them"."""
    if words[position] not in ("one", "ones"):
        return False
    before = words[position - 1] if position else ""
    after = words[position + 1] if position + 1 < len(words) else ""
    return before in _BEFORE_PRONOUN or after in ("of", "more", "by")


@cache
def _nearest(word: str, long: bool) -> str | None:
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
