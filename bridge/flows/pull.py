"""Pull one source: each page's completions and cursor in one transaction; disappearance only when proven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

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
    store_attendances,
    store_completions,
    withdraw_attendances,
    withdraw_completions,
)
from bridge.store.finding_rows import sync_findings
from bridge.store.first_seen import with_first_times
from bridge.store.sources import SourceRow, load_cursors, load_sources, store_cursor
from bridge.store.sweep import (
    OpenSweep,
    begin_sweep,
    complete_sweep_before,
    end_sweep,
    last_sweep_end,
    mark_seen,
    not_seen,
    open_sweep,
    standing_count,
)
from bridge.store.unit import reading, translated, unit
from bridge.tracing import span
from lms_adapters.registry import make_adapter
from lms_adapters.spec import RESUME, Adapter, AdapterSpec, Page, Quarantined, Since, SourceConfig, SweepEnd
from lms_adapters.watching import Recorder, Watch, watched

STORE_FAULTS = frozenset({"STORE-UNREACHABLE", "STORE-BUSY"})
SMALL = 20
"""Below this many rows a share says nothing: so many may vanish without being called suspicious."""
CONTINUED_WITHIN = timedelta(hours=36)
"""So old may the last page of a sweep be that is continued: a night that was cut off is followed by the next one."""
SWEPT_EVERY = timedelta(days=7)
"""A light pull becomes a full one where the last full one is older: only a sweep sees what vanished. A thin link may
take as many nights for one sweep."""


@dataclass(slots=True)
class PullReport:
    """What one pull did. `error` is the sentence of what stopped it, empty where nothing did. `way` says in
    English how the source was read, `full` whether everything was asked for; `requests` and `received` (bytes
    on the wire) are what it cost."""

    source: str
    pages: int = 0
    rows: int = 0
    stored: Stored = field(default_factory=Stored)
    quarantined: int = 0
    complete: bool = False
    why_incomplete: str = ""
    error: BridgeError | None = None
    way: str = ""
    full: bool = True
    continued: bool = False
    requests: int = 0
    received: int = 0


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
    secrets = {name: ctx.secret(reference) for name, reference in row.secret_refs.items()}
    return SourceConfig(row.name, row.kind, row.address, row.settings, secrets)


def sources_named(ctx: Context, names: list[str] | None) -> list[SourceRow]:
    """The enabled sources, or those named."""
    with reading(ctx.store) as connection:
        return [
            row
            for row in load_sources(connection, ctx.office.tenant)
            if (row.enabled if names is None else row.name in names)
        ]


def pull_all(
    ctx: Context,
    names: list[str] | None = None,
    *,
    full: bool | None = True,
    recorder: Recorder | None = None,
) -> list[PullReport]:
    """Pull the enabled sources (or those named). A source that fails does so alone. `full=False` is a light
    pull: what changed lately, where the source can tell; it becomes a full one when a full one is due.
    `full=None`, at night: light where the source truly tells what changed (by the time of storing), else full."""
    return [
        pull_source(ctx, row, full=_sweeps_nightly(ctx, row) if full is None else full, recorder=recorder)
        for row in sources_named(ctx, names)
    ]


def _sweeps_nightly(ctx: Context, row: SourceRow) -> bool:
    entry = ctx.adapters.get(row.kind)
    return entry is None or entry.spec.since is not Since.STORED_TIME


def pull_source(
    ctx: Context, row: SourceRow, *, full: bool = True, recorder: Recorder | None = None
) -> PullReport:
    """Pull one source. What stops it alone (RetryLater, StopSource) stands in the report; StopRun goes up."""
    report = PullReport(row.name)
    with watched(recorder) as watch, span("pull", source=row.name, kind=row.kind) as traced:
        try:
            _pull(ctx, row, report, full=full or full_is_due(ctx, row), recorder=recorder)
        except DBAPIError as error:
            raise translated(error, ctx.store) from error
        except BridgeError as error:
            if error.exit_code == 70 or error.code in STORE_FAULTS:  # the store itself is in trouble
                raise
            report.error = error
            _note_failure(ctx, row, error)
        finally:
            _note_cost(report, watch)
            traced.note(pages=report.pages, rows=report.rows, requests=report.requests, bytes=report.received)
            if report.error is not None:
                traced.fail(report.error.code)
    return report


def full_is_due(ctx: Context, row: SourceRow) -> bool:
    """Whether the last sweep of the source that went to its end is older than SWEPT_EVERY."""
    with reading(ctx.store) as connection:
        ended = last_sweep_end(connection, row.source_id)
    return ended is None or ctx.clock() - ended > SWEPT_EVERY


def handed_cursors(
    cursors: Mapping[str, Mapping[str, Any]], *, continuable: bool
) -> dict[str, dict[str, Any]]:
    """The cursors without an interrupted position where a pull can't go on from it: it is too old, or the pull is
    no sweep."""
    return {
        stream: {name: value for name, value in cursor.items() if continuable or name != RESUME}
        for stream, cursor in cursors.items()
    }


def too_many(gone: int, stood: int, rows: int, percent: int) -> bool:
    """Whether so many can't be believed to have vanished at once: more than the share that the office allows, or
    any at all where the source shows nothing."""
    return gone > max(SMALL, stood * percent // 100) or (gone > 0 and rows == 0)


def _note_cost(report: PullReport, watch: Watch) -> None:
    report.requests, report.received = watch.requests, watch.bytes_received


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


def _pull(ctx: Context, row: SourceRow, report: PullReport, *, full: bool, recorder: Recorder | None) -> None:
    adapter = make_adapter(ctx.adapters, source_config(ctx, row))
    try:
        with ctx.store.connect() as connection:
            with connection.begin():
                cursors = load_cursors(connection, row.source_id)
                now = ctx.clock()
                began, moved = now - SWEPT_EVERY, now - CONTINUED_WITHIN
                interrupted = open_sweep(connection, row.source_id, began=began, moved=moved)
            sweeps = adapter.spec.sweep and (full or adapter.spec.since is Since.NONE)
            visit = _Visit(ctx, row, adapter.spec, report, interrupted, sweeps=sweeps)
            report.full = sweeps
            ctx.progress.stage(f"{row.name}", None)
            # A light pull keeps no account of what it saw, so it neither goes on with a sweep nor moves its place.
            handed = handed_cursors(cursors, continuable=sweeps and interrupted is not None)
            _walk(connection, adapter, visit, handed, full=full, recorder=recorder)
    finally:
        adapter.close()


def _walk(
    connection: Connection,
    adapter: Adapter,
    visit: _Visit,
    cursors: Mapping[str, Mapping[str, Any]],
    *,
    full: bool,
    recorder: Recorder | None,
) -> None:
    ends: list[SweepEnd] = []
    for item in adapter.pull(cursors, full=full):
        if isinstance(item, SweepEnd):
            ends.append(item)
            continue
        with connection.begin():
            visit.page(connection, item)
        if recorder is not None:
            recorder.know(item.completions)
    with connection.begin():
        visit.end(connection, ends)


def identified(record: Completion) -> tuple[Completion, ReadIdentity]:
    reading_of_nip = read_identity(record.identifiers)
    return record, ReadIdentity(reading_of_nip.value, reading_of_nip.problem)


def keys_shown(page: Page) -> list[tuple[str, str, str]]:
    """The keys of what the page shows. A row that can't be read shows that it is there."""
    shown = [(one.external_learner, one.external_course, one.attempt) for one in page.completions]
    return shown + [item.key for item in page.quarantined if item.key is not None]


@dataclass(slots=True)
class _Visit:
    """One pull of one source, page by page. `sweeps` is false where only what changed was asked for: such a
    pull neither proves nor doubts anything."""

    ctx: Context
    row: SourceRow
    spec: AdapterSpec
    report: PullReport
    interrupted: OpenSweep | None
    sweeps: bool
    sweep_id: int | None = None
    doubts: Doubts = field(default_factory=Doubts)
    on_rolls: set[tuple[str, str]] = field(default_factory=set)  # (event, attendee)

    def page(self, connection: Connection, page: Page) -> None:
        """Belongs in one transaction: what the page shows, and where a pull that breaks here goes on."""
        now, tenant, report = self.ctx.clock(), self.ctx.office.tenant, self.report
        raw = page.raw
        payload_id = keep_raw(connection, tenant, self.row.name, raw.media_type, raw.body, now)
        records: list[Completion] = list(page.completions)
        if self.spec.freezes_time:
            records = with_first_times(connection, tenant, self.row.name, records)
        report.stored += store_completions(
            connection, tenant, map(identified, records), payload_id=payload_id, now=now
        )
        if self.sweeps:
            sweep_id = self._sweep(connection, continues=page.continues)
            mark_seen(connection, self.row.source_id, sweep_id, keys_shown(page))
        cursor = handed_cursors({page.stream: page.cursor}, continuable=self.sweeps)[page.stream]
        store_cursor(connection, self.row.source_id, page.stream, cursor, now)
        if page.events or page.attendances:
            self._store_rolls(connection, page)
        self.doubts.add(page)
        report.pages += 1
        report.rows += len(page.completions) + len(page.attendances) + len(page.quarantined)
        report.quarantined += len(page.quarantined)
        if page.total is not None and report.pages == 1:
            self.ctx.progress.stage(f"{self.row.name}", page.total)
        self.ctx.progress.advance(len(page.completions))

    def _store_rolls(self, connection: Connection, page: Page) -> None:
        """The roll of classes that a platform keeps itself."""
        records = []
        for record in page.attendances:
            read = read_identity(record.identifiers)
            records.append((record, ReadIdentity(read.value, read.problem)))
            self.on_rolls.add((record.event_ref, record.attendee))
        tenant, now = self.ctx.office.tenant, self.ctx.clock()
        self.report.stored += store_attendances(
            connection, tenant, page.events, records, batch_id=None, now=now
        )

    def end(self, connection: Connection, ends: list[SweepEnd]) -> None:
        """Withdraw what provably vanished; a suspiciously short answer revokes nothing and becomes a finding."""
        now, report = self.ctx.clock(), self.report
        whys = [end.why_incomplete or "-" for end in ends if not end.complete]
        report.complete = self.sweeps and bool(ends) and not whys
        report.why_incomplete = "; ".join(whys) if self.sweeps else ""
        report.way = "; ".join(dict.fromkeys(end.way for end in ends if end.way))
        findings = self.doubts.findings(self.row.name)
        if self.sweeps:
            sweep_id = self._sweep(connection, continues=self.interrupted is not None and not report.pages)
            findings += self._verdict(connection, sweep_id, sum(end.rows for end in ends))
            if report.complete and not report.why_incomplete and self.on_rolls:
                # a platform that shows no roll at all any more is no proof that nobody attended
                report.stored.withdrawn += withdraw_attendances(
                    connection, self.ctx.office.tenant, self.row.name, self.on_rolls, now
                )
            end_sweep(connection, sweep_id, complete=report.complete, now=now)
        self._sync(connection, findings)
        for end in ends:
            store_cursor(connection, self.row.source_id, end.stream, end.cursor, now)

    def _sweep(self, connection: Connection, *, continues: bool) -> int:
        """The sweep that this pull is: the interrupted one where the adapter goes on with it, else a new one."""
        if self.sweep_id is None:
            if continues and self.interrupted is not None:
                self.sweep_id, self.report.continued = self.interrupted.sweep_id, True
            else:
                self.sweep_id = begin_sweep(connection, self.row.source_id, self.ctx.clock())
        return self.sweep_id

    def _verdict(self, connection: Connection, sweep_id: int, rows: int) -> list[Finding]:
        name, report = self.row.name, self.report
        if not report.complete:
            params = {"source": name, "reason": report.why_incomplete or "-"}
            return [Finding("SOURCE-INCOMPLETE", f"source:{name}", params=params)]
        tenant = self.ctx.office.tenant
        since = sweep_id
        if not self.spec.counted or self._took_nights():
            # Nothing shows that no page was lost, or rows had days to move: two complete sweeps in a row must have
            # missed it.
            earlier = complete_sweep_before(connection, self.row.source_id, sweep_id)
            if earlier is None:
                return []
            since = earlier
        gone = not_seen(connection, tenant, name, self.row.source_id, since)
        stood = standing_count(connection, tenant, name)
        if too_many(len(gone), stood, rows, self.ctx.office.withdraw_limit_percent):
            report.why_incomplete = "short"
            params = {
                "source": name,
                "received": str(rows),
                "expected": str(stood),
                "missing": str(len(gone)),
            }
            return [Finding("SOURCE-SHORT", f"source:{name}", params=params)]
        report.stored.withdrawn += withdraw_completions(connection, tenant, name, gone, self.ctx.clock())
        return []

    def _took_nights(self) -> bool:
        began = (
            self.interrupted.started_at if self.interrupted is not None and self.report.continued else None
        )
        return began is not None and began < self.ctx.clock() - CONTINUED_WITHIN

    def _sync(self, connection: Connection, findings: list[Finding]) -> None:
        """A sweep closes what it no longer finds; a light pull has not looked everywhere and only ends the
        finding that the source failed."""
        prefix = f"source:{self.row.name}"

        def in_scope(open_row: Any) -> bool:
            subject = str(open_row.subject)
            if self.sweeps or not self.spec.sweep:  # a source without sweeps tells all its troubles each time
                return subject == prefix or subject.startswith(prefix + ":")
            return subject == f"{prefix}:failed"

        sync_findings(connection, self.ctx.office.tenant, findings, in_scope=in_scope, now=self.ctx.clock())
