"""Events as the page draws them: the same words, markers and places."""

from __future__ import annotations

from tutor.chat.drawing import added, opening, places
from tutor.citations import label
from tutor.records import Chunk, Evidence, EvidenceFound, Place

EVIDENCE = (
    Evidence(1, "gan_notes.md", Place("section", "GAN > Two *nets*"), "First.\n\n- one", 0.9),
    Evidence(2, "law.pdf", Place("page", 3), "See [1] and ![x](http://a/b.png)\n```\nopen", 0.8),
)
FOUND = EvidenceFound(EVIDENCE, True, "...")


def test_a_quote_is_a_card_with_its_marker_and_place_on_top() -> None:
    first, second = opening(FOUND).split("\n\n> [[2]]")
    assert first == (
        "> [[1]](#place-1) **gan\\_notes.md**, *§ Two \\*nets\\**\n>\n> First.\n>\n> - one"
    )
    assert second.startswith("(#place-2) **law.pdf**, *p. 3*\n>\n> See ")


def test_only_the_tutors_own_markers_are_citations() -> None:
    text = opening(FOUND)
    assert "See \\[1\\] and x" in text
    assert text.count("](#place-") == 2
    assert added("So it is. [2] As [7] says.", 2) == "So it is. [[2]](#place-2) As \\[7\\] says."
    assert added("Hello [1]", 0) == "Hello \\[1\\]"


def test_every_line_of_a_quote_stays_in_its_card() -> None:
    assert all(line.startswith(">") for line in opening(FOUND).splitlines() if line)


def test_places_are_what_the_citations_open() -> None:
    assert places(FOUND)[1] == {
        "source": "law.pdf",
        "place": {"page": 3},
        "quote": EVIDENCE[1].quote,
    }


def test_a_question_not_covered_offers_the_places_nearby() -> None:
    chunks = (
        Chunk("deck.pptx", Place("slide", 6), "text"),
        Chunk("a.md", Place("section", "A > B [c]"), "text"),
    )
    listed = "\n".join(f"- {label(chunk)}" for chunk in chunks)
    event = EvidenceFound((), False, f"Not covered.\n\nNearby:\n{listed}", chunks)
    assert opening(event) == (
        "Not covered.\n\nNearby:\n- [deck.pptx, slide 6](#place-1)\n- [a.md, § B \\[c\\]](#place-2)"
    )
    assert [place["quote"] for place in places(event)] == ["", ""]
