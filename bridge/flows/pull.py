"""Pull one source: each page's completions and cursor in one transaction; disappearance only when proven."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from bridge.domain.evidence import Completion
from bridge.domain.finding import Finding
from bridge.errors import BridgeError
from bridge.flows.context import Context
from bridge.identity.nip import read_identity
from bridge.store.evidence import (
    ReadIdentity,
    Stored,
    keep_raw,
    store_completions,
    withdraw_completions,
)
from bridge.store.finding_rows import sync_findings
from bridge.store.sources import SourceRow, load_cursors, load_sources, store_cursor
from bridge.store.sweep import begin_sweep, mark_seen, not_seen, standing_count
from bridge.store.unit import reading, translated, unit
from lms_adapters.registry import make_adapter
from lms_adapters.spec import Page, Quarantined, SourceConfig, SweepEnd

SMALL = 20
"""Below this many rows a share says nothing: so many may vanish without being called suspicious."""


@dataclass(slots=True)
class PullReport:
    """What one pull did. `error` is the sentence of what stopped it, empty where nothing did."""

    source: str
    pages: int = 0
    rows: int = 0
    stored: Stored = field(default_factory=Stored)
    quarantined: int = 0
    complete: bool = False
    why_incomplete: str = ""
    error: BridgeError | None = None


@dataclass(slots=True)
class Doubts:
    """What a pull met that needs a person: rows that can't be read, a shape that is not as declared."""

    quarantined: list[Quarantined] = field(default_factory=list)
    drift: set[str] = field(default_factory=set)

    def add(self, page: Page) -> None:
        self.quarantined += page.quarantined
        self.drift |= set(page.drift)

    def findings(self, source: str) -> list[Finding]:
        found = [
            Finding(
                item.code,
                f"source:{source}:{item.ref}",
                params={"place": f"{source} {item.ref}", "reason": item.reason, "raw": item.raw[:2000]},
            )
            for item in self.quarantined
        ]
        if self.drift:
            names = ", ".join(sorted(self.drift))
            found.append(
                Finding("SOURCE-DRIFT", f"source:{source}:drift", params={"source": source, "names": names})
            )
        return found


def source_config(ctx: Context, row: SourceRow) -> SourceConfig:
    secrets = {"token": ctx.secret(row.secret_ref)} if row.secret_ref else {}
    return SourceConfig(row.name, row.kind, row.address, row.settings, secrets)


def pull_all(ctx: Context, names: list[str] | None = None, *, full: bool = True) -> list[PullReport]:
    """Pull the enabled sources (or those named). A source that fails does so alone."""
    with reading(ctx.store) as connection:
        rows = [
            row
            for row in load_sources(connection, ctx.office.tenant)
            if (row.enabled if names is None else row.name in names)
        ]
    return [pull_source(ctx, row, full=full) for row in rows]


def pull_source(ctx: Context, row: SourceRow, *, full: bool = True) -> PullReport:
    """Pull one source. What stops it alone (RetryLater, StopSource) stands in the report; StopRun goes up."""
    report = PullReport(row.name)
    try:
        _pull(ctx, row, report, full=full)
    except DBAPIError as error:
        raise translated(error, ctx.store) from error
    except BridgeError as error:
        if error.exit_code == 70:  # StopRun: the store itself is in trouble
            raise
        report.error = error
        _note_failure(ctx, row, error)
    return report


def _note_failure(ctx: Context, row: SourceRow, error: BridgeError) -> None:
    """What stopped the source waits for a person; the next pull that ends closes it."""
    subject = f"source:{row.name}:failed"
    params = {"source": row.name, "reason": error.sentence.rstrip(".")}
    with unit(ctx.store) as connection:
        sync_findings(
            connection,
            ctx.office.tenant,
            [Finding("SOURCE-FAILED", subject, params=params)],
            in_scope=lambda open_row: False,
            now=ctx.clock(),
        )


def _pull(ctx: Context, row: SourceRow, report: PullReport, *, full: bool) -> None:
    adapter = make_adapter(ctx.adapters, source_config(ctx, row))
    doubts = Doubts()
    try:
        with ctx.store.connect() as connection:
            with connection.begin():
                begin_sweep(connection)
                # A full pull starts at the first page: only a sweep in one piece proves a disappearance.
                cursors = {} if full else load_cursors(connection, row.source_id)
            ctx.progress.stage(f"{row.name}", None)
            for item in adapter.pull(cursors, full=full):
                with connection.begin():
                    if isinstance(item, Page):
                        _store_page(ctx, connection, row, item, report)
                        doubts.add(item)
                    else:
                        _end_sweep(ctx, connection, row, item, report, doubts)
    finally:
        adapter.close()


def _identified(record: Completion) -> tuple[Completion, ReadIdentity]:
    reading_of_nip = read_identity(record.identifiers)
    return record, ReadIdentity(reading_of_nip.value, reading_of_nip.problem)


def _store_page(ctx: Context, connection: Connection, row: SourceRow, page: Page, report: PullReport) -> None:
    now = ctx.clock()
    payload_id = keep_raw(connection, ctx.office.tenant, row.name, page.raw.media_type, page.raw.body, now)
    report.stored += store_completions(
        connection,
        ctx.office.tenant,
        (_identified(record) for record in page.completions),
        payload_id=payload_id,
        now=now,
    )
    mark_seen(connection, page.completions)
    store_cursor(connection, row.source_id, page.stream, page.cursor, now)
    report.pages += 1
    report.rows += len(page.completions) + len(page.quarantined)
    report.quarantined += len(page.quarantined)
    if page.total is not None and report.pages == 1:
        ctx.progress.stage(f"{row.name}", page.total)
    ctx.progress.advance(len(page.completions))


def _end_sweep(
    ctx: Context,
    connection: Connection,
    row: SourceRow,
    end: SweepEnd,
    report: PullReport,
    doubts: Doubts,
) -> None:
    """Withdraw what provably vanished; a suspiciously short answer revokes nothing and becomes a finding."""
    now = ctx.clock()
    tenant = ctx.office.tenant
    report.complete, report.why_incomplete = end.complete, end.why_incomplete
    findings = doubts.findings(row.name)
    if end.complete:
        gone = not_seen(connection, tenant, row.name)
        stood = standing_count(connection, tenant, row.name)
        limit = max(SMALL, stood * ctx.office.withdraw_limit_percent // 100)
        if len(gone) > limit:
            report.why_incomplete = "short"
            findings.append(
                Finding(
                    "SOURCE-SHORT",
                    f"source:{row.name}",
                    params={
                        "source": row.name,
                        "received": str(end.rows),
                        "expected": str(stood),
                        "missing": str(len(gone)),
                    },
                )
            )
        else:
            report.stored.withdrawn += withdraw_completions(connection, tenant, row.name, gone, now)
    else:
        findings.append(
            Finding(
                "SOURCE-INCOMPLETE",
                f"source:{row.name}",
                params={"source": row.name, "reason": end.why_incomplete},
            )
        )
    prefix = f"source:{row.name}"
    sync_findings(
        connection,
        tenant,
        findings,
        in_scope=lambda open_row: open_row.subject == prefix or open_row.subject.startswith(prefix + ":"),
        now=now,
    )
    store_cursor(connection, row.source_id, end.stream, end.cursor, now)
