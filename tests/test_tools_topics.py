"""What a quiz or a search is about."""

from __future__ import annotations

import pytest

from tutor.tools.router import load_reader
from tutor.tools.topics import clean, new_topic, read_topic

READER = load_reader()


@pytest.mark.parametrize(
    ("tool", "said", "topic"),
    [
        ("quiz", "give me 3 questions about Attention", "Attention"),
        ("quiz", "quiz: the ELBO", "ELBO"),
        ("quiz", "test me on unit four with 4 questions", "unit four"),
        ("quiz", "quiz me", ""),
        ("quiz", "more questions", ""),
        ("search_course", "search the course for mode collapse", "mode collapse"),
        ("search_course", "where is the KL term mentioned in the course?", "KL term"),
        ("search_course", 'look up "beam search"', "beam search"),
        ("search_course", "which page is that on?", ""),
    ],
)
def test_the_topic(tool: str, said: str, topic: str) -> None:
    assert read_topic(tool, READER.read(said)) == topic


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("and now on VAEs", "VAEs"),
        ("another one", ""),
        ("again with 5", ""),
        ("more questions", ""),
        ("fewer questions", ""),
        ("now five hard questions", ""),
        ("ten questions instead", ""),
        ("7 questions, backpropagation", "backpropagation"),
    ],
)
def test_the_topic_of_a_follow_up(said: str, topic: str) -> None:
    assert new_topic(READER.read(said)) == topic


def test_signs_around_a_text_are_no_part_of_it() -> None:
    assert clean(' "KL"?! ') == "KL"
