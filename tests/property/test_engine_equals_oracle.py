"""The SQL and the plain-Python oracle agree on random evidence; subsets, order and repeats change nothing."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.engine.run import reconcile
from tests.property.checks import (
    assert_agrees,
    assert_difference_settles,
    assert_order_changes_nothing,
    corrected,
    found,
)
from tests.property.worlds import World, of_learner, tables, world

QUIET = settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    def choose(options: Sequence[Any]) -> Any:
        return draw(st.sampled_from(options))

    return world(choose, learners=choose([1, 2, 3]), most=4)


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


@pytest.mark.parametrize("seed", range(3))
def test_order_of_arrival_and_a_second_run_change_nothing(seed: int) -> None:
    rng = random.Random(2000 + seed)
    rows = world(rng.choice, learners=60, most=5)
    assert_order_changes_nothing(rng, rows, reconcile(tables(rows), threads=1))


@pytest.mark.parametrize("seed", range(3))
def test_the_difference_brings_the_ledger_to_what_is_due(seed: int) -> None:
    """Evidence changes between two nights; balance plus difference is the new desired."""
    rng = random.Random(3000 + seed)
    before = world(rng.choice, learners=60, most=4)
    assert_difference_settles(reconcile(tables(before), threads=1), corrected(rng, before))
