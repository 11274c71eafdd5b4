"""Evidence: quotes are cut from their passages, never made up, and say something."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.courses import GAN, SAMPLING
from tutor.citations import folded
from tutor.embed import Embedder, Vectors
from tutor.evidence import (
    Selector,
    in_context,
    plain,
)
from tutor.records import Chunk, Evidence, Hit, Place
from tutor.retrieve import Retriever
from tutor.study import FORMS, NORMAL
from tutor.windows import units_of, windows_of

LINES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            *("# A heading", "## Another", "What is it?", "It is this:", "- an item", "1. one"),
            *("A sentence. Another one! A third?", "$$", "$$x = 1$$", "```", "```python", "~~~"),
            *("| a | b |", "|---|---|", "", "**Bold name**", "See Fig. 3. It is e.g. this."),
        ]
    ),
)
PASSAGE_TEXTS = st.lists(LINES, max_size=10).map("\n".join)


def pieces(text: str) -> list[str]:
    return [text[unit.start : unit.end] for unit in units_of(text)]


# Units


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("One line\nanother line", ["One line", "another line"]),
        ('He said "so." Then he left.', ['He said "so."', "Then he left."]),
        ("It is so (or not.) Then it ends.", ["It is so (or not.)", "Then it ends."]),
        ("See Fig. 3 for this. Dr. Smith knows.", ["See Fig. 3 for this.", "Dr. Smith knows."]),
        ("It is 3.5 m, e.g. Ten. Then.", ["It is 3.5 m, e.g. Ten.", "Then."]),
        ("1. The first item. And more.", ["1. The first item.", "And more."]),
        ("Ärzte helfen. Über alles. Ωmega ist.", ["Ärzte helfen.", "Über alles.", "Ωmega ist."]),
        ("- an item\n  - another", ["- an item", "- another"]),
        ("| a | b |\n|---|:-:|\n| 1 | 2 |", ["| a | b |", "| 1 | 2 |"]),
        ("$$\nx = 1\n\ny = 2\n$$\nText.", ["$$\nx = 1\n\ny = 2\n$$", "Text."]),
        ("$$x$$ is good.\nThen this.", ["$$x$$ is good.", "Then this."]),
        ("```python\nx = 1\n\ny = 2\n```\nText.", ["```python\nx = 1\n\ny = 2\n```", "Text."]),
        ("# A\n\nText.", ["# A", "Text."]),
        ("", []),
        ("\n  \n---\n", []),
        ("It reaches p. The rest is cut.", ["It reaches p.", "The rest is cut."]),
        ("J. Smith said so. Others too.", ["J. Smith said so.", "Others too."]),
    ],
)
def test_units_of(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


def test_headings_and_openers_are_marked() -> None:
    text = "# A heading\nWhat is it?\nThe parts are:\n**A name**\nIt is **bold** here."
    assert [(unit.heading, unit.opens) for unit in units_of(text)] == [
        (True, False),
        (False, True),
        (False, True),
        (False, True),
        (False, False),
    ]


@given(PASSAGE_TEXTS)
def test_units_are_stretches_in_order_that_do_not_overlap(text: str) -> None:
    end = 0
    for unit in units_of(text):
        assert end <= unit.start < unit.end <= len(text)
        assert text[unit.start : unit.end].strip() == text[unit.start : unit.end]
        end = unit.end


@given(PASSAGE_TEXTS)
def test_units_leave_no_words_out(text: str) -> None:
    outside = text
    for unit in reversed(units_of(text)):
        outside = outside[: unit.start] + " " + outside[unit.end :]
    assert not re.search(r"[^\W_]", outside)


# Windows


@given(PASSAGE_TEXTS, st.integers(1, 4), st.integers(1, 30))
def test_windows_are_runs_of_units_within_their_limits(text: str, longest: int, limit: int) -> None:
    units = units_of(text)
    starts, ends = {unit.start for unit in units}, {unit.end for unit in units}
    for window in windows_of(text, 0, longest, limit):
        assert window.start in starts
        assert window.end in ends
        assert window.text == text[window.start : window.end]
        assert window.words == len(window.text.split())
        inside = [u for u in units if window.start <= u.start < window.end and not u.heading]
        assert 1 <= len(inside) <= longest
        assert window.words <= limit or len(inside) == 1


@given(PASSAGE_TEXTS)
def test_no_window_ends_in_a_heading_a_question_or_a_colon(text: str) -> None:
    ends = {unit.end: unit for unit in units_of(text)}
    for window in windows_of(text, 0, 3, 90):
        last = ends[window.end]
        assert not last.heading
        if not text.startswith(("$$", "```", "~~~"), last.start):  # a formula may end in a colon
            assert not window.text.rstrip("*_\"') ").endswith(("?", ":"))


@given(PASSAGE_TEXTS)
def test_a_heading_only_begins_a_window(text: str) -> None:
    headings = [unit.start for unit in units_of(text) if unit.heading]
    for window in windows_of(text, 0, 3, 90):
        assert not [start for start in headings if window.start < start < window.end]


# Selection: meaning given by hand


def hits_of(*texts: str) -> list[Hit]:
    return [
        Hit(Chunk("a.md", Place("section", f"S{i}"), text, (f"S{i}",), i), i + 1, 0.5)
        for i, text in enumerate(texts)
    ]


def by_rule(score: Callable[[str], float]) -> Callable[[Sequence[str]], Vectors]:
    """Vectors whose product with [1] is what the rule says of a text."""
    return lambda texts: np.array([[score(text)] for text in texts], dtype=np.float32)


ONE = np.ones(1, dtype=np.float32)


def select(hits: list[Hit], score: Callable[[str], float], limit: int = 90) -> list[Evidence]:
    return list(Selector(by_rule(score), limit).select(ONE, hits).evidence)


@given(
    st.lists(PASSAGE_TEXTS, max_size=5),
    st.integers(20, 100),
    st.integers(0, 2**32 - 1),
)
def test_quotes_are_contiguous_pieces_of_their_passages(
    texts: list[str], limit: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    evidence = select(hits_of(*texts), lambda text: float(random.normal()), limit)
    assert [piece.marker for piece in evidence] == list(range(1, len(evidence) + 1))
    assert len(evidence) <= NORMAL.pieces
    for piece in evidence:
        assert piece.quote
        assert piece.quote in piece.passage
        assert piece.passage in texts
        assert piece.place == Place("section", piece.headings[0])


@given(st.lists(PASSAGE_TEXTS, max_size=4), st.integers(20, 100), st.integers(0, 2**32 - 1))
def test_quotes_stay_within_the_word_limit(texts: list[str], limit: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    evidence = select(hits_of(*texts), lambda text: float(random.normal()), limit)
    longest = max((len(p.split()) for text in texts for p in pieces(text)), default=0)
    assert sum(len(piece.quote.split()) for piece in evidence) <= max(limit, longest)


@given(st.lists(PASSAGE_TEXTS, max_size=3), st.integers(0, 2**32 - 1))
def test_quotes_of_one_passage_neither_overlap_nor_touch(texts: list[str], seed: int) -> None:
    random = np.random.default_rng(seed)
    # Every passage has words of its own, so that a quote is found at one place only.
    marked = [
        re.sub(r"\w+", lambda m, i=i: f"{m.group()}{i}x{m.start()}", t) for i, t in enumerate(texts)
    ]
    evidence = select(hits_of(*marked), lambda text: float(random.normal()))
    for one in evidence:
        for other in evidence:
            if one is other or one.passage != other.passage or not re.search(r"\w", one.quote):
                continue
            first, second = sorted(
                (one.passage.index(e.quote), one.passage.index(e.quote) + len(e.quote))
                for e in (one, other)
            )
            assert first[1] <= second[0]
            assert one.passage[first[1] : second[0]].strip()


@pytest.mark.parametrize(
    "line",
    ["x" * 20_000 + ",", "字" * 5_000 + "GPT-3.5", ",".join(map(str, range(2_000))) + "]"],
)
def test_a_run_without_blanks_is_cut_in_no_time(line: str) -> None:
    found = units_of(f"{line}\n\nA sentence stands here.")
    assert sum(unit.end - unit.start for unit in found) >= len(line)


def test_a_worked_example_without_a_heading_above_is_found() -> None:
    chunk = Chunk("a.txt", Place("section", ""), "For example, 512 / 8 = 64 and 64 / 8 = 8.")
    form = FORMS["example"]
    selector = Selector(lambda texts: np.ones((len(texts), 2), np.float32), 95)
    found = selector.select(np.ones(2, np.float32), [Hit(chunk, 1, 1.0)], form, "Show it")
    assert [piece.quote for piece in found.evidence] == [chunk.text]


def test_three_windows_that_follow_one_another_become_one_quote() -> None:
    text = " ".join(f"Sentence {i} is here." for i in range(9))
    order = {
        " ".join(f"Sentence {i} is here." for i in run): score
        for run, score in [((0, 1, 2), 9.0), ((6, 7, 8), 8.0), ((3, 4, 5), 7.0)]
    }
    (piece,) = select(hits_of(text), lambda t: order.get(t.partition("\n")[2], 0.0))
    assert piece.quote == text


def test_what_stands_below_code_that_began_elsewhere_is_quoted_by_the_sentence() -> None:
    text = "step()\n```\n\nThe loss falls. The weights move.\n\n```pip install x```\n\nIt is done."
    cut = [text[unit.start : unit.end] for unit in units_of(text)]
    assert cut[-4:] == [
        "The loss falls.",
        "The weights move.",
        "```pip install x```",
        "It is done.",
    ]
    whole = "```\nstep()\n```\n\nThe loss falls."
    first, *_ = units_of(whole)
    assert whole[first.start : first.end] == "```\nstep()\n```"


def test_a_scrap_is_quoted_alone_or_not_at_all() -> None:
    long = "The generator makes samples out of noise."
    evidence = select(hits_of(long, "Follow the arrows."), lambda text: float("noise" in text))
    assert [piece.quote for piece in evidence] == [long]
    (alone,) = select(hits_of("Follow the arrows."), lambda text: 1.0)
    assert alone.quote == "Follow the arrows."


def test_windows_in_different_passages_stay_apart() -> None:
    texts = [f"The {which} passage says something else." for which in ("first", "second")]
    evidence = select(hits_of(*texts), lambda text: 1.0)
    assert [piece.quote for piece in evidence] == texts


def test_the_best_scored_comes_first() -> None:
    evidence = select(
        hits_of("Cats sleep all day, and they purr.", "Dogs bark all night, and they howl."),
        lambda text: 1.0 if "Dogs" in text else 0.1,
    )
    assert [piece.quote.split()[0] for piece in evidence] == ["Dogs", "Cats"]


def test_only_the_best_passages_are_quoted_from() -> None:
    texts = [f"Passage {number} says something." for number in range(NORMAL.passages + 2)]
    evidence = select(hits_of(*texts), lambda text: float(text.split()[2]))  # the last is best
    assert evidence
    assert {piece.quote for piece in evidence} <= set(texts[: NORMAL.passages])


def test_a_passage_of_nothing_but_questions_gives_its_turn_to_the_next() -> None:
    questions = "# Review\n\nWhat is a GAN?\n\nWhy does it collapse?"
    evidence = select(hits_of(questions, questions, questions, "It is a network."), lambda t: 1.0)
    assert [piece.quote for piece in evidence] == ["It is a network."]


def test_a_question_in_the_source_is_quoted_with_its_answer() -> None:
    text = "What is a GAN? Two networks that play against each other."
    evidence = select(hits_of(text), lambda t: 1.0 if "What" in t else 0.0)
    assert evidence[0].quote == text


def test_no_hits_no_evidence() -> None:
    assert select([], lambda text: 1.0) == []
    assert select(hits_of("", "# Only a heading"), lambda text: 1.0) == []


def test_one_overlong_unit_does_not_burst_the_reply() -> None:
    endless = " ".join(f"word{i}" for i in range(300))
    evidence = select(hits_of(endless, "A short sentence."), lambda text: 1.0, 95)
    assert sum(len(piece.quote.split()) for piece in evidence) <= 150


# Selection with the real model


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("What is mode collapse?", "only a few kinds of samples"),
        ("Who introduced GANs and when?", "Ian Goodfellow"),
        ("What does a temperature below 1 do?", "sharper"),
        ("How many tokens does nucleus sampling keep?", "smallest set of tokens"),
        ("Which strategy keeps k tokens?", "| top-k | k tokens | yes |"),
        ("What is the formula of perplexity?", "\\mathrm{PPL}"),
    ],
)
def test_the_answer_is_in_the_quotes(
    question: str, quoted: str, retriever: Retriever, embedder: Embedder
) -> None:
    selector = Selector(embedder.encode, 95)
    vector = retriever.embed(question)
    evidence = selector.select(vector, retriever.search(question, 8)).evidence
    assert quoted in " ".join(piece.quote for piece in evidence)
    assert sum(len(piece.quote.split()) for piece in evidence) <= 95
    for piece in evidence:
        assert piece.quote in piece.passage
        if piece.source in ("gan.md", "sampling.md"):
            assert folded(piece.quote) in folded(GAN if piece.source == "gan.md" else SAMPLING)


# Texts for the model


def test_plain_takes_the_markup_out_and_nothing_else() -> None:
    text = "# Title\n**Bold**, `code`, ~~old~~ and <br> 1 < 2; x_i and 2 * 3."
    assert plain(text) == "Title\nBold, code, old and  1 < 2; x_i and 2 * 3."


@pytest.mark.parametrize(
    "text",
    [
        "It is 1 for n < 5 and p > 0.5.",
        "P(a<b) and P(c>d)",
        "2**10 is 1024, the variance x**2 - mean**2",
        "def __init__(self): vector<int> v",
        "The tokens <eos> and <2fi>; a ** b",
        "~/data and x_i",
    ],
)
def test_plain_leaves_what_only_looks_like_markup(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**GANs** and **VAE**s.", "GANs and VAEs."),
        ("cut **apart", "cut apart"),
        ("bold** and so on", "bold and so on"),
        ("__loud__ words", "__loud__ words"),
        ("__very loud__ words", "very loud words"),
        ("call `model.__init__(2**3)`", "call model.__init__(2**3)"),
        ("H<sub>2</sub>O <br/>", "H2O "),
    ],
)
def test_plain_takes_marks_out_of_words(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_a_piece_is_read_under_its_heading() -> None:
    assert in_context(Chunk("a", Place("page", 1), "", ("A", "B")), "text") == "B\ntext"
    assert in_context(Chunk("a", Place("page", 1), ""), "text") == "text"
