"""What must hold of the engine on any world: it agrees with the oracle, order and repeats change nothing, and the
difference brings the ledger to what is due. Each check raises AssertionError."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa

from bridge.domain.finding_catalogue import CATALOGUE
from bridge.engine.run import EngineResult, reconcile
from tests.oracle import Credits, Findings, Oracle
from tests.property.worlds import World, tables


def found(result: EngineResult) -> tuple[Credits, Findings]:
    due = {
        (row["learner_id"], row["activity_key"], row["year"]): (row["jp"], row["jp_before_caps"])
        for row in result.desired.to_pylist()
    }
    findings = {(row["code"], row["subject"]) for row in result.finding.to_pylist()}
    assert len(due) == result.desired.num_rows, "a credit stands twice"
    assert len(findings) == result.finding.num_rows, "a finding stands twice"
    return due, findings


def copied(rows: World) -> World:
    return {name: [dict(row) for row in told] for name, told in rows.items()}


def assert_agrees(rows: World) -> EngineResult:
    result = reconcile(tables(rows), threads=1)
    due, findings = found(result)
    expected_credits, expected_findings = Oracle(copied(rows)).run()
    assert due == expected_credits
    assert {
        one for one in findings if one[0] not in ("JP-DIFFERS", "PROGRAMME-PROPOSED")
    } == expected_findings
    assert {code for code, _ in findings} <= set(CATALOGUE)
    return result


def in_order(table: pa.Table) -> list[str]:
    return sorted(repr(row) for row in table.to_pylist())


def balance_of(result: EngineResult) -> list[dict[str, Any]]:
    return [{**row, "entries": 1} for row in result.desired.to_pylist()]


def assert_order_changes_nothing(rng: random.Random, rows: World, first: EngineResult) -> None:
    """The same evidence in another order, beside the ledger that it made: nothing to do."""
    shuffled = copied(rows)
    for told in shuffled.values():
        rng.shuffle(told)
    again = reconcile(tables({**shuffled, "balance": balance_of(first)}), threads=2)
    assert in_order(again.desired) == in_order(first.desired)
    assert in_order(again.finding) == in_order(first.finding)
    assert again.difference.num_rows == 0


def corrected(rng: random.Random, before: World) -> World:
    """The evidence of the next night: some is gone, some withdrawn."""
    after = copied(before)
    for name in ("completion", "attendance"):
        after[name] = [row for row in after[name] if rng.random() < 0.8]
        for row in after[name]:
            if rng.random() < 0.1:
                row["evidence_hash"], row["standing"] = "h3", "withdrawn"
    return after


def assert_difference_settles(first: EngineResult, after: World) -> None:
    """Balance plus difference is what is due on the evidence `after`."""
    second = reconcile(tables({**after, "balance": balance_of(first)}), threads=1)
    ledger = {(r["learner_id"], r["activity_key"], r["year"]): r["jp"] for r in first.desired.to_pylist()}
    for row in second.difference.to_pylist():
        key = (row["learner_id"], row["activity_key"], row["year"])
        stood = ledger.get(key, 0)
        due = stood + row["jp"]
        assert row["kind"] == ("award" if stood == 0 else "reversal" if due == 0 else "adjustment")
        assert row["ordinal"] == (1 if key in ledger else 0)
        assert row["title"] is not None
        assert row["started_on"] <= row["ended_on"]
        ledger[key] = due
    due_now = {(r["learner_id"], r["activity_key"], r["year"]): r["jp"] for r in second.desired.to_pylist()}
    assert {key: jp for key, jp in ledger.items() if jp} == due_now
