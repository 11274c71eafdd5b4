"""Questions from the course's own sentences."""

from __future__ import annotations

import pytest

from tutor.citations import folded
from tutor.errors import LabError
from tutor.quiz import GAP, QuizMaker, clozes
from tutor.records import Chunk, Hit, Place, ToolCall
from tutor.retrieve import Retriever
from tutor.tools.registry import Quiz

CALL = ToolCall("quiz", {})


def chunk(text: str) -> Chunk:
    return Chunk("a.md", Place("section", "A"), text)


def terms(text: str) -> list[str]:
    return [item.term for item in clozes([chunk(text)])]


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("A random variable is a number whose value is decided by chance.", "random variable"),
        ("Perplexity measures how well a language model predicts held-out text.", "perplexity"),
        ("The **query** says what the token is looking for in the others.", "query"),
        ("A store for vectors and their texts is called a **vector database** here.",
         "vector database"),
        ("- **KL divergence** is a measure of how far two distributions are apart.",
         "KL divergence"),
    ],
)  # fmt: skip
def test_a_sentence_that_defines_has_its_term(text: str, term: str) -> None:
    assert terms(text) == [term]


@pytest.mark.parametrize(
    "text",
    [
        "This is a sentence that says nothing about any term of the course at all.",
        "It is the most common of all the methods that are known to work.",
        "# A heading is a line of few words that stands above all the others",
        "| a table | is a row | of many cells that are no sentence at all |",
        "What is a random variable, and what is it good for in this course?",
        "Short is a word.",
        "Now z is an ordinary sum and product of numbers that were drawn before.",
        "People or automatic measures check the output, and the model is improved.",
        "A model without a card is a medicine that is sold without a leaflet.",
        "The main danger is a badly chosen reward that can be had by cheating.",
    ],
)
def test_anything_else_is_not_asked_about(text: str) -> None:
    assert terms(text) == []


def test_what_the_stands_before_is_a_term_if_the_course_takes_it_for_one() -> None:
    sentence = "The optimiser is the rule that turns gradients into updates of the weights."
    assert terms(sentence) == []
    marked = chunk("An **optimiser** has a learning rate.")
    under = Chunk("b.md", Place("section", "B"), "Adam and others.", ("Optimisers",))
    again = [chunk(f"Which optimiser is {word}?") for word in ("used", "best")]
    for others in ([marked], [under], again):
        assert [item.term for item in clozes([chunk(sentence), *others])] == ["optimiser"]
    assert list(clozes([chunk(sentence), again[0]])) == []


def test_the_term_stands_nowhere_in_its_question() -> None:
    (item,) = clozes([chunk("A seed is a number; the same seed gives the same picture each time.")])
    assert item.question.count(GAP) == 2
    assert "seed" not in item.question


def test_a_quiz_of_the_course(retriever: Retriever) -> None:
    maker = QuizMaker(retriever.index.chunks, retriever.search, seed=0)
    result = maker(CALL, Quiz(n=4))
    questions = result.values["questions"]
    assert 1 <= len(questions) <= 4
    for number, (row, piece) in enumerate(zip(questions, result.evidence, strict=True), start=1):
        assert row["answer"] in row["choices"]
        assert len(set(row["choices"])) == len(row["choices"])
        assert folded(piece.quote) in folded(piece.passage)
        assert row["question"] in result.caption
        assert f"{row['answer']} [{number}]" in result.caption
    assert len({row["answer"] for row in questions}) == len(questions)


def test_a_quiz_keeps_to_its_topic_and_is_another_each_time(retriever: Retriever) -> None:
    maker = QuizMaker(retriever.index.chunks, retriever.search, seed=0)
    places = {hit.chunk for hit in retriever.search("mode collapse", 20)}
    result = maker(CALL, Quiz(topic="mode collapse", n=2))
    assert {piece.passage for piece in result.evidence} <= {place.text for place in places}
    orders = {str(maker(CALL, Quiz(n=20)).values["questions"]) for _ in range(5)}
    assert len(orders) > 1


def test_nothing_to_ask_about_is_told(retriever: Retriever) -> None:
    near = Hit(chunk("Nothing is defined here."), 1, 0.5, cosine=0.5)
    maker = QuizMaker([], lambda topic, k: [near])
    with pytest.raises(LabError, match=r"^no sentence of the course can be made a question$"):
        maker(CALL, Quiz())
    with pytest.raises(LabError, match=r"on “GANs” can be made a question; try a wider topic"):
        maker(CALL, Quiz(topic="GANs"))


def test_a_quiz_on_another_subject_is_refused(retriever: Retriever) -> None:
    maker = QuizMaker(retriever.index.chunks, retriever.search, seed=0)
    with pytest.raises(LabError, match="does not speak of “football”"):
        maker(CALL, Quiz(topic="football"))
