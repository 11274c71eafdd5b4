"""The small frozen records that travel between the stages.

They hold data and know how they look in JSON; no stage's logic lives here.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Role = Literal["system", "user", "assistant"]
PlaceKind = Literal["page", "slide", "section"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a document something stands.

    `value` is the 1-based number of a page or slide, or for a section its
    heading path from the document's title down, joined by " > ".
    """

    kind: PlaceKind
    value: int | str

    def __str__(self) -> str:
        match self.kind:
            case "page":
                return f"p. {self.value}"
            case "slide":
                return f"slide {self.value}"
            case _:
                return f"§ {self.value}" if self.value else "§ (beginning)"

    def to_json(self) -> dict[str, int | str]:
        return {self.kind: self.value}


@dataclass(frozen=True, slots=True)
class Page:
    """One citable part of a document: a page, a slide or a section.

    `text` is light Markdown (headings, lists, pipe tables, `$$` formulas,
    fenced code) holding the source's words unaltered. `headings` is the path
    of headings in force where the page begins, outermost first.
    """

    source: str
    place: Place
    text: str
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A file as read: its pages, and what could not be read of it.

    `source` is the path below the corpus folder with forward slashes.
    `problems` are one-line reports about single pages ("page 3: ...").
    """

    source: str
    pages: tuple[Page, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage as indexed: what retrieval finds and evidence quotes from.

    `ordinal` counts a document's chunks from 0 in reading order.
    """

    source: str
    place: Place
    text: str
    headings: tuple[str, ...] = ()
    ordinal: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that retrieval found. `rank` starts at 1, `score` is in [0, 1].

    `cosine` and `bm25` are the two raw scores behind the fused one.
    """

    chunk: Chunk
    rank: int
    score: float
    cosine: float = 0.0
    bm25: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            "rank": self.rank,
            "score": round(self.score, 4),
            "source": self.chunk.source,
            **self.chunk.place.to_json(),
            "text": self.chunk.text,
        }


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quote, word for word, with the marker `[n]` that the reply uses.

    `passage` is the whole chunk the quote was cut from.
    """

    marker: int
    source: str
    place: Place
    quote: str
    score: float
    passage: str = ""
    headings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "marker": self.marker,
            "source": self.source,
            **self.place.to_json(),
            "quote": self.quote,
            "score": round(self.score, 4),
        }


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation.

    `call` is the call of a tool that this turn of the student's ran, if whoever keeps the turns
    knows it: by a command or a card it is chosen without words that would tell all of it.
    """

    role: Role
    content: str
    call: ToolCall | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as bytes. `alt` says in words what it shows, for those who cannot see it.

    `name` is its file's name without suffix; within one run a picture takes
    the place of an earlier one of the same name.
    """

    name: str
    alt: str
    data: bytes = field(repr=False)
    suffix: Literal["png", "gif"] = "png"

    @property
    def filename(self) -> str:
        return f"{self.name}.{self.suffix}"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool, by name, with arguments still to be validated."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool call gave: values, pictures and a caption, or an error to read.

    `files` are the pictures' places, once a face has written them. `evidence`
    are quotes of the course, if the tool found any.
    """

    call: ToolCall
    ok: bool
    caption: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    error: str = ""
    pictures: tuple[Picture, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    def to_json(self) -> dict[str, Any]:
        row: dict[str, Any] = {**asdict(self.call), "ok": self.ok, "files": list(self.files)}
        more = {"values": self.values} if self.ok else {"error": self.error}
        return {**row, **more}


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds since the question arrived, and the model's speed."""

    retrieve_ms: float = 0.0
    first_evidence_ms: float = 0.0
    first_token_ms: float | None = None
    total_ms: float = 0.0
    new_tokens: int = 0
    tokens_per_second: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return {k: round(v, 1) if isinstance(v, float) else v for k, v in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished reply: `text` is all of it as the student reads it."""

    question: str
    text: str
    covered: bool
    evidence: tuple[Evidence, ...] = ()
    tool_results: tuple[ToolResult, ...] = ()
    model: str = ""
    sampling: dict[str, Any] = field(default_factory=dict)
    timings: Timings = Timings()
    dropped: tuple[str, ...] = ()
    form: str = "normal"

    def to_json(self) -> dict[str, Any]:
        return {
            "question": self.question,
            "text": self.text,
            "covered": self.covered,
            "form": self.form,
            "evidence": [item.to_json() for item in self.evidence],
            "tool_calls": [result.to_json() for result in self.tool_results],
            "model": self.model,
            "sampling": self.sampling,
            "timings": self.timings.to_json(),
            "dropped": list(self.dropped),
        }


# The events that carry an answer, in the order they come.


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """The quotes, at once; none when the course does not cover the question.

    `text` is how the reply begins, or goes on after a tool: the quotes as the
    student reads them, or the words that say the question is not covered. `nearby` are the places
    that come nearest to a question the course does not cover. `shown_by` is
    the tool call that would show what the quotes speak of, if one would. `lead` is
    the line above the quotes, with which `text` begins.
    """

    evidence: tuple[Evidence, ...]
    covered: bool
    text: str
    nearby: tuple[Chunk, ...] = ()
    shown_by: ToolCall | None = None
    lead: str = ""


@dataclass(frozen=True, slots=True)
class TextAdded:
    """A further piece of the reply, to be appended as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool is about to run; `notes` say what of its arguments was changed to be within bounds."""

    call: ToolCall
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolProgress:
    """Where a tool stands: `fraction` in [0, 1], a line of text, perhaps a picture so far."""

    call: ToolCall
    fraction: float
    text: str
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A tool has ended. `text` is what the reply says of it, to be appended."""

    result: ToolResult
    text: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """The end; always the last event."""

    answer: Answer


Event = EvidenceFound | TextAdded | ToolStarted | ToolProgress | ToolFinished | Done
