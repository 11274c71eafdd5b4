"""The Socratic form: leading questions from quotes, and what is said of replies."""

from __future__ import annotations

import pytest

from tutor.definitions import Definitions
from tutor.embed import Embedder
from tutor.judge import Judge
from tutor.quiz import GAP
from tutor.records import Chunk, Evidence, Place
from tutor.socratic import Leading, Socratic
from tutor.study import BEFORE_I_SHOW

GAN = (
    "Mode collapse means that the generator produces only a few kinds of samples, although the "
    "data has many. Mode collapse happens because one sample fools the discriminator every time. "
    "Ian Goodfellow and his colleagues introduced such networks in 2014."
)
CHUNK = Chunk("gan.md", Place("section", "Networks > Mode collapse"), GAN, ("Networks", "Collapse"))


def quote(text: str, marker: int = 1) -> Evidence:
    return Evidence(marker, CHUNK.source, CHUNK.place, text, 1.0, text, CHUNK.headings)


@pytest.fixture(scope="module")
def socratic(embedder: Embedder, judge: Judge) -> Socratic:
    return Socratic(embedder.encode, judge, Definitions([CHUNK]), lambda word: 1.0)


def hidden(leading: Leading) -> bool:
    """Whether the question does not give away what it asks for."""
    return leading.wanted.lower() not in leading.text.lower()


@pytest.mark.parametrize(
    ("question", "kind", "wanted"),
    [
        ("What is mode collapse?", "gap", None),
        ("Why does mode collapse happen?", "cause", "one sample fools the discriminator"),
        ("When were adversarial networks introduced?", "gap", "2014"),
        ("Who introduced adversarial networks?", "gap", "Ian Goodfellow"),
    ],
)
def test_what_is_left_out_is_what_the_question_is_after(
    socratic: Socratic, question: str, kind: str, wanted: str | None
) -> None:
    leading = socratic.lead(question, [quote(GAN)])
    assert leading.kind == kind
    assert leading.text.startswith(BEFORE_I_SHOW)
    assert "gan.md" in leading.text
    assert hidden(leading)
    assert (GAP in leading.text) == (kind == "gap")
    assert leading.sentence in " ".join(GAN.split())
    assert wanted is None or leading.wanted.startswith(wanted)
    if wanted is None:  # what the student asked about is no riddle
        assert leading.wanted.lower() not in ("mode", "collapse", "mode collapse")
    assert leading == socratic.lead(question, [quote(GAN)])


@pytest.mark.parametrize("text", ["$$ x = y $$", "| a | b |\n|---|---|\n| 1 | 2 |", "Few words."])
def test_quotes_without_a_sentence_still_get_a_question(socratic: Socratic, text: str) -> None:
    leading = socratic.lead("What is x?", [quote(text)])
    assert leading.kind == "open"
    assert leading.text.startswith(BEFORE_I_SHOW)
    for reply in ("y, I think", "no idea", "x" * 500, "???"):
        assert socratic.react(leading, "What is x?", reply)


GAPPED = "When were adversarial networks introduced?"
CAUSE = "Why does mode collapse happen?"


@pytest.mark.parametrize(
    ("question", "reply", "begins"),
    [
        (GAPPED, "2014", "Yes"),
        (GAPPED, "I think it was 2014!", "Yes"),
        (GAPPED, "in 2015", "The course has another number here: “2014”"),
        (GAPPED, "I don't know", "No problem. The missing number is “2014”"),
        (CAUSE, "because a single sample fools the discriminator each time", "Yes"),
        (CAUSE, "something about the discriminator", "That is a part of it: you have “discrimin"),
        (CAUSE, "the learning rate is too high", "The course looks at it differently"),
        (CAUSE, "no idea, sorry", "No problem"),
        (CAUSE, "one sample never fools the discriminator", "Look at one thing again"),
    ],
)
def test_a_reply_hears_what_is_right_and_what_is_missing(
    socratic: Socratic, question: str, reply: str, begins: str
) -> None:
    evidence = [quote(GAN)]
    said = socratic.react(socratic.lead(question, evidence), question, reply)
    assert said.startswith(begins)
    if question == CAUSE and not said.startswith("Yes"):
        assert "one sample fools the discriminator every time" in said
    assert not any(word in said.lower() for word in ("wrong", "incorrect", "should have"))


@pytest.mark.parametrize(
    ("reply", "begins"),
    [
        ("the history still contains it", "Yes"),
        ("deleting it is not enough, because the latest commit's history still contains it", "Yes"),
        ("the history no longer contains it, not still", "Look at one thing again"),
    ],
)
def test_a_reason_may_be_given_without_what_it_denies(
    socratic: Socratic, reply: str, begins: str
) -> None:
    text = (
        "Deleting it from the latest commit is not enough, because the history still contains it."
    )
    leading = socratic.lead("Why is deleting a key not enough?", [quote(text)])
    assert leading.kind == "cause"
    assert socratic.react(leading, "Why is deleting a key not enough?", reply).startswith(begins)


def test_a_hint_gives_a_little_away_and_the_next_a_little_more(socratic: Socratic) -> None:
    leading = socratic.lead(GAPPED, [quote(GAN)])
    first, second = (socratic.hint(leading, number) for number in (1, 2))
    assert first == f"{leading.text}\n\nA hint: it begins with “2…” and has 4 digits."
    assert "“20…”" in second
    assert "2014" not in first + second
    leading = Leading("gap", "...", "latent space", "A latent space is a space of codes.", 1)
    assert "“l… s…” and has 6 and 5 letters" in socratic.hint(leading, 1)
    leading = socratic.lead(CAUSE, [quote(GAN)])
    assert "goes on like this: “one sample …”" in socratic.hint(leading, 1)
    assert leading.wanted not in socratic.hint(leading, 2)
    assert "mode" in socratic.hint(Leading("open", "...", "mode collapse", "...", 1), 2)


def test_a_near_word_is_called_close(socratic: Socratic) -> None:
    leading = Leading("gap", "...", "picture", "The decoder draws a picture of a digit.", 1)
    said = socratic.react(leading, "What does the decoder do?", "image")
    assert said == "That is close. The course's word is “picture”."


@pytest.mark.parametrize(
    ("question", "text", "wanted"),
    [
        ("How large are they?", "Each of the images is stored as 28x28 pixels in one file.", None),
        ("How many of them?", "The model v2 was trained with 175B weights in 96 layers.", "96"),
        ("Who proposed them?", "Such networks were first proposed by Yann LeCun.", "Yann LeCun"),
        ("Who made it?", "The first model was made by the DeepMind Lab in London.", "DeepMind Lab"),
        ("What is it?", "Only here can all of it be in _init as it is.", None),
    ],
)
def test_a_gap_is_asked_for_only_where_there_is_one(
    socratic: Socratic, question: str, text: str, wanted: str | None
) -> None:
    leading = socratic.lead(question, [quote(text)])
    assert wanted in (None, leading.wanted)
    assert (GAP in leading.text) == (leading.kind == "gap") == ("in the gap" in leading.text)
    assert leading.kind == "open" or hidden(leading)


def test_a_marker_in_a_document_does_not_become_one_of_ours(socratic: Socratic) -> None:
    text = "The mean of both exams [7] is the final grade of the whole long course."
    leading = socratic.lead("What is the final grade?", [quote(text)])
    assert "[7]" not in leading.text.replace("\\[7\\]", "")
