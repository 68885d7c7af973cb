"""The checks of the watch: what is wrong now, told once until it changes; silence while all is well."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bridge.domain.alert_catalogue import Alert, alert_words
from bridge.flows.certificates import CertificateDay
from bridge.flows.context import Context
from bridge.flows.tell import Send
from bridge.store.alert_rows import (
    AlertRow,
    RunFacts,
    clear_alerts,
    mark_told,
    newest_runs,
    open_alerts,
    open_source_findings,
    raise_alerts,
    runs_since,
    token_ends,
)
from bridge.store.sources import load_sources
from bridge.store.ticks import ticks_at
from bridge.store.unit import reading, unit
from bridge.wording import translate

JOB_WORDS = {
    "night": "Proses malam",
    "pull": "Penarikan",
    "sweep": "Sapuan mingguan",
    "recompute": "Hitung ulang mingguan",
    "backup": "Cadangan",
    "retention": "Pembersihan",
    "outbox": "Penerbitan ulang",
}
WATCHED = tuple(JOB_WORDS)
CHECKS = frozenset({"LEDGER-DIFFERS", "LOG-BROKEN"})
PULLS = ("night", "sweep", "pull")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`expected`: job -> (its newest tick, for how long it may be late), of jobs that must not fail to run.
    `forwarding`: what the record store says of its targets."""

    stale_days: int
    disk_free_mb: int
    expiry_days: int
    expected: Mapping[str, tuple[datetime, timedelta]]
    certificates: Sequence[CertificateDay] = ()
    keys: Mapping[str, datetime] | None = None
    forwarding: Sequence[Alert] = ()


def _day(moment: date) -> str:
    return f"{moment:%d-%m-%Y}"


def _failed(runs: Mapping[str, RunFacts]) -> Iterator[Alert]:
    for job, run in runs.items():
        if run.state == "done":
            continue
        codes = sorted({f"{e.get('code', '')}@{e.get('source', '')}" for e in run.errors}) or [run.state]
        first = run.errors[0] if run.errors else {}
        where = f"{first['source']}: " if first.get("source") else ""
        words = first.get("sentence") or first.get("english") or "terhenti di tengah jalan"
        english = first.get("english") or "it was cut off"
        code = "LEDGER-DIFFERS" if CHECKS & {e.get("code", "") for e in run.errors} else "RUN-FAILED"
        params = {"job": JOB_WORDS[job], "reason": where + words, "reason_english": where + english}
        yield Alert(code, f"job:{job}", params, " ".join(codes))


def _missing(ctx: Context, limits: Thresholds) -> Iterator[Alert]:
    """No run at all since the tick, though its time has passed: the switch that notices silence."""
    now = ctx.clock()
    for job, (tick, patience) in limits.expected.items():
        if now - tick <= patience:
            continue
        with reading(ctx.store) as connection:
            ran = any(run.job == job for run in runs_since(connection, ctx.office.tenant, tick))
            row = ticks_at(connection, ctx.office.tenant, [tick]).get((job, tick))
        begun = row is not None and row.state in ("claimed", "retry")  # it is being caught up just now
        if not ran and not begun:
            local = tick.astimezone(ZoneInfo(ctx.office.zone))
            params = {"job": JOB_WORDS.get(job, job), "expected": f"{local:%d-%m-%Y %H.%M}"}
            yield Alert("RUN-MISSING", f"job:{job}", params)


def _sources(ctx: Context, limits: Thresholds) -> Iterator[Alert]:
    now, tenant = ctx.clock(), ctx.office.tenant
    with reading(ctx.store) as connection:
        rows = [row for row in load_sources(connection, tenant) if row.enabled]
        runs = runs_since(connection, tenant, now - timedelta(days=max(60, limits.stale_days + 1)))
        short = open_source_findings(connection, tenant, "SOURCE-SHORT")
    for row in rows:
        pulls = [(run, _pull(run, row.name)) for run in runs if run.job in PULLS]
        tried = [(run, told) for run, told in pulls if told is not None]
        good = [run.started_at for run, told in tried if not told.get("failed")]
        since = good[0] if good else (tried[-1][0].started_at if tried else None)
        if since is not None and now - since > timedelta(days=limits.stale_days):
            params = {"source": row.name, "days": str((now - since).days)}
            yield Alert("SOURCE-STALE", f"source:{row.name}", params)
        swept = [told for run, told in tried if run.job in ("night", "sweep") and not told.get("failed")]
        before = max((int(told.get("rows", 0)) for told in swept[1:]), default=0)
        if swept and int(swept[0].get("rows", 0)) == 0 and before:
            params = {"source": row.name, "before": str(before)}
            yield Alert("SOURCE-EMPTY", f"source:{row.name}", params)
    for facts in short:
        yield Alert("SOURCE-SHORT", f"source:{facts.get('source', '')}", facts)


def _pull(run: RunFacts, source: str) -> Mapping[str, int] | None:
    told = run.counts.get("pull")
    found = told.get(source) if isinstance(told, Mapping) else None
    return found if isinstance(found, Mapping) else None


def _disk(ctx: Context, limits: Thresholds) -> Iterator[Alert]:
    free = shutil.disk_usage(ctx.home).free // 2**20
    if free < limits.disk_free_mb:
        yield Alert("DISK-LOW", "disk", {"free": str(free), "limit": str(limits.disk_free_mb)})


def _endings(ctx: Context, limits: Thresholds) -> Iterator[Alert]:
    """A second time on the day itself, so that who read the first message months ago hears it again."""
    today = ctx.clock().astimezone(ZoneInfo(ctx.office.zone)).date()
    until = today + timedelta(days=limits.expiry_days)
    with reading(ctx.store) as connection:
        tokens = token_ends(connection, ctx.office.tenant)
    endings = [("CERTIFICATE-ENDS", "host", one.host, one.ends) for one in limits.certificates]
    endings += [("TOKEN-ENDS", "source", name, day) for name, day in tokens.items()]
    endings += [("KEY-ENDS", "name", name, ends.date()) for name, ends in (limits.keys or {}).items()]
    for code, what, name, day in endings:
        if day <= until:
            over = "over" if day <= today else "soon"
            yield Alert(code, f"{what}:{name}", {what: name, "day": _day(day)}, f"{day} {over}")


def current_alerts(ctx: Context, limits: Thresholds) -> list[Alert]:
    """Everything that is wrong now."""
    with reading(ctx.store) as connection:
        runs = newest_runs(connection, ctx.office.tenant, WATCHED)
    found = [*_failed(runs), *_missing(ctx, limits), *_sources(ctx, limits)]
    return [*found, *_disk(ctx, limits), *_endings(ctx, limits), *limits.forwarding]


@dataclass(frozen=True, slots=True)
class WatchReport:
    """Alerts that stand, that were told now, and that are over; `heard` False where a message found nobody."""

    standing: int
    told: int
    over: int
    heard: bool


def watch(ctx: Context, limits: Thresholds, send: Send, office_name: str, link: str) -> WatchReport:
    """Check, tell what is new or changed, tell what is over. What nobody took is told the next time."""
    items = current_alerts(ctx, limits)
    now, tenant = ctx.clock(), ctx.office.tenant
    with unit(ctx.store) as connection:
        raise_alerts(connection, tenant, items, now)
        rows = open_alerts(connection, tenant)
    wrong = {(item.code, item.subject) for item in items}
    over = [row for row in rows if (row.code, row.subject) not in wrong]
    new = [row for row in rows if row.told_at is None and row not in over]
    recovered = [row for row in over if row.told_at is not None]
    heard = True
    if new or recovered:
        heard = send(*message(new, recovered, office_name, link))
    with unit(ctx.store) as connection:
        if heard:
            mark_told(connection, [row.alert_id for row in new], now)
            clear_alerts(connection, [row.alert_id for row in over], now)
        else:  # who never heard that it was wrong needn't hear that it is over
            clear_alerts(connection, [row.alert_id for row in over if row.told_at is None], now)
    return WatchReport(len(items), len(new) if heard else 0, len(over), heard)


def message(
    new: Sequence[AlertRow], recovered: Sequence[AlertRow], office_name: str, link: str
) -> tuple[str, str]:
    """(title, body), in Indonesian."""
    count = len(new) or len(recovered)
    title = (
        f"JP Bridge {office_name}: {count} hal perlu perhatian" if new else f"JP Bridge {office_name}: pulih"
    )
    lines: list[str] = []
    for row in new:
        sentence, step = alert_words(row.code, row.params)
        lines += [f"✗ {sentence}", f"   {step}", ""]
    if recovered:
        lines += ["Sudah pulih:", *(f"✓ {alert_words(row.code, row.params)[0]}" for row in recovered), ""]
    if link:
        lines.append(link)
    return title, "\n".join(lines).rstrip() + "\n"


def job_word(job: str, language: str) -> str:
    return translate(JOB_WORDS.get(job, job), language)
