"""The same entry gives the same statements; a reversal voids what stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from bridge.domain.credit import EntryKind, LedgerEntry
from bridge.domain.keys import entry_key, statement_id
from bridge.statements.build import VOIDED, Naming, statements_of
from xapi.model.submission import read_each
from xapi.model.version import Version

NAMING = Naming("https://jp.example.go.id", "https://siasn.example.go.id")
ENTRY = LedgerEntry(
    entry_key=entry_key("person", "activity", "rules-1", 2026, "award", 1),
    learner_id=1,
    person_key="person",
    activity_key="activity",
    year=2026,
    rule_version="rules-1",
    kind=EntryKind.AWARD,
    ordinal=1,
    form=3,
    jp=2450,
    title="Arsip Dinamis Elektronik",
    organiser="BKPSDM",
    started_on=date(2026, 3, 1),
    ended_on=date(2026, 3, 3),
    reason="programme",
    evidence=("a", "b"),
    recorded_at=datetime(2026, 11, 24, 16, 0, 0, tzinfo=UTC),
)


def told(entry: LedgerEntry, standing: tuple[str, ...] = ()) -> list[dict[str, object]]:
    return statements_of(
        entry, leaf_hash="ff", agent_name="197805232007041023", standing=standing, naming=NAMING
    )


def test_an_award_is_one_statement_with_the_proof_in_it() -> None:
    (statement,) = told(ENTRY)
    assert statement["id"] == statement_id(ENTRY.entry_key)
    assert statement["actor"]["account"] == {
        "homePage": "https://siasn.example.go.id",
        "name": "197805232007041023",
    }
    assert statement["result"]["extensions"] == {"https://jp.example.go.id/xapi/extensions/jp": 24.5}
    extensions = statement["context"]["extensions"]
    assert extensions["https://jp.example.go.id/xapi/extensions/leaf-hash"] == "ff"
    assert extensions["https://jp.example.go.id/xapi/extensions/evidence"] == ["a", "b"]
    assert "authority" not in statement


def test_a_repeat_is_the_same_statement() -> None:
    assert told(ENTRY) == told(ENTRY)
    assert told(replace(ENTRY, entry_key=ENTRY.entry_key + "x"))[0]["id"] != told(ENTRY)[0]["id"]


def test_every_statement_is_valid_by_our_own_model() -> None:
    reversal = replace(ENTRY, kind=EntryKind.REVERSAL, entry_key="entry1-reversal", jp=-2450)
    statements = [*told(ENTRY), *told(reversal, (statement_id("first"), statement_id("second")))]
    assert len(read_each(statements, Version.V1)) == 3


def test_a_reversal_voids_everything_that_stands() -> None:
    reversal = replace(ENTRY, kind=EntryKind.REVERSAL, entry_key="entry1-reversal", jp=-2450)
    targets = (statement_id("first"), statement_id("second"))
    statements = told(reversal, targets)
    assert [s["verb"]["id"] for s in statements] == [VOIDED, VOIDED]
    assert [s["object"]["id"] for s in statements] == list(targets)
    assert statements[0]["id"] == statement_id(reversal.entry_key)
    assert len({s["id"] for s in statements}) == 2
