"""One contender in a process of its own: `python -m benchmarks.engine.contender NAME FOLDER [BUCKETS]`.

Reads each bucket's relations into Arrow (not counted), computes the difference (counted), writes it beside the
bucket (not counted). Prints one JSON object: CPU seconds, wall seconds, peak resident memory in MB, rows.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.engine.evidence import TENANT_ZONE, rules
from bridge.engine.dialect import steps_for
from bridge.engine.relations import INPUTS
from bridge.engine.run import output, prepared, reconcile, run_steps
from bridge.flows.reconcile import threads_beside_another

AS_OF = "2026-11-24"
Difference = Callable[[Mapping[str, pa.Table]], pa.Table]


def bucket_folders(folder: Path, count: int | None = None) -> list[Path]:
    return sorted(folder.glob("bucket-*"))[:count]


def read_bucket(folder: Path) -> dict[str, pa.Table]:
    inputs = {path.stem: pq.read_table(path) for path in folder.glob("*.parquet") if path.stem in INPUTS}
    setting = pa.table({"zone": [TENANT_ZONE], "as_of": pa.array([AS_OF]).cast(pa.date32())})
    empty = {"balance": INPUTS["balance"].empty_table()}
    return {**empty, **inputs, **rules(), "setting": setting}


def _engine(inputs: Mapping[str, pa.Table]) -> pa.Table:
    threads = os.cpu_count() if sys.argv[1] == "engine_all_processors" else threads_beside_another()
    result = reconcile(inputs, with_desired="--keep-desired" in sys.argv, threads=threads)
    held = result.finding.select(["code", "learner_id"])
    _engine.held = held  # type: ignore[attr-defined]
    _engine.desired = result.desired  # type: ignore[attr-defined]
    return result.difference.select(["learner_id", "activity_key", "year", "jp"])


_engine.held = None  # type: ignore[attr-defined]


def _engine_difference(inputs: Mapping[str, pa.Table]) -> pa.Table:
    """What the scripts compute and no more: the steps that the difference needs, without findings."""
    with prepared(inputs, threads=threads_beside_another()) as connection:
        run_steps(connection, steps_for(frozenset(["difference"])))
        return output(connection, "difference").select(["learner_id", "activity_key", "year", "jp"])


def _chosen(name: str) -> Difference:
    if name in ("engine", "engine_all_processors"):
        return _engine
    if name == "engine_difference":
        return _engine_difference
    if name == "duckdb":
        from benchmarks.engine.by_duckdb import difference
    elif name == "polars":
        from benchmarks.engine.by_polars import difference
    else:
        from benchmarks.engine.by_pandas import difference
    return difference


def main() -> None:
    name, folder = sys.argv[1], Path(sys.argv[2])
    count = int(sys.argv[3]) if len(sys.argv) > 3 and sys.argv[3].isdigit() else None
    difference = _chosen(name)
    cpu = wall = 0.0
    rows = evidence = 0
    for bucket in bucket_folders(folder, count):
        inputs = read_bucket(bucket)
        evidence += inputs["completion"].num_rows + inputs["attendance"].num_rows
        wall_before, cpu_before = time.perf_counter(), time.process_time()
        found = difference(inputs)
        cpu += time.process_time() - cpu_before
        wall += time.perf_counter() - wall_before
        del inputs  # one bucket is in memory at a time
        rows += found.num_rows
        pq.write_table(found, bucket / f"found-{name}.parquet.out")
        if name == "engine":
            pq.write_table(_engine.held, bucket / "finding.parquet.out")  # type: ignore[attr-defined]
            if "--keep-desired" in sys.argv:
                pq.write_table(_engine.desired, bucket / "desired.parquet.out")  # type: ignore[attr-defined]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "cpu_seconds": round(cpu, 2),
                "wall_seconds": round(wall, 2),
                "peak_mb": round(peak),
                "rows": rows,
                "evidence": evidence,
                "load": round(os.getloadavg()[0], 1),
            }
        )
    )


if __name__ == "__main__":
    main()
