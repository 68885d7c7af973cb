"""The SQL and the plain-Python oracle agree on random evidence; subsets, order and repeats change nothing."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.domain.finding_catalogue import CATALOGUE
from bridge.engine.run import EngineResult, reconcile
from tests.oracle import Credits, Findings, Oracle
from tests.property.worlds import World, of_learner, tables, world

QUIET = settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    def choose(options: Sequence[Any]) -> Any:
        return draw(st.sampled_from(options))

    return world(choose, learners=choose([1, 2, 3]), most=4)


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
    assert {one for one in findings if one[0] != "JP-DIFFERS"} == expected_findings
    assert {code for code, _ in findings} <= set(CATALOGUE)
    return result


@QUIET
@given(worlds())
def test_sql_equals_oracle(rows: World) -> None:
    assert_agrees(rows)


@pytest.mark.parametrize("seed", range(8))
def test_sql_equals_oracle_in_bulk(seed: int) -> None:
    """2,000 learners in all, each with evidence in every odd shape; the seed makes a failure repeatable."""
    rng = random.Random(seed)
    rows = world(rng.choice, learners=250, most=7)
    result = assert_agrees(rows)
    assert result.desired.num_rows > 100
    assert result.difference.num_rows == result.desired.num_rows


@pytest.mark.parametrize("seed", range(3))
def test_a_subset_of_learners_gives_the_same_credits(seed: int) -> None:
    """Incremental equals full: a learner's own evidence is enough (links left out here)."""
    rng = random.Random(1000 + seed)
    rows = world(rng.choice, learners=12, most=5)
    rows["decision"] = [row for row in rows["decision"] if row["kind"] != "link"]
    owners: dict[str, int] = {}
    for row in rows["identifier"]:
        owners[row["value"]] = owners.get(row["value"], 0) + 1
    shared = {row["learner_id"] for row in rows["identifier"] if owners[row["value"]] > 1}
    whole, _ = found(reconcile(tables(rows), threads=1))
    alone = [learner["learner_id"] for learner in rows["learner"] if learner["learner_id"] not in shared]
    assert alone
    for learner in alone:
        due, _ = found(reconcile(tables(of_learner(rows, learner)), threads=1))
        assert due == {key: jp for key, jp in whole.items() if key[0] == learner}


def in_order(table: pa.Table) -> list[str]:
    return sorted(repr(row) for row in table.to_pylist())


def balance_of(result: EngineResult) -> list[dict[str, Any]]:
    return [{**row, "entries": 1} for row in result.desired.to_pylist()]


@pytest.mark.parametrize("seed", range(3))
def test_order_of_arrival_and_a_second_run_change_nothing(seed: int) -> None:
    rng = random.Random(2000 + seed)
    rows = world(rng.choice, learners=60, most=5)
    first = reconcile(tables(rows), threads=1)
    for told in rows.values():
        rng.shuffle(told)
    again = reconcile(tables({**rows, "balance": balance_of(first)}), threads=2)
    assert in_order(again.desired) == in_order(first.desired)
    assert in_order(again.finding) == in_order(first.finding)
    assert again.difference.num_rows == 0


@pytest.mark.parametrize("seed", range(3))
def test_the_difference_brings_the_ledger_to_what_is_due(seed: int) -> None:
    """Evidence changes between two nights; balance plus difference is the new desired."""
    rng = random.Random(3000 + seed)
    before = world(rng.choice, learners=60, most=4)
    after = copied(before)
    for name in ("completion", "attendance"):
        after[name] = [row for row in after[name] if rng.random() < 0.8]
        for row in after[name]:
            if rng.random() < 0.1:
                row["evidence_hash"], row["standing"] = "h3", "withdrawn"
    first = reconcile(tables(before), threads=1)
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
    assert isinstance(second.desired, pa.Table)
