"""Rows that people read become examples again, with citations where their sentences stand."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tutor.config import ROOT
from tutor.embed import Embedder
from tutor.training_texts import FOLDERS
from tutor.tuning.examples import MARKER, read_rows
from tutor.tuning.pairs import from_read, marked_anew

READ = ROOT / "tests" / "data" / "replies_read.jsonl"


def test_each_sentence_cites_the_note_that_has_most_of_its_words() -> None:
    notes = ["The generator turns noise into pictures.", "A critic tells real from fake."]
    reply = "Noise becomes pictures in the generator [2]. The critic tells real from fake [1]."
    assert marked_anew(reply, notes) == (
        "Noise becomes pictures in the generator [1]. The critic tells real from fake [2]."
    )
    assert marked_anew("The notes do not say this.", notes) == "The notes do not say this."


def test_a_row_finds_its_evidence_again_or_is_left_out(tmp_path: Path, embedder: Embedder) -> None:
    for folder in FOLDERS:
        file = tmp_path / folder / "gan.md"
        file.parent.mkdir(parents=True)
        file.write_text("# GANs\n\nThe discriminator tells real pictures from fake ones.\n")
    topic = f"{FOLDERS[0]}/gan.md"
    place = {"topic": topic, "start": 8, "end": 65, "question": "What does the discriminator do?"}
    rows = [
        {**place, "reply": "It tells real from fake [3].", "worse": "It paints [1]."},
        {**place, "start": 0, "end": 6, "reply": "x [1].", "worse": "", "question": "Who?"},
        {"question": "Why?", "topic": "own", "notes": ["n"], "reply": "As n [1].", "worse": ""},
    ]
    found = {e.question: e for e in from_read(rows, tmp_path, embedder, seed=0)}
    example = found["What does the discriminator do?"]
    number = 1 + next(i for i, n in enumerate(example.notes) if "tells real" in n)
    assert example.reply == f"It tells real from fake [{number}]."
    assert example.worse
    assert found["Why?"].kind == "place"


def test_the_rows_read_have_what_an_example_needs() -> None:
    rows = read_rows(READ)
    assert len(rows) > 1500
    assert sum(bool(row["worse"]) for row in rows) > 800
    for row in rows:
        assert row["reply"] != row["worse"]
        assert "notes" in row or row["topic"].startswith(FOLDERS), json.dumps(row)
        assert MARKER.search(row["reply"]) or re.search(r"\bno|n't", row["reply"])
