"""Dry run of a pull: the source is read as a full pull would, and what would change is told; nothing is stored,
no cursor moves, no finding opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from bridge.errors import BridgeError
from bridge.flows.context import Context
from bridge.flows.pull import handed_cursors, identified, keys_shown, source_config, sources_named, too_many
from bridge.store.first_seen import with_first_times
from bridge.store.preview import Difference, begin_preview, note_unreadable, weigh, would_vanish
from bridge.store.sources import SourceRow, load_cursors
from bridge.store.sweep import complete_sweep_before, standing_count
from bridge.store.unit import translated
from lms_adapters.registry import make_adapter
from lms_adapters.spec import Adapter, AdapterSpec, Page, Quarantined, SweepEnd
from lms_adapters.watching import Recorder, watched

NO_SWEEP = 2**62


@dataclass(slots=True)
class PreviewReport:
    """What a pull would do. `vanished` counts what the source no longer shows; it would be withdrawn only if
    `believed` (a complete sweep, and not suspiciously many)."""

    source: str
    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    vanished: int = 0
    believed: bool = False
    complete: bool = False
    why_incomplete: str = ""
    quarantined: list[Quarantined] = field(default_factory=list)
    drift: set[str] = field(default_factory=set)
    way: str = ""
    requests: int = 0
    received: int = 0
    error: BridgeError | None = None


def preview_all(
    ctx: Context,
    names: list[str] | None,
    tell: Callable[[str, Difference], None],
    *,
    recorder: Recorder | None = None,
) -> list[PreviewReport]:
    """Preview the enabled sources (or those named). `tell` is handed (source, difference), one by one."""
    return [_preview_source(ctx, row, tell, recorder) for row in sources_named(ctx, names)]


def _preview_source(
    ctx: Context, row: SourceRow, tell: Callable[[str, Difference], None], recorder: Recorder | None
) -> PreviewReport:
    report = PreviewReport(row.name)
    with watched(recorder) as watch:
        try:
            adapter = make_adapter(ctx.adapters, source_config(ctx, row))
            try:
                _read(ctx, row, adapter, report, tell, recorder)
            finally:
                adapter.close()
        except DBAPIError as error:
            raise translated(error, ctx.store) from error
        except BridgeError as error:
            if error.exit_code == 70:  # StopRun: the store itself is in trouble
                raise
            report.error = error
        finally:
            report.requests, report.received = watch.requests, watch.bytes_received
    return report


def _read(
    ctx: Context,
    row: SourceRow,
    adapter: Adapter,
    report: PreviewReport,
    tell: Callable[[str, Difference], None],
    recorder: Recorder | None,
) -> None:
    ends: list[SweepEnd] = []
    # A reader's transactions: on SQLite they lock nobody out, and the temporary table is no part of the store.
    with ctx.store.connect().execution_options(reading=True) as connection:
        with connection.begin():
            cursors = handed_cursors(load_cursors(connection, row.source_id), continuable=False)
            begin_preview(connection)
        ctx.progress.stage(f"{row.name}", None)
        for item in adapter.pull(cursors, full=True):
            if isinstance(item, SweepEnd):
                ends.append(item)
                continue
            with connection.begin():
                _page(ctx, connection, adapter.spec, row, item, report, tell)
            if recorder is not None:
                recorder.know(item.completions)
        with connection.begin():
            _end(ctx, connection, adapter.spec, row, ends, report, tell)


def _page(
    ctx: Context,
    connection: Connection,
    spec: AdapterSpec,
    row: SourceRow,
    page: Page,
    report: PreviewReport,
    tell: Callable[[str, Difference], None],
) -> None:
    tenant = ctx.office.tenant
    records = list(page.completions)
    if spec.freezes_time:
        records = with_first_times(connection, tenant, row.name, records)
    found, same = weigh(connection, tenant, map(identified, records))
    note_unreadable(connection, [key for key in keys_shown(page) if key in {q.key for q in page.quarantined}])
    for one in found:
        tell(row.name, one)
    report.new += sum(one.kind == "new" for one in found)
    report.changed += sum(one.kind == "changed" for one in found)
    report.same += same
    report.rows += len(page.completions) + len(page.quarantined)
    report.quarantined += page.quarantined
    report.drift |= set(page.drift)
    ctx.progress.advance(len(page.completions))


def _end(
    ctx: Context,
    connection: Connection,
    spec: AdapterSpec,
    row: SourceRow,
    ends: list[SweepEnd],
    report: PreviewReport,
    tell: Callable[[str, Difference], None],
) -> None:
    report.complete = bool(ends) and all(end.complete for end in ends)
    report.why_incomplete = "; ".join(end.why_incomplete for end in ends if not end.complete)
    report.way = "; ".join(dict.fromkeys(end.way for end in ends if end.way))
    earlier = None
    if not spec.counted:
        earlier = complete_sweep_before(connection, row.source_id, NO_SWEEP)
        report.complete = report.complete and earlier is not None
    if not report.complete:
        return
    tenant = ctx.office.tenant
    for one in would_vanish(connection, tenant, row.name, row.source_id, earlier):
        report.vanished += 1
        tell(row.name, one)
    stood = standing_count(connection, tenant, row.name)
    rows = sum(end.rows for end in ends)
    report.believed = not too_many(report.vanished, stood, rows, ctx.office.withdraw_limit_percent)
