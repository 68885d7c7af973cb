"""One night: pull every source, reconcile what was touched, publish the difference. A run is a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bridge.flows.context import Context
from bridge.flows.publish import PublishReport, publish
from bridge.flows.pull import PullReport, pull_all
from bridge.flows.reconcile import ReconcileReport, reconcile
from bridge.flows.recorded import RunRecord, error_facts, recorded_run

__all__ = ["NightReport", "RunRecord", "error_facts", "night", "note_pulls", "recorded_run"]


def note_pulls(record: RunRecord, pulls: Sequence[PullReport]) -> None:
    """The counts of each source, and what stopped it, into the run's record."""
    record.counts["pull"] = {item.source: _pull_counts(item) for item in pulls}
    record.errors += [
        error_facts(item.error) | {"source": item.source} for item in pulls if item.error is not None
    ]


def _pull_counts(item: PullReport) -> dict[str, Any]:
    return {
        "rows": item.rows,
        "new": item.stored.new,
        "changed": item.stored.changed,
        "withdrawn": item.stored.withdrawn,
        "quarantined": item.quarantined,
        "complete": item.complete,
        "failed": item.error is not None,
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
        note_pulls(record, pulls)
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
