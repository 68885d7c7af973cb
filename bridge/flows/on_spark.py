"""Everybody on Spark: the buckets of evidence are laid out as Parquet where the executors read them, the same steps
run there, and what differs comes back part by part into the ledger of this machine."""

from __future__ import annotations

from functools import partial
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

from bridge.engine.relations import OUTPUTS
from bridge.engine.spark import lay_out, output_parts, run_on_spark, spark_session, title_proposals
from bridge.errors import RefuseInput
from bridge.flows.context import Context
from bridge.flows.reconcile import BucketRun, BucketSize, ReconcileReport, in_buckets, own_folder, reconcile


def reconcile_on_spark(
    ctx: Context, run_id: str, *, master: str, shared_folder: Path | None = None
) -> ReconcileReport:
    """As `reconcile` with everybody. `master` as Spark names it (`local[2]`, `spark://host:7077`, `yarn`);
    `shared_folder` is one that this machine and every executor see under the same path (None: the office's own,
    for executors on this machine). A kill leaves each part of the ledger's difference whole or unwritten, and the
    next run, on Spark or not, does what is left.

    Raises RefuseInput for a cluster without a shared folder, StopRun where Spark can't be started.
    """
    if shared_folder is None and not master.startswith("local"):
        raise RefuseInput(
            "SPARK-FOLDER",
            f"Spark di {master} membaca bukti dari folder yang terlihat oleh semua mesinnya. "
            "Sebutkan dengan --shared-folder.",
            f"Spark at {master} reads the evidence from a folder that all its machines see. "
            "Name it with --shared-folder.",
            where="--shared-folder",
        )
    if shared_folder is not None and not shared_folder.is_dir():
        raise RefuseInput(
            "SPARK-FOLDER",
            f"Folder {shared_folder} tidak ada di mesin ini. Buat dahulu, atau sebutkan yang lain.",
            f"There is no folder {shared_folder} on this machine. Make it first, or name another.",
            where=str(shared_folder),
        )
    by = partial(_everybody_on_spark, master=master, place=shared_folder or ctx.home)
    return reconcile(ctx, run_id, everybody=True, everybody_by=by)


def _everybody_on_spark(ctx: Context, run: BucketRun, _learners: int, *, master: str, place: Path) -> None:
    with (
        spark_session(master) as session,
        own_folder(ctx) as mine,
        TemporaryDirectory(prefix="reconcile-", dir=place) as folder,
    ):
        evidence = Path(folder) / "evidence"
        with in_buckets(ctx, mine, run.rules) as buckets:
            for number, inputs in enumerate(buckets):
                lay_out(evidence, number, inputs)
                run.count(BucketSize.of(inputs))
                ctx.progress.advance()
                session.conf.set("spark.sql.shuffle.partitions", str(max(4, 2 * number + 2)))  # two a bucket
        ctx.progress.stage("reconcile: Spark", None)
        found = run_on_spark(session, evidence)
        run.report.desired = session.table("credit").count()
        parts = zip_longest(
            output_parts(found["difference"], "difference"), output_parts(found["finding"], "finding")
        )
        for difference, finding in parts:
            run.write(
                OUTPUTS["difference"].empty_table() if difference is None else difference,
                OUTPUTS["finding"].empty_table() if finding is None else finding,
                run.open_only,
            )
        run.write(OUTPUTS["difference"].empty_table(), title_proposals(session), run.open_only)
    run.close_unseen()
