"""Retrieval: what is found first, what is left out, and what no question may break."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.documents import Document as LangChainDocument

from tests.conftest import MakeCourse
from tutor.embed import Embedder
from tutor.index import Index, Kind, Manifest
from tutor.index.words import WordIndex
from tutor.ingest import ingest
from tutor.records import Chunk, Place
from tutor.retrieve import CourseRetriever, Retriever, fuse

QUESTIONS = [
    ("What is mode collapse?", "gan.md", "Mode collapse"),
    ("Who introduced adversarial networks?", "gan.md", "Goodfellow"),
    ("What does the temperature do to the softmax?", "sampling.md", "divides the logits"),
    ("how is perplexity defined", "sampling.md", "exponential"),
    ("What is the reparameterisation trick?", "unit/vae.txt", "reparameterisation trick"),
    ("How many steps does adding noise take?", "unit/diffusion.html", "1000"),
    ("Why divide query times key by the root of the dimension?", "attention.pptx", "root"),
    ("When was Bayes' theorem published?", "probability.pdf", "1763"),
]


@pytest.mark.parametrize(("question", "source", "words"), QUESTIONS)
def test_the_right_passage_is_first(
    question: str, source: str, words: str, retriever: Retriever
) -> None:
    best = retriever.search(question)[0]
    assert best.chunk.source == source
    assert words in best.chunk.text


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_fusion_finds_at_least_what_either_score_finds(
    weight: float, retriever: Retriever, embedder: Embedder
) -> None:
    alone = Retriever(retriever.index, embedder, dense_weight=weight)

    def found(which: Retriever) -> int:
        return sum(which.search(q)[0].chunk.source == source for q, source, _ in QUESTIONS)

    assert found(retriever) >= found(alone)


def test_hits_are_numbered_and_sorted_and_scored_between_0_and_1(retriever: Retriever) -> None:
    hits = retriever.search("How does a network turn noise into a picture?", 50)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert 0 <= scores[-1] < scores[0] <= 1


def test_the_raw_scores_of_a_hit_are_those_of_its_chunk(
    retriever: Retriever, embedder: Embedder
) -> None:
    question = "What is nucleus sampling?"
    words = retriever.index.words.scores(question)
    assert words is not None
    chunks = list(retriever.index.chunks)
    vector = embedder.encode([question], query=True)[0]
    for hit in retriever.search(question, 50):
        position = chunks.index(hit.chunk)
        cosine = float(retriever.index.vectors[position] @ vector)
        assert hit.cosine == pytest.approx(cosine, abs=0.01)
        assert hit.bm25 == pytest.approx(float(words[position]))
        assert hit.score == pytest.approx(0.55 * max(cosine, 0) + 0.45 * hit.bm25, abs=0.01)


@pytest.mark.parametrize("k", [1, 3, 5])
def test_k_hits_are_given(k: int, retriever: Retriever) -> None:
    hits = retriever.search("noise", k)
    assert len(hits) == k
    assert hits == retriever.search("noise", 50)[:k]


def test_asking_for_more_than_there_is_gives_all(retriever: Retriever) -> None:
    hits = retriever.search("noise", 10_000)
    assert len({(hit.chunk.source, hit.chunk.ordinal) for hit in hits}) == len(retriever.index)


@pytest.mark.parametrize("question", ["zebra giraffe", "Was ist Rauschen?", "???", "你好", "a"])
def test_a_question_without_a_known_word_is_searched_by_meaning(
    question: str, retriever: Retriever
) -> None:
    hits = retriever.search(question, 3)
    assert len(hits) == 3
    assert all(hit.bm25 == 0 for hit in hits)


@pytest.mark.parametrize("question", ["", " ", "\n\t"])
def test_no_question_no_hits(question: str, retriever: Retriever) -> None:
    assert retriever.search(question) == []


def test_an_overlong_question_is_searched_all_the_same(retriever: Retriever) -> None:
    assert retriever.search("What is mode collapse? " * 2000)[0].chunk.source == "gan.md"


@given(st.text(max_size=60))
def test_any_question_gives_well_formed_hits(retriever: Retriever, question: str) -> None:
    hits = retriever.search(question, 4)
    assert len(hits) == (4 if question.strip() else 0)
    assert all(0 <= hit.score <= 1 and np.isfinite(hit.score) for hit in hits)


def test_a_vector_at_hand_is_not_computed_again(retriever: Retriever) -> None:
    class Refusing(Embedder):
        def __init__(self) -> None: ...

        def embed_query(self, text: str) -> list[float]:
            raise AssertionError("the vector was there")

    vector = retriever.embed("What is mode collapse?")
    again = Retriever(retriever.index, Refusing())
    hits = again.search("What is mode collapse?", vector=vector)
    assert [hit.chunk for hit in hits] == [
        hit.chunk for hit in retriever.search("What is mode collapse?")
    ]


# Repeats

DECK = [
    "Overview\n- Networks\n- Losses\n- Training\n- Results and what we learned from them",
    "Overview\n- Networks\n- **Losses**\n- Training\n- Results and what we learned from them",
    "Overview of the networks and their losses, in more words than the others have.",
]


def index_of(texts: list[str], embedder: Embedder) -> Index:
    chunks = [Chunk("deck.pptx", Place("slide", i), text) for i, text in enumerate(texts, 1)]
    kind = Kind(embedder.name, embedder.fingerprint, embedder.dimension, 1, 200)
    return Index(
        Manifest(kind, "", ""), chunks, texts, embedder.encode(texts), WordIndex.build(texts)
    )


def test_a_repeated_slide_is_found_once(embedder: Embedder) -> None:
    hits = Retriever(index_of(DECK, embedder), embedder).search("overview of networks")
    places = {hit.chunk.place.value for hit in hits}
    assert len(places & {1, 2}) == 1
    assert 3 in places
    assert [hit.rank for hit in hits] == [1, 2]


def test_what_is_left_out_makes_room_for_others(embedder: Embedder) -> None:
    texts = [*[DECK[0]] * 20, *DECK[2:], "Bread."]
    hits = Retriever(index_of(texts, embedder), embedder).search("overview", 3)
    assert len(hits) == 3


def test_a_longer_passage_is_no_repeat_of_a_short_one(embedder: Embedder) -> None:
    texts = ["The generator.", "The generator makes samples and the critic judges each of them."]
    assert len(Retriever(index_of(texts, embedder), embedder).search("generator")) == 2


def test_passages_that_differ_in_a_number_of_many_words_are_kept_apart(embedder: Embedder) -> None:
    texts = [f"Step {i} takes {i}{i} ms." for i in range(1, 6)]
    assert len(Retriever(index_of(texts, embedder), embedder).search("step", 9)) == 5


@given(st.lists(st.sampled_from(["a b c", "a b c", "a b d", "x", "", "a  B c"]), max_size=8))
def test_no_two_hits_have_the_same_words(embedder: Embedder, texts: list[str]) -> None:
    index = index_of(texts, embedder) if texts else None
    hits = Retriever(index, embedder).search("a", 20) if index else []
    seen = [frozenset(re.findall(r"\w+", hit.chunk.text.lower())) for hit in hits]
    with_words = [words for words in seen if words]
    assert len(with_words) == len(set(with_words))
    assert set(with_words) == {
        words for text in texts if (words := frozenset(re.findall(r"\w+", text.lower())))
    }


# Many chunks


def test_more_hits_than_candidates_may_be_asked_for(
    make_course: MakeCourse, embedder: Embedder
) -> None:
    files = {
        f"{i}.md": f"# Fact {i}\n\nThe number {i} is {i * i} when squared.\n" for i in range(40)
    }
    course = make_course(files)
    ingest(course, embedder)
    narrow = Retriever(Index.open(course.index), embedder, candidates=10)
    assert len(narrow.search("Which number is squared?", 30)) == 30


def test_a_word_that_stands_once_is_found_among_many(embedder: Embedder) -> None:
    texts = [f"Passage {i} speaks of many ordinary things." for i in range(300)]
    texts[211] += " Also of the Kolmogorov axioms."
    best = Retriever(index_of(texts, embedder), embedder, candidates=10).search("Kolmogorov")[0]
    assert best.chunk.place.value == 212


# Fusion


@given(
    st.lists(
        st.tuples(st.floats(-1, 1, width=32), st.floats(0, 1, width=32)), min_size=1, max_size=9
    ),
    st.floats(0, 1),
)
def test_fused_scores_are_a_convex_combination(
    pairs: list[tuple[float, float]], weight: float
) -> None:
    cosines, words = np.array(pairs, dtype=np.float32).T
    fused = fuse(cosines, words, weight)
    assert fused == pytest.approx(
        [weight * max(c, 0) + (1 - weight) * w for c, w in pairs], abs=1e-6
    )


# As LangChain's retriever


def test_langchain_gets_documents_with_their_place(retriever: Retriever) -> None:
    documents = CourseRetriever(retriever=retriever, k=2).invoke("When was the theorem published?")
    assert len(documents) == 2
    assert all(isinstance(document, LangChainDocument) for document in documents)
    first = documents[0]
    assert "1763" in first.page_content
    assert first.metadata["source"] == "probability.pdf"
    assert first.metadata["page"] == 1
    assert first.metadata["score"] > documents[1].metadata["score"]
