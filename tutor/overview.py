"""What the tutor knows of itself: the course's documents with their headings, and the labs.

"What is this course about?" is no question to a passage: its answer is the list
of what there is, which the index knows. Nothing is said that does not stand in a
heading or in a lab's own description.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from tutor.citations import escaped, label
from tutor.labs.catalogue import LABS
from tutor.records import Chunk, EvidenceFound

MOST_WORDS = 300
"""Of a table of contents, as of a detailed reply."""
MOST_HEADINGS = 3
"""Of each document, where all are listed."""
ALL_HEADINGS = 25
"""Of the one document that is asked about."""
MOST_DOCUMENTS = 40

WISHES: Mapping[str, str] = {
    "gan": "sixteen sevens from the GAN",
    "vae": "morph a 3 into an 8 with the VAE",
    "diffusion": "denoise a 5 step by step",
    "autoencoder": "reconstruct a 4 with the autoencoder",
    "text_to_image": "text to image: a thick seven leaning right",
    "compare": "compare GAN, VAE and diffusion on a 3",
    "language_model": "compare n-gram, RNN, LSTM and Transformer",
    "sampling": "top-p sampling with p 0.8",
    "attention": "attention weights of 'the cat sat'",
    "tokens": "tokenize 'unbelievable'",
    "embeddings": "show a map of the course's embeddings",
    "distribution": "plot a normal distribution",
    "likelihood": "likelihood of 7 heads in 10 tosses",
    "classifier": "naive Bayes against logistic regression",
    "mixture": "fit a mixture of three Gaussians",
    "sequence": "sample from the hidden Markov model",
}
"""A wish for each lab, as a student would put it."""

_COURSE = (
    r"(?:(?:in|of|from|by|for|about|on) )?(?:this|the|your|our|my|these|those|all)?(?: \w+)? ?\b(?:"
    r"course|class|modules?|materials?|documents?|notes|lectures?|corpus|units|chapters|slides)"
)
_TOPICS = (
    r"(?:main |all |all the |the )?(?:topics?|subjects?|themes|contents?|units|chapters|documents|"
    r"lectures|modules)"
)
_TREATS = r"(?:cover|teach|contain|include|treat|deal with)"
_TREATED = r"(?:covered|taught|treated|included|there|available)"
_PLEASE = (
    r"(?:(?:please|hi|hello|hey|so|and|ok(?:ay)?)\W+)*(?:(?:can|could|would) you )?(?:please )?"
)
_LIST = r"(?:(?:show|give|list|tell)(?: me| us)?|what(?:['’]s| is| are)|which are|i want to see)"
_ABOUT_COURSE = re.compile(
    rf"{_PLEASE}(?:"
    rf"what(?:['’]s| is| are) {_COURSE} (?:all )?about|"
    rf"what (?:does|do|will) {_COURSE} {_TREATS}|"
    rf"what(?:['’]s| is) (?:{_TREATED} )?in {_COURSE}|"
    rf"(?:what|which) topics? (?:does|do|will) {_COURSE} {_TREATS}|"
    rf"(?:what|which) {_TOPICS} (?:are|is) {_TREATED}(?: {_COURSE})?|"
    rf"(?:what|which) {_TOPICS} (?:are|is) {_COURSE}|"
    rf"what are {_TOPICS} {_COURSE}|"
    rf"(?:what|which) {_TOPICS} (?:do (?:you|we) (?:have|know|cover)|can i ask(?: you)? about)|"
    r"what can i (?:ask|learn|study)(?: you)?(?: about)?(?: here| from you)?|"
    rf"what (?:will|do|can) (?:i|we) learn {_COURSE}|"
    rf"(?:{_LIST} )?(?:the |an? )?(?:table of contents?|toc|syllabus|course (?:outline|overview|"
    rf"contents?))(?: {_COURSE})?|"
    rf"(?:{_LIST} )?(?:the |an? )?(?:short |brief |quick )?(?:outline|overview|summary) {_COURSE}|"
    rf"(?:show|list)(?: me)? {_TOPICS}(?: {_COURSE})?|"
    rf"(?:summari[sz]e|outline) {_COURSE}"
    r")(?: please)?\W*",
    re.IGNORECASE,
)
_THINGS = r"(?:labs?|demos?|experiments?|simulations?|laborator(?:y|ies))"
_SOME = r"(?:all |the |your |some |available )*"
_ABOUT_LABS = re.compile(
    rf"{_PLEASE}(?:"
    rf"(?:what|which) (?:other |more |kinds? of |of the )?{_THINGS}"
    r"(?: (?:are|is) (?:there|available|possible)| do you (?:have|offer|know)| have you(?: got)?|"
    r" does this course have| can (?:i|we|you) (?:run|try|use|do|see|start|show(?: me)?))?"
    r"(?: here)?|"
    r"(?:what|which (?:models?|things)|what models?|what else) can (?:i|we|you) (?:run|try out|"
    r"play with|try|demonstrate|simulate|show me|draw)(?: (?:here|with you|for me|in the labs?))?|"
    rf"(?:{_LIST} )?{_SOME}labs?(?: there are)?|"
    rf"{_LIST} {_SOME}{_THINGS}|"
    rf"(?:are there|do you have)(?: any| some)? {_THINGS}(?: here)?"
    r")(?: please)?\W*",
    re.IGNORECASE,
)
_KIND = r"(?:unit|chapter|lecture|week|module|lesson|part|session|handout|class|topic)"
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
            "twelve")  # fmt: skip
_PART = re.compile(
    rf"(?:the )?\b(?P<kind>{_KIND}) ?(?:no\.? ?|number |#)?"
    rf"(?P<number>\d{{1,2}}|{'|'.join(_NUMBERS)})\b",
    re.IGNORECASE,
)
_ABOUT_PART = re.compile(
    rf"{_PLEASE}(?:"
    r"what(?:['’]s| is| was) (?:in )?§(?: (?:all )?about)?|"
    r"what (?:does|do|will|did) § (?:cover|teach|contain|include|treat|deal with|talk about|say)|"
    r"(?:what|which) (?:topics|subjects|headings) (?:does § (?:cover|have|include|contain|treat)|"
    r"are (?:covered |treated )?in §)|"
    r"(?:give|show|tell)(?: me| us)? (?:(?:an? |the )?(?:short |brief |quick )?(?:summary|overview|"
    r"outline|headings|contents?) of |about )§|"
    r"(?:(?:an? |the )?(?:short |brief |quick )?(?:summary|overview|outline|contents?) of )§|"
    r"(?:summari[sz]e|outline) §"
    r")(?: please)?\W*",
    re.IGNORECASE,
)
"""A question about a part of the course, whose name is put as "§"."""
_REST = re.compile(r"review|exercise|quiz|self[- ]?test|summary|contents|references|bibliography|"
                   r"further reading|practice|^\W*$", re.IGNORECASE)  # fmt: skip


def of_itself(
    texts: Iterable[str], chunks: Sequence[Chunk], *, runs_labs: bool
) -> EvidenceFound | None:
    """What there is to read or to run, if one of the texts of a message asks for that."""
    for text in texts:
        if found := (labs(text) if runs_labs else None) or overview(text, chunks):
            return found
    return None


def overview(question: str, chunks: Sequence[Chunk]) -> EvidenceFound | None:
    """The list of the course's documents, or of one's headings, if that is what is asked for.

    The places of the documents' beginnings are `nearby`, so that a face can link to them.
    """
    if _ABOUT_COURSE.fullmatch(question) and chunks:
        return _contents(chunks)
    part = _PART.search(question)
    if part is None or not _ABOUT_PART.fullmatch(_PART.sub("§", question, count=1)):
        return None
    return _part(part["kind"].lower(), _number(part["number"]), chunks)


def labs(question: str) -> EvidenceFound | None:
    """The labs with a wish for each, if the student asks what there is to run."""
    if not _ABOUT_LABS.fullmatch(question):
        return None
    lines = [f"- {name.replace('_', ' ')}: “{WISHES[name]}”" for name in LABS]
    text = "\n".join(["These labs can be run; say, for example:\n", *lines])
    return EvidenceFound((), True, text)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _NUMBERS.index(text.lower()) + 1


def _contents(chunks: Sequence[Chunk]) -> EvidenceFound:
    documents = _documents(chunks)
    shown = list(documents.values())[:MOST_DOCUMENTS]
    text = ""
    for count in range(MOST_HEADINGS, -1, -1):
        lines = ["The course has these documents:\n"]
        for passages in shown:
            lines += _entry(passages, count)
        if len(documents) > len(shown):
            lines.append(f"- and {len(documents) - len(shown)} more")
        text = "\n".join(lines)
        if len(text.split()) <= MOST_WORDS:
            break
    return EvidenceFound((), True, text, tuple(passages[0] for passages in shown))


def _entry(passages: Sequence[Chunk], count: int) -> list[str]:
    """A document's line, as faces make a link of it, and one of its first headings."""
    headings = _main_headings(passages)
    line = f"- {escaped(label(passages[0]))}"
    if not headings or not count:
        return [line]
    more = "; …" if len(headings) > count else ""
    return [line, f"  {escaped('; '.join(headings[:count]))}{more}"]


def _part(kind: str, number: int, chunks: Sequence[Chunk]) -> EvidenceFound | None:
    """The headings of the document or section that has this number; None if none has one."""
    passages = _of_number(kind, number, chunks)
    if not passages:
        return None
    headings = _main_headings(passages)
    if not headings:
        return None
    more = len(headings) - ALL_HEADINGS
    lines = [f"- {escaped(label(passages[0]))}\n", "Its headings:\n"]
    lines += [f"- {escaped(heading)}" for heading in headings[:ALL_HEADINGS]]
    lines += [f"- and {more} more"] if more > 0 else []
    return EvidenceFound((), True, "\n".join(lines), (passages[0],))


def _of_number(kind: str, number: int, chunks: Sequence[Chunk]) -> list[Chunk]:
    """The passages of the document that is named so, by its own kind of part before others.

    In a course of one book its chapters are headings.
    """
    documents = _documents(chunks)
    for word in (re.escape(kind), _KIND, r"^"):
        named = re.compile(rf"(?:\b|_){word}[\s_.-]*0*{number}(?!\d|\.\d)", re.IGNORECASE)
        for source, passages in documents.items():
            title = (passages[0].headings or ("",))[0]
            if named.search(PurePosixPath(source).stem) or named.search(title):
                return passages
        found = [c for c in chunks if any(named.match(heading) for heading in c.headings)]
        if found and word != "^":
            cut = next(n for n, heading in enumerate(found[0].headings) if named.match(heading))
            return [c for c in found if c.headings[: cut + 1] == found[0].headings[: cut + 1]]
    return []


def _documents(chunks: Iterable[Chunk]) -> dict[str, list[Chunk]]:
    """The passages of each document, unit 2 before unit 10."""
    found: dict[str, list[Chunk]] = {}
    for chunk in chunks:
        found.setdefault(chunk.source, []).append(chunk)
    return dict(sorted(found.items(), key=lambda item: _order(item[0])))


def _order(source: str) -> list[tuple[int, str]]:
    pieces = re.split(r"(\d+)", source.lower())
    return [(int(piece), "") if piece.isdigit() else (0, piece) for piece in pieces]


def _main_headings(passages: Sequence[Chunk]) -> list[str]:
    """The highest headings that are more than one, in reading order, but for exercises and such."""
    deepest = max(len(chunk.headings) for chunk in passages)
    for level in range(deepest):
        found = dict.fromkeys(c.headings[level] for c in passages if len(c.headings) > level)
        if len(found) > 1:
            return [heading for heading in found if not _REST.search(heading)]
    return []
