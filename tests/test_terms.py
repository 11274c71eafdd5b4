"""Technical terms that a question names and a course lacks, under any of their names."""

from __future__ import annotations

from collections import Counter

import pytest

from tutor.records import Chunk, Place
from tutor.terms import LEXICON, CourseTerms, lexicon, name_of

TEXT = (
    "Nucleus sampling keeps the likeliest words. Normalizing flows are left out here. "
    "The FIDs of two GANs. CLIP reads the prompt; a clip shows it. Beam search keeps five."
)
COURSE = CourseTerms([Chunk("a.md", Place("section", "A"), TEXT, ("Low-Rank Adaptation",))])


@pytest.mark.parametrize(
    ("question", "lacking"),
    [
        ("what is min-p sampling and how is it differnt from top p?", ("min-p sampling",)),
        ("grouped query attention?", ("grouped query attention",)),
        ("Wie funktioniert Grouped-Query Attention?", ("Grouped-Query Attention",)),
        ("whats the difference between bagging and boosting", ("bagging", "boosting")),
        ("and sparse autoencoders? sparse autoencoders!", ("sparse autoencoders",)),
        ("Is RoPE used?", ("RoPE",)),
    ],
)
def test_a_term_that_stands_nowhere(question: str, lacking: tuple[str, ...]) -> None:
    assert COURSE.lacking(question) == lacking


@pytest.mark.parametrize(
    "question",
    [
        "How does top-p sampling work?",  # another name of what the course has
        "What is a normalising flow?",  # another spelling
        "what is the Fréchet inception distance",  # abbreviated there
        "Explain LoRA",  # in a heading
        "how does a beam-search differ",
        "is the rope thick, and can it cope with a long clip?",  # everyday words
        "why is the picture blurry",
        "",
        "?!",
    ],
)
def test_what_the_course_has_or_what_is_no_term(question: str) -> None:
    assert COURSE.lacking(question) == ()


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("contrastive loss", "Contrastive losses"),
        ("Dirichlet process", "Dirichlet processes"),
        ("inductive bias", "inductive biases"),
        ("beam search", "beam searches"),
        ("mini-batch", "mini-batches"),
        ("hash", "hashes"),
        ("bounding box", "bounding boxes"),
        ("cache", "caches"),
        ("phase", "phases"),
        ("GAN", "GANs"),
        ("policy", "policies"),
        ("relative entropy", "Relative entropies"),
        ("cookie", "cookies"),
    ],
)
def test_a_plural_has_the_name_of_the_singular(one: str, many: str) -> None:
    assert name_of(one) == name_of(many)
    course = CourseTerms([Chunk("a.md", Place("section", "A"), f"{many} pull.", ())])
    assert course.lacking(f"What is a {one}?") == ()


@pytest.mark.parametrize("word", ["analysis", "corpus", "class", "axis"])
def test_not_every_s_is_a_plural(word: str) -> None:
    assert name_of(word) == (word,)


def test_a_prepared_course_reads_its_documents_no_more() -> None:
    chunks = iter([Chunk("a.md", Place("section", "A"), "Beam search.", ())])
    course = CourseTerms(chunks)
    course.prepare()
    assert next(chunks, None) is None
    assert course.lacking("beam search or bagging?") == ("bagging",)


def test_a_course_without_documents_has_no_terms() -> None:
    assert CourseTerms([]).lacking("What is beam search?") == ("beam search",)


def test_the_lexicon_holds_each_concept_once_and_no_name_that_is_nothing() -> None:
    lines = LEXICON.read_text(encoding="utf-8").splitlines()
    assert len(lines) > 5000
    first = Counter(name_of(line.split("|")[0]) for line in lines)
    assert not [name for name, times in first.items() if times > 1]
    for name, term in lexicon().items():
        assert name in term.names
        assert all(term.names)
