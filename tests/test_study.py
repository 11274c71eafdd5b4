"""The forms of study, from the question to the reply, with the real parts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import copy
from pathlib import Path

import pytest

from tests.conftest import MakeCourse
from tests.engines import ScriptedEngine
from tutor.answer import NOTHING_BEFORE, Tutor
from tutor.citations import folded
from tutor.config import FormName, Settings
from tutor.definitions import Definitions
from tutor.embed import Embedder
from tutor.embed.memory import Memory
from tutor.explanation import Explainer
from tutor.finding import Finder
from tutor.index import Index
from tutor.ingest import ingest
from tutor.judge import Judge
from tutor.llm import LocalChatModel
from tutor.quiz import GAP
from tutor.records import Answer, Done, Event, EvidenceFound, Message
from tutor.retrieve import Retriever
from tutor.study import BEFORE_I_SHOW, FORMS, NORMAL

SAMPLING = """# Unit 7: Sampling

## Nucleus sampling

Nucleus sampling, also called top-p, keeps the smallest set of tokens that together reach the \
threshold. The remaining probabilities are renormalised so that they add up to one.

Technically, it is a truncation of the categorical distribution of the vocabulary, \
parametrised by the cumulative probability.

### The intuition

Think of a buffet where you may fill your plate only from the most popular dishes. \
When one dish is loved by all, you take that one alone.

### A worked example

Let the tokens be salty, sweet and bland with the probabilities 0.5, 0.3 and 0.2, and p = 0.75. \
We add from the top: 0.5 + 0.3 = 0.8 is enough. \
Rescaling gives 0.5 / 0.8 = 0.625 and 0.3 / 0.8 = 0.375.

## Greedy decoding

Greedy decoding always takes the likeliest token. \
It repeats itself, because each repetition makes the next one likelier.

## Tokens

A token is a word or a piece of a word that the model reads at once.
"""
ETHICS = """# Unit 10: Ethics

## Deepfakes

A deepfake is a film in which a face was replaced so that a person seems to do what never \
happened. Deepfakes are made for fun, for films and for fraud, and watermarks help to tell \
them apart.
"""
NUCLEUS = "What is nucleus sampling?"


@pytest.fixture(scope="module")
def settings_of_course(
    settings: Settings, embedder: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    folder: Path = tmp_path_factory.mktemp("study")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "unit-7.md").write_text(SAMPLING, encoding="utf-8")
    (folder / "corpus" / "unit-10.md").write_text(ETHICS, encoding="utf-8")
    chosen = settings.model_copy(update={"corpus": folder / "corpus", "index": folder / "index"})
    ingest(chosen, embedder)
    return chosen


@pytest.fixture(scope="module")
def retriever_of_course(settings_of_course: Settings, embedder: Embedder) -> Retriever:
    return Retriever(Index.open(settings_of_course.index), embedder)


@pytest.fixture(scope="module")
def quiet(
    settings_of_course: Settings, retriever_of_course: Retriever, embedder: Embedder, judge: Judge
) -> Tutor:
    """The tutor without a language model."""
    encode = Memory(embedder.encode)
    return Tutor(settings_of_course, retriever_of_course, encode, judge, None)


def asked(
    tutor: Tutor, question: str, history: Sequence[Message] = (), form: FormName | None = None
) -> Answer:
    """The answer, after a look at what holds of every reply in every form."""
    events: list[Event] = list(tutor.answer(question, history, form=form))
    last = events[-1]
    assert isinstance(last, Done)
    answer = last.answer
    assert "".join(e.text for e in events if not isinstance(e, Done)) == answer.text  # type: ignore[union-attr]
    limit = FORMS[answer.form].reply_words  # type: ignore[index]
    assert sum(bool(re.search(r"\w", part)) for part in answer.text.split()) <= limit
    assert [piece.marker for piece in answer.evidence] == list(range(1, len(answer.evidence) + 1))
    for piece in answer.evidence:
        assert folded(piece.quote) in folded(piece.passage)
    return answer


def quotes(answer: Answer) -> str:
    return "\n".join(piece.quote for piece in answer.evidence)


def turns(*contents: str) -> list[Message]:
    return [Message("assistant" if i % 2 else "user", text) for i, text in enumerate(contents)]


def test_the_limits_are_those_the_course_promises() -> None:
    assert NORMAL is FORMS["normal"]
    assert {name: form.reply_words for name, form in FORMS.items() if form.reply_words != 150} == {
        "short": 80,
        "detailed": 300,
    }
    for name, form in FORMS.items():
        assert form.name == name
        assert form.evidence_words is None or form.evidence_words < form.reply_words
        assert form.instruction or name == "socratic"


def test_short_is_one_quote_that_answers(quiet: Tutor) -> None:
    answer = asked(quiet, NUCLEUS, form="short")
    (piece,) = answer.evidence
    assert len(piece.quote.split()) <= 45
    assert "smallest set of tokens" in piece.quote
    assert answer.form == answer.to_json()["form"] == "short"


def test_detailed_quotes_more_than_normal_and_nothing_of_another_subject(quiet: Tutor) -> None:
    normal, detailed = (asked(quiet, NUCLEUS, form=name) for name in ("normal", "detailed"))
    assert len(quotes(detailed).split()) >= len(quotes(normal).split())
    assert "deepfake" not in quotes(detailed).lower()


def test_simple_prefers_plain_words_and_adds_the_comparison(quiet: Tutor) -> None:
    answer = asked(quiet, NUCLEUS, form="simple")
    assert "buffet" in quotes(answer)
    assert "parametrised" not in quotes(answer)
    assert "smallest set of tokens" in quotes(answer)


def test_simple_says_what_a_term_of_the_quotes_means(quiet: Tutor) -> None:
    answer = asked(quiet, "What is greedy decoding?", form="simple")
    assert "A token is a word or a piece of a word" in quotes(answer)


def test_an_example_is_one_that_is_worked_out(quiet: Tutor) -> None:
    answer = asked(quiet, NUCLEUS, form="example")
    assert answer.text.startswith("An example from the course:\n\n>")
    assert "0.5 / 0.8 = 0.625" in quotes(answer)


def test_where_there_is_no_example_the_tutor_says_so_and_still_answers(quiet: Tutor) -> None:
    answer = asked(quiet, "What is a deepfake?", form="example")
    assert answer.text.startswith("I found no worked example of this in the course.")
    assert "face was replaced" in quotes(answer)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_not_covered_is_refused_in_every_form(quiet: Tutor, form: FormName) -> None:
    answer = asked(quiet, "Who won the football world cup in 1974?", form=form)
    assert not answer.covered
    assert "do not answer this" in answer.text


# In words


def test_words_of_the_question_choose_the_form_and_are_not_looked_up(quiet: Tutor) -> None:
    said = asked(quiet, "Give me a worked example of nucleus sampling, please")
    assert said.form == "example"
    assert said.evidence == asked(quiet, NUCLEUS, form="example").evidence


def test_what_the_question_says_goes_before_the_setting(quiet: Tutor) -> None:
    assert asked(quiet, f"In short: {NUCLEUS}", form="detailed").form == "short"
    assert asked(quiet, NUCLEUS, form="detailed").form == "detailed"


@pytest.mark.parametrize(
    ("words", "form"),
    [("shorter please", "short"), ("simpler", "simple"), ("in more detail", "detailed")],
)
def test_a_form_alone_answers_the_question_before_again(
    quiet: Tutor, words: str, form: FormName
) -> None:
    first = asked(quiet, NUCLEUS)
    again = asked(quiet, words, turns(NUCLEUS, first.text))
    assert again.form == form
    assert again.question == words
    assert again.evidence == asked(quiet, NUCLEUS, form=form).evidence


def test_forms_one_after_the_other_stay_with_the_question(quiet: Tutor) -> None:
    history = turns("What is a deepfake?", "...", NUCLEUS, "...", "shorter", "...", "thanks", "...")
    assert "buffet" in quotes(asked(quiet, "explain it like I'm five", history))


def test_a_form_alone_without_a_question_before_asks_for_one(quiet: Tutor) -> None:
    assert asked(quiet, "shorter please").text == NOTHING_BEFORE


def test_the_form_of_the_settings_holds_where_nothing_else_is_said(
    settings_of_course: Settings, retriever_of_course: Retriever, embedder: Embedder, judge: Judge
) -> None:
    brief = settings_of_course.model_copy(update={"form": "short"})
    tutor = Tutor(brief, retriever_of_course, embedder.encode, judge, None)
    assert asked(tutor, NUCLEUS).form == "short"
    assert asked(tutor, NUCLEUS, form="normal").form == "normal"


# Socratic


def test_first_the_question_then_the_quote(quiet: Tutor) -> None:
    first = asked(quiet, NUCLEUS, form="socratic")
    assert first.text.startswith(BEFORE_I_SHOW)
    assert GAP in first.text
    assert first.covered
    assert not first.evidence
    then = asked(quiet, "I don't know", turns(NUCLEUS, first.text), form="socratic")
    assert then.text.startswith("No problem.")
    assert BEFORE_I_SHOW not in then.text
    assert "smallest set" in quotes(then)
    right = re.search(r"“(.+?)”", then.text)
    assert right is not None
    yes = asked(quiet, f"maybe {right[1]}?", turns(NUCLEUS, first.text), form="socratic")
    assert yes.text.startswith("Yes")
    assert yes.evidence == then.evidence


def test_words_alone_begin_it_and_it_ends_after_the_reply(quiet: Tutor) -> None:
    first = asked(quiet, "Don't tell me, ask me: what is nucleus sampling?")
    assert first.form == "socratic"
    history = turns("Don't tell me, ask me: what is nucleus sampling?", first.text)
    second = asked(quiet, "the likeliest ones", history)
    assert second.form == "socratic"
    assert second.evidence
    history += turns("the likeliest ones", second.text)
    third = asked(quiet, "What is a deepfake?", history)
    assert third.form == "normal"
    assert "face was replaced" in quotes(third)


def test_another_question_in_place_of_a_reply_is_answered_as_such(quiet: Tutor) -> None:
    first = asked(quiet, NUCLEUS, form="socratic")
    answer = asked(quiet, "What is a deepfake?", turns(NUCLEUS, first.text))
    assert answer.form == "normal"
    assert "face was replaced" in quotes(answer)
    short = asked(quiet, "shorter please", turns(NUCLEUS, first.text))
    assert short.form == "short"
    assert "smallest set" in quotes(short)


def test_a_follow_up_leans_on_the_question_and_not_on_the_reply(quiet: Tutor) -> None:
    first = asked(quiet, "What is a deepfake?", form="socratic")
    history = turns("What is a deepfake?", first.text, "greedy tokens", "Not quite.")
    assert "face was replaced" in quotes(asked(quiet, "in more detail", history))


# The model


def explained(quiet: Tutor, script: str, form: FormName) -> tuple[Answer, str]:
    """What the model's script becomes in a form, and the prompt it read."""
    engine = ScriptedEngine(script)
    tutor = copy(quiet)
    tutor.model = LocalChatModel(engine=engine, model_name="scripted")
    answer = asked(tutor, NUCLEUS, form=form)
    return answer, bytes(engine.prompts[0]).decode() if engine.prompts else ""


KEEPS = "Nucleus sampling keeps the smallest set of tokens that together reach the threshold."
CALLED = "Nucleus sampling is also called top-p."


def test_short_explains_in_one_sentence_and_the_model_is_told(quiet: Tutor) -> None:
    short, told = explained(quiet, f"{KEEPS} {CALLED}", "short")
    normal, told_normally = explained(quiet, f"{KEEPS} {CALLED}", "normal")
    assert KEEPS in short.text
    assert CALLED not in short.text
    assert CALLED in normal.text
    assert FORMS["short"].instruction in told
    assert FORMS["short"].instruction not in told_normally


def test_a_socratic_turn_needs_no_model(quiet: Tutor) -> None:
    answer, prompt = explained(quiet, KEEPS, "socratic")
    assert prompt == ""
    assert KEEPS not in answer.text


def test_a_prompt_of_ones_own_may_do_without_the_form(quiet: Tutor, embedder: Embedder) -> None:
    engine = ScriptedEngine(KEEPS)
    answer = asked(quiet, NUCLEUS)
    explainer = Explainer("# user\n\n{{evidence}} {{question}}", embedder.encode, 60)
    chat = LocalChatModel(engine=engine, model_name="scripted")
    events = explainer.explain(chat, answer, NUCLEUS, NORMAL, lambda: False, lambda: 0.0)
    assert [event.text for event in events] == [f"\n\n{KEEPS} [1]"]
    assert NORMAL.instruction not in bytes(engine.prompts[0]).decode()


# Finding and definitions


def test_what_is_covered_does_not_depend_on_the_form(
    retriever_of_course: Retriever, embedder: Embedder, judge: Judge
) -> None:
    finder = Finder(retriever_of_course, embedder.encode, judge, 95)
    look = finder.look(NUCLEUS)
    assert look.covered
    assert finder.quotes(look, NORMAL).evidence == look.selection.evidence
    assert not finder.look("Who won the football world cup in 1974?").covered


def test_definitions_are_sentences_that_say_what_a_term_is(
    make_course: MakeCourse, embedder: Embedder
) -> None:
    text = (
        "# Terms\n\n## Seeds\n\nA seed is the number that starts a generator of random numbers.\n\n"
        "The price is a doubled number of steps in every single run of the sampler.\n\n"
        "- **The query** says what the token is looking for among all of the others.\n\n"
        "Updating the weights is a small step that is taken after each batch of data.\n"
    )
    course = make_course({"terms.md": text})
    ingest(course, embedder)
    found = Definitions(Index.open(course.index).chunks).by_term
    assert "seed" in found
    assert not {"price", "updating the weights"} & set(found)


def test_the_lead_is_an_event_of_its_own_for_the_faces(quiet: Tutor) -> None:
    (found,) = [e for e in quiet.answer(NUCLEUS, form="example") if isinstance(e, EvidenceFound)]
    assert found.lead == FORMS["example"].lead
    assert found.text.startswith(found.lead)
