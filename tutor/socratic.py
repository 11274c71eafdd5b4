"""The Socratic form: a leading question made from the quotes, and what to say of the reply.

No model is needed. The sentence of the quotes that answers best is shown with
its key word left out, or up to its "because"; the reply is compared with what
was left out by words, numbers and meaning. Whatever the reply, the quotes
follow at once, so that nobody is kept from the answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tutor.citations import escaped, label
from tutor.definitions import Definitions
from tutor.evidence import plain
from tutor.index.words import words_of
from tutor.judge import Judge
from tutor.quiz import GAP
from tutor.records import Evidence
from tutor.replies import gives_up
from tutor.study import BEFORE_I_SHOW
from tutor.windows import units_of

Encode = Callable[[Sequence[str]], NDArray[np.float32]]

_FEWEST, _MOST = 7, 40
"""Words of a sentence that can be asked about."""
_NO_SENTENCE = re.compile(r"[|$`{}\\]|https?:|^\W*(?:it|they|this|that|these|those|here)\b", re.I)
_CAUSE = re.compile(
    r",? (?P<link>because|so that|since|which is why|in order to)(?= )(?P<rest> .+?)[.!]?$", re.I
)
_WHY = re.compile(r"\b(?:why|how come|reason|what for|purpose|cause)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_](?:[\w’'-]*[^\W_])?")
_SMALL = frozenset(
    "the a an of and or in on to for by with from into is are was were be been has have had does "
    "do did it its they them their this that these those which who whom whose what when where why "
    "how than then as at if not no nor but so such only also very much more most less least each "
    "every all any both few some many one two three other another same own about over under "
    "between during after before because while until can could may might must will would should "
    "there here called known name named means mean used use uses using make makes made get gets "
    "give gives".split()
)
_NUMBER = re.compile(r"(?<!\w)(?<!\d[.,])\d+(?:[.,]\d+)*(?!\w|[.,]\d)")
_NAME = re.compile(
    r"\b(?:[A-Z][a-zà-ÿ]+)+(?:[-–](?:[A-Z][a-zà-ÿ]+)+)*(?: (?:de|van|von))?"
    r"(?: (?:[A-Z][a-zà-ÿ]+)+)+\b"
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_ASKS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (re.compile(r"^\W*(?:when|(?:in )?(?:what|which) year)\b", re.I), _YEAR),
    (re.compile(r"\bhow (?:many|much|large|big|long|often|old)\b", re.I), _NUMBER),
    (re.compile(r"^\W*who\b|\bby whom\b", re.I), _NAME),
)
"""Questions whose answer has a look of its own, and that look."""
TERM = 1.3
"""By how much a term that the course defines is worth more than a word."""
_NOT = re.compile(r"\b(?:not|no|never|none|nor|without|cannot|\w+n['’]t)\b", re.IGNORECASE)
CLOSE, THE_SAME = 0.6, 0.75
"""Nearness in meaning from which a reply that shares words says the same, and one that does not."""
PARTLY = 0.45
SHOWN = 3
SHORT = 3
HINTS = 2
"""As often a hint is given; who then asks for another gets the answer."""


@dataclass(frozen=True, slots=True)
class Leading:
    """A leading question: `text` as the student reads it, `wanted` what it leaves out.

    `sentence` is the course's own, of the quote with the marker `marker`.
    """

    kind: Literal["gap", "cause", "open"]
    text: str
    wanted: str
    sentence: str
    marker: int


class Socratic:
    """Asks and listens.

    `definitions` tell which words are the course's terms, `idf` how rare a stemmed word is in it.
    """

    def __init__(
        self, encode: Encode, judge: Judge, definitions: Definitions, idf: Callable[[str], float]
    ) -> None:
        self._encode = encode
        self._judge = judge
        self._definitions = definitions
        self._idf = idf

    def lead(self, question: str, evidence: Sequence[Evidence]) -> Leading:
        """The leading question for a question whose answer the quotes hold; always the same one."""
        found = [(sentence, piece) for piece in evidence for sentence in _sentences(piece.quote)]
        if not found:
            return self._open(question, evidence[0])
        vectors = self._encode([question, *(sentence for sentence, _ in found)])
        read = [f"{' / '.join(piece.headings[-2:])}\n{sentence}" for sentence, piece in found]
        suits = [_suits(question, sentence) for sentence, _ in found]
        near = vectors[1:] @ vectors[0] + 0.1 * self._judge.score(question, read)
        near = near + 0.3 * np.array(suits)
        for position in np.argsort(-near, kind="stable"):
            sentence, piece = found[position]
            if cause := _cause(sentence):
                return self._cause(sentence, cause, piece)
            if term := self._gap(question, sentence):
                return self._gapped(sentence, term, piece)
        return self._open(question, evidence[0])

    def _cause(self, sentence: str, cause: re.Match[str], piece: Evidence) -> Leading:
        begun = f"{sentence[: cause.start('rest')].rstrip()} …"
        text = _text(begun, "How would you end this sentence?", piece)
        return Leading("cause", text, cause["rest"].strip(), sentence, piece.marker)

    def _gapped(self, sentence: str, term: str, piece: Evidence) -> Leading:
        gapped = re.sub(r"\b([Aa])n? _", r"\1(n) _", _without(term, sentence, GAP))
        which = "Which number" if term[0].isdigit() else "What do you think"
        text = _text(gapped, f"{which} belongs in the gap?", piece)
        return Leading("gap", text, term, sentence, piece.marker)

    def _open(self, question: str, piece: Evidence) -> Leading:
        text = f"{BEFORE_I_SHOW}\n\nWhat would you say yourself, in a few words? A guess is fine."
        quote = " ".join(plain(piece.quote).split())
        return Leading("open", text, quote, quote, piece.marker)

    def _gap(self, question: str, sentence: str) -> str | None:
        """The word or term whose absence takes most from the sentence's meaning."""
        asked = set(words_of(question))
        if sought := _sought(question, sentence):
            return sought
        terms = [*self._definitions.terms_in(sentence), *_WORD.findall(sentence)]
        able = [
            term
            for term in dict.fromkeys(terms)
            if term.lower() not in _SMALL
            and (len(term) > 2 or term.isdigit())
            and not asked & set(words_of(term))
            and sentence.index(term) > 0.2 * len(sentence)
            and _without(term, sentence) != sentence  # part of a longer name
        ]
        if not able:
            return None
        defined = {term.lower() for term in self._definitions.terms_in(sentence)}
        without = [_without(term, sentence) for term in able]
        vectors = self._encode([sentence, *without])
        loss = 1 - vectors[1:] @ vectors[0]
        rare = [max(map(self._idf, words_of(term)), default=0.0) for term in able]
        bonus = [TERM if term.lower() in defined else 1.0 for term in able]
        best: str = able[int(np.argmax(loss * np.array(rare) * np.array(bonus)))]
        return best

    def hint(self, leading: Leading, number: int) -> str:
        """The leading question once more with a hint; the second gives away more than the first.

        Of a word or number its first letters and its length, of more than that its first words.
        """
        words = leading.wanted.split()
        if leading.kind != "gap":
            begun = escaped(" ".join(words[: min(2 * number, (len(words) + 1) // 2)]))
            says = "The sentence goes on" if leading.kind == "cause" else "The course begins"
            return f"{leading.text}\n\nA hint: {says} like this: “{begun} …”."
        signs = "digits" if leading.wanted.isdigit() else "letters"
        lengths = [str(len(word)) for word in words]
        begun = " ".join(f"{word[: min(number, len(word) // 2)]}…" for word in words)
        long = " and ".join(filter(None, [", ".join(lengths[:-1]), lengths[-1]]))
        hint = f"A hint: it begins with “{escaped(begun)}” and has {long} {signs}."
        return f"{leading.text}\n\n{hint}"

    def react(self, leading: Leading, question: str, reply: str) -> str:
        """What to say of a reply: what of it is right, and what the course adds."""
        wanted = escaped(leading.wanted.rstrip("."))
        if leading.kind == "gap":
            return self._of_gap(leading, reply, wanted)
        ends = f" The course ends it like this: “… {wanted}”." if leading.kind == "cause" else ""
        if gives_up(reply):
            return f"No problem.{ends}" if ends else "No problem. This is what the course says:"
        given = set(words_of(reply)) - set(words_of(question))
        shared = _shared(leading.wanted, given)
        own, clause, sentence = self._encode([reply, leading.wanted, leading.sentence])
        near = float(max(own @ clause, own @ sentence))
        most = 2 * len(shared) > len(_content(leading.wanted))
        whole = 2 * len(_shared(leading.sentence, given)) > len(_content(leading.sentence))
        meant = leading.sentence if whole else leading.wanted  # a reason may be given by itself
        if most and bool(_NOT.search(reply)) != bool(_NOT.search(meant)):
            return f"Look at one thing again: the course puts it the other way round.{ends}"
        enough = CLOSE if 3 * len(shared) >= len(_content(leading.wanted)) else THE_SAME
        if most or near >= enough:
            return "Yes, that is what the course says."
        if shared or near >= PARTLY:
            right = f": you have {_listed(shared)}" if shared else ""
            return f"That is a part of it{right}.{ends}"
        return f"The course looks at it differently.{ends}"

    def _of_gap(self, leading: Leading, reply: str, wanted: str) -> str:
        """Of a word, term or number for the gap."""
        thing = "number" if wanted[0].isdigit() else "word" if " " not in wanted else "term"
        if gives_up(reply):
            return f"No problem. The missing {thing} is “{wanted}”."
        right, given = set(words_of(leading.wanted)), set(words_of(reply))
        if right and right <= given:
            return f"Yes, “{wanted}” is right."
        if thing != "number":
            term, own = self._encode([leading.wanted, reply])
            if right & given or term @ own >= CLOSE:
                return f"That is close. The course's {thing} is “{wanted}”."
        if len(reply.split()) > SHORT:  # it may well say the same
            return f"The course's {thing} here is “{wanted}”."
        return f"The course has another {thing} here: “{wanted}”."


def _sought(question: str, sentence: str) -> str | None:
    """The number, year or name that a question asks for, where the sentence has one."""
    for asks, looks in _ASKS:
        if asks.search(question):
            able = [part for part in looks.findall(sentence) if part not in question]
            return next((part for part in able if _without(part, sentence) != sentence), None)
    return None


def _without(term: str, sentence: str, sign: str = "…") -> str:
    """A sentence with a sign in place of a term, however it is written there."""
    whole = rf"(?<!\w){re.escape(term)}(?!\w)"
    return re.sub(whole, lambda _: sign, sentence, flags=re.IGNORECASE)


def _suits(question: str, sentence: str) -> bool:
    """Whether a sentence has what is asked for: a reason, a number, a name."""
    if _WHY.search(question):
        return _cause(sentence) is not None
    return _sought(question, sentence) is not None


def _sentences(quote: str) -> list[str]:
    """The sentences of a quote that can be asked about, as plain text."""
    found = []
    for unit in units_of(quote):
        text = re.sub(r"^(?:[-*+•]|\d+[.)]) ", "", plain(quote[unit.start : unit.end]).strip())
        sentence = " ".join(text.split())
        able = not (unit.heading or unit.opens or _NO_SENTENCE.search(sentence))
        if able and _FEWEST <= len(sentence.split()) <= _MOST:
            found.append(sentence)
    return found


def _cause(sentence: str) -> re.Match[str] | None:
    """The reason that a sentence gives at its end, if what stands before it says enough."""
    found = _CAUSE.search(sentence)
    if found is None or len(sentence[: found.start()].split()) < 3:
        return None
    return found if len(found["rest"].split()) >= 4 else None


def _text(shown: str, asks: str, piece: Evidence) -> str:
    quote = f"> {escaped(label(piece))}\n>\n> {escaped(shown)}"
    return f"{BEFORE_I_SHOW}\n\n{quote}\n\n{asks} A guess is fine."


def _content(text: str) -> list[str]:
    """The words of a text that say something."""
    words = dict.fromkeys(_WORD.findall(text))
    return [word for word in words if word.lower() not in _SMALL and words_of(word)]


def _shared(wanted: str, given: set[str]) -> list[str]:
    """The content words of what was wanted that a reply has too; `given` are its stems."""
    return [word for word in _content(wanted) if set(words_of(word)) <= given]


def _listed(words: Sequence[str]) -> str:
    """A few words as a list: “a”, “b” and “c”."""
    quoted = [f"“{escaped(word)}”" for word in words[:SHOWN]]
    return " and ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))
