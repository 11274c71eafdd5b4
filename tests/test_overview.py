"""What the tutor knows of itself: the course's documents, and the labs."""

from __future__ import annotations

import pytest

from tutor.config import Settings
from tutor.labs.catalogue import LABS
from tutor.overview import MOST_WORDS, WISHES, labs, of_itself, overview
from tutor.records import Chunk, Place
from tutor.tools.router import Router, load_router


def section(source: str, *headings: str) -> Chunk:
    return Chunk(source, Place("section", " > ".join(headings)), "text", headings)


COURSE = [
    section("unit-10-ethics.md", "Unit 10: Ethics"),
    section("unit-10-ethics.md", "Unit 10: Ethics", "Harm"),
    section("unit-10-ethics.md", "Unit 10: Ethics", "Good"),
    section("unit-5-gans.md", "Unit 5: GANs"),
    section("unit-5-gans.md", "Unit 5: GANs", "The loss [1]"),
    section("unit-5-gans.md", "Unit 5: GANs", "What goes wrong"),
    section("unit-5-gans.md", "Unit 5: GANs", "Review questions"),
    Chunk("deck.pptx", Place("slide", 1), "text", ("Diffusion",)),
    Chunk("deck.pptx", Place("slide", 2), "text", ("Noise",)),
]
BOOK = [
    section("book.pdf", "A book", "Chapter 2: Trees", "Roots"),
    section("book.pdf", "A book", "Chapter 2: Trees", "Leaves"),
    section("book.pdf", "A book", "Chapter 20: Birds", "Wings"),
    section("book.pdf", "A book", "Chapter 20: Birds", "Beaks"),
]

ABOUT_COURSE = [
    "what is this course about?",
    "What's the course about",
    "what topics does this course cover?",
    "which topics are covered?",
    "What is covered in this course?",
    "what are the topics of this course?",
    "what topics are there",
    "table of contents",
    "show me the table of contents please",
    "give me an overview of the course",
    "what can I ask you about?",
    "What will I learn in this course?",
    "list the units",
    "what documents do you have?",
    "summarise the course",
    "what are these documents about?",
]
ABOUT_PART = [
    "what is unit 5 about?",
    "summarise chapter 5",
    "summarize unit five",
    "what's in unit 5?",
    "What does lecture 5 cover?",
    "give me an overview of week 5",
    "which topics are covered in unit 5",
    "tell me about unit 5",
]
REAL = [
    "What is this distribution about?",
    "what topics are modelled by LDA?",
    "What does the course say about GANs?",
    "What is a table of contents used for?",
    "what documents does RAG retrieve?",
    "what are the contents of the context window?",
    "What does the corpus contain for the n-gram model?",
    "what is this about?",
    "what can I ask a language model?",
    "What does unit 5 say about mode collapse?",
    "What is unit variance?",
    "What is layer 5 about?",
    "what is class 1 in logistic regression?",
    "explain mode collapse from unit 5",
    "What is part 2 of the loss?",
    "what is unit 55 about?",
]


@pytest.mark.parametrize("question", ABOUT_COURSE)
def test_the_documents_are_listed_in_order_with_their_headings(question: str) -> None:
    found = overview(question, COURSE)
    assert found
    assert found.covered
    assert [chunk.source for chunk in found.nearby] == [
        "deck.pptx",
        "unit-5-gans.md",
        "unit-10-ethics.md",
    ]
    assert "- unit-5-gans.md, § Unit 5: GANs\n  The loss \\[1\\]; What goes wrong" in found.text
    assert "Review" not in found.text


@pytest.mark.parametrize("question", ABOUT_PART)
def test_a_part_is_told_by_its_headings(question: str) -> None:
    found = overview(question, COURSE)
    assert found
    assert [chunk.source for chunk in found.nearby] == ["unit-5-gans.md"]
    assert "- What goes wrong" in found.text


@pytest.mark.parametrize("question", REAL)
def test_a_question_to_the_course_is_none_to_the_list(question: str) -> None:
    assert of_itself([question], COURSE, runs_labs=True) is None


def test_the_chapters_of_a_book_are_headings() -> None:
    found = overview("what is chapter 2 about?", BOOK)
    assert found
    assert "- Roots\n- Leaves" in found.text
    assert "Wings" not in found.text


def test_a_large_course_is_listed_in_few_words() -> None:
    many = [section(f"{n}.md", f"T{n}", f"{part} of it all") for n in range(99) for part in "ab"]
    found = overview("table of contents", many)
    assert found
    assert len(found.text.split()) <= MOST_WORDS
    assert found.text.endswith("- and 59 more")


def test_an_empty_course_has_no_list() -> None:
    assert overview("what is this course about?", []) is None


@pytest.mark.parametrize(
    "question",
    [
        "what labs are there?",
        "what can I run?",
        "which labs do you have?",
        "list the labs",
        "labs",
        "what can I try?",
        "what demos are there?",
        "Please show me the labs.",
        "which models can I run here?",
        "are there any labs?",
    ],
)
def test_the_labs_are_listed_each_with_a_wish(question: str) -> None:
    found = labs(question)
    assert found
    assert all(f"- {name.replace('_', ' ')}: “" in found.text for name in LABS)
    assert len(found.text.split()) <= 150
    assert of_itself([question], COURSE, runs_labs=False) is None


@pytest.mark.parametrize(
    "question",
    [
        "What can I run out of when training?",
        "what tools are there for evaluation?",
        "Which models are there?",
        "what experiments did Goodfellow run?",
        "What can a GAN draw?",
        "show me a GAN",
        "what models can I fine-tune?",
        "which simulations does the course describe?",
        "what can I use dropout for?",
    ],
)
def test_a_question_or_a_wish_is_no_question_for_the_labs(question: str) -> None:
    assert labs(question) is None


@pytest.fixture(scope="module")
def router(settings: Settings) -> Router:
    return load_router(settings)


def test_every_wish_runs_its_lab(router: Router) -> None:
    assert WISHES.keys() == LABS.keys()
    for name, wish in WISHES.items():
        call = router.route(wish).call
        assert call, wish
        assert call.name == name, wish
