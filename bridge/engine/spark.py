"""The same steps on Spark, over Parquet partitioned by bucket of learners: for more evidence than one machine holds.

`lay_out` writes the relations of a bucket; `reconcile_on_spark` renders the steps in Spark's dialect and runs
them over all buckets at once. A relation that is no view is written to Parquet and read again, so that a row's
number never changes between two looks at it. Needs the extra `spark` (PySpark) and Java 17.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bridge.engine.dialect import steps
from bridge.engine.relations import INPUTS, OUTPUTS
from bridge.engine.run import CATALOGUE_TITLES, UNPLACED, EngineResult, relations
from bridge.errors import StopRun

_IN_BUCKETS = ("learner", "identifier", "completion", "attendance", "offline_event", "balance")
_NUMBERS_A_BUCKET = 1 << 40


def lay_out(folder: Path, bucket: int, inputs: Mapping[str, pa.Table]) -> None:
    """Write a bucket's relations (names and columns as in relations.INPUTS) below `folder`, one folder a
    relation, `bucket=N` below it; what is no bucket's own (rules, catalogue) is written once, with bucket 0."""
    for name, table in relations(inputs).items():
        if name in _IN_BUCKETS:
            target = folder / name / f"bucket={bucket}"
        elif bucket == 0:
            target = folder / name
        else:
            continue
        if "evidence_no" in table.column_names:
            numbers = pa.array([bucket * _NUMBERS_A_BUCKET], pa.int64())[0]
            place = table.column_names.index("evidence_no")
            table = table.set_column(place, "evidence_no", _plus(table["evidence_no"], numbers))
        target.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, target / "rows.parquet", compression="zstd")


def _plus(column: pa.ChunkedArray, number: pa.Scalar) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    return pc.add(column, number)


@contextmanager
def spark_session(master: str, *, partitions: int | None = None) -> Iterator[Any]:
    """A session on `master` (`local[2]`, `spark://host:7077`, `yarn`). `partitions`: how many parts a shuffle has.
    Raises StopRun where PySpark or Java is missing or the master does not answer."""
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise StopRun(
            "SPARK-MISSING",
            "PySpark belum terpasang. Jalankan: pip install 'jpbridge[spark]' (perlu Java 17).",
            "PySpark is not installed. Run: pip install 'jpbridge[spark]' (Java 17 is needed).",
        ) from error
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = (
        SparkSession.builder.master(master)
        .appName("jpbridge reconcile")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.bindAddress", "127.0.0.1" if master.startswith("local") else "0.0.0.0")  # noqa: S104
    )
    if master.startswith("local"):
        builder = builder.config("spark.driver.host", "127.0.0.1")
    if partitions is not None:
        builder = builder.config("spark.sql.shuffle.partitions", str(partitions))
    try:
        session = builder.getOrCreate()
    except (PySparkException, RuntimeError) as error:
        raise StopRun(
            "SPARK-UNREACHABLE",
            f"Spark di {master} tidak dapat dimulai: {str(error).splitlines()[0]} Periksa alamat dan Java 17.",
            f"Spark at {master} can't be started: {str(error).splitlines()[0]} Check its address and Java 17.",
            where=master,
        ) from error
    session.sparkContext.setLogLevel("ERROR")
    try:
        yield session
    finally:
        session.stop()


def run_on_spark(session: Any, folder: Path) -> dict[str, Path]:
    """Runs the steps over what `lay_out` wrote; returns where each output's Parquet files are. `folder` must be
    one that every executor sees (a shared file system on a cluster)."""
    for name in (*INPUTS, "finding_type", "zone_offset"):
        frame = session.read.parquet(str(folder / name))
        if name in _IN_BUCKETS:
            frame = frame.drop("bucket")
        if name == "offline_event":  # an event is in every bucket whose people were there
            frame = frame.distinct()
        frame.createOrReplaceTempView(name)
    made = folder / "made"
    for step in steps("spark"):
        frame = session.sql(step.sql)
        if not step.view:
            frame.write.mode("overwrite").parquet(str(made / step.name))
            frame = session.read.parquet(str(made / step.name))
        frame.createOrReplaceTempView(step.name)
    found = {}
    for name, schema in OUTPUTS.items():
        found[name] = made / f"output-{name}"
        frame = session.table(name).select(*schema.names)
        if "person_key" in schema.names:  # one person's entries are in one file, and files are in order
            frame = frame.orderBy("person_key", "activity_key", "year")
        frame.write.mode("overwrite").parquet(str(found[name]))
    return found


def output_parts(folder: Path, name: str) -> Iterator[pa.Table]:
    """An output's files in order, each as an Arrow table in the contract's shape."""
    schema = OUTPUTS[name]
    for path in sorted(folder.glob("part-*.parquet")):
        yield pq.read_table(path).select(schema.names).cast(schema)


def title_proposals(session: Any) -> pa.Table:
    """PROGRAMME-PROPOSED as `run.title_proposals` finds it, after `run_on_spark`."""
    from bridge.engine.likeness import proposed

    programmes = [tuple(row) for row in session.sql(CATALOGUE_TITLES).collect()]
    if not programmes:
        return OUTPUTS["finding"].empty_table()
    return proposed([tuple(row) for row in session.sql(UNPLACED).collect()], programmes)


def reconcile_on_spark(session: Any, folder: Path) -> EngineResult:
    """As `run.reconcile`, over what `lay_out` wrote, with the outputs brought to this machine."""
    found = run_on_spark(session, folder)
    tables = {
        name: pa.concat_tables([OUTPUTS[name].empty_table(), *output_parts(path, name)])
        for name, path in found.items()
    }
    tables["finding"] = pa.concat_tables([tables["finding"], title_proposals(session)])
    return EngineResult(
        tables["desired_credit"],
        tables["difference"],
        tables["finding"],
        {"credit": tables["desired_credit"].num_rows},
    )
