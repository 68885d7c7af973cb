"""An office's whole reconciliation on Spark: the ledger and the findings are those of the same office computed here.
Skips as test_spark_equals_duckdb does."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.flows import reconcile as flow
from bridge.flows.on_spark import reconcile_on_spark
from tests.bureau import Bureau
from tests.property.test_nights import Nights, bureau, told_findings  # noqa: F401 -- a fixture

pytest.importorskip("pyspark", reason="PySpark is not installed (make env-spark)")
if shutil.which("java") is None:
    pytest.skip("Java is not installed (Spark needs Java 17)", allow_module_level=True)

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::ResourceWarning")]

SEED = 8


def test_an_office_on_spark_is_the_office_here(
    bureau: Bureau,  # noqa: F811
    another_office: Callable[[Bureau], Bureau],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nights = Nights(bureau, random.Random(SEED))
    for _ in range(20):
        nights.act()
    bureau.reconcile()
    for _ in range(20):
        nights.act()
    on_spark = another_office(bureau)
    monkeypatch.setattr(flow, "BUCKET_LEARNERS", 2)

    here = bureau.reconcile(everybody=True)
    on_spark.now = bureau.now
    there = reconcile_on_spark(on_spark.ctx, "spark-1", master="local[2]")

    assert here.entries > 3
    assert there.counts() == here.counts()
    assert on_spark.balances() == bureau.balances()
    assert told_findings(on_spark) ^ told_findings(bureau) == set()
    again = reconcile_on_spark(on_spark.ctx, "spark-2", master="local[2]")
    assert (again.entries, again.findings.opened, again.findings.closed) == (0, 0, 0)
    assert not list(Path(on_spark.ctx.home).glob("reconcile-*")), "nothing of the evidence stays behind"
