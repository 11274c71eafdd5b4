"""The report of an ingest, as the contract names its fields."""

from __future__ import annotations

import json

from tutor.ingest.report import Report


def test_a_report_is_json_with_the_fields_of_the_contract() -> None:
    report = Report(
        added=["a.md"],
        failed=[("b.pdf", "needs a password")],
        moved=[("new.md", "old.md")],
        duplicates=[("copy.md", "a.md")],
        chunks=3,
        embedded=2,
        seconds=1.23456,
    )
    row = json.loads(json.dumps(report.to_json()))
    assert row["added"] == ["a.md"]
    assert row["failed"] == [{"source": "b.pdf", "reason": "needs a password"}]
    assert row["moved"] == [{"from": "old.md", "to": "new.md"}]
    assert row["duplicates"] == [{"source": "copy.md", "same_as": "a.md"}]
    assert (row["chunks"], row["embedded"], row["seconds"]) == (3, 2, 1.23)
    assert row["changed"] == row["removed"] == row["unchanged"] == []


def test_reports_do_not_share_their_lists() -> None:
    Report().added.append("a.md")
    assert Report().added == []
