"""The Tutor: a question in, a stream of events out.

Evidence comes first, word for word; then the model's explanation, sentence by
sentence, each checked against the evidence before it is passed on. A wish to
see something runs a tool instead, and the passage that explains what it showed
follows. Every face draws these same events.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial

import numpy as np
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from numpy.typing import NDArray

from tutor.citations import quoted, verbatim
from tutor.clock import Clock
from tutor.config import FormName, Sampling, Settings
from tutor.conversation import Meant
from tutor.evidence import Selector
from tutor.explanation import Explainer
from tutor.finding import RETRIEVED, Finder
from tutor.judge import Judge
from tutor.marking import marked
from tutor.overview import of_itself
from tutor.recall import recall
from tutor.records import (
    Answer,
    Chunk,
    Done,
    Event,
    Evidence,
    EvidenceFound,
    Hit,
    Message,
    TextAdded,
    Timings,
    ToolCall,
    ToolFinished,
)
from tutor.refusal import Refusal
from tutor.replies import states
from tutor.retrieve import Retriever
from tutor.several import Seeker, Seen
from tutor.socratic import HINTS, Socratic
from tutor.spelling import Spelling
from tutor.study import FORMS, REPLY_WORDS, Form
from tutor.tools.dispatch import Dispatcher, ToolEvent, subject, trained_for_tools
from tutor.tools.router import Routed
from tutor.wishes import meant_after

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
Cancelled = Callable[[], bool]

EXPLAINING_WORDS = 60
"""Of the quotes under what a tool showed."""
RELATED_COSINE = 0.38
"""Below it no passage is about what a tool showed: with its own course each lab whose subject the
course treats has one at .42, and subjects of other courses come to .27."""

NOTHING_BEFORE = "There is no question before this one. Ask one, and I answer it like that."


class Tutor:
    """Answers questions from one index.

    `model` None: the evidence is the whole reply. `tools` None: every message is a question.
    """

    def __init__(
        self,
        settings: Settings,
        retriever: Retriever,
        encode: Encode,
        judge: Judge,
        model: BaseChatModel | None,
        tools: Dispatcher | None = None,
    ) -> None:
        self._settings = settings
        self._retriever = retriever
        self._encode = encode
        self.model = model
        self.tools = tools
        self._judge = judge
        self._explainer = Explainer.of(settings, encode)
        second = partial(self._explainer.doubt, model) if model else None
        self._finder = Finder(retriever, encode, judge, settings.evidence_words, second)
        self._seeker = Seeker(self._finder, Spelling.of(retriever.index))
        self._socratic = Socratic(
            encode, judge, self._finder.definitions, retriever.index.words.idf
        )
        self._refusal = Refusal.of(settings)

    @property
    def retriever(self) -> Retriever:
        return self._retriever

    @property
    def model_name(self) -> str:
        return str(getattr(self.model, "model_name", "")) if self.model else "none"

    @property
    def encode(self) -> Encode:
        return self._encode

    def over(self, retriever: Retriever, tools: Dispatcher | None) -> Tutor:
        """This tutor over another index, with the same models."""
        return Tutor(self._settings, retriever, self._encode, self._judge, self.model, tools)

    def warm_up(self) -> None:
        """Have the models do their first, slow run before a student waits for it."""
        self._encode(["warm up"])
        self._judge.score("warm", ["up"])
        self._seeker.prepare()
        if self.model:
            tiny = Sampling(max_new_tokens=1)
            for _ in self.model.stream([HumanMessage("hi")], sampling=tiny):
                pass

    def read_ahead(self) -> Iterator[Chunk]:
        """Look at each passage as if it were asked for; what its pieces mean is then known.

        Half of what evidence costs is the meaning of pieces, the same for every question.
        """
        nothing = np.zeros(self._retriever.index.manifest.kind.dimension, np.float32)
        for chunk in self._retriever.index.chunks:
            self._finder.selector.select(nothing, [Hit(chunk, 1, 0.0)])
            yield chunk

    def answer(
        self,
        question: str,
        history: Sequence[Message] = (),
        *,
        form: FormName | None = None,
        sampling: Sampling | None = None,
        cancelled: Cancelled = lambda: False,
    ) -> Iterator[Event]:
        """The events of one reply; the last is always `Done`.

        What the question's own words say of the form ("in short") goes before `form`, and that
        before the settings.
        """
        question = question.encode("utf-8", "replace").decode().strip()
        sampling = sampling or self._settings.sampling
        blank = Answer(question, "", False, model=self.model_name, sampling=sampling.model_dump())
        return self._events(blank, history, form or self._settings.form, cancelled)

    def show(
        self, wanted: Routed, question: str, cancelled: Cancelled = lambda: False
    ) -> Iterator[Event]:
        """The events of a reply that runs a tool, as chosen without words; the last is `Done`."""
        sampling = self._settings.sampling.model_dump()
        answer = Answer(question, "", False, model=self.model_name, sampling=sampling)
        return self._run(answer, wanted, cancelled, Clock())

    def _run(
        self, answer: Answer, wanted: Routed, cancelled: Cancelled, clock: Clock
    ) -> Iterator[Event]:
        assert self.tools is not None
        answer = yield from self._shown(answer, self.tools.run(wanted, cancelled), clock)
        yield Done(replace(answer, timings=replace(answer.timings, total_ms=clock())))

    def _events(
        self, answer: Answer, history: Sequence[Message], given: FormName, cancelled: Cancelled
    ) -> Iterator[Event]:
        clock = Clock()
        question = answer.question
        asked = meant_after(question, history, self.tools.wanted if self.tools else None)
        if reply := self._without_looking(question, asked, history):
            yield reply
            known, timings = isinstance(reply, EvidenceFound), Timings(total_ms=clock())
            yield Done(replace(answer, text=reply.text, covered=known, timings=timings))
            return
        wanted = self._wanted(question, history, asked)
        if wanted and wanted.call:
            yield from self._run(answer, wanted, cancelled, clock)
            return
        form = FORMS[asked.form or given]
        whole = form.name == "socratic" or asked.own != asked.question
        seen = self._seeker.look(asked.question, whole=whole)
        timings = Timings(retrieve_ms=clock())
        answer = replace(answer, form=form.name, covered=seen.covered, timings=timings)
        if not seen.covered and self.tools and self.model and trained_for_tools(self.model):
            yield TextAdded("")  # whoever waits for evidence need not wait for the model
            called = self.tools.ask_model(self.model, question, history, cancelled)
            answer = yield from self._shown(answer, called, clock)
        recalled = ""
        if self.tools and not answer.tool_results:
            quotes = [p.quote for p in seen.best.selection.evidence] if seen.covered else []
            recalled = recall(question, history, self.tools.wanted, self._judge.score, quotes)
        if recalled:
            yield TextAdded(recalled)
            timings = replace(timings, total_ms=clock())
            yield Done(replace(answer, text=recalled, covered=False, timings=timings))
            return
        if not answer.tool_results:
            found = self._found(seen, form)
            answer = yield from self._told(answer, asked, found, clock)
        if seen.covered and answer.evidence and self.model and form.instruction:
            answer = yield from self._explainer.explain(
                self.model, answer, seen.question, form, cancelled, clock
            )
        yield Done(replace(answer, timings=replace(answer.timings, total_ms=clock())))

    def _wanted(self, question: str, history: Sequence[Message], asked: Meant) -> Routed | None:
        """The call that the student's words wish for, if they do.

        "Show me an example of mode collapse" is one, though it asks for a form, too. But who
        wishes to be asked wants no lab, and a reply to the tutor's own question speaks of what
        models do without wishing to see it.
        """
        if self.tools is None:
            return None
        if asked.form == "socratic" and (asked.reply is None or asked.hints or states(asked.reply)):
            return None
        return self.tools.wanted(question, history)

    def _found(self, seen: Seen, form: Form) -> EvidenceFound:
        """The quotes in a form of study, or that the course does not cover the question."""
        look = seen.best
        if not look.covered:
            return self._refusal.found(look.hits, look.lacking.names)
        quotes = self._seeker.quotes(seen, form)
        text = "\n\n".join(filter(None, [quotes.lead, quoted(quotes.evidence)]))
        shown_by = self.tools.fitting(look.question, quotes.evidence) if self.tools else None
        return EvidenceFound(quotes.evidence, True, text, (), shown_by, quotes.lead)

    def _told(
        self, answer: Answer, asked: Meant, found: EvidenceFound, clock: Clock
    ) -> Generator[Event, None, Answer]:
        """Tell what was found; of the Socratic form the leading question, and later the rest."""
        timings = replace(answer.timings, first_evidence_ms=clock(), total_ms=clock())
        before = ""
        if answer.form == "socratic" and found.evidence:
            leading = self._socratic.lead(asked.question, found.evidence)
            if asked.reply is None or 0 < asked.hints <= HINTS:
                text = self._socratic.hint(leading, asked.hints) if asked.hints else leading.text
                yield TextAdded(text)
                return replace(answer, text=text, timings=timings)
            before = self._socratic.react(leading, asked.question, asked.reply)
            yield TextAdded(before := f"{before}\n\n")
        yield found
        text = before + found.text
        return replace(answer, text=text, evidence=found.evidence, timings=timings)

    def _shown(
        self, answer: Answer, events: Generator[ToolEvent, None, object], clock: Clock
    ) -> Generator[Event, None, Answer]:
        """Pass on what tools do, then the passage that explains it; returns the answer so far."""
        with closing(events):  # one who stops listening ends the lab
            for event in events:
                if isinstance(event, ToolFinished):
                    event = replace(event, text=("\n\n" if answer.text else "") + event.text)
                    results = (*answer.tool_results, event.result)
                    answer = replace(answer, text=answer.text + event.text, tool_results=results)
                yield event
        done = [result for result in answer.tool_results if result.ok]
        if not done:
            return answer
        last = done[-1]
        room = REPLY_WORDS - len(answer.text.split())
        asked_at = clock()
        evidence = last.evidence or self._passage(last.call, min(EXPLAINING_WORDS, room))
        timings = Timings(clock() - asked_at, clock())
        answer = replace(answer, covered=bool(evidence), evidence=evidence, timings=timings)
        if not evidence or last.call.name == "quiz":  # its own text has the markers
            return answer
        text = f"\n\n{quoted(evidence)}"
        yield EvidenceFound(evidence, True, text)
        return replace(answer, text=answer.text + text)

    def _passage(self, call: ToolCall, words: int) -> tuple[Evidence, ...]:
        """What the course says of what a lab shows; nothing where it does not speak of it."""
        if call.name in ("quiz", "search_course"):
            return ()
        query = subject(call)
        vector = self._retriever.embed(query)
        hits = self._retriever.search(query, RETRIEVED, vector)
        if not hits or hits[0].cosine < RELATED_COSINE or words < 1:
            return ()
        return verbatim(Selector(self._encode, words).select(vector, hits).evidence[:1])

    def _without_looking(
        self, question: str, asked: Meant, history: Sequence[Message]
    ) -> EvidenceFound | TextAdded | None:
        """The reply to what needs no passage: answers to a quiz, chatter, what there is to see."""
        if told := marked(question, history):
            return TextAdded(told)
        if asked.again and not asked.question:
            return TextAdded(NOTHING_BEFORE)
        if told := asked.told if question else "Please ask a question.":
            return TextAdded(told)
        texts = (question, asked.own)
        return of_itself(texts, self._retriever.index.chunks, runs_labs=self.tools is not None)
