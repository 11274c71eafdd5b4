"""The records: frozen, and in JSON as the contracts say."""

from __future__ import annotations

import dataclasses
import inspect
import json

import pytest

from tutor import records
from tutor.records import (
    Answer,
    Chunk,
    Evidence,
    Hit,
    Place,
    Timings,
    ToolCall,
    ToolResult,
)

ALL = [kind for kind in vars(records).values() if dataclasses.is_dataclass(kind)]


@pytest.mark.parametrize("kind", ALL)
def test_records_cannot_be_changed(kind: type) -> None:
    names = [field.name for field in dataclasses.fields(kind)]
    record = kind(**dict.fromkeys(names))
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(record, names[0], "other")


@pytest.mark.parametrize("kind", ALL)
def test_records_hold_nothing_beside_their_fields(kind: type) -> None:
    assert not hasattr(kind(**dict.fromkeys(f.name for f in dataclasses.fields(kind))), "__dict__")


def test_every_event_is_in_the_union() -> None:
    module = inspect.getsource(records)
    after = module.index("The events that carry an answer")
    events = {kind for kind in ALL if module.index(f"class {kind.__name__}") > after}
    assert events == set(records.Event.__args__)


@pytest.mark.parametrize(
    ("place", "shown", "row"),
    [
        (Place("page", 3), "p. 3", {"page": 3}),
        (Place("slide", 12), "slide 12", {"slide": 12}),
        (Place("section", "A > B"), "§ A > B", {"section": "A > B"}),
        (Place("section", ""), "§ (beginning)", {"section": ""}),
    ],
)
def test_a_place_for_people_and_for_programs(
    place: Place, shown: str, row: dict[str, int | str]
) -> None:
    assert str(place) == shown
    assert place.to_json() == row


def test_a_hit_in_json() -> None:
    hit = Hit(Chunk("a.pdf", Place("page", 2), "The text.", ("A",), 4), 1, 0.123456, 0.5, 0.25)
    assert hit.to_json() == {
        "rank": 1,
        "score": 0.1235,
        "source": "a.pdf",
        "page": 2,
        "text": "The text.",
    }


def test_evidence_in_json_leaves_the_passage_out() -> None:
    piece = Evidence(2, "b.pptx", Place("slide", 7), "A quote.", 0.98765, "The whole passage.")
    assert piece.to_json() == {
        "marker": 2,
        "source": "b.pptx",
        "slide": 7,
        "quote": "A quote.",
        "score": 0.9877,
    }


def test_a_tool_result_has_its_values_or_its_error() -> None:
    call = ToolCall("vae_sample", {"digit": 3})
    fine = ToolResult(call, True, "A three", {"x": 1}, ("three.png",))
    assert fine.to_json() == {
        "name": "vae_sample",
        "arguments": {"digit": 3},
        "ok": True,
        "files": ["three.png"],
        "values": {"x": 1},
    }
    failed = ToolResult(call, False, error="digit is 0 to 9")
    assert failed.to_json() == {
        "name": "vae_sample",
        "arguments": {"digit": 3},
        "ok": False,
        "files": [],
        "error": "digit is 0 to 9",
    }


def test_timings_in_json_are_rounded_and_keep_what_is_missing() -> None:
    row = Timings(1.26, 2.34, None, 10.06, 7, 33.333).to_json()
    assert row == {
        "retrieve_ms": 1.3,
        "first_evidence_ms": 2.3,
        "first_token_ms": None,
        "total_ms": 10.1,
        "new_tokens": 7,
        "tokens_per_second": 33.3,
    }


def test_an_answer_in_json_has_the_contract_fields_and_survives_a_round_trip() -> None:
    piece = Evidence(1, "a.md", Place("section", "A"), "A quote.", 0.5, "A quote.")
    answer = Answer("Q?", "A quote. [1]", True, (piece,), model="m", sampling={"seed": None})
    row = answer.to_json()
    assert {
        "question",
        "text",
        "covered",
        "evidence",
        "tool_calls",
        "model",
        "sampling",
        "timings",
    } <= row.keys()
    assert json.loads(json.dumps(row)) == row
    assert row["evidence"] == [piece.to_json()]
