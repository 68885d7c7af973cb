"""Entries come from the difference, in the order of their keys, and their leaf covers every word of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from bridge.domain.credit import EntryKind
from bridge.domain.keys import entry_key
from bridge.ledger.entries import canonical_bytes, entries_from_difference, entry_leaf_hash

MOMENT = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)


def row(**changes: Any) -> dict[str, Any]:
    return {
        "learner_id": 7,
        "person_key": "p7",
        "activity_key": "a1",
        "year": 2026,
        "rule_version": "r@1",
        "kind": "award",
        "ordinal": 0,
        "form": 3,
        "jp": 2400,
        "title": "Bimtek",
        "organiser": "BKPSDM",
        "started_on": date(2026, 3, 1),
        "ended_on": date(2026, 3, 3),
        "reason": "rule-programme",
        "evidence": ["e2", "e1"],
    } | changes


def test_an_entry_says_what_the_difference_says() -> None:
    (entry,) = entries_from_difference([row()], {7: "p7"}, MOMENT, "run-1")
    assert entry.entry_key == entry_key("p7", "a1", "r@1", 2026, "award", 0)
    assert (entry.kind, entry.jp, entry.recorded_at) == (EntryKind.AWARD, 2400, MOMENT)


def test_the_order_of_rows_does_not_matter() -> None:
    rows = [
        row(activity_key="b"),
        row(activity_key="a"),
        row(activity_key="c", kind="reversal", evidence=None),
    ]
    forward = entries_from_difference(rows, {7: "p7"}, MOMENT, "run-1")
    assert forward == entries_from_difference(rows[::-1], {7: "p7"}, MOMENT, "run-1")
    assert [entry.evidence for entry in forward if entry.kind is EntryKind.REVERSAL] == [()]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([row(person_key="p8")], "not 'p8'"),
        ([row(jp=0)], "0 JP"),
        ([row(), row()], "two differences"),
    ],
)
def test_a_broken_difference_is_refused(rows: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        entries_from_difference(rows, {7: "p7"}, MOMENT, "run-1")


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        entries_from_difference([row()], {7: "p7"}, MOMENT.replace(tzinfo=None), "run-1")


def test_canonical_bytes_are_fixed_for_good() -> None:
    """These bytes are hashed into logs that outlive this version; they may never change."""
    (entry,) = entries_from_difference([row()], {7: "p7"}, MOMENT, "run-1")
    assert canonical_bytes(entry) == (
        b'{"activity_key":"a1","ended_on":"2026-03-03",'
        b'"entry_key":"entry1\\u001fp7\\u001fa1\\u001fr@1\\u001f2026\\u001faward\\u001f0",'
        b'"evidence":["e1","e2"],"form":3,"format":"jpbridge-entry-1","jp_hundredths":2400,"kind":"award",'
        b'"ordinal":0,"organiser":"BKPSDM","person_key":"p7","reason":"rule-programme",'
        b'"recorded_at":"2026-11-24T16:00:00.000000Z","rule_version":"r@1","started_on":"2026-03-01",'
        b'"title":"Bimtek","year":2026}'
    )


def test_the_same_instant_in_another_zone_is_the_same_leaf() -> None:
    (entry,) = entries_from_difference([row()], {7: "p7"}, MOMENT, "run-1")
    wit = MOMENT.astimezone(timezone(timedelta(hours=9)))
    assert entry_leaf_hash(replace(entry, recorded_at=wit)) == entry_leaf_hash(entry)


@pytest.mark.parametrize(
    "change",
    [
        {"jp": 2401},
        {"title": "Bimtek "},
        {"year": 2025},
        {"reason": "x"},
        {"person_key": "p8"},
        {"form": 4},
        {"evidence": ("e1",)},
        {"kind": EntryKind.REVERSAL},
        {"ordinal": 1},
        {"organiser": ""},
        {"rule_version": "r@2"},
        {"started_on": date(2026, 3, 2)},
        {"ended_on": date(2026, 3, 4)},
        {"activity_key": "a2"},
        {"entry_key": "k"},
        {"recorded_at": MOMENT + timedelta(microseconds=1)},
    ],
)
def test_every_word_of_an_entry_is_under_its_leaf(change: dict[str, Any]) -> None:
    (entry,) = entries_from_difference([row()], {7: "p7"}, MOMENT, "run-1")
    assert entry_leaf_hash(replace(entry, **change)) != entry_leaf_hash(entry)
