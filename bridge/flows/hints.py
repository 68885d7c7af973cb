"""A webhook is a hint to pull, never evidence: it marks a source as due, and the pull asks the source itself.

The mark is a cursor of a stream of its own, which no adapter reads. It goes when a pull that began after it has
ended well; a source that fails stays due.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bridge.flows.context import Context
from bridge.flows.pull import PullReport, pull_source
from bridge.store.sources import SourceRow, load_cursors, load_sources, store_cursor
from bridge.store.unit import reading, unit

STREAM = "hint"


def mark_due(connection: Connection, tenant: str, name: str, now: datetime) -> bool:
    """False where there is no such enabled source."""
    for row in load_sources(connection, tenant):
        if row.name == name and row.enabled:
            store_cursor(connection, row.source_id, STREAM, {"at": now.isoformat()}, now)
            return True
    return False


def due_sources(ctx: Context) -> list[tuple[SourceRow, str]]:
    """Each due source with the moment of its newest hint."""
    with reading(ctx.store) as connection:
        rows = [row for row in load_sources(connection, ctx.office.tenant) if row.enabled]
        marks = [(row, load_cursors(connection, row.source_id).get(STREAM, {}).get("at")) for row in rows]
    return [(row, at) for row, at in marks if at]


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
