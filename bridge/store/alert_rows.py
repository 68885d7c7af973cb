"""Alerts in the store: what is wrong, since when, and whether somebody was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, select, update

from bridge.domain.alert_catalogue import Alert
from bridge.store.ops_tables import alert, token_expiry
from bridge.store.tables import finding, ledger_entry, run, spent_link, tick
from bridge.store.upsert import insert_for


@dataclass(frozen=True, slots=True)
class AlertRow:
    alert_id: int
    code: str
    subject: str
    params: Mapping[str, str]
    fingerprint: str
    raised_at: datetime
    told_at: datetime | None
    cleared_at: datetime | None


_COLUMNS = tuple(alert.c[name] for name in AlertRow.__dataclass_fields__)


def print_of(item: Alert) -> str:
    return sha256(f"{item.code}\n{item.subject}\n{item.print}".encode()).hexdigest()


def open_alerts(connection: Connection, tenant: str) -> list[AlertRow]:
    query = (
        select(*_COLUMNS)
        .where(alert.c.tenant == tenant, alert.c.cleared_at.is_(None))
        .order_by(alert.c.raised_at, alert.c.code, alert.c.subject)
    )
    return [AlertRow(*row) for row in connection.execute(query)]


def past_alerts(connection: Connection, tenant: str, since: datetime) -> list[AlertRow]:
    """Those that were over after `since`, the newest first."""
    query = (
        select(*_COLUMNS)
        .where(alert.c.tenant == tenant, alert.c.cleared_at >= since)
        .order_by(alert.c.cleared_at.desc(), alert.c.alert_id)
    )
    return [AlertRow(*row) for row in connection.execute(query)]


def raise_alerts(connection: Connection, tenant: str, items: Sequence[Alert], now: datetime) -> None:
    """New ones, those that come back, and those that changed wait to be told; the others stay as they are."""
    known = {(row.code, row.subject): row for row in open_alerts(connection, tenant)}
    for item in items:
        before = known.get((item.code, item.subject))
        values: dict[str, Any] = {"params": dict(item.params), "fingerprint": print_of(item)}
        if before is None or before.fingerprint != values["fingerprint"]:
            values |= {"raised_at": now, "told_at": None, "cleared_at": None}
            connection.execute(
                insert_for(connection, alert)
                .values(tenant=tenant, code=item.code, subject=item.subject, **values)
                .on_conflict_do_update(index_elements=["tenant", "code", "subject"], set_=values)
            )
        elif dict(before.params) != values["params"]:
            connection.execute(update(alert).where(alert.c.alert_id == before.alert_id).values(**values))


def mark_told(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    connection.execute(update(alert).where(alert.c.alert_id.in_(ids)).values(told_at=now))


def clear_alerts(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    connection.execute(update(alert).where(alert.c.alert_id.in_(ids)).values(cleared_at=now))


# -- what the checks read --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunFacts:
    run_id: str
    job: str
    state: str
    started_at: datetime
    counts: Mapping[str, Any]
    errors: Sequence[Mapping[str, str]]


def runs_since(connection: Connection, tenant: str, since: datetime) -> list[RunFacts]:
    """Newest first."""
    names = (run.c.run_id, run.c.job, run.c.state, run.c.started_at, run.c.counts, run.c.errors)
    query = (
        select(*names)
        .where(run.c.tenant == tenant, run.c.started_at >= since)
        .order_by(run.c.started_at.desc(), run.c.run_id)
    )
    return [RunFacts(*row) for row in connection.execute(query)]


def newest_runs(connection: Connection, tenant: str, jobs: Sequence[str]) -> dict[str, RunFacts]:
    """The newest ended run of each job."""
    names = (run.c.run_id, run.c.job, run.c.state, run.c.started_at, run.c.counts, run.c.errors)
    found = {}
    for job in jobs:
        query = (
            select(*names)
            .where(run.c.tenant == tenant, run.c.job == job, run.c.state != "running")
            .order_by(run.c.started_at.desc())
            .limit(1)
        )
        row = connection.execute(query).first()
        if row is not None:
            found[job] = RunFacts(*row)
    return found


def open_source_findings(connection: Connection, tenant: str, code: str) -> list[Mapping[str, str]]:
    """The params of the open findings of a code about sources."""
    query = select(finding.c.params).where(
        finding.c.tenant == tenant, finding.c.code == code, finding.c.closed_at.is_(None)
    )
    return [dict(row.params) for row in connection.execute(query)]


def entries_since(connection: Connection, tenant: str, since: datetime) -> tuple[int, int]:
    """(entries, hundredths of JP) recorded since."""
    query = select(ledger_entry.c.jp).where(
        ledger_entry.c.tenant == tenant, ledger_entry.c.recorded_at >= since
    )
    amounts = [int(row.jp) for row in connection.execute(query)]
    return len(amounts), sum(amounts)


def token_ends(connection: Connection, tenant: str) -> dict[str, date]:
    query = select(token_expiry.c.source, token_expiry.c.expires_on).where(token_expiry.c.tenant == tenant)
    return {row.source: row.expires_on for row in connection.execute(query)}


def store_token_end(connection: Connection, tenant: str, source: str, day: date) -> None:
    connection.execute(
        insert_for(connection, token_expiry)
        .values(tenant=tenant, source=source, expires_on=day)
        .on_conflict_do_update(index_elements=["tenant", "source"], set_={"expires_on": day})
    )


def forget_operations(connection: Connection, tenant: str, now: datetime, keep: timedelta) -> dict[str, int]:
    """Delete operational records past their time: ended runs, ticks, cleared alerts, spent links. Evidence,
    decisions, ledger, checkpoints and the auditors' reads are kept for ever. Runs that the ledger names stay."""
    until = now - keep
    named = select(ledger_entry.c.run_id).where(ledger_entry.c.tenant == tenant)
    gone = {
        "runs": delete(run).where(
            run.c.tenant == tenant,
            run.c.started_at < until,
            run.c.state != "running",
            run.c.run_id.not_in(named),
        ),
        "ticks": delete(tick).where(tick.c.tenant == tenant, tick.c.scheduled_for < until),
        "alerts": delete(alert).where(alert.c.tenant == tenant, alert.c.cleared_at < until),
        "links": delete(spent_link).where(
            spent_link.c.tenant == tenant, spent_link.c.spent_at < now - timedelta(days=30)
        ),
    }
    return {name: connection.execute(statement).rowcount for name, statement in gone.items()}
