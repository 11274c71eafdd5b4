"""Technical terms that a question names and the course never does, under any of their names.

Near misses name what the course leaves out: min-p sampling where it has top-p,
grouped-query attention where it has attention. A judge that reads the question
beside a passage on the neighbour is easily taken in; that the course does not
have the term is known to its texts alone. The lexicon (`terms.txt`) is one of
machine learning and generative AI; a course on anything else loses nothing by it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from tutor.letters import american, plain_letters
from tutor.records import Chunk

LEXICON = Path(__file__).with_name("terms.txt")
"""One concept a line, its names separated by "|"; after "=" one that counts only in just these
letters, as it is a word of everyday language otherwise (CLIP, RoPE)."""

_TOKEN = re.compile(r"[^\W_]+")
_IE = re.compile(r"(?<=\w{3})ies?$")  # policies, entropies; so a cookie is a cooky, as cookies are
_PLURAL = re.compile(
    r"(?:(?<=ss|sh)es|(?<=[rt]ch)es|(?<=x)es|(?<=ia)ses|(?<=[^\Wsui_])s)$"  # losses, biases, GANs
)

Name = tuple[str, ...]


def name_of(text: str) -> Name:
    """A name's words in one spelling: without capitals, accents, hyphens and plurals.

    >>> name_of("Normalising flows"), name_of("Fréchet Inception Distance")
    (('normalizing', 'flow'), ('frechet', 'inception', 'distance'))
    """
    letters = unicodedata.normalize("NFKD", plain_letters(text).lower())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    words = (_IE.sub("y", word) for word in _TOKEN.findall(plain))
    return tuple(american(_PLURAL.sub("", word)) for word in words)


@dataclass(frozen=True, slots=True)
class Term:
    """All names of what a name may mean, and the letters that it needs, if any."""

    names: frozenset[Name]
    written: str = ""


@cache
def lexicon(file: Path = LEXICON) -> Mapping[Name, Term]:
    """The names of all concepts."""
    terms: dict[Name, Term] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        written = [name.strip() for name in line.split("|")]
        concept = frozenset(map(name_of, written))
        for text in written:
            name = name_of(text)
            known = terms.get(name, Term(frozenset())).names  # two concepts may share a name
            terms[name] = Term(known | concept, text[1:] if text.startswith("=") else "")
    return terms


@cache
def _longest() -> int:
    """How many words the longest name has."""
    return max(map(len, lexicon()), default=0)


def terms_in(question: str) -> Iterator[tuple[Term, str]]:
    """The lexicon's terms in a question, the longest first, and how they are written there."""
    terms = lexicon()
    found = list(_TOKEN.finditer(question))
    words = [" ".join(name_of(match.group())) for match in found]
    at = 0
    while at < len(words):
        for length in range(min(_longest(), len(words) - at), 0, -1):
            term = terms.get(tuple(words[at : at + length]))
            written = question[found[at].start() : found[at + length - 1].end()]
            if term and written.startswith(term.written):
                yield term, written
                at += length
                break
        else:
            at += 1


class CourseTerms:
    """Which terms stand in the documents of a course."""

    def __init__(self, chunks: Iterable[Chunk]) -> None:
        self._chunks = chunks

    @cached_property
    def _text(self) -> str:
        """All its words in one spelling. It takes a second for ten thousand passages."""
        texts = (" ".join((*chunk.headings, chunk.text)) for chunk in self._chunks)
        return "\n".join(f" {' '.join(name_of(text))} " for text in texts)

    def prepare(self) -> None:
        """Read the lexicon and the documents now, so that no question waits for it."""
        lexicon()
        _ = self._text

    def lacking(self, question: str) -> tuple[str, ...]:
        """The terms, as the question writes them, that stand nowhere under any name."""
        return tuple(
            dict.fromkeys(
                written
                for term, written in terms_in(question)
                if not any(f" {' '.join(name)} " in self._text for name in term.names)
            )
        )
