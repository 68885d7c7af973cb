"""What Prometheus reads, computed from the store at the moment of asking: any process gives the same numbers.

Names are documented in docs/operations.md; a test keeps both lists equal.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector, CollectorRegistry
from sqlalchemy import Connection, func, select

from bridge.reports.status import status_of
from bridge.store.ops_tables import alert
from bridge.store.schedules import load_tenants
from bridge.store.tables import attendance, run, source, tick

PREFIX = "jpbridge_"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is not in the store. `backup_at` is the newest backup's moment, None where there is none."""

    version: str
    home: Path
    backup_at: datetime | None
    now: datetime


def metric_families(connection: Connection, around: Surroundings) -> list[Metric]:
    """Every family, of all tenants."""
    tenants = load_tenants(connection)
    families = [*_machine(around)]
    by_tenant = _tenant_gauges()
    for row in tenants:
        _fill(connection, row.code, row.zone, around, by_tenant)
    return [*families, *by_tenant.values(), *_runs(connection), *_ticks(connection), _alerts(connection)]


def _machine(around: Surroundings) -> Iterable[Metric]:
    info = GaugeMetricFamily(f"{PREFIX}build_info", "The version that answers", labels=["version"])
    info.add_metric([around.version], 1)
    free = shutil.disk_usage(around.home)
    disk = GaugeMetricFamily(f"{PREFIX}disk_free_bytes", "Free bytes under the home folder", value=free.free)
    backup = GaugeMetricFamily(f"{PREFIX}backup_timestamp_seconds", "When the newest backup was made")
    if around.backup_at is not None:
        backup.add_metric([], around.backup_at.timestamp())
    return info, disk, backup


_GAUGES = {
    "learners": "Active learners on the roster",
    "learners_at_duty": "Learners at or above 20 JP this year",
    "completions": "Completions ever stored",
    "attendances": "Attendances ever stored",
    "ledger_entries": "Entries in the ledger",
    "outbox_waiting": "Entries that the record store has not been told",
    "sources_enabled": "Enabled sources",
}


def _tenant_gauges() -> dict[str, GaugeMetricFamily]:
    made = {
        name: GaugeMetricFamily(PREFIX + name, words, labels=["tenant"]) for name, words in _GAUGES.items()
    }
    made["findings_open"] = GaugeMetricFamily(
        f"{PREFIX}findings_open", "Open findings by code", labels=["tenant", "code"]
    )
    return made


def _fill(
    connection: Connection,
    tenant: str,
    zone: str,
    around: Surroundings,
    families: dict[str, GaugeMetricFamily],
) -> None:
    status = status_of(connection, tenant, around.now, zone)
    attended = select(func.count()).where(attendance.c.tenant == tenant, attendance.c.version == 1)
    enabled = select(func.count()).where(source.c.tenant == tenant, source.c.enabled)
    values = {
        "learners": status.learners,
        "learners_at_duty": status.at_duty,
        "completions": status.completions,
        "attendances": int(connection.execute(attended).scalar_one()),
        "ledger_entries": status.entries,
        "outbox_waiting": status.waiting,
        "sources_enabled": int(connection.execute(enabled).scalar_one()),
    }
    for name, value in values.items():
        families[name].add_metric([tenant], value)
    for code, count in sorted(status.findings.items()):
        families["findings_open"].add_metric([tenant, code], count)


def _runs(connection: Connection) -> Sequence[Metric]:
    labels = ["tenant", "job"]
    total = CounterMetricFamily(f"{PREFIX}runs", "Runs on record by state", labels=[*labels, "state"])
    counted = select(run.c.tenant, run.c.job, run.c.state, func.count()).group_by(
        run.c.tenant, run.c.job, run.c.state
    )
    for tenant, job, state, count in connection.execute(counted):
        total.add_metric([tenant, job, state], count)
    good = GaugeMetricFamily(
        f"{PREFIX}run_success_timestamp_seconds", "When the last good run ended", labels=labels
    )
    took = GaugeMetricFamily(f"{PREFIX}run_seconds", "How long the last good run took", labels=labels)
    newest = (
        select(run.c.tenant, run.c.job, func.max(run.c.started_at).label("started_at"))
        .where(run.c.state == "done")
        .group_by(run.c.tenant, run.c.job)
        .subquery("newest")
    )
    last = select(run.c.tenant, run.c.job, run.c.started_at, run.c.ended_at).join(
        newest,
        (run.c.tenant == newest.c.tenant)
        & (run.c.job == newest.c.job)
        & (run.c.started_at == newest.c.started_at),
    )
    for tenant, job, started, ended in connection.execute(last.where(run.c.state == "done")):
        if ended is not None:
            good.add_metric([tenant, job], ended.timestamp())
            took.add_metric([tenant, job], (ended - started).total_seconds())
    return total, good, took


def _ticks(connection: Connection) -> Sequence[Metric]:
    family = CounterMetricFamily(
        f"{PREFIX}ticks", "Scheduled ticks on record by state", labels=["tenant", "job", "state"]
    )
    query = select(tick.c.tenant, tick.c.job, tick.c.state, func.count()).group_by(
        tick.c.tenant, tick.c.job, tick.c.state
    )
    for tenant, job, state, count in connection.execute(query):
        family.add_metric([tenant, job, state], count)
    return (family,)


def _alerts(connection: Connection) -> Metric:
    family = GaugeMetricFamily(f"{PREFIX}alerts", "Alerts that stand", labels=["tenant", "code"])
    query = (
        select(alert.c.tenant, alert.c.code, func.count())
        .where(alert.c.cleared_at.is_(None))
        .group_by(alert.c.tenant, alert.c.code)
    )
    for tenant, code, count in connection.execute(query):
        family.add_metric([tenant, code], count)
    return family


class _Once(Collector):
    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def exposition(families: Sequence[Metric]) -> bytes:
    """Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Once(families))
    return generate_latest(registry)
