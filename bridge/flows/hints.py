"""A webhook is a hint to pull, never evidence: it marks a source as due, and the pull asks the source itself.

The mark is a cursor of a stream of its own, which no adapter reads. It goes when a pull that began after it has
ended well; a source that fails stays due.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from bridge.flows.context import Context
from bridge.flows.pull import PullReport, pull_source
from bridge.store.sources import SourceRow, load_cursors, load_sources, store_cursor
from bridge.store.sweep import last_sweep_end
from bridge.store.unit import reading, unit
from lms_adapters.spec import Since

STREAM = "hint"
SWEPT_AT_MOST = timedelta(hours=1)
"""A source that can't say what changed is read whole at each hint: so often, and no oftener, whatever it sends."""


def mark_due(connection: Connection, tenant: str, name: str, now: datetime) -> bool:
    """False where there is no such enabled source."""
    for row in load_sources(connection, tenant):
        if row.name == name and row.enabled:
            store_cursor(connection, row.source_id, STREAM, {"at": now.isoformat()}, now)
            return True
    return False


def due_sources(ctx: Context) -> list[tuple[SourceRow, str]]:
    """Each source that was hinted at and may be pulled now, with the moment of its newest hint."""
    due = []
    with reading(ctx.store) as connection:
        for row in load_sources(connection, ctx.office.tenant):
            at = load_cursors(connection, row.source_id).get(STREAM, {}).get("at")
            if row.enabled and at and not _swept_lately(ctx, connection, row):
                due.append((row, str(at)))
    return due


def _swept_lately(ctx: Context, connection: Connection, row: SourceRow) -> bool:
    entry = ctx.adapters.get(row.kind)
    if entry is None or entry.spec.since is not Since.NONE:
        return False
    ended = last_sweep_end(connection, row.source_id)
    return ended is not None and ctx.clock() - ended < SWEPT_AT_MOST


def pull_due(ctx: Context) -> list[PullReport]:
    """A light pull of every source that was hinted at."""
    reports = []
    for row, at in due_sources(ctx):
        report = pull_source(ctx, row, full=False)
        reports.append(report)
        if report.error is None:
            _unmark(ctx, row, at)
    return reports


def _unmark(ctx: Context, row: SourceRow, at: str) -> None:
    """A hint that came while we were pulling stays: what it was about may have been missed."""
    with unit(ctx.store) as connection:
        if load_cursors(connection, row.source_id).get(STREAM, {}).get("at") == at:
            store_cursor(connection, row.source_id, STREAM, {}, ctx.clock())
