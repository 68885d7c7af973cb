"""Reconcile: evidence, rules and decisions become the credits that ought to stand; the ledger receives only
the difference, with its findings, outbox rows and checkpoint, in one transaction a bucket of learners."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from typing import Any

import orjson
import pyarrow as pa
from sqlalchemy import Connection

from bridge.domain.finding import Finding
from bridge.engine.run import EngineResult
from bridge.engine.run import reconcile as compute
from bridge.flows.ahead import ahead
from bridge.flows.checkpoints import LogGrowth
from bridge.flows.context import Context
from bridge.flows.inputs import rule_inputs, today_of
from bridge.flows.ripe import touch_ripe
from bridge.flows.standing import Standing, standing_of
from bridge.ledger.entries import entries_from_difference
from bridge.store.arrow_scan import RowScan, Scan, arrow_scan
from bridge.store.buckets import Buckets
from bridge.store.feed import Scope, catalogue_inputs, engine_inputs, scope_of, setting_input
from bridge.store.finding_rows import (
    FindingCounts,
    FoundKeys,
    close_unseen,
    open_found,
    sync_findings,
)
from bridge.store.ledger_rows import insert_entries
from bridge.store.moves import earlier_completions
from bridge.store.people import count_learners, nip_of_learners
from bridge.store.through import holds_most
from bridge.store.touched import ALL, read_touched, settle, touch
from bridge.store.unit import reading, unit

BUCKET_LEARNERS = 120_000
"""Learners a bucket: 8 pieces of evidence each are computed within about 1.3 GB. Larger ones cost less a learner (each
bucket pays for the planning of some seventy statements) and more memory."""

A_HANDFUL = 50
"""Up to so many learners the rows go through the open connection; above it Arrow pays for its start."""

PART_ROWS = 20_000


@dataclass(slots=True)
class ReconcileReport:
    """What one reconciliation did."""

    everybody: bool = False
    learners: int = 0
    completions: int = 0
    attendances: int = 0
    desired: int = 0
    entries: int = 0
    jp: int = 0
    findings: FindingCounts = field(default_factory=FindingCounts)

    def counts(self) -> dict[str, Any]:
        return {
            "everybody": self.everybody,
            "learners": self.learners,
            "completions": self.completions,
            "attendances": self.attendances,
            "desired": self.desired,
            "entries": self.entries,
            "jp": self.jp,
            "findings_opened": self.findings.opened,
            "findings_closed": self.findings.closed,
        }


Everybody = Callable[[Context, "BucketRun", int], None]
"""Computes and writes everybody; the last is how many learners the office has."""


def reconcile(
    ctx: Context, run_id: str, *, everybody: bool = False, everybody_by: Everybody | None = None
) -> ReconcileReport:
    """Recompute whoever was touched since the last time (or everybody) and write the difference.

    Everybody is computed in buckets of learners, one transaction a bucket; who was touched, in one. What is
    touched while this runs stays touched. A kill leaves each bucket whole or untouched and the touched marks
    in place, so that the next run does what is left; a kill after the last leaves nothing to do. `everybody_by`
    computes everybody elsewhere than on this machine (see `on_spark`).
    """
    report = ReconcileReport()
    tenant = ctx.office.tenant
    ctx.progress.stage("reconcile", None)
    touch_ripe(ctx)
    if everybody:
        with unit(ctx.store) as connection:
            touch(connection, tenant, [ALL])  # so that a killed run is resumed by any next one
    with reading(ctx.store) as connection:
        touched = read_touched(connection, tenant)
    if not touched:
        return report
    with _uncollected():
        run = _settle_touched(ctx, report, run_id, touched)
    if report.everybody:
        with reading(ctx.store) as connection:
            size = count_learners(connection, tenant)
        (everybody_by or _everybody)(ctx, run, size)
    with unit(ctx.store) as connection:
        settle(connection, tenant, touched)
    return report


def _settle_touched(
    ctx: Context, report: ReconcileReport, run_id: str, touched: Mapping[str, int]
) -> BucketRun:
    """Compute and write the touched, unless it is everybody that is to be recomputed (`report.everybody`)."""
    tenant = ctx.office.tenant
    with _scan_of_touched(ctx, touched) as scan:
        with reading(ctx.store) as connection:
            scope = scope_of(connection, tenant, touched, scan)
            rules = rule_inputs(connection, tenant) | {
                "earlier_completion": earlier_completions(connection, tenant)
            }
        report.everybody = scope.everybody or len(scope.learner_ids) > BUCKET_LEARNERS
        run = BucketRun(ctx, report, run_id, rules)
        if report.everybody:
            return run
        work = _computed_touched(ctx, scope, rules, scan)
    run.settle_touched(work)
    return run


@contextmanager
def _scan_of_touched(ctx: Context, touched: Mapping[str, int]) -> Iterator[Scan | None]:
    """What reads the touched; it gets under way while the scope is found. None for a handful, and for everybody."""
    if ALL in touched or len(touched) <= A_HANDFUL:
        yield None
        return
    with arrow_scan(ctx.store) as scan:
        yield scan


@dataclass(frozen=True, slots=True)
class _Touched:
    """A run over the touched, before it is written."""

    scope: Scope
    inputs: dict[str, pa.Table]
    result: EngineResult
    standing: Standing | None
    """None: read when it is written (for a handful)."""


def _computed_touched(
    ctx: Context, scope: Scope, rules: Mapping[str, pa.Table], scan: Scan | None
) -> _Touched:
    inputs = {**_inputs_of(ctx, scope, scan), **rules}
    if scan is None:
        return _Touched(scope, inputs, compute(inputs, with_desired=False), None)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="standing") as thread:
        standing = thread.submit(standing_of, scan, ctx.office.tenant, scope, inputs)
        result = compute(inputs, with_desired=False, threads=threads_beside_another())
        return _Touched(scope, inputs, result, standing.result())


def _inputs_of(ctx: Context, scope: Scope, scan: Scan | None) -> dict[str, pa.Table]:
    if scan is not None:
        return _read(ctx, scope, scan)
    if len(scope.learner_ids) + len(scope.evidence_keys) <= A_HANDFUL:
        with reading(ctx.store) as connection:
            return _read(ctx, scope, RowScan(connection))
    with arrow_scan(ctx.store) as opened:
        return _read(ctx, scope, opened)


def _read(ctx: Context, scope: Scope, scan: Scan) -> dict[str, pa.Table]:
    return engine_inputs(scan, ctx.office.tenant, scope, zone=ctx.office.zone, as_of=today_of(ctx))


def _everybody(ctx: Context, run: BucketRun, size: int) -> None:
    everybody = Scope(everybody=True)
    if size <= BUCKET_LEARNERS:
        with arrow_scan(ctx.store) as scan:
            inputs = _read(ctx, everybody, scan)
        run.settle_whole(inputs | run.rules)
        return
    with own_folder(ctx) as folder, in_buckets(ctx, folder, run.rules) as buckets:
        for read, result in ahead(_computed(buckets)):
            run.settle_part(read, result)
            ctx.progress.advance()
    run.close_unseen()


def _computed(buckets: Iterable[dict[str, pa.Table]]) -> Iterator[tuple[BucketSize, EngineResult]]:
    """Each bucket's size and what the engine makes of it."""
    for inputs in buckets:
        size = BucketSize.of(inputs)
        result = compute(inputs, with_desired=False, threads=threads_beside_another())
        del inputs  # one bucket's evidence is in memory, not the next one's beside it
        yield size, result


def threads_beside_another() -> int:
    """One processor is left to whoever writes the bucket before, or reads what stands."""
    return max(1, (os.cpu_count() or 1) - 1)


@contextmanager
def own_folder(ctx: Context) -> Iterator[Path]:
    """The folder for the buckets of this office's run. What a killed run left in it goes first: it is as large as the
    evidence, and the run lock says that nobody reads it any more."""
    folder = ctx.home / f"reconcile-{ctx.office.tenant}"
    rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class BucketSize:
    learners: int
    completions: int
    attendances: int

    @classmethod
    def of(cls, inputs: Mapping[str, pa.Table]) -> BucketSize:
        return cls(*(inputs[name].num_rows for name in ("learner", "completion", "attendance")))


@contextmanager
def in_buckets(
    ctx: Context, folder: Path, rules: Mapping[str, pa.Table]
) -> Iterator[Iterator[dict[str, pa.Table]]]:
    """Reads everybody's evidence into `folder` (of the run's own) and gives the engine's inputs, bucket by bucket.
    The progress has as many parts as there are buckets."""
    tenant = ctx.office.tenant
    buckets = Buckets(folder, BUCKET_LEARNERS)
    try:
        with reading(ctx.store) as connection:
            through = holds_most(connection, tenant)
        with arrow_scan(ctx.store) as scan:
            buckets.fill(
                scan,
                tenant,
                lambda name: ctx.progress.stage(f"reconcile: {name}", None),
                through=through,
            )
            common = catalogue_inputs(scan, tenant)
        common |= {**rules, "setting": setting_input(ctx.office.zone, today_of(ctx))}
        ctx.progress.stage("reconcile", buckets.count)
        yield (buckets.inputs(number) | common for number in range(buckets.count))
    finally:
        buckets.close()


_Sync = Callable[[Connection, list[Finding]], FindingCounts]


class BucketRun:
    """Computes and commits buckets, and counts what they did."""

    def __init__(
        self, ctx: Context, report: ReconcileReport, run_id: str, rules: dict[str, pa.Table]
    ) -> None:
        self._ctx, self.report, self._run_id, self.rules = ctx, report, run_id, rules
        self.seen = FoundKeys()

    def settle_whole(self, inputs: dict[str, pa.Table]) -> None:
        """Compute everybody at once, and write it in one transaction: the difference with its log and outbox, and the
        findings."""

        def sync(connection: Connection, found: list[Finding]) -> FindingCounts:
            tenant, now = self._ctx.office.tenant, self._ctx.clock()
            return sync_findings(connection, tenant, found, in_scope=_not_of_a_source, now=now)

        self._settle(inputs, compute(inputs, with_desired=False), sync)

    def settle_touched(self, work: _Touched) -> None:
        """Write a run over the touched in one transaction."""

        def sync(connection: Connection, found: list[Finding]) -> FindingCounts:
            tenant = self._ctx.office.tenant
            standing = work.standing or standing_of(RowScan(connection), tenant, work.scope, work.inputs)
            known, gone = standing.among(connection, tenant, found)
            return sync_findings(
                connection,
                tenant,
                found,
                in_scope=lambda row: (
                    row.learner_id in standing.learners
                    or row.subject in standing.subjects
                    or row.subject in gone
                ),
                now=self._ctx.clock(),
                known=known,
            )

        self._settle(work.inputs, work.result, sync)

    def _settle(self, inputs: Mapping[str, pa.Table], result: EngineResult, sync: _Sync) -> None:
        self.count(BucketSize.of(inputs))
        self.report.desired += result.rows["credit"]
        self.write(result.difference, result.finding, sync)

    def settle_part(self, size: BucketSize, result: EngineResult) -> None:
        """Write a bucket of everybody in one transaction. Its findings are opened now; what is to be closed is known
        when all buckets have been seen."""
        self.count(size)
        self.report.desired += result.rows["credit"]
        self.write(result.difference, result.finding, self.open_only)

    def count(self, size: BucketSize) -> None:
        self.report.learners += size.learners
        self.report.completions += size.completions
        self.report.attendances += size.attendances

    def open_only(self, connection: Connection, found: list[Finding]) -> FindingCounts:
        """Findings of one part of a full run; `close_unseen` ends it."""
        for item in found:
            self.seen.add(item.code, item.subject)
        return open_found(connection, self._ctx.office.tenant, found, self._ctx.clock())

    def write(
        self,
        difference: pa.Table,
        finding: pa.Table,
        sync: _Sync,
    ) -> None:
        """One transaction with the entries and, by `sync`, the findings."""
        with _uncollected():
            found = list(findings_of(finding))
            with unit(self._ctx.store) as connection:
                self._write(connection, difference, self._ctx.clock())
                counts = sync(connection, found)
        self.report.findings.opened += counts.opened
        self.report.findings.closed += counts.closed
        self.report.findings.same += counts.same

    def close_unseen(self) -> None:
        """The end of a full run in parts."""
        with unit(self._ctx.store) as connection:
            closed = close_unseen(connection, self._ctx.office.tenant, self.seen, self._ctx.clock())
        self.report.findings.closed += closed

    def _write(self, connection: Connection, difference: pa.Table, now: datetime) -> None:
        if not difference.num_rows:
            return
        tenant = self._ctx.office.tenant
        ordered = difference.sort_by([(name, "ascending") for name in ("person_key", "activity_key", "year")])
        nips = nip_of_learners(connection, tenant, ordered["learner_id"].to_pylist())
        log = LogGrowth(self._ctx, connection)
        for start in range(0, ordered.num_rows, PART_ROWS):
            rows = ordered.slice(start, PART_ROWS).to_pylist()
            people = {row["learner_id"]: row["person_key"] for row in rows}
            entries = entries_from_difference(rows, people, now, self._run_id)
            names = {entry.learner_id: nips.get(entry.learner_id, entry.person_key) for entry in entries}
            insert_entries(
                connection,
                tenant,
                entries,
                leaf_hashes=log.append(entries),
                agent_names=names,
                run_id=self._run_id,
            )
            self.report.entries += len(entries)
            self.report.jp += sum(entry.jp for entry in entries)
        log.sign(now)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Rows on their way out of the store and into it make no cycles, and looking for some among millions takes a tenth
    of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def findings_of(table: pa.Table) -> Iterable[Finding]:
    for row in table.to_pylist():
        yield Finding(row["code"], row["subject"], row["learner_id"], orjson.loads(row["params"]))


def _not_of_a_source(row: Any) -> bool:
    """What is about a source belongs to the pull (and to the field desk)."""
    return not row.subject.startswith("source:")
