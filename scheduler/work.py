"""What each job does. A tick's process ends here; `jpbridge jobs run` too. It imports the flow of its own job only
(docs/decisions/0041-imports-at-use.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bridge.errors import BridgeError, RefuseInput
from bridge.flows.context import Context
from bridge.flows.recorded import RunRecord, recorded_run
from bridge.log_lines import Log
from bridge.store.alert_rows import forget_operations
from bridge.store.ledger_rows import count_waiting
from bridge.store.schedules import load_schedules, load_tenants
from bridge.store.sources import load_sources
from bridge.store.unit import reading, unit
from lms_adapters.spec import Since
from scheduler.jobs import JOBS, Job, job_named

if TYPE_CHECKING:
    from bridge.bootstrap import Installation
    from bridge.flows.alerts import Thresholds
    from bridge.flows.tell import Send

log = Log("scheduler")

MUST_RUN = {
    "night": timedelta(hours=3),
    "backup": timedelta(hours=3),
    "sweep": timedelta(hours=12),  # weekly, and possibly behind the night on a slow line
    "recompute": timedelta(hours=12),
}
"""Jobs whose absence is told, and how late they may be before it is."""


@dataclass(frozen=True, slots=True)
class Order:
    """Who asked for the work, for which tick (None: now, by a person), of which source ('' all)."""

    started_by: str
    tick: datetime | None = None
    source: str = ""
    run_id: str | None = None


def jobs_of(opened: Installation) -> tuple[Job, ...]:
    """The table with the night at the hour of the settings."""
    hour, minute = opened.main.nightly.split(":")
    return tuple(
        replace(job, cron=f"{int(minute)} {int(hour)} * * *") if job.name == "night" else job for job in JOBS
    )


def do_job(opened: Installation, ctx: Context, name: str, order: Order) -> dict[str, Any]:
    """Do it now. Returns its counts. Raises RefuseInput, RetryLater (another run in progress) or StopRun."""
    job = job_named(name)
    if order.source and not job.by_source:
        raise RefuseInput(
            "JOB-NOT-BY-SOURCE",
            f"Pekerjaan {name} tidak dijalankan per sumber. Hilangkan --source.",
            f"The job {name} is not run by source. Leave --source out.",
            where=name,
        )
    return WORK[name](opened, ctx, order)


def _recorded(ctx: Context, name: str, order: Order, work: Callable[[RunRecord], None]) -> dict[str, Any]:
    with recorded_run(
        ctx, name, started_by=order.started_by, scheduled_for=order.tick, run_id=order.run_id
    ) as record:
        work(record)
    return {"run_id": record.run_id, "errors": record.errors} | record.counts


def _night(opened: Installation, ctx: Context, order: Order) -> dict[str, Any]:
    from bridge.flows.night import night

    report = night(ctx, started_by=order.started_by, scheduled_for=order.tick, run_id=order.run_id)
    failed = [item.source for item in report.pulls if item.error is not None]
    if not failed and not report.published.error:
        _beat(opened)
    return {
        "run_id": report.run_id,
        "pulled": {item.source: item.rows for item in report.pulls},
        "failed": failed,
        "entries": report.reconciled.entries,
        "statements": report.published.statements,
    }


def _beat(opened: Installation) -> None:
    """The switch watches the installation: only its main tenant's night tells that it lives."""
    from bridge.flows.tell import beat

    if opened.main.heartbeat and opened.is_main:
        try:
            beat(opened.secret(opened.main.heartbeat))
        except BridgeError as error:
            log.error("heartbeat has no address", reason=error.english)


def _sources_of(
    opened: Installation, ctx: Context, job: str, order: Order, *, changed_only: bool
) -> list[str]:
    """The source of the order; else all enabled ones without a time of their own. A source that can't say
    what changed is left to the sweeps: pulling it lightly would be pulling it whole."""
    with reading(opened.store) as connection:
        rows = [row for row in load_sources(connection, ctx.office.tenant) if row.enabled]
        own = {row.source for row in load_schedules(connection, ctx.office.tenant) if row.job == job}
    if order.source:
        return [row.name for row in rows if row.name == order.source]
    names = []
    for row in rows:
        spec = ctx.adapters[row.kind].spec if row.kind in ctx.adapters else None
        if row.name not in own and not (changed_only and spec is not None and spec.since is Since.NONE):
            names.append(row.name)
    return names


def _light_pull(opened: Installation, ctx: Context, order: Order) -> dict[str, Any]:
    from bridge.flows.night import note_pulls
    from bridge.flows.pull import pull_all

    names = _sources_of(opened, ctx, "pull", order, changed_only=True)
    if not names:
        return {"pull": {}}
    return _recorded(ctx, "pull", order, lambda record: note_pulls(record, pull_all(ctx, names, full=False)))


def _hints(opened: Installation, ctx: Context, order: Order) -> dict[str, Any]:
    """A record only where a webhook hinted: twelve an hour of nothing would hide the nights."""
    from bridge.flows.hints import due_sources, pull_due
    from bridge.flows.night import note_pulls

    if not due_sources(ctx):
        return {"pull": {}}
    return _recorded(ctx, "hints", order, lambda record: note_pulls(record, pull_due(ctx)))


def _sweep(opened: Installation, ctx: Context, order: Order) -> dict[str, Any]:
    from bridge.flows.night import note_pulls
    from bridge.flows.pull import pull_all
    from bridge.flows.reconcile import reconcile

    names = _sources_of(opened, ctx, "sweep", order, changed_only=False)

    def work(record: RunRecord) -> None:
        note_pulls(record, pull_all(ctx, names, full=True))
        record.counts["reconcile"] = reconcile(ctx, record.run_id).counts()
        _publish(ctx, record)

    return _recorded(ctx, "sweep", order, work)


def _publish(ctx: Context, record: RunRecord) -> None:
    from bridge.flows.publish import publish

    told = publish(ctx)
    record.counts["publish"] = {
        "entries": told.entries,
        "statements": told.statements,
        "waiting": told.waiting,
    }
    if told.error:
        record.errors.append({"code": "PUBLISH-WAITS", "english": told.error})


def _recompute(opened: Installation, ctx: Context, order: Order) -> dict[str, Any]:
    from bridge.flows.checkup import check_everything

    def work(record: RunRecord) -> None:
        check_everything(ctx, record)

    return _recorded(ctx, "recompute", order, work)


def _backup(opened: Installation, ctx: Context, order: Order) -> dict[str, Any]:
    """One backup holds all tenants: only the main one's tick makes it."""
    if not opened.is_main:
        return {}
    from bridge.bootstrap.installation import parts_of
    from bridge.flows.backup import make_backup, prune_backups

    def work(record: RunRecord) -> None:
        ctx.progress.stage("backup", None)
        parts = parts_of(opened)
        report = make_backup(parts)
        removed = prune_backups(parts.folder, opened.main.backup_keep)
        record.counts["backup"] = report.counts() | {"removed": len(removed)}

    return _recorded(ctx, "backup", order, work)


def _retention(opened: Installation, ctx: Context, order: Order) -> dict[str, Any]:
    def work(record: RunRecord) -> None:
        keep = timedelta(days=opened.main.keep_run_days)
        with unit(ctx.store) as connection:
            gone = forget_operations(connection, ctx.office.tenant, ctx.clock(), keep)
        let_go = opened.records.retain(
            opened.clock,
            traces_days=opened.main.lrs_keep_traces_days,
            state_days=opened.main.lrs_keep_state_days,
            dry_run=False,
        )
        lrs = {"traces": let_go.traces, "states": let_go.states}
        record.counts["removed"] = gone | lrs | {"logs": _old_logs(ctx)}

    return _recorded(ctx, "retention", order, work)


def _old_logs(ctx: Context) -> int:
    until = (ctx.clock() - timedelta(days=90)).timestamp()
    old = [path for path in (ctx.home / "log").glob("*.txt") if path.stat().st_mtime < until]
    for path in old:
        path.unlink()
    return len(old)


def _outbox(opened: Installation, ctx: Context, order: Order) -> dict[str, Any]:
    """A record only where something waited: six an hour of nothing would hide the nights."""
    with reading(opened.store) as connection:
        waiting = count_waiting(connection, ctx.office.tenant)
    if not waiting:
        return {"waiting": 0}
    return _recorded(ctx, "outbox", order, lambda record: _publish(ctx, record))


def _forward(opened: Installation, ctx: Context, order: Order) -> dict[str, Any]:
    """No record of a run: what was sent and what hinders it stands in the row of each target."""
    done = opened.records.forward_due(opened.secret, opened.clock)
    for one in done:
        if one.trouble:
            log.warning("forwarding waits", target=one.target, reason=one.trouble)
    return {one.target: {"sent": one.sent, "dead": one.dead, "trouble": one.trouble} for one in done}


def channel_urls(opened: Installation) -> list[str]:
    """The tenant's own channels (`alerts-<code>`), else the installation's. Without any, nobody hears."""
    from bridge.flows.tell import channels_of

    references = [opened.main.alerts]
    if not opened.is_main:
        references.insert(0, f"file:alerts-{opened.settings.tenant}")
    for reference in references:
        try:
            return channels_of(opened.secret(reference))
        except RefuseInput as error:
            if error.code != "SECRET-MISSING":
                raise
    return []


def send_of(opened: Installation) -> Send:
    from bridge.flows.tell import sender

    return sender(channel_urls(opened))


def thresholds(opened: Installation, ctx: Context) -> Thresholds:
    from bridge.flows.alerts import Thresholds
    from bridge.flows.certificates import certificates
    from scheduler.cron import last_fire
    from scheduler.plan import plan_of

    now, settings = ctx.clock(), opened.main
    with reading(opened.store) as connection:
        rows = load_schedules(connection, ctx.office.tenant)
        addresses = [row.address for row in load_sources(connection, ctx.office.tenant) if row.enabled]
        tenants = {row.code: row for row in load_tenants(connection)}
    expected = {}
    for item in plan_of(tenants[ctx.office.tenant], rows, jobs_of(opened)):
        patience = MUST_RUN.get(item.job.name)
        tick = None if patience is None or item.paused or item.source else last_fire(item.trigger, now)
        ours = item.job.name != "backup" or opened.is_main
        if ours and tick is not None and patience is not None and tick > item.since:
            expected[item.job.name] = (tick, patience)
    listed = opened.records.keys()
    keys = {
        row.name: row.expires_at for row in listed if row.revoked_at is None and row.expires_at is not None
    }
    return Thresholds(
        stale_days=settings.stale_days,
        disk_free_mb=settings.disk_free_mb,
        expiry_days=settings.expiry_days,
        expected=expected,
        certificates=certificates(opened.home, [*addresses, settings.public_url], now),
        keys=keys,
        forwarding=opened.records.forwarding_alerts(),
    )


def _watch(opened: Installation, ctx: Context, order: Order) -> dict[str, Any]:
    from bridge.flows.alerts import watch

    report = watch(
        ctx,
        thresholds(opened, ctx),
        send_of(opened),
        opened.settings.office_name,
        opened.main.public_url,
    )
    return {
        "standing": report.standing,
        "told": report.told,
        "over": report.over,
        "heard": report.heard,
    }


def _digest(opened: Installation, ctx: Context, order: Order) -> dict[str, Any]:
    from bridge.bootstrap.tenants import backup_folder
    from bridge.flows.digest import digest

    folder = backup_folder(opened.home, opened.main)
    title, body = digest(ctx, opened.settings.office_name, folder, opened.main.public_url)
    return {"title": title, "heard": send_of(opened)(title, body)}


WORK: dict[str, Callable[[Installation, Context, Order], dict[str, Any]]] = {
    "night": _night,
    "pull": _light_pull,
    "hints": _hints,
    "sweep": _sweep,
    "recompute": _recompute,
    "backup": _backup,
    "retention": _retention,
    "outbox": _outbox,
    "forward": _forward,
    "watch": _watch,
    "digest": _digest,
}
