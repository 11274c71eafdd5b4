"""A misspelt word of a question, taken as the course's own word that it comes nearest to.

Only what no document, no term of the lexicon and no whole word of the bundled
tokenizer's vocabulary is gets mended, and only by what slips of the hand do: a
letter left out, one typed twice, two swapped, a wrong vowel. So "reuse" does not
become "refuse", nor "tractable" "trainable". Names keep their letters: whoever
writes capitals or figures means them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property

from tutor.index import Index
from tutor.index.words import words_of
from tutor.mentions import Knows
from tutor.models import embedding_folder, read_tokenizer
from tutor.records import Chunk
from tutor.terms import lexicon, name_of

LEAST_LETTERS = 5
TWO_SLIPS = 9
"""Letters from which a word may have two slips."""
WRONG_VOWEL = 6
"""Letters from which a word may have a wrong vowel: "legit" is no "logit"."""
MENDED = 2
"""Words at most: a question with more of them is in another language."""
SEEN = 2
"""How often the course must have a word: one that stands once may be a slip itself."""
CLEARLY = 3
"""Times as often as the next one that is as near."""

_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_WORD = re.compile(r"[^\W\d_]+")
_BEFORE = re.compile(r"^(?:re|un|over|under|pre|non|de|dis|mis|out|sub|multi|inter|semi)(?=\w{3})")
_VOWELS = frozenset("aeiou")
_FAR = 9


@dataclass(frozen=True, slots=True)
class Reading:
    """A question as it was read: `words` are the pairs of what was written and what it means."""

    question: str
    words: tuple[tuple[str, str], ...]

    @property
    def note(self) -> str:
        """What the student is told."""
        said = " and ".join(f"“{written}” as “{meant}”" for written, meant in self.words)
        return f"I read {said}."


class Spelling:
    """Mends questions by the words of a course. `knows`: whether it has a word in some form."""

    def __init__(self, chunks: Iterable[Chunk], knows: Knows) -> None:
        self._chunks = chunks
        self._knows = knows

    @classmethod
    def of(cls, index: Index) -> Spelling:
        """That of an index's course."""
        return cls(index.chunks, index.words.knows)

    @cached_property
    def _words(self) -> dict[str, Counter[str]]:
        """How often the course has each word, by first letter."""
        found: dict[str, Counter[str]] = {}
        for chunk in self._chunks:
            for word in _WORD.findall(" ".join((*chunk.headings, chunk.text)).lower()):
                if len(word) >= LEAST_LETTERS:
                    found.setdefault(word[0], Counter())[word] += 1
        return found

    def prepare(self) -> None:
        """Read the course and the dictionary now, so that no question waits for it."""
        _ = self._words
        dictionary()

    def mended(self, question: str) -> Reading | None:
        """The question without its misspelt words; None if it has none, or too many."""
        pairs: dict[str, str] = {}

        def mend(match: re.Match[str]) -> str:
            word = match.group()
            begins = not question[: match.start()].strip()
            better = self._nearest(word.lower()) if _plain(word, begins) else None
            if better is None:
                return word
            pairs[word] = better.capitalize() if word[0].isupper() else better
            return pairs[word]

        text = _TOKEN.sub(mend, question)
        return Reading(text, tuple(pairs.items())) if 0 < len(pairs) <= MENDED else None

    def _nearest(self, word: str) -> str | None:
        """The course's word that an unknown one is a slip of, if there clearly is one."""
        if self._knows(word) or _is_word(word):
            return None
        limit = 2 if len(word) >= TWO_SLIPS else 1
        near = [
            (distance, -count, better)
            for better, count in self._words.get(word[0], Counter()).items()
            if count >= SEEN
            and abs(len(better) - len(word)) <= limit
            and (distance := slips(word, better)) <= limit
        ]
        if not near:
            return None
        distance, count, best = min(near)
        other = [n for d, n, text in near if d == distance and words_of(text) != words_of(best)]
        return best if all(count <= CLEARLY * n for n in other) else None


def _plain(word: str, begins: bool) -> bool:
    """Whether it is written as a common word is, not as a name or a symbol."""
    lower = word[1:] if begins else word
    return len(word) >= LEAST_LETTERS and word.isalpha() and lower.islower()


def _is_word(word: str) -> bool:
    """Whether it is a word, though not of the course; "rewording" is one as "wording" is."""
    known = dictionary()
    bare = _BEFORE.sub("", word)
    return word in known or (bare != word and bare in known)


@cache
def dictionary() -> frozenset[str]:
    """The words that are no slips: the bundled tokenizer's whole words and the lexicon's."""
    vocabulary = read_tokenizer(embedding_folder("bundled") / "tokenizer.json").get_vocab()
    terms = {word for name in lexicon() for word in name}
    return frozenset(vocabulary).union(terms, *({*name_of(word)} for word in terms))


def slips(written: str, meant: str) -> int:
    """How many slips of the hand make one word of another; many if others would be needed.

    The distance of Damerau (optimal alignment) with these edits alone.
    """
    rows: list[list[int]] = [list(range(len(meant) + 1))]
    for i, letter in enumerate(written, start=1):
        twice = i > 1 and letter == written[i - 2]
        row = [_FAR]
        for j, wanted in enumerate(meant, start=1):
            options = [
                rows[i - 1][j - 1] + _wrong(letter, wanted, len(written)),
                row[j - 1] + 1,  # left out
                rows[i - 1][j] + (1 if twice else _FAR),
            ]
            if i > 1 and j > 1 and letter == meant[j - 2] and wanted == written[i - 2]:
                options.append(rows[i - 2][j - 2] + 1)
            row.append(min(options))
        rows.append(row)
    return rows[-1][-1]


def _wrong(letter: str, wanted: str, length: int) -> int:
    """What it costs to have typed a letter for another."""
    if letter == wanted:
        return 0
    vowels = letter in _VOWELS and wanted in _VOWELS
    return 1 if vowels and length >= WRONG_VOWEL else _FAR
