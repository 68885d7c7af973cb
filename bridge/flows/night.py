"""One night: pull every source, reconcile what was touched, publish the difference. A run is a record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bridge.errors import BridgeError
from bridge.flows.context import Context
from bridge.flows.publish import PublishReport, publish
from bridge.flows.pull import PullReport, pull_all
from bridge.flows.reconcile import ReconcileReport, reconcile
from bridge.store.runs import begin_run, end_run, run_lock
from bridge.store.unit import unit


@dataclass(slots=True)
class RunRecord:
    """Filled while a run goes on, written at its end."""

    run_id: str
    counts: dict[str, Any] = field(default_factory=dict)
    errors: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def recorded_run(
    ctx: Context,
    job: str,
    *,
    started_by: str,
    scheduled_for: datetime | None = None,
    run_id: str | None = None,
) -> Iterator[RunRecord]:
    """A run under the tenant's lock. It ends as `done`, or as `failed` where an error went through or an
    error stands in the record."""
    with run_lock(ctx.store, ctx.office.tenant, ctx.home):
        with unit(ctx.store) as connection:
            run_id = begin_run(
                connection,
                ctx.office.tenant,
                job,
                started_by=started_by,
                version=ctx.version,
                now=ctx.clock(),
                scheduled_for=scheduled_for,
                run_id=run_id,
            )
        record = RunRecord(run_id)
        try:
            yield record
        except BridgeError as error:
            record.errors.append(error_facts(error))
            with suppress(BridgeError):  # a full disk takes no record either; the first error is the one
                _end(ctx, record, "failed")
            raise
        except BaseException as error:
            record.errors.append({"code": "UNEXPECTED", "english": repr(error), "sentence": repr(error)})
            with suppress(BridgeError):
                _end(ctx, record, "failed")
            raise
        _end(ctx, record, "failed" if record.errors else "done")


def _end(ctx: Context, record: RunRecord, state: str) -> None:
    with unit(ctx.store) as connection:
        end_run(
            connection,
            record.run_id,
            state=state,
            counts=record.counts,
            errors=record.errors,
            now=ctx.clock(),
        )


def error_facts(error: BridgeError) -> dict[str, str]:
    return {
        "code": error.code,
        "sentence": error.sentence,
        "english": error.english,
        "where": error.where,
    }


@dataclass(slots=True)
class NightReport:
    run_id: str
    pulls: list[PullReport]
    reconciled: ReconcileReport
    published: PublishReport


def night(
    ctx: Context,
    *,
    started_by: str,
    scheduled_for: datetime | None = None,
    run_id: str | None = None,
) -> NightReport:
    """Raises StopRun, or RetryLater where another run is in progress. A source that is down fails alone and
    stands in the run's errors."""
    with recorded_run(
        ctx, "night", started_by=started_by, scheduled_for=scheduled_for, run_id=run_id
    ) as record:
        pulls = pull_all(ctx, full=None)
        record.counts["pull"] = {
            item.source: {
                "rows": item.rows,
                "new": item.stored.new,
                "changed": item.stored.changed,
                "withdrawn": item.stored.withdrawn,
                "quarantined": item.quarantined,
                "complete": item.complete,
            }
            for item in pulls
        }
        record.errors += [
            error_facts(item.error) | {"source": item.source} for item in pulls if item.error is not None
        ]
        reconciled = reconcile(ctx, record.run_id)
        record.counts["reconcile"] = reconciled.counts()
        published = publish(ctx)
        record.counts["publish"] = {
            "entries": published.entries,
            "statements": published.statements,
            "waiting": published.waiting,
        }
        if published.error:
            record.errors.append({"code": "PUBLISH-WAITS", "english": published.error})
        return NightReport(record.run_id, pulls, reconciled, published)
