"""The identical ledger on Spark: a real local session with several executors or threads, over Parquet in buckets.

Skips with a reason where PySpark (extra `spark`, `make env-spark`) or Java is not installed. The master is
JPBRIDGE_TEST_SPARK_MASTER, by default two executors of their own (`local-cluster[2,1,1024]`).
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from bridge.engine.run import EngineResult, reconcile
from bridge.engine.spark import lay_out, reconcile_on_spark, spark_session
from tests.property.worlds import World, nip_of, tables, world

MASTER = os.environ.get("JPBRIDGE_TEST_SPARK_MASTER", "local-cluster[2,1,1024]")
BUCKETS = 3

pytest.importorskip("pyspark", reason="PySpark is not installed (make env-spark)")
if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
    pytest.skip("Java is not installed (Spark needs Java 17)", allow_module_level=True)

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    with spark_session(MASTER, partitions=4) as running:
        yield running


def rows(table: pa.Table) -> list[str]:
    return sorted(repr(row) for row in table.to_pylist())


def bucket_of(learner: int) -> int:
    return 0 if learner == 1 else learner % BUCKETS  # learner 1's NIP is shared by others: see `worlds`


def in_buckets(whole: World) -> list[World]:
    """By learner; whoever shares a NIP with learner 1 is in bucket 0 with it, and links are left out."""
    owners = {nip_of(1): 0}
    people: dict[int, int] = {}
    for row in whole["identifier"]:
        if row["scheme"] == "nip":
            people[row["learner_id"]] = owners.get(row["value"], bucket_of(row["learner_id"]))
    parts = []
    for number in range(BUCKETS):
        part = dict(whole)
        for name in ("learner", "identifier", "balance"):
            part[name] = [row for row in whole[name] if people[row["learner_id"]] == number]
        for name in ("completion", "attendance"):
            part[name] = [
                row for row in whole[name] if people[int(row["evidence_key"].split("-")[1])] == number
            ]
        parts.append(part)
    return parts


def stood(result: EngineResult, chance: random.Random) -> list[dict[str, Any]]:
    """A ledger of last year's computation: some credits lack, some have other JP, one is of nobody's evidence."""
    kept = [row for row in sorted(result.desired.to_pylist(), key=repr) if chance.random() < 0.8]
    balance = [{**row, "entries": 1, "jp": row["jp"] + chance.choice([0, 0, 100])} for row in kept]
    return [*balance, {**balance[0], "activity_key": "lost", "jp": 300}]


def test_spark_gives_the_identical_ledger(session: Any, tmp_path: Path) -> None:
    chance = random.Random(20261124)
    whole = world(chance.choice, learners=60, most=6)
    whole["decision"] = [row for row in whole["decision"] if row["kind"] != "link"]
    whole["balance"] = stood(reconcile(tables(whole), threads=1), chance)
    expected = reconcile(tables(whole), threads=1)
    for number, part in enumerate(in_buckets(whole)):
        lay_out(tmp_path, number, tables(part))
    found = reconcile_on_spark(session, tmp_path)
    assert rows(found.difference) == rows(expected.difference)
    assert rows(found.desired) == rows(expected.desired)
    assert rows(found.finding) == rows(expected.finding)
    assert expected.difference.num_rows > 20
    assert expected.finding.num_rows > 50
