"""The tool `quiz`: questions made from the course's own sentences, with a term left out.

A sentence that defines something is asked about: its term becomes a gap, and
beside the right term stand three others of the same document. So each answer
is the course's own, and its place can be shown.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from tutor import coverage
from tutor.citations import escaped
from tutor.errors import LabError
from tutor.evidence import plain
from tutor.records import Chunk, Evidence, Hit, ToolCall, ToolResult
from tutor.tools.registry import Quiz
from tutor.windows import units_of

GAP = "_____"
ANSWERS = "Answers:"
"""How the line begins that gives them away."""
WRONG = 3
_FEWEST, _MOST = 8, 34
"""Words of a sentence that can be asked about."""
_SEARCHED = 20

_DEFINES = re.compile(
    r"^[-*+• ]*(?:an?|the)?\s*(?P<term>[^\W\d_][\w-]*(?: [\w-]+){0,3}?)"
    r"(?:(?:,? (?:also )?(?:called|or) [^,]{2,40},?)? is (?:an?|the)|"
    r"(?:, (?:also )?(?:called|or) [^,]{2,40},)? (?:means|measures|denotes))\b",
    re.IGNORECASE,
)
_BOLD = re.compile(
    r"^[-*+• ]*(?:(?:an?|the) )?\*\*(?P<term>[^\W\d_][\w -]{2,40})[.:]?\*\*"
    r"(?= (?:is|are|means|measures|says|keeps|learns|turns|maps|receives|writes|divides)\b)"
    r"|(?:called|known as|is) (?:an? |the )?\*\*(?P<named>[^\W\d_][\w -]{2,40})\*\*",
    re.IGNORECASE,
)
_NO_TERM = re.compile(
    r"\b(?:this|that|these|those|it|its|they|there|which|what|who|one|two|three|each|every|all|both|"
    r"some|many|most|such|here|he|she|we|you|result|example|figure|table|question|answer|idea|name|"
    r"an?(?= )|the|without|now|when|while|if|as|after|before|again|last|steps?|exercises?|"
    r"examples?|bullets?|tuning|"
    r"first|second|third|other|another|same|part|way|kind|number|only|not|and|or|of|for|with|in|on)\b",
    re.IGNORECASE,
)
_NO_SENTENCE = re.compile(r"[|$`{}\\=]|https?:|\?\s*$|:\s*$")
_STRONG = re.compile(r"\*\*(.+?)\*\*")
_AGAIN, _AGAIN_OF_MORE = 3, 2
"""In how many passages of its document a word, or a name of several, is not said in passing."""
_ARTICLE = re.compile(r"^(?:an?|the) ", re.IGNORECASE)

_QUESTION = re.compile(r"^\d+\. (.+?)  \(([^()\n]+)\)$", re.MULTILINE)
_ANSWER = re.compile(r"(?:^|· )\d+\. (.+?) \[\d+\]")

Find = Callable[[str, int], list[Hit]]


@dataclass(frozen=True, slots=True)
class Cloze:
    """A sentence of a chunk, and the term in it that is to be found."""

    chunk: Chunk
    sentence: str
    term: str

    @property
    def question(self) -> str:
        gapped = re.sub(
            rf"\b{re.escape(self.term)}(?=s?\b)", GAP, _shown(self.sentence), flags=re.I
        )
        return re.sub(r"\b([Aa])n? _", r"\1(n) _", gapped)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a quiz as the student read it."""

    question: str
    choices: tuple[str, ...]
    answer: str

    @property
    def filled(self) -> str:
        """The question, its gaps filled; a sentence."""
        article = "an" if self.answer[:1].lower() in "aeiou" else "a"
        text = self.question.replace(f"a(n) {GAP}", f"{article} {GAP}")
        text = text.replace(f"A(n) {GAP}", f"{article.capitalize()} {GAP}")
        text = text.replace(GAP, self.answer)
        return text[:1].upper() + text[1:]


def asked_in(reply: str) -> list[Asked]:
    """The questions of a quiz, read from the reply that shows it as `QuizMaker` wrote it."""
    questions, found, answers = reply.partition(f"\n\n{ANSWERS} ")
    right = _ANSWER.findall(answers.split("\n")[0])
    rows = _QUESTION.findall(questions)
    if not found or len(rows) != len(right):
        return []
    return [
        Asked(text, tuple(choices.split(" / ")), answer)
        for (text, choices), answer in zip(rows, right, strict=True)
    ]


class QuizMaker:
    """Makes quizzes from a course. `find` is the retriever's search."""

    def __init__(self, chunks: Sequence[Chunk], find: Find, seed: int | None = None) -> None:
        self._chunks = chunks
        self._find = find
        self._random = random.Random(seed)

    def __call__(self, call: ToolCall, options: Quiz) -> ToolResult:
        """Up to `options.n` questions on the topic, or on the whole course.

        Raises:
            LabError: the course does not speak of the topic, or no sentence on it can be asked
                about.
        """
        known = list(clozes(self._chunks))
        about = known
        if options.topic:
            hits = self._find(options.topic, _SEARCHED)
            if not coverage.on_subject(hits):
                raise LabError(f"the course does not speak of “{options.topic}”; try another topic")
            places = [hit.chunk for hit in hits]
            about = [item for item in known if item.chunk in places]
            about.sort(key=lambda item: places.index(item.chunk))
            about = about[: 3 * options.n]  # of the nearest passages, another choice each time
        asked = _distinct(self._random.sample(about, len(about)))[: options.n]
        if not asked:
            if not options.topic:
                raise LabError("no sentence of the course can be made a question")
            raise LabError(
                f"no sentence of the course on “{options.topic}” can be made a question; "
                "try a wider topic"
            )
        rows = [(item, self._choices(item, known)) for item in asked]
        return ToolResult(
            call, True, _text(rows, options), {"questions": [_row(*row) for row in rows]},
            evidence=tuple(_evidence(n, item) for n, (item, _) in enumerate(rows, start=1)),
        )  # fmt: skip

    def _choices(self, item: Cloze, known: Sequence[Cloze]) -> list[str]:
        """The right term among others, of the same document as far as it has enough."""
        taken = {_key(item.term)}
        near = [other for other in known if other.chunk.source == item.chunk.source]
        wrong: list[str] = []
        for pool in (near, known):
            for other in self._random.sample(pool, len(pool)):
                same = _key(other.term) in taken or _key(other.term) in _key(item.sentence)
                same = same or _short(other.term) == _short(item.term)
                if len(wrong) < WRONG and not same:
                    taken.add(_key(other.term))
                    wrong.append(other.term)
        return self._random.sample([item.term, *wrong], len(wrong) + 1)


def clozes(chunks: Iterable[Chunk]) -> Iterator[Cloze]:
    """The sentences that can be asked about, each with its term.

    "A seed is a number" defines a seed. "The price is a number" may be said in passing, so what
    "the" stands before is a term only where the course marks it as one or speaks of it again.
    """
    chunks = list(chunks)
    marked = "\n".join(
        {heading for chunk in chunks for heading in chunk.headings}
        | {bold for chunk in chunks for bold in _STRONG.findall(chunk.text)}
    )
    for chunk in chunks:
        for unit in units_of(chunk.text):
            sentence = " ".join(chunk.text[unit.start : unit.end].split())
            usable = not (unit.heading or unit.opens or _NO_SENTENCE.search(sentence))
            usable = usable and _FEWEST <= len(sentence.split()) <= _MOST
            if not usable or (term := _term(sentence)) is None:
                continue
            word = re.compile(rf"\b{re.escape(term)}s?\b", re.IGNORECASE)
            if _shown(sentence).startswith("The ") and not word.search(marked):
                again = sum(c.source == chunk.source and _says(c, word) for c in chunks)
                if again < (_AGAIN_OF_MORE if " " in term else _AGAIN):
                    continue
            yield Cloze(chunk, sentence, term)


def _says(chunk: Chunk, word: re.Pattern[str]) -> bool:
    return word.search(chunk.text) is not None


def _term(sentence: str) -> str | None:
    """What the sentence defines: a term in bold type, or its subject."""
    for found in (_BOLD.search(sentence), _DEFINES.match(plain(sentence))):
        if found is None:
            continue
        groups = found.groupdict()
        term = _ARTICLE.sub("", (groups["term"] or groups["named"]).strip())
        if len(term) > 2 and not _NO_TERM.search(term):
            return term if term[1:] != term[1:].lower() else term.lower()
    return None


def _distinct(items: Sequence[Cloze]) -> list[Cloze]:
    """The first question on each term."""
    return list({_key(item.term): item for item in reversed(items)}.values())[::-1]


def _key(text: str) -> str:
    return text.lower().removesuffix("s")


def _short(term: str) -> str:
    """A term's initials, for an abbreviation is no other term than what it stands for."""
    words = term.replace("-", " ").split()
    return "".join(w[0] for w in words).lower() if len(words) > 1 else _key(term)


def _shown(sentence: str) -> str:
    return re.sub(r"^[-*+•] ", "", plain(sentence))


def _text(rows: Sequence[tuple[Cloze, list[str]]], options: Quiz) -> str:
    """The quiz for reading: the questions, then the answers with their markers."""
    topic = f" on {options.topic}" if options.topic else ""
    many = "One question" if len(rows) == 1 else f"{len(rows)} questions"
    lines = [f"{many}{topic}, from the course's own sentences. Which term fills the gap?"]
    for number, (item, choices) in enumerate(rows, start=1):
        lines.append(escaped(f"{number}. {item.question}  ({' / '.join(choices)})"))
    answers = " · ".join(
        f"{n}. {escaped(item.term)} [{n}]" for n, (item, _) in enumerate(rows, start=1)
    )
    return "\n\n".join([lines[0], "\n".join(lines[1:]), f"{ANSWERS} {answers}"])


def _row(item: Cloze, choices: list[str]) -> dict[str, object]:
    return {
        "question": item.question,
        "choices": choices,
        "answer": item.term,
        "source": item.chunk.source,
        "place": item.chunk.place.to_json(),
        "quote": item.sentence,
    }


def _evidence(marker: int, item: Cloze) -> Evidence:
    chunk = item.chunk
    return Evidence(
        marker, chunk.source, chunk.place, item.sentence, 1.0, chunk.text, chunk.headings
    )
